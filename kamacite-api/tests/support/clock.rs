//! A clock that stands still, but for naps, which it passes at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kamacite_model::{Clock, Sleep, Timestamp};

/// Naps of a day and more, which are those of periodic work, never end.
pub struct NapClock(AtomicI64);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl NapClock {
    /// Some day in 2027.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_800_000_000_123_456)))
    }
}

impl Clock for NapClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(async move {
            if duration >= DAY {
                std::future::pending::<()>().await;
            }
            self.0.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Ordering::SeqCst);
            tokio::task::yield_now().await;
        })
    }
}
