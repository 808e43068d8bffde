//! `fake` inspect: takes its time and finds nothing.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Progress, Result, Services, SharedTask, async_trait, interfaces::Inspect,
};

use super::delay::{INSPECT_DELAY, Pace};

/// Looks at nothing.
pub struct FakeInspect(Pace);

impl FakeInspect {
    pub fn new(services: &Services) -> Self {
        Self(Pace::new(services, &INSPECT_DELAY))
    }
}

#[async_trait]
impl Interface for FakeInspect {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Inspect for FakeInspect {
    async fn inspect_hardware(&self, _: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
        self.0.poll(cursor)
    }
}
