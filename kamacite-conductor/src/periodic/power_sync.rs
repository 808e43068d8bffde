//! The power sweep: reads the power of all nodes and mends what differs, with a brake.
//!
//! It reads first and acts afterwards. When it finds more to change than the brake allows, it changes nothing and says
//! so: a switched-off rack or a BMC network that lies would otherwise turn a fleet off.

use std::sync::Arc;

use futures::StreamExt;
use kamacite_model::{Fault, Node, PowerState, PowerTarget, Requester, Severity};
use kamacite_store::{NodeFilter, NodeQuery};

use crate::{
    Error, Result,
    engine::Engine,
    lock::{Extra, Lock, Patience, look, unbroken, while_leased},
    power,
};

/// What is to be done about a node whose power was read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// All is well.
    Agrees,
    /// Nothing was recorded yet, or recording is all that may be done.
    Record(PowerState),
    /// The hardware is brought to the recorded state.
    Force(PowerTarget),
    /// The power cannot be read.
    Unreadable(String),
}

/// Reads the power of every node the sweep looks after, and mends what differs.
pub(super) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    let filter = NodeFilter { maintenance: Some(false), reserved: Some(false), ..NodeFilter::default() };
    let nodes = engine.store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await?;
    let nodes: Vec<_> = nodes.into_iter().filter(|node| is_looked_after(node)).collect();
    let total = nodes.len();
    let workers = engine.config.sync_power_state_workers.max(1) as usize;
    let looks = futures::stream::iter(nodes.into_iter().map(|node| {
        let engine = engine.clone();
        async move {
            let verdict = unbroken(async { Ok(read(&engine, &node).await) }).await;
            let verdict = verdict.unwrap_or_else(|why| Verdict::Unreadable(why.to_string()));
            if verdict == Verdict::Agrees {
                engine.power_failures.lock().remove(&node.uuid);
            }
            (node, verdict)
        }
    }));
    let found: Vec<_> =
        looks.buffer_unordered(workers).filter(|(_, v)| std::future::ready(*v != Verdict::Agrees)).collect().await;
    let changes = found.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Force(_))).count();
    let braked = brake(changes, total, &engine);
    if let Some(words) = &braked {
        tracing::error!(changes, total, "the power sweep stops: {words}");
    }
    for (node, verdict) in found {
        let outcome = match verdict {
            Verdict::Agrees => Ok(()),
            Verdict::Record(state) => record(&engine, &node, state).await,
            Verdict::Force(target) => match &braked {
                None => force(&engine, &node, target).await,
                Some(words) => note_brake(&engine, &node, words).await,
            },
            Verdict::Unreadable(why) => failed(&engine, &node, &why).await,
        };
        match outcome {
            // Someone works on it; the next sweep looks again.
            Ok(()) | Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn is_looked_after(node: &Node) -> bool {
    node.provision_state.facts().power_sync && node.target_power_state.is_none()
}

async fn read(engine: &Arc<Engine>, node: &Arc<Node>) -> Verdict {
    let Ok(on) = engine.registry().interfaces_of(node) else { return Verdict::Agrees };
    let task = look(engine, node.clone(), &Requester::default());
    if let Err(why) = on.power.validate(&task).await {
        return Verdict::Unreadable(why.to_string());
    }
    if !matches!(on.power.supports_power_sync(&task).await, Ok(true)) {
        return Verdict::Agrees;
    }
    match while_leased(engine, on.power.power_state(&task)).await {
        Ok(found) => decide(node, found, engine.config.force_power_state_during_sync),
        Err(why) => Verdict::Unreadable(why.to_string()),
    }
}

fn decide(node: &Node, found: Option<PowerState>, force: bool) -> Verdict {
    match (node.power_state, found) {
        (recorded, found) if recorded == found => Verdict::Agrees,
        (_, None) => Verdict::Agrees,
        (_, Some(PowerState::Error)) => Verdict::Unreadable("the BMC reports an error".to_owned()),
        (Some(PowerState::On), Some(_)) if force => Verdict::Force(PowerTarget::On),
        (Some(PowerState::Off), Some(_)) if force && !node.disable_power_off => Verdict::Force(PowerTarget::Off),
        (_, Some(found)) => Verdict::Record(found),
    }
}

/// Why the sweep may not make its changes, if it may not.
fn brake(changes: usize, total: usize, engine: &Engine) -> Option<String> {
    let config = &engine.config;
    let nodes = config.power_sync_brake_nodes as usize;
    let percent = config.power_sync_brake_percent as usize;
    if nodes > 0 && changes > nodes {
        return Some(format!(
            "it would change the power of {changes} of {total} nodes, more than [kamacite]power_sync_brake_nodes = {nodes} \
             allows; find out why so many differ, or raise the option"
        ));
    }
    if percent > 0 && total >= 10 && changes * 100 > total * percent {
        return Some(format!(
            "it would change the power of {changes} of {total} nodes, more than [kamacite]power_sync_brake_percent = \
             {percent} allows; find out why so many differ, or raise the option"
        ));
    }
    None
}

async fn take(engine: &Arc<Engine>, node: &Node) -> Result<Option<Lock>> {
    let lock = Lock::take_with(engine, node.uuid, &Requester::default(), Patience::None).await?;
    // What was read is about the node as it was; if it has moved on, the next sweep looks again.
    let now = lock.node();
    if now.power_state != node.power_state || now.maintenance || !is_looked_after(&now) {
        lock.release().await;
        return Ok(None);
    }
    Ok(Some(lock))
}

async fn record(engine: &Arc<Engine>, node: &Node, state: PowerState) -> Result<()> {
    let Some(lock) = take(engine, node).await? else { return Ok(()) };
    let mut after = (*lock.node()).clone();
    after.power_state = Some(state);
    after.last_error = None;
    lock.save_and_release(after, Extra::default()).await?;
    engine.power_failures.lock().remove(&node.uuid);
    Ok(())
}

async fn force(engine: &Arc<Engine>, node: &Node, target: PowerTarget) -> Result<()> {
    let Some(mut lock) = take(engine, node).await? else { return Ok(()) };
    let on = lock.interfaces()?;
    let outcome = unbroken(power::change(engine, &mut lock, &on, target, None)).await;
    lock.release().await;
    match outcome {
        Ok(()) => {
            tracing::warn!(node = %node.uuid, %target, "the power differed from what is recorded and was set back");
            // Mended: but one that differs every time is not well, and counts as failing.
            count(engine, node, "its power keeps changing by itself").await
        }
        Err(error) => failed(engine, node, &error.words()).await,
    }
}

async fn failed(engine: &Arc<Engine>, node: &Node, why: &str) -> Result<()> {
    tracing::warn!(node = %node.uuid, why, "the power could not be read or set");
    count(engine, node, why).await
}

/// Counts a failure; after too many in a row the node goes into maintenance.
async fn count(engine: &Arc<Engine>, node: &Node, why: &str) -> Result<()> {
    let failures = {
        let mut failures = engine.power_failures.lock();
        let count = failures.entry(node.uuid).or_insert(0);
        *count += 1;
        *count
    };
    let limit = engine.config.power_state_sync_max_retries;
    if failures <= limit {
        return Ok(());
    }
    let Some(lock) = take(engine, node).await? else { return Ok(()) };
    let words = format!(
        "During sync_power_state, max retries exceeded for node {}, its power could not be read or kept: {why}. \
         Updating DB state to unknown. Switching node to maintenance mode.",
        node.uuid
    );
    let mut after = (*lock.node()).clone();
    after.power_state = None;
    after.maintenance = true;
    after.maintenance_reason = Some(words.clone());
    after.fault = Some(Fault::PowerFailure);
    after.last_error = Some(words.clone());
    let history = engine.history(&after, Severity::Error, "monitoring", words, &Requester::default());
    lock.save_and_release(after, Extra { operation: None, history: history.into_iter().collect() }).await?;
    engine.power_failures.lock().remove(&node.uuid);
    Ok(())
}

/// Says on the node why its power was left as it is.
async fn note_brake(engine: &Arc<Engine>, node: &Node, words: &str) -> Result<()> {
    let Some(lock) = take(engine, node).await? else { return Ok(()) };
    let mut after = (*lock.node()).clone();
    after.last_error = Some(format!("The power sweep found another power state and did not change it: {words}"));
    lock.save_and_release(after, Extra::default()).await?;
    Ok(())
}
