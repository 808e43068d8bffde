//! Thins out what is kept about the past.

use std::{sync::Arc, time::Duration};

use kamacite_model::Timestamp;

use crate::{Result, engine::Engine};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes old history and old operations.
pub(super) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    let config = &engine.config;
    let before = |days: u32| engine.now().checked_sub(DAY * days).unwrap_or(Timestamp::MIN);
    if config.node_history_max_entries > 0 {
        let keep = u64::from(config.node_history_max_entries);
        engine.store.purge_history(keep, before(config.node_history_minimum_days)).await?;
    }
    engine.store.purge_operations(before(config.operations_kept_days)).await?;
    Ok(())
}
