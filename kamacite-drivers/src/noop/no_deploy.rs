//! `no-deploy`: stands in until a deploy interface is enabled that works.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Progress, Result, SharedTask, async_trait, interfaces::Deploy,
    model::InterfaceKind,
};

/// Refuses to deploy, and says which option to change.
///
/// Only deploying is refused. Whatever leads a node out of a state goes through, as it put nothing on the machine: a
/// node must not be stuck because of it. So does cleaning, whose steps may need no ramdisk.
pub struct NoDeploy;

#[async_trait]
impl Interface for NoDeploy {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Err(super::stand_in(InterfaceKind::Deploy))
    }
}

#[async_trait]
impl Deploy for NoDeploy {
    async fn prepare(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Err(super::stand_in(InterfaceKind::Deploy))
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
