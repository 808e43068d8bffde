//! Picks up what a dead process left behind: the journal tells what was under way.
//!
//! On the embedded database one process at a time holds the database, so at its start every lock and every running
//! operation is a dead process's.

use std::sync::Arc;

use kamacite_model::{
    Operation, Requester,
    machine::Phase,
    operation::{OperationKind, OperationState},
};
use kamacite_store::{NodeFilter, NodeQuery};

use crate::{
    Error, Result,
    engine::Engine,
    flow::run,
    journal::{self, Outcome},
    lock::Lock,
    management, passthru, power,
};

/// Picks up every operation of the journal that has not ended, and frees every lock that nothing works under.
pub(crate) async fn all(engine: &Arc<Engine>) -> Result<()> {
    let mut operations = engine.store.unfinished_operations().await?;
    // Vendor calls first: they end here and now, and must not take the lock from work that goes on.
    operations.sort_by_key(|operation| match operation.kind {
        OperationKind::NodePassthru | OperationKind::DriverPassthru => 0,
        OperationKind::Power | OperationKind::Management | OperationKind::Provision => 1,
    });
    let mut worked_on = Vec::new();
    for operation in operations {
        let (id, node) = (operation.id, operation.node);
        match one(engine, operation).await {
            Ok(true) => worked_on.extend(node),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(operation = %id, error = &error as &dyn std::error::Error, "an operation could not be picked up");
            }
        }
    }
    let filter = NodeFilter { reserved: Some(true), ..NodeFilter::default() };
    for node in engine.store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await? {
        if !worked_on.contains(&node.uuid) {
            Lock::take_over(engine, node.uuid, &Requester::default()).await?.release().await?;
        }
    }
    Ok(())
}

/// Picks one operation up; tells whether work goes on under the node's lock.
async fn one(engine: &Arc<Engine>, operation: Operation) -> Result<bool> {
    let Some(node) = operation.node else {
        passthru::give_up(engine, operation).await?;
        return Ok(false);
    };
    let Some(node) = engine.store.node(node).await? else {
        end(engine, operation, Outcome::Aborted("the node was deleted".to_owned())).await?;
        return Ok(false);
    };
    match (operation.kind, operation.state) {
        (OperationKind::NodePassthru | OperationKind::DriverPassthru, _) => {
            passthru::give_up(engine, operation).await?;
            Ok(false)
        }
        (_, OperationState::Waiting) => {
            // It goes on waiting, unless its node was taken elsewhere and there was no time to say so.
            if !matches!(node.provision_state.facts().phase, Phase::Waiting | Phase::Holding) {
                let words = "the node was taken elsewhere while it waited";
                end(engine, operation, Outcome::Aborted(words.to_owned())).await?;
            }
            Ok(false)
        }
        (OperationKind::Power, _) => {
            let (operation, lock) = again(engine, operation, node.uuid).await?;
            let worker = engine.clone();
            engine.spawn(async move { power::carry_out(&worker, lock, operation).await });
            Ok(true)
        }
        (OperationKind::Management, _) => {
            let (operation, lock) = again(engine, operation, node.uuid).await?;
            let worker = engine.clone();
            engine.spawn(async move { management::carry_out(&worker, lock, operation).await });
            Ok(true)
        }
        (OperationKind::Provision, _) => {
            let lock = Lock::take_over(engine, node.uuid, &operation.requester).await?;
            run::pick_up(engine, lock, operation).await?;
            Ok(true)
        }
    }
}

async fn again(
    engine: &Arc<Engine>,
    mut operation: Operation,
    node: kamacite_model::Uuid,
) -> Result<(Operation, Lock)> {
    let lock = Lock::take_over(engine, node, &operation.requester).await?;
    operation.attempt += 1;
    operation.updated_at = engine.now();
    operation.conductor = engine.hostname.to_string();
    engine.store.update_operation(&operation).await?;
    Ok((operation, lock))
}

async fn end(engine: &Engine, mut operation: Operation, outcome: Outcome) -> Result<(), Error> {
    journal::end(engine, &mut operation, outcome);
    Ok(engine.store.update_operation(&operation).await?)
}
