//! What belongs to a node: changed under the node's lock, and under another node's as well where it goes from one to the other.

use std::sync::Arc;

use kamacite_model::{Requester, Uuid};

use crate::{Error, Result, engine::Engine, lock::Lock};

/// The locks of one node or of two, taken in an order that is always the same, so that nobody waits for each other.
pub(crate) async fn lock_both(
    engine: &Arc<Engine>,
    new: Uuid,
    old: Uuid,
    who: &Requester,
) -> Result<(Lock, Option<Lock>)> {
    if new == old {
        return Ok((Lock::take(engine, new, who).await?, None));
    }
    let first = Lock::take(engine, new.min(old), who).await?;
    match take_another(engine, new.max(old), who).await {
        Ok(second) if new < old => Ok((first, Some(second))),
        Ok(second) => Ok((second, Some(first))),
        Err(error) => {
            first.release().await;
            Err(error)
        }
    }
}

/// Gives them up.
pub(crate) async fn release_both((new, old): (Lock, Option<Lock>)) {
    new.release().await;
    if let Some(old) = old {
        old.release().await;
    }
}

/// Takes a lock in work of its own: where the one that is held already is taken away meanwhile, this still gets to its end,
/// and what it has got is given back.
async fn take_another(engine: &Arc<Engine>, node: Uuid, who: &Requester) -> Result<Lock> {
    let (worker, who) = (engine.clone(), who.clone());
    let taken = engine.spawn(async move { Lock::take(&worker, node, &who).await }).await;
    let lock = taken.map_err(|_| Error::Broken)??;
    lock.comes_here().await;
    Ok(lock)
}

/// What was looked for, if it is there and still is of the node that was locked for it; otherwise it is gone for whoever saw
/// it there.
///
/// # Errors
/// `gone`.
pub(crate) fn still_of<T>(found: Option<T>, node: Uuid, of: impl FnOnce(&T) -> Uuid, gone: Error) -> Result<T> {
    found.filter(|found| of(found) == node).ok_or(gone)
}

/// Carries over the fields that a client changed; whatever else has changed meanwhile stays:
/// `carry_over!(now, before, wanted: name, extra)`.
macro_rules! carry_over {
    ($now:ident, $before:ident, $wanted:ident: $($field:ident),+ $(,)?) => {
        $(if $before.$field != $wanted.$field {
            $now.$field = $wanted.$field;
        })+
    };
}
pub(crate) use carry_over;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{hands::until_taken, testing};

    /// Whether nobody has the lock when all who were at it are done.
    async fn is_free(engine: &Engine, node: Uuid) -> bool {
        while engine.in_hand.has(&node) {
            tokio::task::yield_now().await;
        }
        // Changes nothing, and is written after whatever was to be written before.
        engine.store.release(node, 0).await.unwrap();
        engine.node(node).await.unwrap().reservation.is_none()
    }

    #[tokio::test]
    async fn a_second_lock_that_is_being_taken_when_the_first_one_is_taken_away_is_given_back() {
        let engine = testing::engine().await;
        for round in 0..100 {
            let (one, other) = (testing::node(&engine).await, testing::node(&engine).await);
            let worker = engine.clone();
            let work = async move { lock_both(&worker, one, other, &Requester::default()).await };
            let work = tokio::spawn(until_taken(work));
            while !engine.in_hand.has(&one.max(other)) {
                tokio::task::yield_now().await;
            }
            engine.in_hand.take_away(one.min(other));
            if let Some(locks) = work.await.unwrap() {
                release_both(locks.unwrap()).await;
            }
            assert!(is_free(&engine, one).await && is_free(&engine, other).await, "round {round}");
        }
    }
}
