//! `fake` console: opens and closes without a console behind it.

use kamacite_driver::{
    ExclusiveTask, Interface, Result, SharedTask, async_trait,
    interfaces::{Console, ConsoleAccess},
};

/// Accepts everything.
pub struct FakeConsole;

#[async_trait]
impl Interface for FakeConsole {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Console for FakeConsole {
    async fn access(&self, task: &SharedTask) -> Result<ConsoleAccess> {
        Ok(ConsoleAccess { kind: "fake".to_owned(), url: format!("fake://{}", task.node().uuid) })
    }

    async fn start(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }

    async fn stop(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}
