//! `no-console`: no access to a console.

use kamacite_driver::{
    ExclusiveTask, Interface, Result, SharedTask, async_trait,
    interfaces::{Console, ConsoleAccess},
    model::InterfaceKind,
};

/// Refuses.
pub struct NoConsole;

#[async_trait]
impl Interface for NoConsole {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Console))
    }
}

#[async_trait]
impl Console for NoConsole {
    async fn access(&self, task: &SharedTask) -> Result<ConsoleAccess> {
        Err(super::refusal(task, InterfaceKind::Console))
    }

    async fn start(&self, task: &mut ExclusiveTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Console))
    }

    async fn stop(&self, task: &mut ExclusiveTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Console))
    }
}
