//! Time that a test owns: whoever sleeps moves it on.

use std::{sync::Arc, time::Duration};

use kamacite_model::{Clock, Sleep, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;

/// A clock that moves only when somebody sleeps, or a test says so: hours pass in no time.
pub struct ManualClock {
    start: Timestamp,
    now: Mutex<Timestamp>,
    held: watch::Sender<bool>,
}

impl ManualClock {
    /// At some moment.
    pub fn new() -> Arc<Self> {
        let start = Timestamp::from_second(1_700_000_000).unwrap_or(Timestamp::UNIX_EPOCH);
        Arc::new(Self { start, now: Mutex::new(start), held: watch::Sender::new(false) })
    }

    /// The moment it began at.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Moves it on.
    pub fn pass(&self, time: Duration) {
        *self.now.lock() += time;
    }

    /// How much time has passed since the beginning.
    pub fn passed(&self) -> Duration {
        self.now().duration_since(self.start).unsigned_abs()
    }

    /// From now on nobody's sleep ends, until [`ManualClock::release`].
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Sleeps end again.
    pub fn release(&self) {
        self.held.send_replace(false);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        let mut held = self.held.subscribe();
        Box::pin(async move {
            // The sender is this clock's own; it is not gone.
            let _ = held.wait_for(|held| !held).await;
            self.pass(duration);
        })
    }
}
