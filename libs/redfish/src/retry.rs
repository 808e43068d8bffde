//! When a request is tried again, and after how long: a decision without any doing.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::error::Verb;

/// How long to wait for a BMC, how often to try, and how much to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one connection to come about, TLS included (`[redfish]connect_timeout`, 30 s).
    pub connect_timeout: Duration,
    /// For one attempt from its first byte to the last of the reply (`[redfish]read_timeout`,
    /// 60 s). It should not be shorter than `connect_timeout`.
    pub request_timeout: Duration,
    /// Attempts in all (`[redfish]connection_attempts`, 5); 0 counts as 1.
    pub attempts: u32,
    /// The wait after the first attempt (`[redfish]connection_retry_interval`, 4 s). Each
    /// further one doubles; up to half of a wait is taken off at random, so that a thousand
    /// BMCs that went away together are not asked again together.
    pub first_wait: Duration,
    /// No wait is longer, whatever the doubling or a `Retry-After` says (16 s).
    pub longest_wait: Duration,
    /// How long work that a BMC does in the background is waited for (5 min).
    pub longest_task: Duration,
    /// Replies longer than this many bytes are refused (16 MiB; attribute registries of a few
    /// MiB exist).
    pub largest_reply: usize,
    /// Whether the proxies of the environment (`https_proxy`, `no_proxy` and so on) are used, as tunnels (no).
    pub environment_proxies: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(60),
            attempts: 5,
            first_wait: Duration::from_secs(4),
            longest_wait: Duration::from_secs(16),
            longest_task: Duration::from_secs(300),
            largest_reply: 16 << 20,
            environment_proxies: false,
        }
    }
}

/// Whether a request that failed may be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It would fail the same way, or do harm.
    Never,
    /// It may have been carried out: only what changes nothing may be repeated.
    IfReading,
    /// It was certainly not carried out.
    Always,
}

/// How long to wait before the attempt after number `attempt` (counted from 1), or `None` to
/// give up. `chance` is a random number from 0 to 1.
pub(crate) fn wait_before_next(
    limits: &Limits,
    attempt: u32,
    verb: Verb,
    repeat: Repeat,
    retry_after: Option<Duration>,
    chance: f64,
) -> Option<Duration> {
    let allowed = match repeat {
        Repeat::Never => false,
        Repeat::IfReading => verb.reads(),
        Repeat::Always => true,
    };
    if !allowed || attempt >= limits.attempts {
        return None;
    }
    let doubled = limits.first_wait.saturating_mul(1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let jittered = doubled.min(limits.longest_wait).mul_f64(1.0 - 0.5 * chance.clamp(0.0, 1.0));
    let asked_for = retry_after.unwrap_or_default().min(limits.longest_wait);
    Some(jittered.max(asked_for))
}

/// A random number from 0 to 1; good enough to spread waits, and for nothing else.
pub(crate) fn chance() -> f64 {
    // Every RandomState has fresh keys, so hashing a constant is a draw; a crate is not needed.
    let draw = RandomState::new().hash_one(0u8) as u32;
    f64::from(draw) / f64::from(u32::MAX)
}

/// The seconds form of `Retry-After` (RFC 9110, 10.2.3). The date form is ignored: the clocks of
/// BMCs are wrong too often.
pub(crate) fn retry_after(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPTS: u32 = 5;

    #[track_caller]
    fn check(attempt: u32, verb: Verb, repeat: Repeat, expected_s: Option<u64>) {
        let limits = Limits { attempts: ATTEMPTS, ..Limits::default() };
        let wait = wait_before_next(&limits, attempt, verb, repeat, None, 0.0);
        assert_eq!(wait, expected_s.map(Duration::from_secs), "{attempt} {verb} {repeat:?}");
    }

    #[test]
    fn waits_double_up_to_the_longest_and_end_with_the_attempts() {
        check(1, Verb::Get, Repeat::IfReading, Some(4));
        check(2, Verb::Get, Repeat::IfReading, Some(8));
        check(3, Verb::Get, Repeat::IfReading, Some(16));
        check(4, Verb::Get, Repeat::IfReading, Some(16));
        check(5, Verb::Get, Repeat::IfReading, None);
    }

    #[test]
    fn writes_are_repeated_only_when_nothing_was_done() {
        for verb in [Verb::Post, Verb::Patch, Verb::Delete] {
            check(1, verb, Repeat::Always, Some(4));
            check(1, verb, Repeat::IfReading, None);
            check(1, verb, Repeat::Never, None);
        }
        check(1, Verb::Get, Repeat::Never, None);
    }

    #[test]
    fn one_attempt_is_the_least() {
        for attempts in [0, 1] {
            let limits = Limits { attempts, ..Limits::default() };
            assert_eq!(wait_before_next(&limits, 1, Verb::Get, Repeat::Always, None, 0.5), None);
        }
    }

    #[test]
    fn chance_takes_off_up_to_half() {
        let limits = Limits::default();
        let wait = |chance| wait_before_next(&limits, 1, Verb::Get, Repeat::Always, None, chance);
        assert_eq!(wait(0.5), Some(Duration::from_secs(3)));
        assert_eq!(wait(1.0), Some(Duration::from_secs(2)));
        let draws: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(draws.iter().all(|draw| (0.0..=1.0).contains(draw)));
        assert!(draws.windows(2).any(|pair| pair[0] != pair[1]), "{draws:?}");
    }

    #[test]
    fn retry_after_lengthens_a_wait_within_the_limit() {
        let limits = Limits::default();
        let wait = |header| wait_before_next(&limits, 1, Verb::Post, Repeat::Always, retry_after(header), 1.0);
        assert_eq!(wait("10"), Some(Duration::from_secs(10)));
        assert_eq!(wait("1"), Some(Duration::from_secs(2)));
        assert_eq!(wait("86400"), Some(Duration::from_secs(16)));
        for unusable in ["", "-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT"] {
            assert_eq!(wait(unusable), Some(Duration::from_secs(2)), "{unusable}");
        }
    }

    #[test]
    fn no_number_of_attempts_overflows() {
        let limits = Limits { attempts: u32::MAX, ..Limits::default() };
        let wait = wait_before_next(&limits, u32::MAX - 1, Verb::Get, Repeat::Always, None, 0.0);
        assert_eq!(wait, Some(limits.longest_wait));
    }
}
