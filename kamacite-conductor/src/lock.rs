//! A node's lock, held: the reservation in the store, and the task that may act because of it.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures::FutureExt as _;
use kamacite_driver::{Effect, ExclusiveTask, Host, NodeInterfaces, SharedTask};
use kamacite_model::{Allocation, HistoryEntry, Node, NodePorts, Port, Portgroup, Requester, Timestamp, Uuid};
use kamacite_store::{Change, NodeChange, OperationChange, PortChange, Store};
use parking_lot::RwLock;
use tokio::sync::futures::Notified;

use crate::{
    Error, Meters, Result,
    engine::Engine,
    hands::{self, Doing, Hand, Voice},
    ports,
    power::{self, record},
};

/// A node's lock. Dropping it releases it too, a little later than [`Lock::release`] would.
pub(crate) struct Lock {
    host: Arc<NodeHost>,
    task: ExclusiveTask,
    held: bool,
    /// Says that this process is at the node's lock: a reservation that nobody is at is freed by the next sweep.
    in_hand: Option<Hand>,
}

/// How long to wait for a lock that someone holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Not at all.
    None,
    /// As configured; a client waits.
    Configured,
}

impl Lock {
    /// Takes the node's lock; waits for it as the configuration says.
    ///
    /// # Errors
    /// [`Error::NodeLocked`] when it stays held, [`Error::NodeNotFound`].
    pub(crate) async fn take(engine: &Arc<Engine>, node: Uuid, who: &Requester) -> Result<Self> {
        Self::take_with(engine, node, who, Patience::Configured).await
    }

    /// Takes the node's lock if it is free, or waits for it.
    pub(crate) async fn take_with(
        engine: &Arc<Engine>,
        node: Uuid,
        who: &Requester,
        patience: Patience,
    ) -> Result<Self> {
        engine.accepts_work()?;
        let tries = engine.config.node_locked_retry_attempts.max(1);
        let wait = match patience {
            Patience::None => Duration::ZERO,
            Patience::Configured => engine.config.node_locked_retry_interval.saturating_mul(tries - 1),
        };
        let give_up = engine.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        let mut waits = None;
        loop {
            // Registered before the try, so that a release in between is not missed.
            let released = engine.released(node).notified();
            let in_hand = engine.in_hand.enter(node, engine.now());
            match engine.store.reserve(node, &engine.hostname).await {
                // Taken by force in this very moment: perhaps this is the lock from before.
                Ok(node) if !in_hand.holds() => give_back(engine, &node).await,
                Ok(node) => {
                    let host = NodeHost::new(engine, node, who, Some(in_hand.voice()));
                    let task = ExclusiveTask::new(host.clone());
                    return Ok(Self { host, task, held: true, in_hand: Some(in_hand) });
                }
                Err(error @ kamacite_store::Error::NodeLocked { .. }) => {
                    drop(in_hand);
                    let left = Duration::try_from(give_up.duration_since(engine.now())).unwrap_or_default();
                    if left.is_zero() {
                        engine.meters.lock_refusals.count();
                        return Err(error.into());
                    }
                    waits.get_or_insert_with(|| Waits::new(&engine.meters));
                    // Another process's release wakes nobody here: so look again after the interval in any case.
                    let nap = left.min(engine.config.node_locked_retry_interval);
                    tokio::select! { () = freed(engine, node, released) => {}, () = engine.clock().sleep(nap) => {} }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes the node's lock, whoever has it. What was done under it is dropped if it is done in this process, and
    /// whatever it still writes is refused.
    ///
    /// # Errors
    /// [`Error::NodeNotFound`].
    pub(crate) async fn seize(engine: &Arc<Engine>, node: Uuid, who: &Requester) -> Result<Self> {
        let in_hand = engine.in_hand.enter(node, engine.now());
        let node = engine.store.take_over(node, &engine.hostname).await?;
        in_hand.holds();
        in_hand.takes_it_all();
        let host = NodeHost::new(engine, node, who, Some(in_hand.voice()));
        let task = ExclusiveTask::new(host.clone());
        Ok(Self { host, task, held: true, in_hand: Some(in_hand) })
    }

    /// Has work in the background go on with the lock. It ends when it is done, or when the node is taken from it.
    pub(crate) fn hand_to<F: Future<Output = ()> + Send + 'static>(
        self,
        work: impl FnOnce(Self) -> F + Send + 'static,
    ) {
        let engine = self.host.engine.clone();
        engine.spawn(hands::until_taken(async move {
            self.comes_here().await;
            work(self).await;
        }));
    }

    /// The work at hand goes on with what was taken elsewhere. Where the node was taken away on the way, it ends here.
    pub(crate) async fn comes_here(&self) {
        if let Some(hand) = &self.in_hand {
            hand.comes_here().await;
        }
    }

    /// Says what is done under it.
    pub(crate) fn does(&self, doing: Doing) {
        if let Some(hand) = &self.in_hand {
            hand.does(doing);
        }
    }

    /// The node as stored last.
    pub(crate) fn node(&self) -> Arc<Node> {
        self.host.node()
    }

    /// The task that may act on the node.
    pub(crate) fn task(&mut self) -> &mut ExclusiveTask {
        &mut self.task
    }

    /// The implementations that drive the node as it is now.
    pub(crate) fn interfaces(&self) -> Result<NodeInterfaces> {
        Ok(self.host.engine.registry().interfaces_of(&self.node())?)
    }

    /// The last words on how far the work is.
    pub(crate) fn progress_words(&self) -> Option<String> {
        self.host.voice.as_ref().and_then(Voice::words)
    }

    /// Stores a changed node, and with it whatever belongs to the same moment.
    pub(crate) async fn save(&mut self, after: Node, with: Extra) -> Result<Arc<Node>> {
        self.host.store(after, with, false).await
    }

    /// Stores a changed node and releases the lock, in one transaction.
    pub(crate) async fn save_and_release(mut self, after: Node, with: Extra) -> Result<Arc<Node>> {
        let node = self.host.store(after, with, true).await?;
        self.let_go();
        Ok(node)
    }

    /// Stores a changed node and lets the lock go; what remains only tells the node as it was stored. After an error
    /// the lock is still held.
    pub(crate) async fn save_and_let_go(&mut self, after: Node, with: Extra) -> Result<()> {
        self.host.store(after, with, true).await?;
        self.let_go();
        Ok(())
    }

    /// Releases the lock. One that cannot be released is left to the next sweep: what was done under it is done.
    pub(crate) async fn release(mut self) {
        self.held = false;
        give_back(&self.host.engine, &self.node()).await;
    }

    /// Removes the node, and with it the lock.
    pub(crate) async fn delete_node(mut self) -> Result<()> {
        let node = self.node();
        self.host.on_behalf().delete_node(node.uuid, node.fence).await?;
        self.let_go();
        Ok(())
    }

    fn let_go(&mut self) {
        self.held = false;
        let engine = &self.host.engine;
        engine.released(self.node().uuid).notify_waiters();
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.held {
            let (engine, node, in_hand) = (self.host.engine.clone(), self.host.node(), self.in_hand.take());
            // Only a panic or a refused write comes here; nothing is left locked by it.
            let work = engine.work.clone();
            work.spawn(async move {
                give_back(&engine, &node).await;
                drop(in_hand);
            });
        }
    }
}

async fn give_back(engine: &Engine, node: &Node) {
    if let Err(error) = engine.store.release(node.uuid, node.fence).await {
        tracing::warn!(node = %node.uuid, %error, "a lock could not be released; the next sweep frees it");
    }
    engine.released(node.uuid).notify_waiters();
}

/// Somebody waits for a lock, for as long as this lives.
struct Waits<'a> {
    since: Instant,
    meters: &'a Meters,
    _here: meter::Present<'a>,
}

impl<'a> Waits<'a> {
    fn new(meters: &'a Meters) -> Self {
        Self { since: Instant::now(), meters, _here: meters.lock_waiting.enter() }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.meters.lock_waits.record(self.since.elapsed());
    }
}

/// Waits until the lock was released, from what was registered before it was found held. Asks nothing of the database:
/// many may wait, and those who do not should not notice.
async fn freed(engine: &Engine, node: Uuid, mut released: Notified<'_>) {
    loop {
        released.await;
        released = engine.released(node).notified();
        if !matches!(engine.store.node(node).await, Ok(Some(node)) if node.reservation.is_some()) {
            return;
        }
    }
}

/// What is stored together with a node.
#[derive(Default)]
pub(crate) struct Extra {
    /// The operation that the change belongs to.
    pub(crate) operation: Option<OperationChange>,
    /// What happened, for people.
    pub(crate) history: Vec<HistoryEntry>,
    /// A new allocation, which the node takes up.
    pub(crate) allocation: Option<Allocation>,
}

/// A task that only looks at a node.
pub(crate) fn look(engine: &Arc<Engine>, node: Arc<Node>, who: &Requester) -> SharedTask {
    SharedTask::new(NodeHost::new(engine, node, who, None))
}

/// Runs a call to hardware for as long as the lease holds.
///
/// # Errors
/// The call's own, or [`kamacite_driver::ErrorKind::LockLost`] when the lease lapses first.
pub(crate) async fn while_leased<T>(
    engine: &Engine,
    call: impl Future<Output = kamacite_driver::Result<T>>,
) -> kamacite_driver::Result<T> {
    let lease = engine.lease();
    tokio::select! {
        outcome = call => outcome,
        () = lease.cancelled() => Err(kamacite_driver::Error::lock_lost(
            "this conductor stops, or has lost touch with the database; its work on the node ends here",
        )),
    }
}

/// Runs work that leads into a driver; a panic in there ends this work and nothing else.
///
/// # Errors
/// The work's own, or [`Error::Broken`] when it panicked.
pub(crate) async fn unbroken<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    // Whatever the panic left half done is the driver's own; of ours nothing but the stored node is looked at afterwards.
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::error!("a driver panicked, which is a defect of it; standard error tells where");
            Err(Error::Broken)
        }
    }
}

/// Stands behind a task: effects of drivers are written through it.
pub(crate) struct NodeHost {
    engine: Arc<Engine>,
    node: RwLock<Arc<Node>>,
    requester: Requester,
    /// Says how far the work is; only what is done under the lock has one.
    voice: Option<Voice>,
    itself: Weak<Self>,
}

impl NodeHost {
    fn new(engine: &Arc<Engine>, node: Arc<Node>, who: &Requester, voice: Option<Voice>) -> Arc<Self> {
        Arc::new_cyclic(|itself| Self {
            engine: engine.clone(),
            node: RwLock::new(node),
            requester: who.clone(),
            voice,
            itself: itself.clone(),
        })
    }

    /// The same right to act, for a call of one of the node's other interfaces.
    fn sibling_task(&self) -> kamacite_driver::Result<ExclusiveTask> {
        let host = self.itself.upgrade();
        host.map(|host| ExclusiveTask::new(host)).ok_or_else(|| kamacite_driver::Error::internal("the task has ended"))
    }

    fn interfaces(&self) -> kamacite_driver::Result<NodeInterfaces> {
        let found = self.engine.registry().interfaces_of(&self.node());
        found.map_err(|why| kamacite_driver::Error::invalid(why.to_string()))
    }

    async fn store(&self, after: Node, with: Extra, release: bool) -> Result<Arc<Node>> {
        let before = self.node();
        let Extra { operation, history, allocation } = with;
        let change = Change { node: Some(NodeChange { before, after, release }), operation, history, allocation };
        let stored = self.on_behalf().save(change).await?;
        let stored = stored.unwrap_or_else(|| self.node());
        *self.node.write() = stored.clone();
        Ok(stored)
    }

    /// The store, for what is due to whoever asked.
    fn on_behalf(&self) -> Store {
        self.engine.store.on_behalf_of(self.requester.request_id.as_deref())
    }

    async fn edit(&self, edit: impl FnOnce(&mut Node)) -> kamacite_driver::Result<()> {
        let mut after = (*self.node()).clone();
        edit(&mut after);
        self.store(after, Extra::default(), false).await.map(|_| ()).map_err(not_stored)
    }

    async fn record_vif(&self, on: Uuid, vif: Option<String>) -> kamacite_driver::Result<()> {
        let mut all = self.ports().await?;
        if !all.set_vif(on, vif.as_deref()) {
            return Err(kamacite_driver::Error::internal(format!("{on} is no port of the node and no group of them")));
        }
        let updated_at = Some(self.engine.now());
        let ports = all.ports.into_iter().filter(|port| port.uuid == on);
        let groups = all.portgroups.into_iter().filter(|group| group.uuid == on);
        let changes = ports
            .map(|port| PortChange::Update(Port { updated_at, ..port }))
            .chain(groups.map(|group| PortChange::UpdateGroup(Portgroup { updated_at, ..group })))
            .collect();
        let node = self.node();
        let stored = self.engine.store.change_ports(node.uuid, Some(node.fence), changes).await;
        stored.map_err(beside)
    }
}

/// What is stored beside the node was not.
fn beside(error: kamacite_store::Error) -> kamacite_driver::Error {
    not_stored(error.into())
}

fn not_stored(error: Error) -> kamacite_driver::Error {
    match error {
        Error::LockLost { .. } => kamacite_driver::Error::lock_lost(error.to_string()),
        other => kamacite_driver::Error::internal("the effect could not be stored").because(other),
    }
}

#[async_trait]
impl Host for NodeHost {
    fn node(&self) -> Arc<Node> {
        self.node.read().clone()
    }

    fn requester(&self) -> &Requester {
        &self.requester
    }

    async fn ports(&self) -> kamacite_driver::Result<NodePorts> {
        let ports = ports::of_node(&self.engine.store, self.node().uuid).await;
        ports.map_err(|error| kamacite_driver::Error::internal("the node's ports could not be read").because(error))
    }

    async fn apply(&self, effect: Effect) -> kamacite_driver::Result<()> {
        let Some(voice) = &self.voice else {
            return Err(kamacite_driver::Error::lock_lost("a shared task cannot change its node"));
        };
        match effect {
            Effect::Remember { key, value } => {
                self.edit(|node| drop(node.driver_internal_info.insert(key, value))).await
            }
            Effect::Forget { key } => self.edit(|node| drop(node.driver_internal_info.shift_remove(&key))).await,
            Effect::Progress { words } => {
                voice.says(words);
                Ok(())
            }
            Effect::TellWait { wait } => {
                voice.waits(wait);
                Ok(())
            }
            Effect::RecordRaid { raid_config } => self.edit(|node| node.raid_config = raid_config).await,
            Effect::RecordBios { settings } => {
                let node = self.node();
                self.engine.store.record_bios_settings(node.uuid, node.fence, settings).await.map_err(beside)
            }
            Effect::RecordFirmware { components } => {
                let node = self.node();
                self.engine.store.record_firmware(node.uuid, node.fence, components).await.map_err(beside)
            }
            Effect::RecordInventory { inventory } => {
                let node = self.node();
                self.engine.store.record_inventory(node.uuid, node.fence, inventory).await.map_err(beside)
            }
            Effect::RecordHealth { health } => self.edit(|node| node.health = health).await,
            Effect::RecordBootMode { mode } => self.edit(|node| node.boot_mode = mode).await,
            Effect::RecordSecureBoot { on } => self.edit(|node| node.secure_boot = on).await,
            Effect::RecordProperty { key, value } => self.edit(|node| drop(node.properties.insert(key, value))).await,
            Effect::RecordVif { on, vif } => self.record_vif(on, vif).await,
            Effect::SetPower { target, timeout } => {
                let interfaces = self.interfaces()?;
                let mut task = self.sibling_task()?;
                let changed = async {
                    record::decide_off(&self.node(), target)?;
                    power::change(&self.engine, &mut task, &interfaces, target, timeout).await
                };
                changed.await.map_err(|error| match error {
                    Error::Driver(error) => error,
                    other => kamacite_driver::Error::invalid(other.to_string()),
                })?;
                let now = self.engine.now();
                self.edit(|node| record::reached(node, target, now)).await
            }
            Effect::SetBootDevice { device, persistent } => {
                let interfaces = self.interfaces()?;
                interfaces.management.set_boot_device(&mut self.sibling_task()?, device, persistent).await
            }
        }
    }
}
