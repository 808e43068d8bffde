//! `no-boot`: stands in until a boot interface is enabled that works.

use kamacite_driver::{Interface, Result, SharedTask, async_trait, interfaces::Boot, model::InterfaceKind};

/// Refuses, and says which option to change.
pub struct NoBoot;

#[async_trait]
impl Interface for NoBoot {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Err(super::stand_in(InterfaceKind::Boot))
    }
}

impl Boot for NoBoot {}
