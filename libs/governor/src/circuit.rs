//! Whether a BMC is asked at all: what is remembered of its silences and refusals, and what follows. No doing here.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::credentials::Credentials;

/// How a BMC is treated. The defaults fit what is sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Requests under way at a time; 0 counts as 1 (4).
    pub concurrency: usize,
    /// From the start of one request to the start of the next (none).
    pub interval: Duration,
    /// Silences in a row after which nothing more is asked (5).
    pub silences: u32,
    /// How long it is then left alone (5 s), unless that is longer than `longest_pause`. Doubles with every try that meets
    /// silence again.
    pub first_pause: Duration,
    /// No such pause is longer (60 s), so that one that comes back is not overlooked for long.
    pub longest_pause: Duration,
    /// How long credentials that were refused are not used again (60 s). Doubles with every further refusal.
    pub first_lockout: Duration,
    /// No such pause is longer (1 h).
    pub longest_lockout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            interval: Duration::ZERO,
            silences: 5,
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(60),
            first_lockout: Duration::from_secs(60),
            longest_lockout: Duration::from_secs(3600),
        }
    }
}

/// Accounts whose refusals are remembered; a BMC that many nodes share has one account for all of them, as a rule.
const MOST_LOCKOUTS: usize = 16;

/// What is remembered of one BMC.
#[derive(Debug, Default)]
pub(crate) struct Circuit {
    line: Line,
    lockouts: HashMap<Credentials, Pause>,
}

/// How the BMC answers.
#[derive(Debug, Clone, Default)]
pub(crate) enum Line {
    /// Nothing was asked yet.
    #[default]
    Untried,
    /// It answers, or has been silent less often in a row than would count.
    Up {
        /// Silences in a row, so far.
        silences: u32,
        /// When the first of them was, or the first answer.
        since: Instant,
    },
    /// It is left alone.
    Down(Pause),
    /// A request is under way that finds out whether it is back.
    Probing(Pause),
}

/// A time in which nothing is asked.
#[derive(Debug, Clone)]
pub(crate) struct Pause {
    /// When it was first so.
    pub since: Instant,
    /// When it may be tried again.
    pub until: Instant,
    /// How long this pause is; the next one is twice as long.
    pub length: Duration,
    /// What was met, in words.
    pub why: String,
}

/// Why nothing may be asked.
#[derive(Debug, Clone)]
pub(crate) enum Closed {
    /// The BMC has been silent.
    Silent(Pause),
    /// It has refused these credentials.
    LockedOut(Pause),
}

/// What a request came to, as far as the circuit cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There was an answer, whatever it said.
    Answered,
    /// There was none.
    Silent(String),
    /// The credentials were refused.
    Refused(String),
    /// Nobody can tell: the line broke, or the caller went away.
    Unknown,
}

impl Circuit {
    /// Whether a request with these credentials might be made now.
    pub fn look(&self, who: Credentials, now: Instant) -> Result<(), Closed> {
        if let Some(lockout) = self.lockout(who, now) {
            return Err(Closed::LockedOut(lockout.clone()));
        }
        match &self.line {
            Line::Untried | Line::Up { .. } => Ok(()),
            Line::Down(pause) if now >= pause.until => Ok(()),
            Line::Down(pause) | Line::Probing(pause) => Err(Closed::Silent(pause.clone())),
        }
    }

    /// The same for one that is made; where the BMC was silent, it is the one that finds out whether it is back.
    pub fn admit(&mut self, who: Credentials, now: Instant) -> Result<(), Closed> {
        self.look(who, now)?;
        if let Line::Down(pause) = &self.line {
            self.line = Line::Probing(pause.clone());
        }
        Ok(())
    }

    /// Takes note of what a request came to.
    pub fn note(&mut self, settings: &Settings, who: Credentials, verdict: Verdict, now: Instant) {
        match verdict {
            Verdict::Answered => {
                self.lockouts.remove(&who);
                self.up(now);
            }
            Verdict::Refused(why) => {
                self.up(now);
                self.lock_out(settings, who, why, now);
            }
            Verdict::Silent(why) => self.silence(settings, why, now),
            Verdict::Unknown => {
                if let Line::Probing(pause) = &self.line {
                    // It found out nothing, so the next one may try.
                    self.line = Line::Down(pause.clone());
                }
            }
        }
    }

    fn up(&mut self, now: Instant) {
        match &mut self.line {
            Line::Up { silences, .. } if *silences == 0 => {}
            line => *line = Line::Up { silences: 0, since: now },
        }
    }

    fn silence(&mut self, settings: &Settings, why: String, now: Instant) {
        self.line = match &self.line {
            Line::Untried => counted(settings, 1, now, why, now),
            Line::Up { silences: 0, .. } => counted(settings, 1, now, why, now),
            Line::Up { silences, since } => counted(settings, silences + 1, *since, why, now),
            // Requests that were under way when it was given up: nothing new.
            Line::Down(pause) => Line::Down(pause.clone()),
            Line::Probing(pause) => {
                let length = pause.length.saturating_mul(2).min(settings.longest_pause);
                Line::Down(Pause { since: pause.since, until: now + length, length, why })
            }
        };
    }

    fn lock_out(&mut self, settings: &Settings, who: Credentials, why: String, now: Instant) {
        let before = self.lockouts.get(&who);
        let since = before.map_or(now, |pause| pause.since);
        // Several that were under way together are one try.
        let again = before.filter(|pause| now >= pause.until);
        let length = match (before, again) {
            (_, Some(pause)) => pause.length.saturating_mul(2).min(settings.longest_lockout),
            (Some(pause), None) => pause.length,
            (None, None) => settings.first_lockout,
        };
        if self.lockouts.len() >= MOST_LOCKOUTS {
            self.lockouts.retain(|_, pause| now < pause.until);
        }
        self.lockouts.insert(who, Pause { since, until: now + length, length, why });
    }

    /// How the BMC answers.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The lock-out of these credentials, if it has not ended.
    pub fn lockout(&self, who: Credentials, now: Instant) -> Option<&Pause> {
        self.lockouts.get(&who).filter(|pause| now < pause.until)
    }
}

fn counted(settings: &Settings, silences: u32, since: Instant, why: String, now: Instant) -> Line {
    if silences < settings.silences {
        return Line::Up { silences, since };
    }
    let length = settings.first_pause.min(settings.longest_pause);
    Line::Down(Pause { since, until: now + length, length, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Story {
        circuit: Circuit,
        settings: Settings,
        now: Instant,
        who: Credentials,
    }

    impl Story {
        fn new() -> Self {
            let settings = Settings { silences: 3, ..Settings::default() };
            Self { circuit: Circuit::default(), settings, now: Instant::now(), who: Credentials::of("root", "calvin") }
        }

        fn after(&mut self, seconds: u64) -> &mut Self {
            self.now += Duration::from_secs(seconds);
            self
        }

        #[track_caller]
        fn asks(&mut self, verdict: Verdict) -> &mut Self {
            assert!(self.is_admitted(), "{:?}", self.circuit);
            self.circuit.note(&self.settings, self.who, verdict, self.now);
            self
        }

        fn is_admitted(&mut self) -> bool {
            self.circuit.admit(self.who, self.now).is_ok()
        }
    }

    fn silent() -> Verdict {
        Verdict::Silent("no answer".to_owned())
    }

    fn refused() -> Verdict {
        Verdict::Refused("401".to_owned())
    }

    #[test]
    fn silences_in_a_row_close_it_and_an_answer_in_between_does_not() {
        let mut story = Story::new();
        story.asks(silent()).asks(silent()).asks(Verdict::Answered).asks(silent()).asks(silent());
        assert!(story.is_admitted());
        story.asks(silent());
        assert!(!story.is_admitted());
    }

    #[test]
    fn one_at_a_time_finds_out_whether_it_is_back() {
        let mut story = Story::new();
        story.asks(silent()).asks(silent()).asks(silent());
        assert!(!story.after(4).is_admitted());
        assert!(story.after(1).is_admitted(), "the pause has passed");
        assert!(!story.is_admitted(), "one is under way");
        story.circuit.note(&story.settings, story.who, Verdict::Answered, story.now);
        assert!(story.is_admitted() && story.is_admitted());
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut story = Story::new();
        story.asks(silent()).asks(silent()).asks(silent());
        for pause in [5, 10, 20, 40, 60, 60] {
            assert!(!story.after(pause - 1).is_admitted(), "{pause}");
            story.after(1).asks(silent());
        }
    }

    #[test]
    fn not_even_the_first_pause_is_longer_than_the_longest() {
        let mut story = Story::new();
        story.settings.longest_pause = Duration::from_secs(2);
        story.asks(silent()).asks(silent()).asks(silent());
        for _ in 0..2 {
            assert!(!story.after(1).is_admitted());
            story.after(1).asks(silent());
        }
    }

    #[test]
    fn a_probe_that_is_given_up_lets_the_next_one_try() {
        let mut story = Story::new();
        story.asks(silent()).asks(silent()).asks(silent());
        story.after(5).asks(Verdict::Unknown);
        story.asks(Verdict::Answered);
    }

    #[test]
    fn refused_credentials_are_not_used_again_for_a_while() {
        let mut story = Story::new();
        story.asks(refused());
        assert!(!story.after(59).is_admitted());
        story.after(1).asks(refused());
        assert!(!story.after(119).is_admitted(), "the pause doubles");
        story.after(1).asks(Verdict::Answered);
        story.asks(refused());
        assert!(!story.after(59).is_admitted() && story.after(1).is_admitted(), "an answer ends the doubling");
    }

    #[test]
    fn other_credentials_are_used_at_once() {
        let mut story = Story::new();
        story.asks(refused());
        story.who = Credentials::of("root", "hobbes");
        story.asks(Verdict::Answered);
        story.who = Credentials::of("root", "calvin");
        assert!(!story.is_admitted());
    }

    #[test]
    fn refusals_of_requests_under_way_together_are_one() {
        let mut story = Story::new();
        assert!(story.is_admitted() && story.is_admitted());
        for _ in 0..2 {
            story.circuit.note(&story.settings, story.who, refused(), story.now);
        }
        assert!(story.after(60).is_admitted());
    }

    #[test]
    fn refusals_that_have_passed_are_forgotten_when_there_are_many() {
        let mut story = Story::new();
        for n in 0..100 {
            story.who = Credentials::of("root", &n.to_string());
            story.after(61).asks(refused());
        }
        assert!(story.circuit.lockouts.len() <= MOST_LOCKOUTS);
    }
}
