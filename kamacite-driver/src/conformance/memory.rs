//! A node in memory that does what the engine would: effects on it, and none without the lock.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use kamacite_model::{Node, NodePorts, Requester, Timestamp, Uuid};
use parking_lot::Mutex;

use crate::{Driver, Effect, Error, ExclusiveTask, Host, Result};

/// One node, what was done to it, and its lock.
pub struct Memory {
    node: Mutex<Arc<Node>>,
    ports: Mutex<NodePorts>,
    effects: Mutex<Vec<Effect>>,
    refused: AtomicUsize,
    lock_lost: AtomicBool,
    requester: Requester,
}

impl Memory {
    /// A node of a hardware type.
    pub fn new(uuid: Uuid, hardware_type: &str, enrolled: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            node: Mutex::new(Arc::new(Node::new(uuid, hardware_type, enrolled))),
            ports: Mutex::default(),
            effects: Mutex::default(),
            refused: AtomicUsize::new(0),
            lock_lost: AtomicBool::new(false),
            requester: Requester { user: Some("tester".to_owned()), ..Requester::default() },
        })
    }

    pub fn node(&self) -> Arc<Node> {
        self.node.lock().clone()
    }

    /// The node's ports as they are.
    pub fn ports(&self) -> NodePorts {
        self.ports.lock().clone()
    }

    pub fn change(&self, change: impl FnOnce(&mut Node)) {
        change(Arc::make_mut(&mut self.node.lock()));
    }

    pub fn change_ports(&self, change: impl FnOnce(&mut NodePorts)) {
        change(&mut self.ports.lock());
    }

    pub fn lose_lock(&self) {
        self.lock_lost.store(true, Ordering::SeqCst);
    }

    pub fn effects(&self) -> Vec<Effect> {
        self.effects.lock().clone()
    }

    /// How many effects were refused because the lock was lost.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    pub fn requester(&self) -> &Requester {
        &self.requester
    }

    /// What stands behind a task that looks.
    pub fn looking(self: &Arc<Self>) -> Arc<dyn Host> {
        Arc::new(Looking(self.clone()))
    }

    /// What stands behind a task that acts.
    pub fn acting(self: &Arc<Self>, driver: &Arc<Driver>) -> Arc<dyn Host> {
        Arc::new(Acting { memory: self.clone(), driver: driver.clone() })
    }
}

struct Looking(Arc<Memory>);

#[async_trait]
impl Host for Looking {
    fn node(&self) -> Arc<Node> {
        self.0.node()
    }

    fn requester(&self) -> &Requester {
        &self.0.requester
    }

    async fn ports(&self) -> Result<NodePorts> {
        Ok(self.0.ports())
    }

    async fn apply(&self, effect: Effect) -> Result<()> {
        Err(Error::lock_lost(format!("a task that only looks asked for {effect:?}")))
    }
}

struct Acting {
    memory: Arc<Memory>,
    driver: Arc<Driver>,
}

#[async_trait]
impl Host for Acting {
    fn node(&self) -> Arc<Node> {
        self.memory.node()
    }

    fn requester(&self) -> &Requester {
        &self.memory.requester
    }

    async fn ports(&self) -> Result<NodePorts> {
        Ok(self.memory.ports())
    }

    async fn apply(&self, effect: Effect) -> Result<()> {
        if self.memory.lock_lost.load(Ordering::SeqCst) {
            self.memory.refused.fetch_add(1, Ordering::SeqCst);
            return Err(Error::lock_lost("somebody else holds the node"));
        }
        self.memory.effects.lock().push(effect.clone());
        self.ask_sibling(&effect).await?;
        if let Effect::RecordVif { on, vif } = &effect
            && !self.memory.ports.lock().set_vif(*on, vif.as_deref())
        {
            return Err(Error::internal(format!("{on} is no port of the node and no group of them")));
        }
        self.memory.change(|node| record(node, effect));
        Ok(())
    }
}

impl Acting {
    /// As the engine, has the node's own power and management interfaces do what is asked of them.
    async fn ask_sibling(&self, effect: &Effect) -> Result<()> {
        let mut task = ExclusiveTask::new(self.memory.acting(&self.driver));
        let mut all = self.driver.implementations.iter().map(|one| &one.interface);
        match effect {
            Effect::SetPower { target, timeout } => match all.find_map(|one| one.power()) {
                Some(power) => power.set_power(&mut task, *target, *timeout).await,
                None => Ok(()),
            },
            Effect::SetBootDevice { device, persistent } => match all.find_map(|one| one.management()) {
                Some(management) => management.set_boot_device(&mut task, *device, *persistent).await,
                None => Ok(()),
            },
            Effect::Remember { .. }
            | Effect::Forget { .. }
            | Effect::Progress { .. }
            | Effect::TellWait { .. }
            | Effect::RecordRaid { .. }
            | Effect::RecordBios { .. }
            | Effect::RecordFirmware { .. }
            | Effect::RecordInventory { .. }
            | Effect::RecordVif { .. }
            | Effect::RecordHealth { .. }
            | Effect::RecordBootMode { .. }
            | Effect::RecordSecureBoot { .. }
            | Effect::RecordProperty { .. } => Ok(()),
        }
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
        | Effect::TellWait { .. }
        | Effect::RecordBios { .. }
        | Effect::RecordFirmware { .. }
        | Effect::RecordInventory { .. }
        | Effect::RecordVif { .. }
        | Effect::SetBootDevice { .. } => {}
    }
}
