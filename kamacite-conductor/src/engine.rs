//! What all parts of the conductor share: store, registry, clock, tracked work, the lease.

use std::{collections::HashMap, future::Future, sync::Arc};

use kamacite_driver::{Registry, Services};
use kamacite_model::{Clock, HistoryEntry, Node, OperationId, Requester, Severity, Timestamp, Uuid};
use kamacite_store::Store;
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Config, Error, Events, Result,
    hands::Hands,
    limits::Entering,
    meters::Meters,
    tally::{Present, Tally},
};

/// What all parts of the conductor share.
pub(crate) struct Engine {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) services: Services,
    pub(crate) hostname: Arc<str>,
    registry: RwLock<Arc<Registry>>,
    /// Work that a stop waits for.
    pub(crate) work: TaskTracker,
    /// Cancelled when the conductor stops: loops end, new work is refused.
    pub(crate) stopping: CancellationToken,
    /// The sign of life, which a stop ends when nothing else is under way.
    pub(crate) heartbeat: TaskTracker,
    /// Cancelled when the sign of life is to end.
    pub(crate) silent: CancellationToken,
    /// Cancelled when the lease on nodes lapses: calls to hardware end at once.
    lease: RwLock<CancellationToken>,
    /// Woken when this process releases a lock; some nodes share one.
    released: [Notify; 64],
    /// Vendor calls, by the node or hardware type they are on.
    calls: Arc<Tally<String>>,
    /// Vendor calls whose operation this process is going to end.
    pub(crate) under_way: Arc<Tally<OperationId>>,
    /// Nodes whose lock this process is taking, holding or giving up.
    pub(crate) in_hand: Arc<Hands>,
    /// Nodes on which vendor calls without a lock are under way in the background.
    pub(crate) calling: Arc<Hands>,
    /// Held while a node is abandoned, so that nobody abandons an abandonment; some nodes share one.
    abandoning: [tokio::sync::Mutex<()>; 64],
    /// Allocations for which this process is looking for a node.
    pub(crate) searching: Arc<Tally<Uuid>>,
    /// Nodes of which the power sweep is learning more than their power.
    pub(crate) refreshing: Arc<Tally<Uuid>>,
    /// Nodes whose power a sweep is reading.
    pub(crate) sweeping: Arc<Tally<Uuid>>,
    pub(crate) entering: Arc<Entering>,
    pub(crate) power_failures: Mutex<HashMap<Uuid, u32>>,
    pub(crate) meters: Arc<Meters>,
    pub(crate) events: Arc<Events>,
}

impl Engine {
    pub(crate) fn new(
        config: Config,
        store: Store,
        registry: Registry,
        services: Services,
        hostname: Arc<str>,
    ) -> Self {
        let events = Events::new(services.clock.clone(), config.events_kept, config.event_followers);
        // From the very first change on.
        events.watch(&store);
        Self {
            events,
            config,
            store,
            services,
            hostname,
            registry: RwLock::new(Arc::new(registry)),
            work: TaskTracker::new(),
            stopping: CancellationToken::new(),
            heartbeat: TaskTracker::new(),
            silent: CancellationToken::new(),
            lease: RwLock::new(CancellationToken::new()),
            released: std::array::from_fn(|_| Notify::new()),
            calls: Tally::new(),
            under_way: Tally::new(),
            in_hand: Arc::default(),
            calling: Arc::default(),
            abandoning: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            searching: Tally::new(),
            refreshing: Tally::new(),
            sweeping: Tally::new(),
            entering: Arc::default(),
            power_failures: Mutex::new(HashMap::new()),
            meters: Arc::default(),
        }
    }

    /// The registry as it is now; whoever holds it keeps it until its work is done.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.registry.read().clone()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.services.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The node, as last stored.
    pub(crate) async fn node(&self, node: Uuid) -> Result<Arc<Node>> {
        self.store.node(node).await?.ok_or(Error::NodeNotFound(node))
    }

    /// Runs work that outlives the client who asked for it, and that a stop waits for.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.work.spawn(tracing::Instrument::in_current_span(work))
    }

    /// Refuses new work when the conductor is stopping.
    pub(crate) fn accepts_work(&self) -> Result<()> {
        if self.stopping.is_cancelled() {
            return Err(Error::Busy("the conductor is stopping; ask again when it is back".to_owned()));
        }
        Ok(())
    }

    /// Takes one of the places for calls on a node or hardware type; it is free again when the place is dropped.
    ///
    /// # Errors
    /// [`Error::Busy`] when all are taken.
    pub(crate) fn call_place(&self, on: String) -> Result<CallPlace> {
        self.calls.enter_below(on.clone(), self.config.max_calls_per_node).map_err(|taken| {
            Error::Busy(format!(
                "{taken} vendor calls are under way on {on} and no more are taken; \
                 wait for one to end or raise [kamacite]max_calls_per_node"
            ))
        })
    }

    /// What is woken when this process releases the node's lock, and at times when it does not.
    pub(crate) fn released(&self, node: Uuid) -> &Notify {
        &self.released[shard(node, self.released.len())]
    }

    /// What is held while the node is abandoned.
    pub(crate) fn abandoning(&self, node: Uuid) -> &tokio::sync::Mutex<()> {
        &self.abandoning[shard(node, self.abandoning.len())]
    }

    /// The token that ends calls to hardware when the lease lapses.
    pub(crate) fn lease(&self) -> CancellationToken {
        self.lease.read().clone()
    }

    /// Ends every call to hardware: another conductor may take the nodes from now on.
    pub(crate) fn lapse(&self) {
        self.lease.read().cancel();
    }

    /// Calls to hardware may be made again.
    pub(crate) fn renew(&self) {
        let mut lease = self.lease.write();
        if lease.is_cancelled() {
            *lease = CancellationToken::new();
        }
    }

    /// An entry for the history of a node as it is now.
    pub(crate) fn history(
        &self,
        node: &Node,
        severity: Severity,
        event_type: &str,
        event: impl Into<String>,
        who: &Requester,
    ) -> Option<HistoryEntry> {
        let now = self.now();
        self.config.node_history.then(|| HistoryEntry {
            uuid: Uuid::new_v4(),
            node: node.uuid,
            created_at: now,
            severity,
            event: event.into(),
            event_type: event_type.to_owned(),
            conductor: self.hostname.to_string(),
            user: who.user.clone(),
            project: None,
            state: Some(node.provision_state),
            target_provision_state: node.target_provision_state,
            duration_s: node.provision_updated_at.map(|since| now.duration_since(since).as_secs() as f64),
        })
    }
}

/// Where a node belongs among so many; the last byte of a UUID is as good as random.
fn shard(node: Uuid, among: usize) -> usize {
    usize::from(node.as_bytes()[15]) % among
}

/// One of the places for calls; free again when dropped.
pub(crate) type CallPlace = Present<String>;
