//! `fake` power: as last recorded.

use std::time::Duration;

use kamacite_driver::{
    ExclusiveTask, Interface, Result, Services, SharedTask, async_trait,
    interfaces::Power,
    model::{PowerState, PowerTarget},
};

use super::delay::{POWER_DELAY, Pace};

/// The power of a machine that is not there: what was recorded last.
pub struct FakePower(Pace);

impl FakePower {
    pub fn new(services: &Services) -> Self {
        Self(Pace::new(services, &POWER_DELAY))
    }
}

#[async_trait]
impl Interface for FakePower {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for FakePower {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        self.0.wait().await;
        Ok(task.node().power_state)
    }

    /// Only takes its time: who asked records the outcome.
    async fn set_power(&self, _: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        self.0.wait().await;
        Ok(())
    }

    async fn supported_targets(&self, _: &SharedTask) -> Result<Vec<PowerTarget>> {
        Ok(PowerTarget::ALL.to_vec())
    }
}
