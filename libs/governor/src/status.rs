//! How a BMC answers, for people to look at.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::circuit::{Line, Pause, Verdict};
use crate::credentials::Credentials;
use crate::gate::State;
use crate::record::{Asking, Exchange};

/// How things stand with one BMC. Times are told as so long ago, or in so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The BMC: host, and port if it is not a standard one.
    pub address: Arc<str>,
    /// How it answers.
    pub condition: Condition,
    /// Since when it is so; none if nothing was asked yet.
    pub for_so_long: Option<Duration>,
    /// In which time the next request may be made, where none may be now.
    pub again_in: Option<Duration>,
    /// What was met, in words, where none may be made now.
    pub why: Option<String>,
    /// How many requests may be under way at a time.
    pub concurrency: usize,
    /// How many are.
    pub under_way: usize,
    /// How many wait for a place.
    pub waiting: usize,
    /// Requests that were answered, since the program started.
    pub answered: u64,
    /// Requests that were not.
    pub silent: u64,
    /// Requests whose credentials were refused.
    pub refused: u64,
    /// Requests whose line broke.
    pub broken: u64,
    /// The last few requests, the newest first.
    pub exchanges: Vec<Exchange>,
    /// Requests that are not answered yet, the oldest first.
    pub asking: Vec<Asking>,
}

/// How a BMC answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing was asked yet.
    Untried,
    /// It answers.
    Up,
    /// It does not, and is left alone for a while.
    Silent,
    /// It did not, and a request is finding out whether it does again.
    Probing,
    /// It answers, and has refused the credentials of whoever asks how it is.
    LockedOut,
}

impl Condition {
    /// In a word or two.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Untried => "untried",
            Self::Up => "up",
            Self::Silent => "silent",
            Self::Probing => "probing",
            Self::LockedOut => "locked out",
        }
    }
}

/// Requests since the program started, by what they came to.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    answered: u64,
    silent: u64,
    refused: u64,
    broken: u64,
}

impl Counts {
    pub fn count(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::Answered => &mut self.answered,
            Verdict::Silent(_) => &mut self.silent,
            Verdict::Refused(_) => &mut self.refused,
            Verdict::Unknown => &mut self.broken,
        } += 1;
    }
}

/// How much is asked at a time.
pub(crate) struct Load {
    pub concurrency: usize,
    pub under_way: usize,
    pub waiting: usize,
}

pub(crate) fn of(address: &Arc<str>, state: &State, load: Load, who: Credentials, now: Instant) -> Status {
    let closed = |condition, pause: &Pause| {
        let again_in = pause.until.saturating_duration_since(now);
        (condition, Some(now - pause.since), Some(again_in), Some(pause.why.clone()))
    };
    let (condition, for_so_long, again_in, why) = match (state.circuit.line(), state.circuit.lockout(who, now)) {
        (Line::Down(pause), _) => closed(Condition::Silent, pause),
        (Line::Probing(pause), _) => closed(Condition::Probing, pause),
        (Line::Untried | Line::Up { .. }, Some(pause)) => closed(Condition::LockedOut, pause),
        (Line::Untried, None) => (Condition::Untried, None, None, None),
        (Line::Up { since, .. }, None) => (Condition::Up, Some(now - *since), None, None),
    };
    let Load { concurrency, under_way, waiting } = load;
    let Counts { answered, silent, refused, broken } = state.counts;
    Status {
        address: address.clone(),
        condition,
        for_so_long,
        again_in,
        why,
        concurrency,
        under_way,
        waiting,
        answered,
        silent,
        refused,
        broken,
        exchanges: state.record.exchanges(),
        asking: state.record.asking(now),
    }
}
