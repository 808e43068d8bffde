//! Time that a test owns: whoever sleeps moves it on.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::{sync::Arc, time::Duration};

use kamacite_driver::model::{Clock, Sleep, Timestamp};
use parking_lot::Mutex;

/// A clock that moves only when somebody sleeps, or a test says so.
pub struct ManualClock {
    start: Timestamp,
    now: Mutex<Timestamp>,
}

impl ManualClock {
    /// At some moment.
    pub fn new() -> Arc<Self> {
        let start = Timestamp::from_second(1_700_000_000).expect("a moment");
        Arc::new(Self { start, now: Mutex::new(start) })
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
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(async move { self.pass(duration) })
    }
}
