//! Gives up what has waited beyond its deadline.

use std::sync::Arc;

use kamacite_model::{Operation, Requester, Uuid, operation::OperationState};

use crate::{
    Error, Result,
    engine::Engine,
    flow::run,
    lock::{Lock, Patience},
};

/// Looks at every operation that waits.
pub(super) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    let now = engine.now();
    for operation in engine.store.unfinished_operations().await? {
        let over = operation.deadline.is_some_and(|deadline| deadline <= now);
        let (OperationState::Waiting, true, Some(node)) = (operation.state, over, operation.node) else { continue };
        match one(&engine, &operation, node).await {
            // Someone works on the node: then it no longer waits, or the next sweep finds it.
            Ok(()) | Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => {}
            Err(error) => {
                tracing::error!(operation = %operation.id, error = &error as &dyn std::error::Error, "a wait could not be given up");
            }
        }
    }
    Ok(())
}

async fn one(engine: &Arc<Engine>, operation: &Operation, node: Uuid) -> Result<()> {
    let lock = Lock::take_with(engine, node, &Requester::default(), Patience::None).await?;
    // Nodes in maintenance are a person's business. An older flow that should have ended is left to the other sweep.
    let waiting = if lock.node().maintenance { None } else { run::waiting_on(engine, node).await? };
    match waiting.filter(|waiting| waiting.id == operation.id && run::is_where_it_was(waiting, &lock.node())) {
        Some(operation) => {
            let words = format!("Timeout reached while waiting for callback for node {node}");
            run::give_up(engine, lock, operation, words).await
        }
        None => {
            lock.release().await;
            Ok(())
        }
    }
}
