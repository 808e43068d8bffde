//! Events: what the store has committed, told in order to whoever follows, from a ring of the latest.
//!
//! Nothing is lost without a word: who asks for what is no longer in the ring is told so, and so is everybody when it is not
//! known what was committed. A follower takes from the ring at its own pace, so that a slow one costs nobody anything; one
//! that the ring has overtaken is told that.

mod happened;

use std::{collections::VecDeque, sync::Arc};

use kamacite_model::{
    Clock, Timestamp,
    event::{Event, EventType, Happening, Subject},
};
use kamacite_store::{Commit, Committed, Store};
use meter::{Counter, Gauge};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{Error, Result};

/// The latest events, and who follows them.
pub struct Events {
    clock: Arc<dyn Clock>,
    ring: Mutex<Ring>,
    /// Woken by each event.
    news: watch::Sender<()>,
    followers: Gauge,
    most_followers: u32,
    counts: Vec<Counter>,
}

struct Ring {
    /// Without a gap, up to the one before `next`.
    events: VecDeque<Arc<Event>>,
    limit: usize,
    next: u64,
    closed: bool,
}

/// What a follower is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Something happened.
    Event(Arc<Event>),
    /// Something has happened that can no longer be told: the follower was too slow, or nobody knows what it was.
    Missed,
    /// The service stops; nothing more is told.
    Closed,
}

/// Somebody who follows, from one event to the next.
pub struct Follower {
    events: Arc<Events>,
    /// What it is told next.
    next: u64,
    news: watch::Receiver<()>,
}

impl Events {
    pub(crate) fn new(clock: Arc<dyn Clock>, kept: u32, most_followers: u32) -> Arc<Self> {
        // No service before this one has come so far: it would have had to tell a million events a second.
        let next = first_id(clock.now());
        let limit = usize::try_from(kept.max(1)).unwrap_or(usize::MAX);
        Arc::new(Self {
            clock,
            ring: Mutex::new(Ring { events: VecDeque::new(), limit, next, closed: false }),
            news: watch::Sender::default(),
            followers: Gauge::default(),
            most_followers,
            counts: EventType::ALL.iter().map(|_| Counter::default()).collect(),
        })
    }

    /// Tells from now on what the store commits.
    pub(crate) fn watch(self: &Arc<Self>, store: &Store) {
        let events = self.clone();
        store.watch(move |commit| match commit {
            Commit::Of(changes) => events.tell(changes),
            Commit::Unknown => events.lose_track(),
        });
    }

    fn tell(&self, changes: &[Committed]) {
        let at = self.clock.now();
        let mut told = false;
        for change in changes {
            let (happenings, subject, request, operation): (_, fn(&Committed) -> Subject, _, _) = match change {
                Committed::Node(node) => (happened::to_node(node), subject, &node.request, node.operation),
                Committed::Operation(work) => (happened::to_operation(work), subject, &work.request, Some(work.id)),
            };
            for what in happenings {
                let (subject, request) = (subject(change), request.clone());
                self.append(Event { id: 0, at, subject, what, request, operation });
                told = true;
            }
        }
        if told {
            self.news.send_replace(());
        }
    }

    fn append(&self, event: Event) {
        self.count(&event.what);
        let mut ring = self.ring.lock();
        let id = ring.next;
        ring.next += 1;
        ring.events.push_back(Arc::new(Event { id, ..event }));
        if ring.events.len() > ring.limit {
            ring.events.pop_front();
        }
    }

    /// Leaves a gap that nobody can follow over.
    fn lose_track(&self) {
        let mut ring = self.ring.lock();
        ring.events.clear();
        ring.next += 1;
        drop(ring);
        self.news.send_replace(());
    }

    /// Tells every follower that the service stops. What happens from here on is told to nobody.
    pub fn close(&self) {
        self.ring.lock().closed = true;
        self.news.send_replace(());
    }

    /// Follows from what comes after an event, or from now on. Says whether all that has happened since will be told.
    ///
    /// # Errors
    /// [`Error::Busy`] when as many follow as may.
    pub fn follow(self: &Arc<Self>, after: Option<u64>) -> Result<(Follower, bool)> {
        // Counted first: who comes at the same time as another sees it.
        self.followers.add(1);
        let news = self.news.subscribe();
        let ring = self.ring.lock();
        let whole = after.is_none_or(|after| after < ring.next && after.saturating_add(1) >= ring.oldest());
        let next = after.filter(|_| whole).map_or(ring.next, |after| after + 1);
        drop(ring);
        let follower = Follower { events: self.clone(), next, news };
        if self.followers() > i64::from(self.most_followers) {
            return Err(Error::Busy(format!(
                "{} follow the events and no more are taken; end one or raise [kamacite]event_followers",
                self.most_followers
            )));
        }
        Ok((follower, whole))
    }

    /// How many follow.
    pub fn followers(&self) -> i64 {
        self.followers.read()
    }

    /// How many events there were of each type.
    pub fn counts(&self) -> impl Iterator<Item = (EventType, u64)> {
        EventType::ALL.iter().zip(&self.counts).map(|(event_type, count)| (*event_type, count.read()))
    }

    fn count(&self, what: &Happening) {
        let event_type = what.event_type();
        let found = EventType::ALL.iter().zip(&self.counts).find(|(known, _)| **known == event_type);
        found.into_iter().for_each(|(_, counter)| counter.count());
    }
}

fn subject(change: &Committed) -> Subject {
    match change {
        Committed::Node(node) => happened::subject_of_node(node),
        Committed::Operation(work) => happened::subject_of_operation(work),
    }
}

/// Ids go on from where time is, so that those of a service that was started anew follow those of the one before.
fn first_id(now: Timestamp) -> u64 {
    u64::try_from(now.as_microsecond()).unwrap_or(1).max(1)
}

impl Ring {
    fn oldest(&self) -> u64 {
        self.next - self.events.len() as u64
    }

    fn at(&self, id: u64) -> Option<Told> {
        if id < self.oldest() {
            return Some(Told::Missed);
        }
        let place = usize::try_from(id - self.oldest()).ok()?;
        match self.events.get(place) {
            Some(event) => Some(Told::Event(event.clone())),
            None => self.closed.then_some(Told::Closed),
        }
    }
}

impl Follower {
    /// What happened next; waits for it.
    pub async fn next(&mut self) -> Told {
        loop {
            self.news.mark_unchanged();
            let told = self.events.ring.lock().at(self.next);
            match told {
                Some(told) => {
                    if let Told::Event(event) = &told {
                        self.next = event.id + 1;
                    }
                    return told;
                }
                // It lives as long as the events do, which this follower holds.
                None => drop(self.news.changed().await),
            }
        }
    }

    /// The last event that was told, or the last there was before.
    pub const fn last(&self) -> u64 {
        self.next - 1
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.events.followers.add(-1);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures::FutureExt as _;
    use kamacite_model::{ProvisionState, Sleep};

    use super::*;

    /// Stands still.
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_microsecond(1_000).unwrap()
        }

        fn sleep(&self, _: std::time::Duration) -> Sleep<'_> {
            Box::pin(std::future::pending())
        }
    }

    fn events(kept: u32) -> Arc<Events> {
        Events::new(Arc::new(Still), kept, 2)
    }

    fn happen(events: &Events, times: usize) {
        for _ in 0..times {
            let (at, what) = (events.clock.now(), Happening::Created(ProvisionState::Enroll));
            events.append(Event { id: 0, at, subject: Subject::default(), what, request: None, operation: None });
            events.news.send_replace(());
        }
    }

    /// The ids told without waiting, and what came after them.
    fn told(follower: &mut Follower) -> (Vec<u64>, Option<Told>) {
        let mut ids = Vec::new();
        loop {
            match follower.next().now_or_never() {
                Some(Told::Event(event)) => ids.push(event.id),
                other => return (ids, other),
            }
        }
    }

    #[test]
    fn a_follower_is_told_each_event_once_in_order() {
        let events = events(10);
        happen(&events, 2);
        let (mut follower, whole) = events.follow(None).unwrap();
        assert!(whole);
        assert_eq!((follower.last(), told(&mut follower)), (1_001, (vec![], None)));
        happen(&events, 3);
        assert_eq!(told(&mut follower), (vec![1_002, 1_003, 1_004], None));
        assert_eq!(events.counts().find(|(of, _)| *of == EventType::NodeCreated), Some((EventType::NodeCreated, 5)));
    }

    #[test]
    fn who_comes_back_is_told_what_it_has_missed_or_that_it_cannot_be() {
        let events = events(3);
        happen(&events, 5);
        let follow = |after| {
            let (mut follower, whole) = events.follow(Some(after)).unwrap();
            (whole, told(&mut follower).0)
        };
        assert_eq!(follow(1_001), (true, vec![1_002, 1_003, 1_004]));
        assert_eq!(follow(1_004), (true, vec![]));
        // Out of the ring; of the service before; of none that there was.
        for gone in [1_000, 7, 0, 1_005, u64::MAX] {
            assert_eq!(follow(gone), (false, vec![]), "{gone}");
        }
    }

    #[test]
    fn who_is_too_slow_is_told_so() {
        let events = events(3);
        let (mut slow, _) = events.follow(None).unwrap();
        happen(&events, 4);
        assert_eq!(told(&mut slow), (vec![], Some(Told::Missed)));
    }

    #[test]
    fn what_nobody_knows_is_a_gap_for_everybody() {
        let events = events(10);
        happen(&events, 1);
        let (mut follower, _) = events.follow(Some(1_000)).unwrap();
        events.lose_track();
        happen(&events, 1);
        assert_eq!(told(&mut follower), (vec![], Some(Told::Missed)));
        drop(follower);
        assert!(!events.follow(Some(1_000)).unwrap().1);
        assert!(events.follow(Some(1_001)).unwrap().1);
    }

    #[test]
    fn an_end_is_told_after_all_that_happened() {
        let events = events(10);
        let (mut follower, _) = events.follow(None).unwrap();
        happen(&events, 1);
        events.close();
        assert_eq!(told(&mut follower), (vec![1_000], Some(Told::Closed)));
    }

    #[test]
    fn there_are_only_so_many_followers() {
        let events = events(10);
        let first = events.follow(None).unwrap();
        let _second = events.follow(None).unwrap();
        assert!(events.follow(None).is_err());
        drop(first);
        assert!(events.follow(None).is_ok());
    }
}
