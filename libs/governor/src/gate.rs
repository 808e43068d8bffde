//! The way to one BMC: waits for a place and for the moment, or refuses.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::calls::Calls;
use crate::circuit::{Circuit, Closed, Line, Settings, Verdict};
use crate::credentials::Credentials;
use crate::record::Record;
use crate::status::{self, Condition, Counts, Status};

/// A request that is given up after so long counts as one that was not answered; sooner, nobody can tell.
const LONG: Duration = Duration::from_secs(10);

/// Stands before one BMC. Cheap to clone; all clones are the same governor.
#[derive(Clone)]
pub struct Governor {
    inner: Arc<Inner>,
    /// Where requests past this handle are counted.
    calls: Arc<Calls>,
}

struct Inner {
    address: Arc<str>,
    settings: Settings,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    state: Mutex<State>,
}

/// What changes from request to request.
#[derive(Default)]
pub(crate) struct State {
    pub circuit: Circuit,
    pub counts: Counts,
    pub record: Record,
    /// When the next request may start.
    next: Option<Instant>,
}

/// What a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The BMC answered, whatever it said; in a few words.
    Answered(String),
    /// It did not answer at all: no connection, or nothing in time.
    Silent(String),
    /// It refused the credentials.
    Refused(String),
    /// It is not known what became of it: the line broke half-way.
    Broken(String),
}

/// Why nothing is asked of a BMC now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has been silent.
    #[error(
        "{address} has not answered for {} s ({why}); it is tried again in {} s, by the first request that comes then",
        for_so_long.as_secs(),
        seconds_up(*again_in)
    )]
    Silent {
        /// The BMC.
        address: Arc<str>,
        /// Since its first silence.
        for_so_long: Duration,
        /// Until a request finds out whether it is back; zero while one does.
        again_in: Duration,
        /// What was met, in words.
        why: String,
    },
    /// It has refused these credentials, and accounts are locked after a few such tries.
    #[error(
        "{address} refused these credentials {} s ago ({why}); they are not used again for {} s, lest the account be \
         locked: correct them, and they are tried at once",
        for_so_long.as_secs(),
        seconds_up(*again_in)
    )]
    LockedOut {
        /// The BMC.
        address: Arc<str>,
        /// Since it first did.
        for_so_long: Duration,
        /// Until they are tried again.
        again_in: Duration,
        /// What it said.
        why: String,
    },
}

impl Governor {
    /// A governor of a BMC that nothing is known of yet.
    pub fn new(address: impl Into<Arc<str>>, settings: Settings) -> Self {
        let inner = Inner {
            address: address.into(),
            places: Arc::new(Semaphore::new(settings.concurrency.max(1))),
            settings,
            waiting: AtomicUsize::new(0),
            state: Mutex::default(),
        };
        Self { inner: Arc::new(inner), calls: Arc::default() }
    }

    /// The same governor, whose requests are counted among these.
    #[must_use]
    pub fn counting(&self, calls: Arc<Calls>) -> Self {
        Self { inner: self.inner.clone(), calls }
    }

    /// Waits until a request, which is called `what`, may be made, in the order of asking.
    ///
    /// # Errors
    /// Refuses instead of waiting when the BMC is silent or has refused these credentials, also if that comes about
    /// while waiting.
    pub async fn enter(&self, who: Credentials, what: &str) -> Result<Permit, Refusal> {
        let came = Instant::now();
        let (start, number, place) = self.admit(who, what).await.inspect_err(|_| self.calls.withheld.count())?;
        // From here on the permit answers for the admission, also if the caller goes away while it waits.
        let permit = Permit { governor: self.clone(), who, started: start, number, noted: false, _place: place };
        tokio::time::sleep_until(start).await;
        self.calls.waits.record(start - came);
        Ok(permit)
    }

    /// Waits for a place; when a request may start then, if it may, and its number in the record.
    async fn admit(
        &self,
        who: Credentials,
        what: &str,
    ) -> Result<(Instant, u64, Option<OwnedSemaphorePermit>), Refusal> {
        self.check(who)?;
        let waits = Waits::new(&self.inner.waiting);
        let place = self.inner.places.clone().acquire_owned().await.ok();
        drop(waits);
        let mut state = self.inner.state.lock();
        let now = Instant::now();
        let start = state.next.map_or(now, |next| next.max(now));
        state.circuit.admit(who, now).map_err(|closed| self.refusal(closed, now))?;
        state.next = Some(start + self.inner.settings.interval);
        Ok((start, state.record.begins(what, start), place))
    }

    /// How things stand for who has these credentials.
    pub fn status(&self, who: Credentials) -> Status {
        let inner = &self.inner;
        let state = inner.state.lock();
        let places = inner.settings.concurrency.max(1);
        let load = status::Load {
            concurrency: places,
            under_way: places - inner.places.available_permits().min(places),
            waiting: inner.waiting.load(Ordering::Relaxed),
        };
        status::of(&inner.address, &state, load, who, Instant::now())
    }

    /// How the BMC answers, whoever asks.
    pub fn condition(&self) -> Condition {
        match self.inner.state.lock().circuit.line() {
            Line::Untried => Condition::Untried,
            Line::Up { .. } => Condition::Up,
            Line::Down(_) => Condition::Silent,
            Line::Probing(_) => Condition::Probing,
        }
    }

    /// The BMC, as the governor was told.
    pub fn address(&self) -> &Arc<str> {
        &self.inner.address
    }

    /// Tells without waiting for a place whether there is any point in it.
    ///
    /// # Errors
    /// What [`Governor::enter`] would refuse for.
    pub fn check(&self, who: Credentials) -> Result<(), Refusal> {
        let now = Instant::now();
        let state = self.inner.state.lock();
        // Looking must not make a probe of the one who looks: it has no place yet.
        state.circuit.look(who, now).map_err(|closed| self.refusal(closed, now))
    }

    fn refusal(&self, closed: Closed, now: Instant) -> Refusal {
        let address = self.inner.address.clone();
        match closed {
            Closed::Silent(pause) => Refusal::Silent {
                address,
                for_so_long: now - pause.since,
                again_in: pause.until.saturating_duration_since(now),
                why: pause.why,
            },
            Closed::LockedOut(pause) => Refusal::LockedOut {
                address,
                for_so_long: now - pause.since,
                again_in: pause.until.saturating_duration_since(now),
                why: pause.why,
            },
        }
    }
}

impl fmt::Debug for Governor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Governor").field(&self.inner.address).finish()
    }
}

/// The right to make one request. Dropped without a word, the request counts as given up.
#[derive(Debug)]
pub struct Permit {
    governor: Governor,
    who: Credentials,
    started: Instant,
    number: u64,
    noted: bool,
    /// Given up when this is dropped.
    _place: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Says what became of the request, and lets the next one in.
    pub fn done(mut self, outcome: Outcome) {
        let (verdict, words) = match outcome {
            Outcome::Answered(words) => (Verdict::Answered, words),
            Outcome::Silent(words) => (Verdict::Silent(words.clone()), words),
            Outcome::Refused(words) => (Verdict::Refused(words.clone()), words),
            Outcome::Broken(words) => (Verdict::Unknown, words),
        };
        self.note(verdict, &words);
    }

    /// Notes what became of it. The place is given up afterwards, so that who comes next finds it noted.
    fn note(&mut self, verdict: Verdict, words: &str) {
        self.noted = true;
        let (inner, now) = (&self.governor.inner, Instant::now());
        let mut state = inner.state.lock();
        state.counts.count(&verdict);
        self.governor.calls.count(&verdict, now - self.started);
        state.circuit.note(&inner.settings, self.who, verdict, now);
        state.record.ends(self.number, words, now);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.noted {
            return;
        }
        let waited = self.started.elapsed();
        let words = format!("given up after {} s", waited.as_secs());
        // Who goes away after a while has waited for an answer.
        let verdict = if waited >= LONG { Verdict::Silent(words.clone()) } else { Verdict::Unknown };
        self.note(verdict, &words);
    }
}

/// One who waits for a place, for as long as it lives.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whole seconds, never none for some.
fn seconds_up(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { concurrency: 2, silences: 2, ..Settings::default() }
    }

    fn who() -> Credentials {
        Credentials::of("root", "calvin")
    }

    fn silent() -> Outcome {
        Outcome::Silent("no answer within 60 s".to_owned())
    }

    fn answered() -> Outcome {
        Outcome::Answered("200".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_few_at_a_time_and_in_order() {
        let governor = Governor::new("bmc", settings());
        let first = governor.enter(who(), "GET /").await.unwrap();
        let _second = governor.enter(who(), "GET /").await.unwrap();
        let third = tokio::spawn({
            let governor = governor.clone();
            async move { governor.enter(who(), "GET /").await.map(drop) }
        });
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!third.is_finished());
        let load = governor.status(who());
        assert_eq!((load.under_way, load.waiting), (2, 1));
        first.done(answered());
        third.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn not_too_soon_after_one_another() {
        let governor = Governor::new("bmc", Settings { interval: Duration::from_secs(5), ..settings() });
        let start = Instant::now();
        for expected in [0, 5, 10] {
            governor.enter(who(), "GET /").await.unwrap().done(answered());
            assert_eq!(start.elapsed(), Duration::from_secs(expected));
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        governor.enter(who(), "GET /").await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(70));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_bmc_refuses_at_once_and_says_why_and_until_when() {
        let governor = Governor::new("10.0.0.5", settings());
        governor.enter(who(), "GET /").await.unwrap().done(silent());
        governor.enter(who(), "GET /").await.unwrap().done(silent());
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let refusal = governor.enter(who(), "GET /").await.unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "10.0.0.5 has not answered for 1 s (no answer within 60 s); it is tried again in 4 s, by the first request \
             that comes then"
        );
        tokio::time::sleep(Duration::from_secs(4)).await;
        governor.enter(who(), "GET /").await.unwrap().done(answered());
        governor.enter(who(), "GET /").await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_place_is_refused_when_the_bmc_turns_out_silent() {
        let governor = Governor::new("bmc", Settings { concurrency: 1, silences: 1, ..settings() });
        let first = governor.enter(who(), "GET /").await.unwrap();
        let second = tokio::spawn({
            let governor = governor.clone();
            async move { governor.enter(who(), "GET /").await.map(drop) }
        });
        tokio::task::yield_now().await;
        first.done(silent());
        assert!(matches!(second.await.unwrap(), Err(Refusal::Silent { .. })));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_goes_away_leaves_its_place_and_its_probe() {
        let governor = Governor::new("bmc", Settings { concurrency: 1, silences: 1, ..settings() });
        governor.enter(who(), "GET /").await.unwrap().done(silent());
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(governor.enter(who(), "GET /").await.unwrap());
        governor.enter(who(), "GET /").await.unwrap().done(answered());
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_has_waited_in_vain_tells_of_silence_by_going_away() {
        let governor = Governor::new("bmc", settings());
        for seconds in [9, 30, 30] {
            let permit = governor.enter(who(), "GET /").await.unwrap();
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            drop(permit);
        }
        let refusal = governor.enter(who(), "GET /").await.unwrap_err().to_string();
        assert!(refusal.contains("given up after 30 s"), "{refusal}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_goes_away_while_it_waits_for_the_moment_does_so_too() {
        let spaced = Settings { concurrency: 1, silences: 1, interval: Duration::from_secs(30), ..settings() };
        let governor = Governor::new("bmc", spaced);
        governor.enter(who(), "GET /").await.unwrap().done(silent());
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(tokio::time::timeout(Duration::from_secs(1), governor.enter(who(), "GET /")).await.is_err());
        tokio::time::sleep(Duration::from_secs(60)).await;
        governor.enter(who(), "GET /").await.unwrap().done(answered());
    }

    #[tokio::test(start_paused = true)]
    async fn refused_credentials_are_told_from_silence() {
        let governor = Governor::new("10.0.0.5", settings());
        let permit = governor.enter(who(), "GET /").await.unwrap();
        permit.done(Outcome::Refused("401".to_owned()));
        let refusal = governor.enter(who(), "GET /").await.unwrap_err().to_string();
        assert_eq!(governor.status(who()).condition, Condition::LockedOut);
        assert!(
            refusal.contains("refused these credentials 0 s ago (401)") && refusal.contains("for 60 s"),
            "{refusal}"
        );
        let other = Credentials::of("root", "hobbes");
        governor.enter(other, "GET /").await.unwrap().done(answered());
        assert_eq!(governor.status(other).condition, Condition::Up, "who corrects them is not told of the wrong ones");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_is_seen_while_it_is_asked_and_when_it_was_given_up() {
        let governor = Governor::new("bmc", settings());
        let permit = governor.enter(who(), "POST /reset?token=calvin").await.unwrap();
        tokio::time::sleep(Duration::from_secs(7)).await;
        let asking = governor.status(who()).asking;
        assert_eq!((asking[0].what.as_str(), asking[0].for_so_long), ("POST /reset?token=…", Duration::from_secs(7)));
        drop(permit);
        let status = governor.status(who());
        assert!(status.asking.is_empty());
        assert_eq!(status.exchanges[0].outcome, "given up after 7 s");
    }
}
