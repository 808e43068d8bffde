//! `fake` boot: nothing needs preparing.

use kamacite_driver::{Interface, Result, SharedTask, async_trait, interfaces::Boot};

/// Accepts everything.
pub struct FakeBoot;

#[async_trait]
impl Interface for FakeBoot {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Boot for FakeBoot {}
