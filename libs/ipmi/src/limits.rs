//! How long to wait for a BMC, and how often to send a packet: a decision without any doing.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long to wait for a BMC, how often to send, and how long to keep a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one command from its first packet to its answer, the opening of a session and all repetitions included
    /// (`[ipmi]command_retry_timeout`, 60 s). A command that waits for another to the same BMC is not counted.
    pub command_timeout: Duration,
    /// How often a packet is sent when no answer comes (5); 0 counts as 1.
    pub attempts: u32,
    /// The wait for an answer before the packet is sent again (1 s). Each further one doubles, and up to a quarter of
    /// a wait is added at random, so that a thousand BMCs that went away together are not asked again together.
    pub first_wait: Duration,
    /// No wait is longer (4 s).
    pub longest_wait: Duration,
    /// A session nobody uses for so long is closed (20 s): BMCs have few, and drop them on their own after 60 s
    /// (IPMI 2.0 6.12.15).
    pub idle: Duration,
    /// A session nobody used for so long is tried with a harmless command before one that must not be carried out
    /// twice (5 s).
    pub trust: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_timeout: Duration::from_secs(60),
            attempts: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(4),
            idle: Duration::from_secs(20),
            trust: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// How often a packet is sent, at least once.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.max(1)
    }

    /// How long to wait for an answer to the packet sent for the `attempt`th time (counted from 1). `chance` is a
    /// random number from 0 to 1.
    pub(crate) fn wait(&self, attempt: u32, chance: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.longest_wait).mul_f64(1.0 + 0.25 * chance.clamp(0.0, 1.0))
    }
}

/// A random number from 0 to 1; good enough to spread waits, and for nothing else.
pub(crate) fn chance() -> f64 {
    // Every RandomState has fresh keys, so hashing a constant is a draw; a crate is not needed.
    let draw = RandomState::new().hash_one(0u8) as u32;
    f64::from(draw) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let limits = Limits::default();
        let waits: Vec<u64> = (1..=5).map(|attempt| limits.wait(attempt, 0.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 4, 4]);
        assert_eq!(limits.wait(1, 1.0), Duration::from_millis(1250));
        assert_eq!(limits.wait(u32::MAX, 0.0), limits.longest_wait);
    }

    #[test]
    fn one_attempt_is_the_least() {
        assert_eq!(Limits { attempts: 0, ..Limits::default() }.attempts(), 1);
    }

    #[test]
    fn chance_is_a_draw() {
        let draws: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(draws.iter().all(|draw| (0.0..=1.0).contains(draw)));
        assert!(draws.windows(2).any(|pair| pair[0] != pair[1]), "{draws:?}");
    }
}
