//! `fake` rescue: takes its time and boots nothing.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Progress, Result, Services, SharedTask, async_trait, interfaces::Rescue,
};

use super::delay::{Pace, RESCUE_DELAY};

/// Rescues nothing.
pub struct FakeRescue(Pace);

impl FakeRescue {
    pub fn new(services: &Services) -> Self {
        Self(Pace::new(services, &RESCUE_DELAY))
    }
}

#[async_trait]
impl Interface for FakeRescue {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Rescue for FakeRescue {
    async fn rescue(&self, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
        self.0.poll(cursor)
    }

    async fn unrescue(&self, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
        self.0.poll(cursor)
    }
}
