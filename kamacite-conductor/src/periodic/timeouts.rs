//! Gives up what has waited beyond its deadline.

use std::sync::Arc;

use kamacite_model::{Requester, operation::OperationState};

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
        // Someone works on the node: then it no longer waits, or the next sweep finds it.
        let lock = match Lock::take_with(&engine, node, &Requester::default(), Patience::None).await {
            Ok(lock) => lock,
            Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let still = engine.store.operation(operation.id).await?;
        // Nodes in maintenance are a person's business.
        match still.filter(|still| still.state == OperationState::Waiting && !lock.node().maintenance) {
            Some(operation) => run::time_out(&engine, lock, operation).await?,
            None => lock.release().await?,
        }
    }
    Ok(())
}
