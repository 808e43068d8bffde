//! Tasks: a driver's view of one node, with or without the right to act on it.
//!
//! The lock is a type. A [`SharedTask`] reads; an [`ExclusiveTask`] owns the node's reservation and may act. There is
//! no way from the first to the second: whoever needs to act says so in its signature, and the engine takes the lock
//! before it calls. Changes to the node are named effects ([`Effect`]); a driver never holds a node it can write.

use std::{ops::Deref, sync::Arc, time::Duration};

use async_trait::async_trait;
use kamacite_model::{
    BiosSetting, BootDevice, BootMode, FirmwareComponent, Inventory, Json, Node, NodePorts, PowerTarget, Requester,
    Timestamp, Uuid,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Result;

/// A look at one node. Any number of tasks may look at a node at the same time.
pub struct SharedTask {
    host: Arc<dyn Host>,
}

impl SharedTask {
    /// For the engine: a task that looks at the node of `host`.
    #[doc(hidden)]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { host }
    }

    /// The node as this task knows it: as loaded, plus what the task has changed.
    pub fn node(&self) -> Arc<Node> {
        self.host.node()
    }

    /// The node's network ports and their groups, as they are now.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn ports(&self) -> Result<NodePorts> {
        self.host.ports().await
    }

    /// Who asked for this.
    pub fn requester(&self) -> &Requester {
        self.host.requester()
    }

    /// For proxies: what stands behind the task. Not for drivers: a host makes an exclusive task.
    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        &self.host
    }
}

/// The right to act on one node: it exists while the node's reservation is held, and there is one of it.
pub struct ExclusiveTask {
    shared: SharedTask,
}

impl ExclusiveTask {
    /// For the engine, which has taken the node's reservation: a task that may act on the node of `host`.
    #[doc(hidden)]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { shared: SharedTask::new(host) }
    }

    /// Keeps a value in the node's `driver_internal_info`.
    ///
    /// # Errors
    /// When the lock was lost or the change could not be stored; so for every effect below.
    pub async fn remember(&mut self, key: &str, value: impl Into<Value> + Send) -> Result<()> {
        self.apply(Effect::Remember { key: key.to_owned(), value: value.into() }).await
    }

    /// Drops a value from the node's `driver_internal_info`; one that is not there is no error.
    pub async fn forget(&mut self, key: &str) -> Result<()> {
        self.apply(Effect::Forget { key: key.to_owned() }).await
    }

    /// Says how far the work is, for whoever asks for the operation.
    pub async fn progress(&mut self, words: impl Into<String> + Send) -> Result<()> {
        self.apply(Effect::Progress { words: words.into() }).await
    }

    /// Says what the work waits for, and until when at most, for whoever asks why the node waits; `None` says that it waits for
    /// that no longer.
    pub async fn tell_wait(&mut self, wait: Option<Waiting>) -> Result<()> {
        self.apply(Effect::TellWait { wait }).await
    }

    /// Records the logical disks as they are.
    pub async fn record_raid(&mut self, raid_config: Json) -> Result<()> {
        self.apply(Effect::RecordRaid { raid_config }).await
    }

    /// Records the settings of the firmware as they are, in place of those recorded before.
    pub async fn record_bios(&mut self, settings: Vec<BiosSetting>) -> Result<()> {
        self.apply(Effect::RecordBios { settings }).await
    }

    /// Records the firmware of the machine's parts as it is, in place of what was recorded before.
    pub async fn record_firmware(&mut self, components: Vec<FirmwareComponent>) -> Result<()> {
        self.apply(Effect::RecordFirmware { components }).await
    }

    /// Records what an inspection found, in place of what was recorded before.
    pub async fn record_inventory(&mut self, inventory: Inventory) -> Result<()> {
        self.apply(Effect::RecordInventory { inventory }).await
    }

    /// Records what the BMC says of its health: `OK`, `Warning`, `Critical`.
    pub async fn record_health(&mut self, health: Option<String>) -> Result<()> {
        self.apply(Effect::RecordHealth { health }).await
    }

    /// Records the firmware's boot mode.
    pub async fn record_boot_mode(&mut self, mode: Option<BootMode>) -> Result<()> {
        self.apply(Effect::RecordBootMode { mode }).await
    }

    /// Records whether secure boot is on.
    pub async fn record_secure_boot(&mut self, on: Option<bool>) -> Result<()> {
        self.apply(Effect::RecordSecureBoot { on }).await
    }

    /// Records a fact about the hardware in the node's `properties`.
    pub async fn record_property(&mut self, key: &str, value: impl Into<Value> + Send) -> Result<()> {
        self.apply(Effect::RecordProperty { key: key.to_owned(), value: value.into() }).await
    }

    /// Changes the node's power through its own power interface, and records the outcome.
    pub async fn set_power(&mut self, target: PowerTarget) -> Result<()> {
        self.apply(Effect::SetPower { target, timeout: None }).await
    }

    /// Chooses the boot device through the node's own management interface.
    pub async fn set_boot_device(&mut self, device: BootDevice, persistent: bool) -> Result<()> {
        self.apply(Effect::SetBootDevice { device, persistent }).await
    }

    /// Records which virtual network interface is on a port of the node or on a group of its ports; `None` takes it off.
    pub async fn record_vif(&mut self, on: Uuid, vif: Option<String>) -> Result<()> {
        self.apply(Effect::RecordVif { on, vif }).await
    }

    /// Does one effect; the named methods above read better.
    ///
    /// # Errors
    /// When the lock was lost or the change could not be stored.
    pub async fn apply(&mut self, effect: Effect) -> Result<()> {
        self.shared.host.apply(effect).await
    }
}

impl Deref for ExclusiveTask {
    type Target = SharedTask;

    fn deref(&self) -> &SharedTask {
        &self.shared
    }
}

/// What work waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What is to happen, as it follows on "waits until": "the machine is off".
    pub until: String,
    /// When the work gives it up.
    pub at_most: Timestamp,
    /// What that follows from: an option and its value, or what was asked for.
    pub because: String,
}

/// What a driver may change. Closed, serialisable, and small on purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Keep a value in `driver_internal_info`.
    Remember {
        /// Its name.
        key: String,
        /// The value.
        value: Value,
    },
    /// Drop a value from `driver_internal_info`.
    Forget {
        /// Its name.
        key: String,
    },
    /// Say how far the work is.
    Progress {
        /// In words.
        words: String,
    },
    /// Say what the work waits for.
    TellWait {
        /// What, until when, and by what; nothing any more.
        wait: Option<Waiting>,
    },
    /// Record the logical disks.
    RecordRaid {
        /// As `raid_config` shows them.
        raid_config: Json,
    },
    /// Record the settings of the firmware.
    RecordBios {
        /// All of them.
        settings: Vec<BiosSetting>,
    },
    /// Record the firmware of the machine's parts.
    RecordFirmware {
        /// All of them.
        components: Vec<FirmwareComponent>,
    },
    /// Record what an inspection found.
    RecordInventory {
        /// All of it.
        inventory: Inventory,
    },
    /// Record the health.
    RecordHealth {
        /// As the BMC says it.
        health: Option<String>,
    },
    /// Record the boot mode.
    RecordBootMode {
        /// `None` when unknown.
        mode: Option<BootMode>,
    },
    /// Record secure boot.
    RecordSecureBoot {
        /// `None` when unknown.
        on: Option<bool>,
    },
    /// Record a fact in `properties`.
    RecordProperty {
        /// Its name.
        key: String,
        /// The value.
        value: Value,
    },
    /// Record which virtual network interface is on a port or on a group of ports.
    RecordVif {
        /// The port or the group.
        on: Uuid,
        /// Its identity; `None` when there is none any more.
        vif: Option<String>,
    },
    /// Change the power through the node's own power interface.
    SetPower {
        /// What is wanted.
        target: PowerTarget,
        /// How long it may take.
        timeout: Option<Duration>,
    },
    /// Choose the boot device through the node's own management interface.
    SetBootDevice {
        /// The device.
        device: BootDevice,
        /// Beyond the next boot.
        persistent: bool,
    },
}

/// What stands behind a task: the engine, or a wire that leads to it.
#[async_trait]
pub trait Host: Send + Sync {
    /// The node, with the changes made so far.
    fn node(&self) -> Arc<Node>;

    /// The node's network ports and their groups, as they are now.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn ports(&self) -> Result<NodePorts>;

    /// Who asked.
    fn requester(&self) -> &Requester;

    /// Does an effect on the node.
    ///
    /// # Errors
    /// [`crate::ErrorKind::LockLost`] when the task is shared or the reservation is gone; else what went wrong.
    async fn apply(&self, effect: Effect) -> Result<()>;
}

/// A task of either kind, for code that does not know which it will be.
pub enum Task<'a> {
    /// It looks.
    Shared(&'a SharedTask),
    /// It acts.
    Exclusive(&'a mut ExclusiveTask),
}

/// Marks the two kinds of task a signature can ask for.
///
/// Implemented for `&SharedTask` and `&mut ExclusiveTask` and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    note = "a vendor method takes `&SharedTask` to look, or `&mut ExclusiveTask` to act under the node's lock"
)]
pub trait FromTask<'a>: Sized + Send {
    /// Whether the engine must take the lock first.
    const EXCLUSIVE: bool;

    /// The task in the kind that was asked for.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Internal`] when a shared task is given where an exclusive one is due.
    fn from_task(task: Task<'a>) -> Result<Self>;
}

impl<'a> FromTask<'a> for &'a SharedTask {
    const EXCLUSIVE: bool = false;

    fn from_task(task: Task<'a>) -> Result<Self> {
        Ok(match task {
            Task::Shared(task) => task,
            Task::Exclusive(task) => task,
        })
    }
}

impl<'a> FromTask<'a> for &'a mut ExclusiveTask {
    const EXCLUSIVE: bool = true;

    fn from_task(task: Task<'a>) -> Result<Self> {
        match task {
            Task::Shared(_) => {
                Err(crate::Error::internal("an exclusive task is needed here and a shared one was given"))
            }
            Task::Exclusive(task) => Ok(task),
        }
    }
}
