//! `fake` storage: takes its time and attaches nothing.

use kamacite_driver::{ExclusiveTask, Interface, Result, Services, SharedTask, async_trait, interfaces::Storage};

use super::delay::{Pace, STORAGE_DELAY};

/// Attaches nothing.
pub struct FakeStorage(Pace);

impl FakeStorage {
    pub fn new(services: &Services) -> Self {
        Self(Pace::new(services, &STORAGE_DELAY))
    }
}

#[async_trait]
impl Interface for FakeStorage {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Storage for FakeStorage {
    async fn attach_volumes(&self, _: &mut ExclusiveTask) -> Result<()> {
        self.0.wait().await;
        Ok(())
    }

    async fn detach_volumes(&self, _: &mut ExclusiveTask) -> Result<()> {
        self.0.wait().await;
        Ok(())
    }
}
