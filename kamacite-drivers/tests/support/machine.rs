//! A node in memory that does what an engine would: effects on it, and none without the lock.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kamacite_driver::{
    Caller, Effect, Error, Host, Result, async_trait,
    model::{Node, NodePorts, PowerTarget, Timestamp, Uuid},
};
use parking_lot::Mutex;

/// One node, what was done to it, and its lock.
pub struct Machine {
    node: Mutex<Arc<Node>>,
    ports: Mutex<NodePorts>,
    effects: Mutex<Vec<Effect>>,
    lock_lost: AtomicBool,
    caller: Caller,
    /// What stands for the power interface that an engine would ask.
    power: Mutex<Option<Power>>,
}

/// Changes the power of whatever a test has.
type Power = Box<dyn Fn(PowerTarget) + Send + Sync>;

impl Machine {
    /// A node of a hardware type.
    pub fn new(hardware_type: &str, enrolled: Timestamp) -> Arc<Self> {
        let node = Node::new(Uuid::from_u128(7), hardware_type, enrolled);
        Arc::new(Self {
            node: Mutex::new(Arc::new(node)),
            ports: Mutex::default(),
            effects: Mutex::default(),
            lock_lost: AtomicBool::new(false),
            caller: Caller { user: Some("tester".to_owned()), ..Caller::default() },
            power: Mutex::default(),
        })
    }

    /// The node as it is.
    pub fn node(&self) -> Arc<Node> {
        self.node.lock().clone()
    }

    /// Changes the node from outside, as a client would.
    pub fn change(&self, change: impl FnOnce(&mut Node)) {
        change(Arc::make_mut(&mut self.node.lock()));
    }

    /// The node's ports as they are; a test changes them as a client would.
    pub fn ports(&self) -> parking_lot::MutexGuard<'_, NodePorts> {
        self.ports.lock()
    }

    /// Has the power changed so when a task asks for it.
    pub fn powers(&self, power: impl Fn(PowerTarget) + Send + Sync + 'static) {
        *self.power.lock() = Some(Box::new(power));
    }

    /// Somebody else takes the lock.
    pub fn lose_lock(&self) {
        self.lock_lost.store(true, Ordering::SeqCst);
    }

    /// What was done to it, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.effects.lock().clone()
    }

    /// What stands behind a task that looks.
    pub fn looking(self: &Arc<Self>) -> Arc<dyn Host> {
        Arc::new(Looking(self.clone()))
    }

    /// What stands behind a task that acts.
    pub fn acting(self: &Arc<Self>) -> Arc<dyn Host> {
        Arc::new(Acting(self.clone()))
    }
}

struct Looking(Arc<Machine>);

#[async_trait]
impl Host for Looking {
    fn node(&self) -> Arc<Node> {
        self.0.node()
    }

    fn requester(&self) -> &Caller {
        &self.0.caller
    }

    async fn ports(&self) -> Result<NodePorts> {
        Ok(self.0.ports().clone())
    }

    async fn apply(&self, effect: Effect) -> Result<()> {
        Err(Error::lock_lost(format!("a task that only looks asked for {effect:?}")))
    }
}

struct Acting(Arc<Machine>);

#[async_trait]
impl Host for Acting {
    fn node(&self) -> Arc<Node> {
        self.0.node()
    }

    fn requester(&self) -> &Caller {
        &self.0.caller
    }

    async fn ports(&self) -> Result<NodePorts> {
        Ok(self.0.ports().clone())
    }

    async fn apply(&self, effect: Effect) -> Result<()> {
        if self.0.lock_lost.load(Ordering::SeqCst) {
            return Err(Error::lock_lost("somebody else holds the node"));
        }
        self.0.effects.lock().push(effect.clone());
        if let (Effect::SetPower { target, .. }, Some(power)) = (&effect, &*self.0.power.lock()) {
            power(*target);
        }
        if let Effect::RecordVif { on, vif } = &effect {
            self.0.ports().set_vif(*on, vif.as_deref());
        }
        self.0.change(|node| record(node, effect));
        Ok(())
    }
}

fn record(node: &mut Node, effect: Effect) {
    match effect {
        Effect::Remember { key, value } => {
            node.driver_internal_info.insert(key, value);
        }
        Effect::Forget { key } => {
            node.driver_internal_info.remove(&key);
        }
        Effect::RecordRaid { raid_config } => node.raid_config = raid_config,
        Effect::RecordHealth { health } => node.health = health,
        Effect::RecordBootMode { mode } => node.boot_mode = mode,
        Effect::RecordSecureBoot { on } => node.secure_boot = on,
        Effect::RecordProperty { key, value } => {
            node.properties.insert(key, value);
        }
        Effect::SetPower { target, .. } => node.power_state = Some(target.reaches()),
        Effect::Progress { .. }
        | Effect::RecordBios { .. }
        | Effect::RecordFirmware { .. }
        | Effect::RecordInventory { .. }
        | Effect::RecordVif { .. }
        | Effect::SetBootDevice { .. } => {}
    }
}
