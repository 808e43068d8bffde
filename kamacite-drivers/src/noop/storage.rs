//! `noop` storage: the machine boots from its own disks.

use kamacite_driver::{ExclusiveTask, Interface, Result, SharedTask, async_trait, interfaces::Storage};

/// Attaches nothing.
pub struct NoopStorage;

#[async_trait]
impl Interface for NoopStorage {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Storage for NoopStorage {
    async fn attach_volumes(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }

    async fn detach_volumes(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}
