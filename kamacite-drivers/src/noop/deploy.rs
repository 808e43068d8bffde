//! `noop` deploy: puts nothing on a machine, and succeeds; for machines that are set up by other means.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Offer, Progress, Result, SharedTask, async_trait, interfaces::Deploy, step,
};

/// The implementation with its step.
pub fn offer() -> Offer<NoopDeploy> {
    Offer::of(NoopDeploy).with::<deploy>()
}

/// Accepts everything.
pub struct NoopDeploy;

#[async_trait]
impl Interface for NoopDeploy {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Deploy for NoopDeploy {
    async fn prepare(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }

    async fn tear_down(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }

    async fn clean_up(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }

    async fn take_over(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}

/// Leaves the machine as it is.
#[step(deploy, priority = 100, resume = again)]
async fn deploy(_: &NoopDeploy, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}
