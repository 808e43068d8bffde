//! `no-bios`: no firmware settings.

use kamacite_driver::{Interface, Result, SharedTask, async_trait, interfaces::Bios, model::InterfaceKind};

/// Refuses.
pub struct NoBios;

#[async_trait]
impl Interface for NoBios {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Bios))
    }
}

impl Bios for NoBios {}
