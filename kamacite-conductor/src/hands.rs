//! Whose hands nodes are in: what this process does on each, since when, and how a node is taken out of them.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use kamacite_driver::Waiting;
use kamacite_model::{Timestamp, Uuid};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

tokio::task_local! {
    /// Ends the work at hand.
    static WORK: CancellationToken;
}

/// Runs work until it is done, or until a node is taken out of its hands: it is dropped then, wherever it stands.
pub(crate) async fn until_taken<T>(work: impl Future<Output = T>) -> Option<T> {
    let token = CancellationToken::new();
    let cut = token.clone();
    let work = async move {
        tokio::select! {
            biased;
            () = cut.cancelled() => None,
            done = work => Some(done),
        }
    };
    WORK.scope(token, work).await
}

/// What is done on a node at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Work that says nothing of itself.
    Something,
    /// A call, in words.
    Calling {
        /// What is called.
        what: String,
        /// Since when.
        since: Timestamp,
    },
    /// Nothing, until it is asked again whether something is done.
    Napping {
        /// How long the whole pause is.
        pause: Duration,
        /// When it is over.
        until: Timestamp,
    },
}

/// Somebody at work on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AtWork {
    /// Since when the node is in these hands.
    pub(crate) since: Timestamp,
    /// What is being done.
    pub(crate) doing: Doing,
    /// How far it is, as a driver said last.
    pub(crate) words: Option<String>,
    /// What a driver says that it waits for.
    pub(crate) waits: Option<Waiting>,
}

/// The nodes that this process has in hand.
#[derive(Default)]
pub(crate) struct Hands {
    nodes: Mutex<HashMap<Uuid, Vec<Arc<Mutex<Grip>>>>>,
}

/// Keeps with a hand how far its work is, and is no hand itself: whoever has it may keep it.
pub(crate) struct Voice(Arc<Mutex<Grip>>);

/// A node is in hand for as long as this is kept.
pub(crate) struct Hand {
    hands: Arc<Hands>,
    node: Uuid,
    grip: Arc<Mutex<Grip>>,
}

struct Grip {
    at_work: AtWork,
    work: CancellationToken,
    /// Others may not touch it: before, it is only reached for.
    holds: bool,
    taken: bool,
}

impl Hands {
    /// Reaches for a node in the name of the work at hand.
    pub(crate) fn enter(self: &Arc<Self>, node: Uuid, now: Timestamp) -> Hand {
        let at_work = AtWork { since: now, doing: Doing::Something, words: None, waits: None };
        let grip = Grip { at_work, work: work_at_hand(), holds: false, taken: false };
        let grip = Arc::new(Mutex::new(grip));
        self.nodes.lock().entry(node).or_default().push(grip.clone());
        Hand { hands: self.clone(), node, grip }
    }

    /// Whether anybody reaches for the node or holds it.
    pub(crate) fn has(&self, node: &Uuid) -> bool {
        self.nodes.lock().contains_key(node)
    }

    /// How many nodes anybody reaches for or holds.
    pub(crate) fn len(&self) -> usize {
        self.nodes.lock().len()
    }

    /// Who holds the node.
    pub(crate) fn on(&self, node: Uuid) -> Vec<AtWork> {
        let nodes = self.nodes.lock();
        let grips = nodes.get(&node).into_iter().flatten();
        grips.map(|grip| grip.lock()).filter(|grip| grip.holds).map(|grip| grip.at_work.clone()).collect()
    }

    /// Takes the node out of all hands: the work that holds it is dropped, and who only reaches for it is told.
    pub(crate) fn take_away(&self, node: Uuid) {
        self.take_from(node, |_| true);
    }

    fn take_from(&self, node: Uuid, whom: impl Fn(&Arc<Mutex<Grip>>) -> bool) {
        let grips: Vec<_> =
            self.nodes.lock().get(&node).into_iter().flatten().filter(|grip| whom(grip)).cloned().collect();
        for grip in grips {
            let mut grip = grip.lock();
            grip.taken = true;
            // Who still reaches for it must get to the end of that: a lock that was had and not noticed is nobody's.
            if grip.holds {
                grip.work.cancel();
            }
        }
    }
}

impl Hand {
    /// The node is held now. Tells whether it still may be: it may have been taken away meanwhile.
    pub(crate) fn holds(&self) -> bool {
        let mut grip = self.grip.lock();
        grip.holds = true;
        !grip.taken
    }

    /// The work at hand goes on with it: what was begun elsewhere has come here. Where it was taken away on the way, this
    /// is as far as it goes.
    pub(crate) async fn comes_here(&self) {
        {
            let mut grip = self.grip.lock();
            grip.work = work_at_hand();
            if grip.taken {
                grip.work.cancel();
            }
        }
        tokio::task::yield_now().await;
    }

    /// Says what is done with it.
    pub(crate) fn does(&self, doing: Doing) {
        let mut grip = self.grip.lock();
        grip.at_work.doing = doing;
        grip.at_work.waits = None;
    }

    /// What says how far the work is.
    pub(crate) fn voice(&self) -> Voice {
        Voice(self.grip.clone())
    }

    /// Takes the node out of all other hands.
    pub(crate) fn takes_it_all(&self) {
        self.hands.take_from(self.node, |grip| !Arc::ptr_eq(grip, &self.grip));
    }
}

impl Voice {
    /// Says how far the work is.
    pub(crate) fn says(&self, words: String) {
        self.0.lock().at_work.words = Some(words);
    }

    /// Says what the work waits for.
    pub(crate) fn waits(&self, wait: Option<Waiting>) {
        self.0.lock().at_work.waits = wait;
    }

    /// What was said last.
    pub(crate) fn words(&self) -> Option<String> {
        self.0.lock().at_work.words.clone()
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let mut nodes = self.hands.nodes.lock();
        if let Some(grips) = nodes.get_mut(&self.node) {
            grips.retain(|grip| !Arc::ptr_eq(grip, &self.grip));
            if grips.is_empty() {
                nodes.remove(&self.node);
            }
        }
    }
}

/// Work that nobody can end has a token that nobody listens to.
fn work_at_hand() -> CancellationToken {
    WORK.try_with(CancellationToken::clone).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NODE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn hands() -> Arc<Hands> {
        Arc::default()
    }

    /// Work that holds a node and never ends.
    async fn hangs(hands: Arc<Hands>, node: Uuid) {
        let hand = hands.enter(node, Timestamp::UNIX_EPOCH);
        assert!(hand.holds());
        std::future::pending::<()>().await;
    }

    #[tokio::test]
    async fn work_that_hangs_is_dropped_and_that_on_other_nodes_is_not() {
        let hands = hands();
        let mut work = Vec::from([NODE, OTHER].map(|node| tokio::spawn(until_taken(hangs(hands.clone(), node)))));
        while hands.on(OTHER).is_empty() || hands.on(NODE).is_empty() {
            tokio::task::yield_now().await;
        }
        hands.take_away(NODE);
        assert_eq!(work.remove(0).await.unwrap(), None);
        assert!(!hands.has(&NODE) && hands.has(&OTHER) && !work[0].is_finished());
    }

    #[tokio::test]
    async fn who_only_reaches_for_a_node_is_told_and_not_dropped() {
        let hands = hands();
        let told = until_taken(async {
            let hand = hands.enter(NODE, Timestamp::UNIX_EPOCH);
            hands.take_away(NODE);
            tokio::task::yield_now().await;
            hand.holds()
        });
        assert_eq!(told.await, Some(false));
    }

    #[tokio::test]
    async fn what_was_taken_away_on_its_way_to_other_work_ends_there() {
        let hands = hands();
        let hand = hands.enter(NODE, Timestamp::UNIX_EPOCH);
        assert!(hand.holds());
        hands.take_away(NODE);
        let work = until_taken(async move {
            hand.comes_here().await;
            std::future::pending::<()>().await;
        });
        assert_eq!(work.await, None);
    }

    #[test]
    fn what_is_said_is_of_the_hand_it_is_said_with() {
        let hands = hands();
        let [one, other] = [NODE, NODE].map(|node| hands.enter(node, Timestamp::UNIX_EPOCH));
        assert!(one.holds() && other.holds());
        one.voice().says("half".to_owned());
        let said: Vec<_> = hands.on(NODE).into_iter().map(|at_work| at_work.words).collect();
        assert_eq!(said, [Some("half".to_owned()), None]);
        assert_eq!((one.voice().words(), other.voice().words()), (Some("half".to_owned()), None));
    }

    #[tokio::test]
    async fn who_takes_it_all_keeps_it() {
        let hands = hands();
        let taken = until_taken(async {
            let hand = hands.enter(NODE, Timestamp::UNIX_EPOCH);
            hand.holds();
            hand.takes_it_all();
            tokio::task::yield_now().await;
            hand.holds()
        });
        assert_eq!(taken.await, Some(true));
    }
}
