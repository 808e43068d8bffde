//! The one source of time, so that a test can own it.

use std::{future::Future, pin::Pin, time::Duration};

use jiff::Timestamp;

/// What [`Clock::sleep`] returns.
pub type Sleep<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Tells the time and lets it pass.
///
/// Whatever waits or stamps asks the clock it was given, never the system: tests then step through hours in no time.
pub trait Clock: Send + Sync + 'static {
    /// The present moment, to the microsecond.
    fn now(&self) -> Timestamp;

    /// Completes when the duration has passed on this clock.
    fn sleep(&self, duration: Duration) -> Sleep<'_>;
}

/// The system's time; how to sleep is the runtime's business and is given on construction.
pub struct SystemClock<F> {
    sleep: F,
}

impl<F> SystemClock<F> {
    /// A clock that sleeps by `sleep`, for example `|d| Box::pin(tokio::time::sleep(d))`.
    pub const fn new(sleep: F) -> Self {
        Self { sleep }
    }
}

impl<F: Fn(Duration) -> Sleep<'static> + Send + Sync + 'static> Clock for SystemClock<F> {
    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Microseconds are what the wire shows and the store keeps.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        (self.sleep)(duration)
    }
}
