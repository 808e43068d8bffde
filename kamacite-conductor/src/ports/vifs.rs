//! Virtual network interfaces: put on a node's ports by its network interface, and taken off.

use kamacite_driver::interfaces::Vif;
use kamacite_model::{NodePorts, Requester, Severity, Uuid};

use crate::{
    Conductor, Result,
    engine::Engine,
    lock::{Extra, Lock, unbroken, while_leased},
};

impl Conductor {
    /// The virtual network interfaces that are on a node.
    ///
    /// # Errors
    /// What the network interface finds missing, or its trouble.
    pub async fn vifs(&self, node: Uuid) -> Result<Vec<String>> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async {
            on.network.validate(&task).await?;
            Ok(while_leased(engine, on.network.vifs(&task)).await?)
        })
        .await
    }

    /// Puts a virtual network interface on a node. Returns when it is done.
    ///
    /// # Errors
    /// One that is attached already, no free port, the node's lock, or the network interface's trouble.
    pub async fn attach_vif(&self, node: Uuid, vif: Vif, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let words = format!("Failed to attach VIF {} to node {node}. Error:", vif.id);
            let outcome = unbroken(attach(&engine, &mut lock, vif)).await;
            settle(&engine, lock, &words, outcome, &who).await
        })
        .await
    }

    /// Takes a virtual network interface off a node. Returns when it is done.
    ///
    /// # Errors
    /// One that is not attached, the node's lock, or the network interface's trouble.
    pub async fn detach_vif(&self, node: Uuid, id: String, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let words = format!("Failed to detach VIF {id} from node {node}, Error:");
            let outcome = unbroken(detach(&engine, &mut lock, id)).await;
            settle(&engine, lock, &words, outcome, &who).await
        })
        .await
    }
}

async fn attach(engine: &Engine, lock: &mut Lock, vif: Vif) -> Result<()> {
    let on = lock.interfaces()?;
    on.network.validate(lock.task()).await?;
    Ok(while_leased(engine, on.network.attach_vif(lock.task(), vif)).await?)
}

async fn detach(engine: &Engine, lock: &mut Lock, id: String) -> Result<()> {
    let on = lock.interfaces()?;
    on.network.validate(lock.task()).await?;
    Ok(while_leased(engine, on.network.detach_vif(lock.task(), id)).await?)
}

/// Takes whatever is attached off a node whose instance goes.
///
/// # Errors
/// The network interface's trouble.
pub(crate) async fn detach_all(engine: &Engine, lock: &mut Lock) -> Result<()> {
    let on = lock.interfaces()?;
    for id in while_leased(engine, on.network.vifs(lock.task())).await? {
        while_leased(engine, on.network.detach_vif(lock.task(), id)).await?;
    }
    Ok(())
}

/// Forgets whatever is attached to a node, without a word to its network interface.
///
/// # Errors
/// The lock, or trouble with the database.
pub(crate) async fn forget_all(lock: &mut Lock) -> Result<()> {
    let NodePorts { ports, portgroups } = lock.task().ports().await?;
    let on_ports = ports.iter().filter(|port| port.vif().is_some()).map(|port| port.uuid);
    let on_groups = portgroups.iter().filter(|group| group.vif().is_some()).map(|group| group.uuid);
    for on in on_ports.chain(on_groups) {
        lock.task().record_vif(on, None).await?;
    }
    Ok(())
}

/// Writes down what went wrong, and gives the lock up.
async fn settle(engine: &Engine, lock: Lock, words: &str, outcome: Result<()>, who: &Requester) -> Result<()> {
    let Err(error) = outcome else {
        lock.release().await;
        return Ok(());
    };
    if !error.is_lock_lost() {
        let event = format!("{words} {error}");
        let mut after = (*lock.node()).clone();
        let kind = after.provision_state.as_str();
        let history = engine.history(&after, Severity::Error, kind, &event, who).into_iter().collect();
        after.last_error = Some(event);
        lock.save_and_release(after, Extra { history, ..Extra::default() }).await?;
    }
    Err(error)
}
