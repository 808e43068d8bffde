//! `no-firmware`: no firmware updates.

use kamacite_driver::{Interface, Result, SharedTask, async_trait, interfaces::Firmware, model::InterfaceKind};

/// Refuses.
pub struct NoFirmware;

#[async_trait]
impl Interface for NoFirmware {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Firmware))
    }
}

impl Firmware for NoFirmware {}
