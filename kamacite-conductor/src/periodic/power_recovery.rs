//! Takes nodes out of maintenance when their power can be read again.

use std::sync::Arc;

use kamacite_model::{Fault, Requester};
use kamacite_store::{NodeFilter, NodeQuery};

use crate::{
    Error, Result,
    engine::Engine,
    lock::{Extra, Lock, Patience, look, unbroken, while_leased},
};

/// Tries every node that is in maintenance because of its power.
pub(super) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    let filter = NodeFilter {
        maintenance: Some(true),
        fault: Some(Fault::PowerFailure),
        reserved: Some(false),
        ..NodeFilter::default()
    };
    for node in engine.store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await? {
        let Ok(on) = engine.registry().interfaces_of(&node) else { continue };
        let task = look(&engine, node.clone(), &Requester::default());
        let state = unbroken(async { Ok(while_leased(&engine, on.power.power_state(&task)).await?) }).await;
        let Ok(Some(state)) = state else { continue };
        let lock = match Lock::take_with(&engine, node.uuid, &Requester::default(), Patience::None).await {
            Ok(lock) => lock,
            Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let mut after = (*lock.node()).clone();
        if after.fault != Some(Fault::PowerFailure) {
            lock.release().await;
            continue;
        }
        after.power_state = Some(state);
        after.maintenance = false;
        after.maintenance_reason = None;
        after.fault = None;
        lock.save_and_release(after, Extra::default()).await?;
        engine.power_failures.lock().remove(&node.uuid);
        tracing::info!(node = %node.uuid, "the power can be read again; the node leaves maintenance");
    }
    Ok(())
}
