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
    match Lock::take(engine, new.max(old), who).await {
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
