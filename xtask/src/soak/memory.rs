//! The memory of the service while it is not restarted any more.

use std::fmt;

use anyhow::{Context, Result};

/// What its memory was, from the last restart on.
#[derive(Default)]
pub struct Samples(Vec<u64>);

/// It may grow so much, in per cent, between two quarters of the time.
const GROWTH_PERCENT: f64 = 10.0;

/// Fewer than this tell nothing: two for each quarter of the time.
const ENOUGH: usize = 8;

impl Samples {
    /// Takes one.
    ///
    /// # Errors
    /// The process is gone.
    pub fn take(&mut self, pid: u32) -> Result<()> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("reading the service's memory")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process without memory")?;
        self.0.push(line.trim().trim_end_matches(" kB").parse()?);
        Ok(())
    }

    /// The medians of the second quarter of the time, when everything has been used once, and of the last.
    fn medians(&self) -> (f64, f64) {
        let quarter = self.0.len().div_ceil(4).max(1);
        let mut quarters = self.0.chunks(quarter).map(|samples| {
            let mut samples = samples.to_vec();
            samples.sort_unstable();
            samples.get(samples.len() / 2).copied().unwrap_or_default() as f64 / 1024.0
        });
        (quarters.nth(1).unwrap_or_default(), quarters.next_back().unwrap_or_default())
    }

    /// Whether it is known to have stayed as it was.
    pub fn is_flat(&self) -> bool {
        let (before, after) = self.medians();
        self.0.len() >= ENOUGH && after <= before * (1.0 + GROWTH_PERCENT / 100.0)
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() < ENOUGH {
            return write!(
                f,
                "memory after the last restart: {} samples are too few; take more --minutes",
                self.0.len()
            );
        }
        let (before, after) = self.medians();
        let change = (after / before - 1.0) * 100.0;
        let flat = if self.is_flat() { "flat" } else { "not flat" };
        write!(f, "memory after the last restart: {before:.1} MiB, at the end {after:.1} MiB ({change:+.1} %): {flat}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_does_not_count() {
        let samples = |kib: [u64; 8]| Samples(kib.map(|kib| kib * 1024).to_vec());
        assert!(samples([1, 1, 50, 50, 52, 52, 54, 54]).is_flat());
        assert!(!samples([1, 1, 50, 50, 55, 55, 60, 60]).is_flat());
    }

    #[test]
    fn too_few_samples_are_not_flat() {
        for few in 0..ENOUGH {
            let samples = Samples(vec![1024; few]);
            assert!(!samples.is_flat() && samples.to_string().contains("too few"), "{samples}");
        }
        assert!(Samples(vec![1024; ENOUGH]).is_flat());
    }
}
