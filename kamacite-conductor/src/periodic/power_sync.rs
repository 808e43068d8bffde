//! The power sweep: reads the power of all nodes and mends what differs, with a brake.
//!
//! It reads first and acts afterwards. When it finds more to change than the brake allows, it changes nothing and says
//! so: a switched-off rack or a BMC network that lies would otherwise turn a fleet off.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use kamacite_model::{Fault, Node, PowerState, PowerTarget, Requester, Severity};
use kamacite_store::{NodeFilter, NodeQuery};
use tokio::task::JoinSet;

use super::{
    places::{Places, patience},
    refresh,
};
use crate::{
    Error, Result,
    engine::Engine,
    hands::until_taken,
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

/// For so long no BMC may have answered before those that have not yet are waited for no longer.
const STRAGGLING: Duration = Duration::from_secs(5);

/// Reads the power of every node the sweep looks after, and mends what differs.
///
/// The brake wants to see all of it first. BMCs that keep everybody waiting are seen to afterwards, one by one and beside the
/// next sweeps, which pass them over meanwhile.
pub(super) async fn sweep(engine: Arc<Engine>) -> Result<()> {
    let filter = NodeFilter { maintenance: Some(false), reserved: Some(false), ..NodeFilter::default() };
    let nodes = engine.store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await?;
    let nodes: Vec<_> = nodes.into_iter().filter(|node| is_looked_after(node)).collect();
    let mut mending = Mending { engine: engine.clone(), total: nodes.len(), changes: 0, told: false };
    let places = Arc::new(Places::new(&engine));
    let mut looks: Looks = nodes.into_iter().map(|node| one(engine.clone(), places.clone(), node).boxed()).collect();
    let found = prompt(&engine, &mut looks).await;
    let stragglers: Stragglers = looks.into_iter().collect();
    let talking = found.iter().filter(|(_, verdict)| !matches!(verdict, Verdict::Unreadable(_)));
    let talking: Vec<_> = talking.map(|(node, _)| node.uuid).collect();
    mending.see_to(found).await;
    refresh::begin(&engine, talking);
    if !stragglers.is_empty() {
        engine.spawn(async move { mending.see_to_stragglers(stragglers).await });
    }
    Ok(())
}

/// Looks that are under way.
type Looks = FuturesUnordered<BoxFuture<'static, Option<Found>>>;

/// Looks that go on by themselves: each may hold what the mending of a node waits for. They end when this is dropped.
type Stragglers = JoinSet<Option<Found>>;

/// Looks at one node, when there is a place; at one that an earlier sweep still waits for, not at all.
async fn one(engine: Arc<Engine>, places: Arc<Places>, node: Arc<Node>) -> Option<Found> {
    let _here = engine.sweeping.enter_below(node.uuid, 1).ok()?;
    let verdict = places.run(&engine, look_at(&engine, &node)).await?;
    Some((node, verdict))
}

/// What was read, and what is to be done about it.
type Found = (Arc<Node>, Verdict);

/// All that is found before BMCs begin to straggle.
async fn prompt(engine: &Engine, looks: &mut Looks) -> Vec<Found> {
    let mut found = Vec::new();
    loop {
        tokio::select! {
            next = looks.next() => match next {
                Some(one) => found.extend(one),
                None => return found,
            },
            () = engine.clock().sleep(STRAGGLING) => return found,
        }
    }
}

/// The changes of one sweep, which a brake holds.
struct Mending {
    engine: Arc<Engine>,
    total: usize,
    changes: usize,
    /// The brake has been told of.
    told: bool,
}

impl Mending {
    async fn see_to_stragglers(&mut self, mut looks: Stragglers) {
        let stopping = self.engine.stopping.clone();
        loop {
            let late = tokio::select! {
                late = looks.join_next() => late,
                () = stopping.cancelled() => None,
            };
            let Some(late) = late else { return };
            self.see_to(late.ok().flatten().into_iter().collect()).await;
        }
    }

    async fn see_to(&mut self, found: Vec<Found>) {
        let engine = &self.engine.clone();
        self.changes += found.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Force(_))).count();
        let braked = brake(self.changes, self.total, engine);
        if let Some(words) = braked.as_ref().filter(|_| !std::mem::replace(&mut self.told, true)) {
            tracing::error!(self.changes, self.total, "the power sweep stops: {words}");
        }
        for (node, verdict) in found {
            if engine.stopping.is_cancelled() {
                return;
            }
            if verdict == Verdict::Agrees {
                engine.power_failures.lock().remove(&node.uuid);
                continue;
            }
            let acted = until_taken(act(engine, &node, &verdict, braked.as_deref())).await;
            // A node that was taken out of its hands is no longer its business.
            match acted.unwrap_or(Ok(())) {
                // Someone works on it; the next sweep looks again.
                Ok(()) | Err(Error::NodeLocked { .. } | Error::NodeNotFound(_)) => {}
                Err(error) => {
                    tracing::warn!(node = %node.uuid, error = &error as &dyn std::error::Error, "the power of a node could not be seen to");
                }
            }
        }
    }
}

async fn act(engine: &Arc<Engine>, node: &Node, verdict: &Verdict, braked: Option<&str>) -> Result<()> {
    let Some(lock) = take(engine, node, verdict).await? else { return Ok(()) };
    match (verdict, braked) {
        (Verdict::Agrees, _) => {
            lock.release().await;
            Ok(())
        }
        (Verdict::Record(state), _) => record(engine, lock, *state).await,
        (Verdict::Force(target), None) => force(engine, lock, *target).await,
        (Verdict::Force(_), Some(words)) => note_brake(lock, words).await,
        (Verdict::Unreadable(why), _) => failed(engine, lock, why).await,
    }
}

/// Whether the sweep looks after a node that is in nobody's hands.
pub(super) fn is_looked_after(node: &Node) -> bool {
    node.provision_state.facts().power_sync && node.target_power_state.is_none()
}

/// Reads the power of a node; `None` when nothing is known of it, not even that it cannot be read.
async fn look_at(engine: &Arc<Engine>, node: &Arc<Node>) -> Option<Verdict> {
    match unbroken(read(engine, node)).await {
        Ok(verdict) => Some(verdict),
        // That this conductor is not to call is no fault of the node.
        Err(error) if error.is_lock_lost() => None,
        Err(error) => Some(Verdict::Unreadable(error.to_string())),
    }
}

async fn read(engine: &Arc<Engine>, node: &Arc<Node>) -> Result<Verdict> {
    let Ok(on) = engine.registry().interfaces_of(node) else { return Ok(Verdict::Agrees) };
    let task = look(engine, node.clone(), &Requester::default());
    on.power.validate(&task).await?;
    if !matches!(on.power.supports_power_sync(&task).await, Ok(true)) {
        return Ok(Verdict::Agrees);
    }
    let found = tokio::select! {
        found = while_leased(engine, on.power.power_state(&task)) => found?,
        () = patience(engine) => {
            let limit_s = engine.config.power_sync_patience.as_secs();
            return Ok(Verdict::Unreadable(format!("the BMC does not answer within {limit_s} seconds")));
        }
    };
    Ok(decide(node, found, engine.config.force_power_state_during_sync))
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

/// Takes the lock of a node of which the verdict still holds.
async fn take(engine: &Arc<Engine>, node: &Node, verdict: &Verdict) -> Result<Option<Lock>> {
    let lock = Lock::take_with(engine, node.uuid, &Requester::default(), Patience::None).await?;
    let now = lock.node();
    // The lock counts how often it is taken, so this tells whether anybody else has had it since.
    let untouched = now.fence == node.fence + 1;
    let holds = match verdict {
        _ if now.maintenance || !is_looked_after(&now) => false,
        _ if untouched => true,
        Verdict::Unreadable(_) => now.driver_info == node.driver_info && now.interfaces == node.interfaces,
        Verdict::Agrees | Verdict::Record(_) | Verdict::Force(_) => {
            look_at(engine, &now).await.as_ref() == Some(verdict)
        }
    };
    if holds {
        return Ok(Some(lock));
    }
    lock.release().await;
    Ok(None)
}

async fn record(engine: &Engine, lock: Lock, state: PowerState) -> Result<()> {
    let mut after = (*lock.node()).clone();
    let node = after.uuid;
    after.power_state = Some(state);
    after.last_error = None;
    lock.save_and_release(after, Extra::default()).await?;
    engine.power_failures.lock().remove(&node);
    Ok(())
}

async fn force(engine: &Arc<Engine>, mut lock: Lock, target: PowerTarget) -> Result<()> {
    let on = lock.interfaces()?;
    match unbroken(power::change(engine, lock.task(), &on, target, None)).await {
        Ok(()) => {
            tracing::warn!(node = %lock.node().uuid, %target, "the power differed from what is recorded and was set back");
            // Mended: but one that differs every time is not well, and counts as failing.
            count(engine, lock, "its power keeps changing by itself").await
        }
        Err(error) if error.is_lock_lost() => Err(error),
        Err(error) => failed(engine, lock, &error.words()).await,
    }
}

async fn failed(engine: &Engine, lock: Lock, why: &str) -> Result<()> {
    tracing::warn!(node = %lock.node().uuid, why, "the power could not be read or set");
    count(engine, lock, why).await
}

/// Counts a failure; after too many in a row the node goes into maintenance.
async fn count(engine: &Engine, lock: Lock, why: &str) -> Result<()> {
    let node = lock.node();
    let failures = {
        let mut failures = engine.power_failures.lock();
        let count = failures.entry(node.uuid).or_insert(0);
        *count += 1;
        *count
    };
    let limit = engine.config.power_state_sync_max_retries;
    if failures <= limit {
        lock.release().await;
        return Ok(());
    }
    let words = format!(
        "During sync_power_state, max retries exceeded for node {}, its power could not be read or kept: {why}. \
         Updating DB state to unknown. Switching node to maintenance mode.",
        node.uuid
    );
    let mut after = (*node).clone();
    after.power_state = None;
    after.maintenance = true;
    after.maintenance_reason = Some(words.clone());
    after.fault = Some(Fault::PowerFailure);
    after.last_error = Some(words.clone());
    let history = engine.history(&after, Severity::Error, "monitoring", words, &Requester::default());
    let extra = Extra { history: history.into_iter().collect(), ..Extra::default() };
    lock.save_and_release(after, extra).await?;
    engine.power_failures.lock().remove(&node.uuid);
    Ok(())
}

/// Says on the node why its power was left as it is.
async fn note_brake(lock: Lock, words: &str) -> Result<()> {
    let mut after = (*lock.node()).clone();
    after.last_error = Some(format!("The power sweep found another power state and did not change it: {words}"));
    lock.save_and_release(after, Extra::default()).await?;
    Ok(())
}
