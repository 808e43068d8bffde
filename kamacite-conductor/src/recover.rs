//! Picks up what nobody works on any more: at the start what a dead process left behind, later what a refused write has.
//!
//! The journal tells what was under way. Who works on a node holds its lock until the journal says how the work stands: so
//! a running operation whose node's lock can be had is nobody's, and goes on under that lock.

use std::{collections::HashMap, future::Future, sync::Arc};

use futures::StreamExt as _;
use kamacite_model::{
    Node, Operation, OperationId,
    operation::{OperationKind, OperationState},
};
use kamacite_store::{NodeFilter, NodeQuery};

use crate::{
    Error, Result,
    engine::Engine,
    flow::run,
    journal::{self, Outcome},
    lock::{Lock, Patience},
    management, passthru, power,
};

/// Picks up whatever the journal has. On the embedded database one process at a time holds the database, so at its start
/// every lock and every running operation is a dead process's.
pub(crate) async fn all(engine: &Arc<Engine>) -> Result<()> {
    free_locks(engine, None).await?;
    pick_up(engine, None).await
}

/// Picks up what this process has lost sight of: work that a refused write has ended, locks that could not be released.
pub(crate) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    free_locks(&engine, Some(&engine.hostname)).await?;
    pick_up(&engine, Some(&engine.hostname)).await
}

/// Frees the locks of `holder`, or of anybody, that nobody in this process is at.
async fn free_locks(engine: &Engine, holder: Option<&str>) -> Result<()> {
    let filter = NodeFilter { reserved: Some(true), ..NodeFilter::default() };
    for node in engine.store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await? {
        let Some(by) = node.reservation.as_deref() else { continue };
        // Looked up after the node was read: whoever took this very lock was at it before it was taken, and is no longer.
        if holder.is_none_or(|holder| holder == by) && !engine.in_hand.has(&node.uuid) {
            tracing::warn!(node = %node.uuid, by, "a lock that nobody holds is freed");
            engine.store.release(node.uuid, node.fence).await?;
            engine.released(node.uuid).notify_waiters();
        }
    }
    Ok(())
}

/// How many operations are picked up at the same time, so that they share their waits for the disk.
const TOGETHER: usize = 128;

async fn pick_up(engine: &Arc<Engine>, conductor: Option<&str>) -> Result<()> {
    let operations = engine.store.unfinished_operations().await?;
    // Oldest first: the newest flow of each node stays.
    let flows = operations.iter().filter(|operation| operation.kind == OperationKind::Provision);
    let newest: HashMap<_, _> = flows.map(|flow| (flow.node, flow.id)).collect();
    let (calls, work): (Vec<_>, Vec<_>) = operations.into_iter().partition(|operation| match operation.kind {
        OperationKind::NodePassthru | OperationKind::DriverPassthru => true,
        OperationKind::Power | OperationKind::Management | OperationKind::Provision => false,
    });
    // Vendor calls first: they end here and now, and note it on their node before work goes on there.
    let mine = |operation: &Operation| conductor.is_none_or(|conductor| conductor == operation.conductor);
    let calls = futures::stream::iter(calls.into_iter().filter(mine));
    calls.for_each_concurrent(TOGETHER, |operation| told(operation.id, call(engine, operation.id))).await;
    let work = futures::stream::iter(work);
    work.for_each_concurrent(TOGETHER, |operation| {
        let is_newest = newest.get(&operation.node) == Some(&operation.id);
        told(operation.id, on_node(engine, operation, is_newest))
    })
    .await;
    Ok(())
}

async fn told(id: OperationId, outcome: impl Future<Output = Result<()>>) {
    match outcome.await {
        // Somebody works on the node: on this, or on something that this waits for.
        Ok(()) | Err(Error::NodeLocked { .. }) => {}
        Err(error) => {
            tracing::error!(operation = %id, error = &error as &dyn std::error::Error, "an operation could not be picked up");
        }
    }
}

/// Ends a vendor call that nobody is going to end: it is never repeated.
async fn call(engine: &Arc<Engine>, id: OperationId) -> Result<()> {
    if engine.under_way.has(&id) {
        return Ok(());
    }
    match unfinished(engine, id).await? {
        Some(operation) => passthru::give_up(engine, operation).await,
        None => Ok(()),
    }
}

/// Goes on with an operation that is worked on under its node's lock.
async fn on_node(engine: &Arc<Engine>, operation: Operation, is_newest: bool) -> Result<()> {
    let id = operation.id;
    let Some(node) = operation.node else { return end(engine, id, "it is about no node").await };
    if engine.in_hand.has(&node) || engine.stopping.is_cancelled() {
        return Ok(());
    }
    let Some(known) = engine.store.node(node).await? else {
        return end(engine, id, "the node was deleted").await;
    };
    if is_newest && waits(&operation, &known) {
        return Ok(());
    }
    let mut lock = Lock::take_with(engine, node, &operation.requester, Patience::None).await?;
    // Whoever worked on it since it was read has written down how it stands.
    let Some(operation) = unfinished(engine, id).await? else {
        lock.release().await;
        return Ok(());
    };
    let worker = engine.clone();
    match operation.kind {
        OperationKind::Provision => {
            let newest = run::unfinished_on(engine, node).await?.first().map(|newest| newest.id);
            if newest != Some(id) {
                run::end_moved(engine, lock, operation).await?;
            } else if waits(&operation, &lock.node()) {
                lock.release().await;
            } else if operation.state == OperationState::Waiting {
                run::end_moved(engine, lock, operation).await?;
            } else {
                run::pick_up(engine, lock, operation).await?;
            }
        }
        OperationKind::Power => {
            let operation = again(engine, &mut lock, operation).await?;
            lock.hand_to(move |lock| async move { power::carry_out(&worker, lock, operation).await });
        }
        OperationKind::Management => {
            let operation = again(engine, &mut lock, operation).await?;
            lock.hand_to(move |lock| async move { management::carry_out(&worker, lock, operation).await });
        }
        // These need no lock and do not come here.
        OperationKind::NodePassthru | OperationKind::DriverPassthru => lock.release().await,
    }
    Ok(())
}

/// Whether an operation waits, as its node does.
fn waits(operation: &Operation, node: &Node) -> bool {
    operation.state == OperationState::Waiting && run::is_where_it_was(operation, node)
}

async fn unfinished(engine: &Engine, id: OperationId) -> Result<Option<Operation>> {
    Ok(engine.store.operation(id).await?.filter(|operation| !operation.state.is_final()))
}

/// Writes down that an operation is begun again; where the node was taken meanwhile, it is somebody else's.
async fn again(engine: &Engine, lock: &mut Lock, mut operation: Operation) -> Result<Operation> {
    operation.attempt += 1;
    operation.updated_at = engine.now();
    operation.conductor = engine.hostname.to_string();
    let node = (*lock.node()).clone();
    lock.save(node, journal::update(&operation)).await?;
    Ok(operation)
}

async fn end(engine: &Engine, id: OperationId, words: &str) -> Result<()> {
    let Some(mut operation) = unfinished(engine, id).await? else { return Ok(()) };
    journal::end(engine, &mut operation, Outcome::Aborted(words.to_owned()));
    Ok(engine.store.update_operation(&operation).await?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::Requester;

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn what_was_ended_while_it_was_picked_up_stays_ended() {
        let engine = testing::engine().await;
        let node = testing::node(&engine).await;
        let mut lock = Lock::take(&engine, node, &Requester::default()).await.unwrap();
        let (kind, who) = (OperationKind::Power, Requester::default());
        let read = journal::begin(&engine, kind, "power on", &lock.node(), &(), &who).unwrap();
        engine.store.insert_operation(&read).await.unwrap();
        // Somebody abandons the node in this moment.
        let seized = Lock::seize(&engine, node, &who).await.unwrap();
        let mut ended = read.clone();
        journal::end(&engine, &mut ended, Outcome::Aborted("abandoned".to_owned()));
        seized.save_and_release((*engine.node(node).await.unwrap()).clone(), journal::update(&ended)).await.unwrap();
        let refused = again(&engine, &mut lock, read).await.unwrap_err();
        assert!(refused.is_lock_lost(), "{refused}");
        assert_eq!(engine.store.operation(ended.id).await.unwrap().unwrap().state, OperationState::Aborted);
    }
}
