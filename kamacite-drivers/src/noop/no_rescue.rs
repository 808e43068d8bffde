//! `no-rescue`: no rescue environment.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Progress, Result, SharedTask, async_trait, interfaces::Rescue,
    model::InterfaceKind,
};

/// Refuses.
pub struct NoRescue;

#[async_trait]
impl Interface for NoRescue {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Rescue))
    }
}

#[async_trait]
impl Rescue for NoRescue {
    async fn rescue(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Err(super::refusal(task, InterfaceKind::Rescue))
    }

    async fn unrescue(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Err(super::refusal(task, InterfaceKind::Rescue))
    }
}
