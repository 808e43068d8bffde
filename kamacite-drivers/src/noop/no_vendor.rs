//! `no-vendor`: no vendor methods.

use kamacite_driver::{Interface, Result, SharedTask, async_trait, interfaces::Vendor, model::InterfaceKind};

/// Refuses.
pub struct NoVendor;

#[async_trait]
impl Interface for NoVendor {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Vendor))
    }
}

impl Vendor for NoVendor {}
