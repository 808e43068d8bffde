//! What the conductor does by itself from time to time.

mod places;
mod power_recovery;
mod power_sync;
mod purge;
mod refresh;
mod timeouts;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{Sweep, allocations, engine::Engine, lock::unbroken, membership, recover};

/// Begins the periodic work; it ends when the conductor stops.
pub(crate) fn start(engine: &Arc<Engine>) {
    let config = &engine.config;
    engine.heartbeat.spawn(membership::heartbeat(engine.clone()));
    every(engine, config.check_provision_state_interval, Sweep::Recovery, recover::sweep);
    every(engine, config.check_provision_state_interval, Sweep::Timeouts, timeouts::sweep);
    every(engine, config.check_allocations_interval, Sweep::Allocations, allocations::sweep);
    every(engine, config.sync_power_state_interval, Sweep::Power, power_sync::sweep);
    every(engine, config.power_failure_recovery_interval, Sweep::PowerRecovery, power_recovery::sweep);
    every(engine, config.node_history_cleanup_interval, Sweep::Purge, purge::sweep);
}

/// Runs work again and again, with a pause in between; an interval of nothing never.
fn every<F: Future<Output = crate::Result<()>> + Send>(
    engine: &Arc<Engine>,
    interval: Duration,
    which: Sweep,
    sweep: impl Fn(Arc<Engine>) -> F + Send + Sync + 'static,
) {
    if interval.is_zero() {
        return;
    }
    let engine = engine.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = engine.clock().sleep(interval) => {}
                () = engine.stopping.cancelled() => return,
            }
            let (began, meters) = (Instant::now(), engine.meters.sweep(which));
            if let Err(error) = unbroken(sweep(engine.clone())).await {
                meters.failures.count();
                let sweep = which.as_str();
                tracing::warn!(
                    sweep,
                    error = &error as &dyn std::error::Error,
                    "a sweep broke off; the next one starts over"
                );
            }
            meters.took.record(began.elapsed());
        }
    });
}
