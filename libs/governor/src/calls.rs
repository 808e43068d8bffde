//! What became of requests, all BMCs together, and how long they took.

use std::time::Duration;

use meter::{Counter, Durations, SLOW};

use crate::circuit::Verdict;

/// What became of requests in one protocol, and how long they took.
#[derive(Debug)]
pub struct Calls {
    /// Those that were answered, whatever the answer.
    pub answered: Durations,
    /// Those that were not.
    pub silent: Durations,
    /// Those whose credentials were refused.
    pub refused: Durations,
    /// Those whose line broke, or that were given up.
    pub broken: Durations,
    /// How long requests waited for a place and for their moment.
    pub waits: Durations,
    /// Requests that were not made: the BMC was silent, or had refused the credentials.
    pub withheld: Counter,
}

impl Default for Calls {
    fn default() -> Self {
        let none = || Durations::new(SLOW);
        Self {
            answered: none(),
            silent: none(),
            refused: none(),
            broken: none(),
            waits: none(),
            withheld: Counter::default(),
        }
    }
}

impl Calls {
    pub(crate) fn count(&self, verdict: &Verdict, took: Duration) {
        let durations = match verdict {
            Verdict::Answered => &self.answered,
            Verdict::Silent(_) => &self.silent,
            Verdict::Refused(_) => &self.refused,
            Verdict::Unknown => &self.broken,
        };
        durations.record(took);
    }
}
