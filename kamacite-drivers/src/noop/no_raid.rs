//! `no-raid`: no logical disks.

use kamacite_driver::{Interface, Json, Result, SharedTask, async_trait, interfaces::Raid, model::InterfaceKind};

/// Refuses.
pub struct NoRaid;

#[async_trait]
impl Interface for NoRaid {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Raid))
    }
}

#[async_trait]
impl Raid for NoRaid {
    async fn validate_raid_config(&self, task: &SharedTask, _: Json) -> Result<()> {
        Err(super::refusal(task, InterfaceKind::Raid))
    }
}
