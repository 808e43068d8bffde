//! Looking for a node for an allocation, in the background. That it looks stands in the allocation itself, so what a dead
//! process has left unfinished is begun anew.

use std::sync::Arc;

use kamacite_model::{Allocation, Node, ProvisionState, Requester, Uuid};
use kamacite_store::{NodeFilter, NodeQuery};

use super::rules;
use crate::{
    Error, Result,
    engine::Engine,
    lock::{Extra, Lock, Patience},
    tally::Present,
};

/// What came of looking for a node.
enum Found {
    /// It has this one.
    Node(Uuid),
    /// None can be had; why, in the reference's words.
    Nothing(String),
    /// Nobody wants one any more: the allocation is gone, or has its node.
    Unwanted,
    /// The conductor stops; the next start goes on.
    Later,
}

/// What came of one node.
enum Tried {
    /// The allocation has it.
    Taken,
    /// It does not fit any more, or is gone.
    Unfit,
    /// Somebody works on it.
    Locked,
    /// See [`Found::Unwanted`].
    Unwanted,
    /// It cannot be had, and no other can.
    Hopeless(String),
}

/// Begins to look for nodes for allocations that nobody in this process looks after: at the start those of a dead process,
/// later what has lost its search to trouble with the database.
pub(crate) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    for allocation in engine.store.unfinished_allocations().await? {
        if !engine.searching.has(&allocation.uuid) {
            let searching = engine.searching.enter(allocation.uuid);
            begin(&engine, allocation, searching);
        }
    }
    Ok(())
}

/// Looks for a node in the background; nobody else does for as long as `searching` is kept.
pub(super) fn begin(engine: &Arc<Engine>, allocation: Allocation, searching: Present<Uuid>) {
    let worker = engine.clone();
    engine.spawn(async move {
        let uuid = allocation.uuid;
        match carry_out(&worker, &allocation).await {
            Ok(()) => {}
            Err(error) if worker.stopping.is_cancelled() => {
                tracing::debug!(allocation = %uuid, %error, "the search for a node goes on after the next start");
            }
            Err(error) => {
                tracing::error!(allocation = %uuid, error = &error as &dyn std::error::Error, "the search for a node broke off; the next sweep begins anew");
            }
        }
        drop(searching);
    });
}

async fn carry_out(engine: &Arc<Engine>, allocation: &Allocation) -> Result<()> {
    let uuid = allocation.uuid;
    match look(engine, allocation).await? {
        Found::Node(node) => tracing::info!(allocation = %uuid, %node, "an allocation has its node"),
        Found::Nothing(words) => {
            tracing::warn!(allocation = %uuid, why = words, "an allocation failed");
            engine.store.fail_allocation(uuid, &words).await?;
        }
        Found::Unwanted | Found::Later => {}
    }
    Ok(())
}

/// Tries the nodes one after the other, without waiting for the lock of any; then those that were locked again, as often as
/// configured.
async fn look(engine: &Arc<Engine>, allocation: &Allocation) -> Result<Found> {
    let nothing = |why: &str| Ok(Found::Nothing(rules::failed(allocation.uuid, why)));
    let mut nodes = match rules::candidates(offered(engine, allocation).await?, allocation) {
        Ok(nodes) => nodes,
        Err(why) => return nothing(&why),
    };
    let config = &engine.config;
    for round in 0..config.node_locked_retry_attempts.max(1) {
        if round > 0 {
            tokio::select! {
                () = engine.clock().sleep(config.node_locked_retry_interval) => {}
                () = engine.stopping.cancelled() => return Ok(Found::Later),
            }
        }
        let mut locked = Vec::new();
        for node in nodes {
            match take(engine, node.uuid, allocation).await? {
                Tried::Taken => return Ok(Found::Node(node.uuid)),
                Tried::Unfit => {}
                Tried::Locked => locked.push(node),
                Tried::Unwanted => return Ok(Found::Unwanted),
                Tried::Hopeless(words) => return Ok(Found::Nothing(words)),
            }
        }
        if locked.is_empty() {
            return nothing("all nodes were filtered out during reservation");
        }
        nodes = locked;
    }
    nothing(&format!("could not reserve any of {} suitable nodes", nodes.len()))
}

/// The nodes that may be given away, by what the database can tell.
async fn offered(engine: &Engine, allocation: &Allocation) -> Result<Vec<Arc<Node>>> {
    let Allocation { candidate_nodes, resource_class, owner, .. } = allocation;
    let filter = NodeFilter {
        uuid_in: (!candidate_nodes.is_empty()).then(|| candidate_nodes.clone()),
        associated: Some(false),
        maintenance: Some(false),
        provision_state: Some(ProvisionState::Available),
        resource_class: resource_class.clone(),
        project: owner.clone(),
        ..NodeFilter::default()
    };
    Ok(engine.store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await?)
}

/// Tries to take a node: both sides are written in one transaction, under the node's lock.
async fn take(engine: &Arc<Engine>, node: Uuid, allocation: &Allocation) -> Result<Tried> {
    // That others have taken it meanwhile can be seen without its lock.
    if !engine.store.node(node).await?.is_some_and(|node| rules::fits(&node, allocation)) {
        return Ok(Tried::Unfit);
    }
    let lock = match Lock::take_with(engine, node, &Requester::default(), Patience::None).await {
        Ok(lock) => lock,
        Err(Error::NodeLocked { .. }) => return Ok(Tried::Locked),
        Err(Error::NodeNotFound(_)) => return Ok(Tried::Unfit),
        Err(error) => return Err(error),
    };
    let mut after = (*lock.node()).clone();
    if !rules::fits(&after, allocation) {
        lock.release().await;
        return Ok(Tried::Unfit);
    }
    rules::hand_over(&mut after, allocation);
    match lock.save_and_release(after, Extra::default()).await {
        Ok(_) => Ok(Tried::Taken),
        Err(Error::NotThere { .. }) => Ok(Tried::Unwanted),
        Err(Error::InstanceTaken { instance, .. }) => {
            let words = Error::InstanceTaken { instance, node };
            Ok(Tried::Hopeless(format!("Unexpected exception during allocation: {words}")))
        }
        Err(error) => Err(error),
    }
}
