//! `fake` deploy: takes its time and puts nothing on the machine.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Offer, Progress, Result, Services, SharedTask, async_trait, interfaces::Deploy,
    step,
};

use super::delay::{DEPLOY_DELAY, Pace};

/// The implementation with its step.
pub fn offer(services: &Services) -> Offer<FakeDeploy> {
    Offer::of(FakeDeploy(Pace::new(services, &DEPLOY_DELAY))).with::<deploy>()
}

/// Deploys nothing.
pub struct FakeDeploy(Pace);

#[async_trait]
impl Interface for FakeDeploy {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Deploy for FakeDeploy {
    async fn prepare(&self, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
        self.0.poll(cursor)
    }

    async fn tear_down(&self, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
        self.0.poll(cursor)
    }

    async fn clean_up(&self, _: &mut ExclusiveTask) -> Result<()> {
        self.0.wait().await;
        Ok(())
    }

    async fn take_over(&self, _: &mut ExclusiveTask) -> Result<()> {
        self.0.wait().await;
        Ok(())
    }
}

/// Takes as long as a deployment is configured to take.
#[step(deploy, priority = 100, resume = cursor)]
async fn deploy(fake: &FakeDeploy, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    fake.0.poll(cursor)
}
