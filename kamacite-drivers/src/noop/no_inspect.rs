//! `no-inspect`: no inspection.

use kamacite_driver::{
    Cursor, ExclusiveTask, Interface, Progress, Result, SharedTask, async_trait, interfaces::Inspect,
    model::InterfaceKind,
};

/// Refuses.
pub struct NoInspect;

#[async_trait]
impl Interface for NoInspect {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Inspect))
    }
}

#[async_trait]
impl Inspect for NoInspect {
    async fn inspect_hardware(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Err(super::refusal(task, InterfaceKind::Inspect))
    }
}
