//! Takes nodes out of maintenance when their power can be read again.

use std::sync::Arc;

use kamacite_model::{Fault, PowerState, Requester, Uuid};
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
        let Ok(Some(state @ (PowerState::On | PowerState::Off))) = state else { continue };
        match take_back(&engine, node.uuid, state).await {
            // Someone works on it; the next sweep looks again.
            Ok(()) | Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => {}
            Err(error) => tracing::warn!(node = %node.uuid, %error, "a node could not be taken out of maintenance"),
        }
    }
    Ok(())
}

async fn take_back(engine: &Arc<Engine>, node: Uuid, state: PowerState) -> Result<()> {
    let lock = Lock::take_with(engine, node, &Requester::default(), Patience::None).await?;
    let mut after = (*lock.node()).clone();
    if after.fault != Some(Fault::PowerFailure) {
        lock.release().await;
        return Ok(());
    }
    after.power_state = Some(state);
    after.maintenance = false;
    after.maintenance_reason = None;
    after.fault = None;
    lock.save_and_release(after, Extra::default()).await?;
    engine.power_failures.lock().remove(&node);
    tracing::info!(%node, "the power can be read again; the node leaves maintenance");
    Ok(())
}
