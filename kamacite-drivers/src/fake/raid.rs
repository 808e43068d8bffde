//! `fake` raid: knows what a configuration of logical disks looks like, and builds none.

use kamacite_driver::{Interface, Json, Result, SharedTask, async_trait, interfaces::Raid};

use crate::raid_config;

/// Builds nothing: it has no steps.
pub struct FakeRaid;

#[async_trait]
impl Interface for FakeRaid {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        let node = task.node();
        if node.target_raid_config.is_empty() { Ok(()) } else { raid_config::check(&node.target_raid_config) }
    }
}

#[async_trait]
impl Raid for FakeRaid {
    async fn validate_raid_config(&self, _: &SharedTask, raid_config: Json) -> Result<()> {
        raid_config::check(&raid_config)
    }
}
