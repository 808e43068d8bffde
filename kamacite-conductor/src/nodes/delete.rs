//! Removing a node.

use std::sync::Arc;

use kamacite_model::{Node, Requester, Uuid};

use crate::{
    Conductor, Config, Error, Result,
    engine::Engine,
    flow::run,
    journal::{self, Outcome},
    lock::{Lock, unbroken, while_leased},
};

impl Conductor {
    /// Removes a node. What its operations were stays in the journal.
    ///
    /// # Errors
    /// What its state forbids, an instance on it, its protection, its lock.
    pub async fn delete_node(&self, node: Uuid, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            if let Err(error) = decide(&lock.node(), &engine.config) {
                lock.release().await;
                return Err(error);
            }
            close_console(&engine, &mut lock).await;
            lock.delete_node().await?;
            engine.power_failures.lock().remove(&node);
            engine.services.bmcs.forget(node);
            if let Err(error) = end_what_waited(&engine, node).await {
                // The next sweep finds its node gone, and ends it.
                tracing::warn!(%node, %error, "what waited for a node that is gone could not be ended");
            }
            Ok(())
        })
        .await
    }
}

/// Nothing waits for a node that is gone.
async fn end_what_waited(engine: &Engine, node: Uuid) -> Result<()> {
    for mut operation in run::unfinished_on(engine, node).await? {
        journal::end(engine, &mut operation, Outcome::Aborted("the node was deleted".to_owned()));
        engine.store.update_operation(&operation).await?;
    }
    Ok(())
}

/// Whether a node may be removed as it is.
///
/// # Errors
/// Why not, in the reference's words.
pub(crate) fn decide(node: &Node, config: &Config) -> Result<()> {
    use kamacite_model::ProvisionState::{AdoptFail, Available, Enroll, Manageable};
    if node.protected {
        return Err(Error::Protected(node.uuid));
    }
    if node.maintenance {
        return Ok(());
    }
    if let Some(instance) = &node.instance_uuid {
        return Err(Error::NodeAssociated { node: node.uuid, instance: instance.clone() });
    }
    let available = node.provision_state == Available && config.allow_deleting_available_nodes;
    if node.provision_state.facts().may_delete || available {
        return Ok(());
    }
    let mut valid = vec![Manageable, Enroll, AdoptFail];
    valid.extend(config.allow_deleting_available_nodes.then_some(Available));
    let valid: Vec<_> = valid.iter().map(|state| format!("'{state}'")).collect();
    Err(Error::Conflict(format!(
        "Can not delete node \"{}\" while it is in provision state \"{}\". Valid provision states to perform deletion \
         are: \"({})\", or set the node into maintenance mode",
        node.uuid,
        node.provision_state,
        valid.join(", ")
    )))
}

/// An open console goes with the node; one that will not close does not keep it.
async fn close_console(engine: &Arc<Engine>, lock: &mut Lock) {
    let node = lock.node();
    if !node.console_enabled {
        return;
    }
    let stopped = match lock.interfaces() {
        Ok(on) => unbroken(async { Ok(while_leased(engine, on.console.stop(lock.task())).await?) }).await,
        Err(error) => Err(error),
    };
    if let Err(error) = stopped {
        tracing::warn!(node = %node.uuid, %error, "the console of a node that is deleted could not be closed");
    }
}
