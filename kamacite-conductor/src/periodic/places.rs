//! Places for calls to BMCs: few at a time, and yet a BMC that hangs keeps nobody waiting for longer than a moment, and
//! nobody waits for it for ever.

use std::{future::Future, pin::pin, time::Duration};

use tokio::sync::Semaphore;

use crate::engine::Engine;

/// How long a call may take before it gives its place up: longer than a BMC takes that is well, and no longer, for while
/// places are given up slowly, silent BMCs hold up the others.
const MOMENT: Duration = Duration::from_millis(100);

/// Places for each worker that is configured: the reference's are threads, which are dear. With eight workers a hundred
/// BMCs may begin to hang at once before anybody else waits for the moment to pass.
const EACH: usize = 16;

/// A few places for calls.
pub(super) struct Places(Semaphore);

impl Places {
    /// As many places as configured for the power sweep.
    pub(super) fn new(engine: &Engine) -> Self {
        Self(Semaphore::new(engine.config.sync_power_state_workers.max(1) as usize * EACH))
    }

    /// Runs a call when there is a place for it. One that takes its time gives the place to the next and goes on beside it.
    pub(super) async fn run<T>(&self, engine: &Engine, call: impl Future<Output = T>) -> T {
        // Never closed, so there always comes a place.
        let place = self.0.acquire().await;
        let mut call = pin!(call);
        tokio::select! {
            outcome = &mut call => return outcome,
            () = engine.clock().sleep(MOMENT) => drop(place),
        }
        call.await
    }
}

/// Passes when the BMC of one node has been waited for long enough; where no end is configured, never.
pub(super) async fn patience(engine: &Engine) {
    let patience = engine.config.power_sync_patience;
    if patience.is_zero() {
        return std::future::pending().await;
    }
    engine.clock().sleep(patience).await;
}
