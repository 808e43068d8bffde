//! What the power sweep learns beside the power: the maker's name, boot mode, secure boot and health.
//!
//! It is asked of BMCs that have just told their power, beside the sweep: nothing that goes wrong here, or takes its
//! time, is seen there. What is not learned stays as it was recorded; Ironic empties boot mode and secure boot where the
//! hardware cannot tell them, and with them what a client has written there.

use std::sync::Arc;

use futures::StreamExt as _;
use kamacite_driver::{NodeInterfaces, SharedTask};
use kamacite_model::{BootMode, Health, HistoryEntry, Node, Requester, Severity, Uuid};

use super::{
    places::{Places, patience},
    power_sync::is_looked_after,
};
use crate::{
    Error, Result,
    engine::Engine,
    lock::{Extra, Lock, Patience, look, unbroken, while_leased},
};

/// What a BMC said, where it was asked and answered.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    vendor: Option<String>,
    boot_mode: Option<BootMode>,
    secure_boot: Option<bool>,
    /// A BMC may say that it does not know.
    health: Option<Option<Health>>,
}

/// Begins to ask the BMCs of these nodes; a node that an earlier sweep still asks about is left to that one.
pub(super) fn begin(engine: &Arc<Engine>, nodes: Vec<Uuid>) {
    let worker = engine.clone();
    engine.spawn(async move {
        let places = Places::new(&worker);
        let work = futures::stream::iter(nodes).for_each_concurrent(None, |node| one(&worker, &places, node));
        tokio::select! { () = work => {}, () = worker.stopping.cancelled() => {} }
    });
}

async fn one(engine: &Arc<Engine>, places: &Places, node: Uuid) {
    let Ok(_here) = engine.refreshing.enter_below(node, 1) else { return };
    match refresh(engine, places, node).await {
        // Someone works on it; the next sweep looks again.
        Ok(()) | Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => {}
        Err(error) if error.is_lock_lost() => {}
        Err(error) => {
            tracing::warn!(%node, error = &error as &dyn std::error::Error, "what was learned of a node could not be recorded");
        }
    }
}

async fn refresh(engine: &Arc<Engine>, places: &Places, node: Uuid) -> Result<()> {
    let node = engine.node(node).await?;
    if node.reservation.is_some() || node.maintenance || !is_looked_after(&node) {
        return Ok(());
    }
    let Ok(on) = engine.registry().interfaces_of(&node) else { return Ok(()) };
    let mut asking =
        Asking { engine, task: look(engine, node.clone(), &Requester::default()), found: Found::default() };
    if !asking.has_questions(&on) {
        return Ok(());
    }
    let all = async {
        tokio::select! {
            () = asking.ask(&on) => {}
            () = patience(engine) => {
                tracing::warn!(node = %node.uuid, "its BMC takes too long to tell its boot mode or health");
            }
        }
        Ok(())
    };
    places.run(engine, unbroken(all)).await?;
    record(engine, &node, &asking.found).await
}

/// Questions to one BMC, one after the other, and the answers so far.
struct Asking<'a> {
    engine: &'a Engine,
    task: SharedTask,
    found: Found,
}

impl Asking<'_> {
    /// Whether the BMC can answer anything.
    fn has_questions(&self, on: &NodeInterfaces) -> bool {
        let management = &on.management;
        (management.vendor_name().is_some() && !has_vendor(&self.task.node()))
            || management.boot_modes().is_some()
            || management.secure_boot().is_some()
            || (management.health().is_some() && self.engine.config.enable_health_monitoring)
    }

    async fn ask(&mut self, on: &NodeInterfaces) {
        let Self { engine, task, found } = self;
        let management = &on.management;
        if answer(engine, task, "what its BMC needs", management.validate(task)).await.is_none() {
            return;
        }
        // Makers do not change, so one is asked for once.
        if let Some(able) = management.vendor_name().filter(|_| !has_vendor(&task.node())) {
            found.vendor = answer(engine, task, "the maker", able.detect_vendor(task)).await.flatten();
        }
        if let Some(able) = management.boot_modes() {
            found.boot_mode = answer(engine, task, "the boot mode", able.boot_mode(task)).await;
        }
        if let Some(able) = management.secure_boot() {
            found.secure_boot = answer(engine, task, "secure boot", able.secure_boot_state(task)).await;
        }
        if let Some(able) = management.health().filter(|_| engine.config.enable_health_monitoring) {
            found.health = answer(engine, task, "the health", able.read_health(task)).await;
        }
    }
}

fn has_vendor(node: &Node) -> bool {
    node.properties.get("vendor").is_some_and(|vendor| !vendor.is_null() && vendor != "")
}

/// The answer of a BMC; one that has none costs a line in the log.
async fn answer<T>(
    engine: &Engine,
    task: &SharedTask,
    what: &str,
    call: impl Future<Output = kamacite_driver::Result<T>>,
) -> Option<T> {
    match while_leased(engine, call).await {
        Ok(answer) => Some(answer),
        Err(error) => {
            let (node, error) = (task.node().uuid, &error as &dyn std::error::Error);
            tracing::warn!(%node, error, "the power sweep could not learn {what}");
            None
        }
    }
}

/// The node with what was found; `None` when nothing is new.
fn updated(node: &Node, found: &Found) -> Option<Node> {
    let mut after = node.clone();
    if let Some(vendor) = found.vendor.as_deref().filter(|vendor| !vendor.is_empty() && !has_vendor(node)) {
        after.properties.insert("vendor".to_owned(), vendor.into());
    }
    after.boot_mode = found.boot_mode.or(after.boot_mode);
    after.secure_boot = found.secure_boot.or(after.secure_boot);
    if let Some(health) = found.health {
        after.health = health.map(|health| health.as_str().to_owned());
    }
    (after != *node).then_some(after)
}

/// Records what is new, if nobody has worked on the node since it was asked about.
async fn record(engine: &Arc<Engine>, node: &Node, found: &Found) -> Result<()> {
    if updated(node, found).is_none() {
        return Ok(());
    }
    let lock = Lock::take_with(engine, node.uuid, &Requester::default(), Patience::None).await?;
    let now = lock.node();
    // The lock counts how often it is taken: whoever had it may have changed what was read.
    let untouched = now.fence == node.fence + 1;
    let Some(after) = updated(&now, found).filter(|_| untouched) else {
        lock.release().await;
        return Ok(());
    };
    let history = health_entry(engine, &now, &after).into_iter().collect();
    lock.save_and_release(after, Extra { history, ..Extra::default() }).await?;
    Ok(())
}

/// What the history says of a health that has changed, in the reference's words.
fn health_entry(engine: &Engine, before: &Node, after: &Node) -> Option<HistoryEntry> {
    if before.health == after.health {
        return None;
    }
    let name = |health: &Option<String>| health.clone().unwrap_or_else(|| "None".to_owned());
    let (is, was) = (name(&after.health), name(&before.health));
    let words = format!("Node health status changed: health='{is}' (previously '{was}')");
    tracing::info!(node = %after.uuid, "{words}");
    engine.history(after, Severity::Info, "monitoring", words, &Requester::default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::Timestamp;
    use serde_json::json;

    use super::*;

    fn node() -> Node {
        let mut node = Node::new(Uuid::nil(), "d", Timestamp::UNIX_EPOCH);
        node.boot_mode = Some(BootMode::Bios);
        node.health = Some("OK".to_owned());
        node
    }

    #[test]
    fn what_was_not_learned_stays() {
        assert!(updated(&node(), &Found::default()).is_none());
        let same = Found { boot_mode: Some(BootMode::Bios), health: Some(Some(Health::Ok)), ..Found::default() };
        assert!(updated(&node(), &same).is_none());
    }

    #[test]
    fn what_was_learned_is_put_down() {
        let found = Found {
            vendor: Some("Acme".to_owned()),
            boot_mode: Some(BootMode::Uefi),
            secure_boot: Some(false),
            health: Some(None),
        };
        let after = updated(&node(), &found).unwrap();
        assert_eq!(after.properties["vendor"], json!("Acme"));
        assert_eq!((after.boot_mode, after.secure_boot, after.health), (Some(BootMode::Uefi), Some(false), None));
    }

    #[test]
    fn a_maker_that_is_known_stays() {
        let mut known = node();
        known.properties.insert("vendor".to_owned(), json!("Other"));
        assert!(updated(&known, &Found { vendor: Some("Acme".to_owned()), ..Found::default() }).is_none());
        known.properties.insert("vendor".to_owned(), json!(""));
        assert!(updated(&known, &Found { vendor: Some("Acme".to_owned()), ..Found::default() }).is_some());
        assert!(updated(&node(), &Found { vendor: Some(String::new()), ..Found::default() }).is_none());
    }
}
