//! Counters, gauges and histograms of plain atomics: each part of a program keeps its own, and one place reads them all.
//!
//! To record costs an addition or two and never waits. How what is read is written down for a monitoring system is not known
//! here, and so it is not known by whoever records.
//!
//! ```
//! # use std::time::Duration;
//! # use meter::{Counter, Durations, QUICK};
//! let answers = Durations::new(QUICK);
//! answers.record(Duration::from_micros(300));
//! assert_eq!(answers.read().count, 1);
//! let hits = Counter::default();
//! hits.count();
//! assert_eq!(hits.read(), 1);
//! ```

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

/// Counts up.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn count(&self) {
        self.add(1);
    }

    /// Some more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many, since the program started.
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many there are at this moment.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Some more, or fewer.
    pub fn add(&self, more: i64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// One more, for as long as what is returned lives.
    pub fn enter(&self) -> Present<'_> {
        self.add(1);
        Present(self)
    }

    /// How many there are.
    pub fn read(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One that is counted, until it is dropped.
#[derive(Debug)]
pub struct Present<'a>(&'a Gauge);

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

/// The bounds of buckets, in microseconds, rising.
pub type Bounds = &'static [u64];

/// Bounds for what is done within the program: from 100 µs to 30 s.
pub const QUICK: Bounds =
    &[100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// Bounds for what waits for machines: from 1 ms to two hours.
pub const SLOW: Bounds = &[
    1_000,
    5_000,
    25_000,
    100_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
    1_800_000_000,
    7_200_000_000,
];

/// How long things took.
#[derive(Debug)]
pub struct Durations {
    bounds: Bounds,
    /// One for each bound, and one for what is beyond the last.
    counts: Box<[AtomicU64]>,
    nanoseconds: AtomicU64,
}

/// Durations as they were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// All together, in seconds.
    pub sum_s: f64,
    /// How many.
    pub count: u64,
    /// How many were no longer than a bound, in seconds, and longer than the one before; the last bound is endless.
    pub buckets: Vec<(f64, u64)>,
}

impl Durations {
    /// None yet.
    pub fn new(bounds: Bounds) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, nanoseconds: AtomicU64::new(0) }
    }

    /// One more.
    pub fn record(&self, took: Duration) {
        // To the nanosecond: what is a little longer than a bound is beyond it.
        let at = self.bounds.partition_point(|bound| Duration::from_micros(*bound) < took);
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// All so far. What is recorded meanwhile may be in one part and not yet in the other.
    pub fn read(&self) -> Reading {
        let bounds = self.bounds.iter().map(|bound| Duration::from_micros(*bound).as_secs_f64()).chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(self.counts.iter().map(|count| count.load(Ordering::Relaxed))).collect();
        Reading {
            sum_s: Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64(),
            count: buckets.iter().map(|(_, count)| count).sum(),
            buckets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_that_holds_it() {
        let durations = Durations::new(&[1_000, 10_000]);
        for micros in [1, 1_000, 1_001, 10_000, 10_001, 1_000_000] {
            durations.record(Duration::from_micros(micros));
        }
        let read = durations.read();
        assert_eq!(read.buckets, [(0.001, 2), (0.01, 2), (f64::INFINITY, 2)]);
        assert_eq!(read.count, 6);
        assert!((read.sum_s - 1.022_003).abs() < 1e-9, "{}", read.sum_s);
    }

    #[test]
    fn bounds_rise() {
        for bounds in [QUICK, SLOW] {
            assert!(bounds.windows(2).all(|two| two[0] < two[1]));
        }
    }

    #[test]
    fn a_gauge_counts_who_is_there() {
        let gauge = Gauge::default();
        let one = gauge.enter();
        let two = gauge.enter();
        assert_eq!(gauge.read(), 2);
        drop((one, two));
        assert_eq!(gauge.read(), 0);
    }
}
