//! Boot device, boot mode, secure boot, console and the wanted RAID configuration; and, a file each, whatever else a
//! BMC manages.

mod indicators;
mod media;
mod nics;
mod nmi;
mod sensors;

use std::sync::Arc;

use futures::future::BoxFuture;
use kamacite_driver::{
    NodeInterfaces, SharedTask,
    interfaces::{BootDeviceSetting, ConsoleAccess},
};
use kamacite_model::{
    BootDevice, BootMode, Json, MediaDevice, Node, Operation, OperationId, Requester, Severity, Uuid, machine::Phase,
    operation::OperationKind,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conductor, Error, Result,
    engine::Engine,
    journal::{self, Outcome},
    lock::{Extra, Lock, look, unbroken, while_leased},
};

pub use indicators::IndicatorChange;

/// What the journal keeps of a change that answers before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Intent {
    BootMode(BootMode),
    SecureBoot(bool),
    Console(bool),
    AttachMedia { device: MediaDevice, image_url: String },
    DetachMedia { devices: Option<Vec<MediaDevice>> },
}

impl Conductor {
    /// The devices the node can boot from.
    ///
    /// # Errors
    /// What the driver finds missing, or the hardware's trouble.
    pub async fn supported_boot_devices(&self, node: Uuid) -> Result<Vec<BootDevice>> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async { Ok(while_leased(engine, on.management.supported_boot_devices(&task)).await?) }).await
    }

    /// The boot device as the hardware says. Reading takes no lock: the reference's does, and answers 409 to a read.
    ///
    /// # Errors
    /// What the driver finds missing, or the hardware's trouble.
    pub async fn boot_device(&self, node: Uuid) -> Result<BootDeviceSetting> {
        self.asked(node, "get_boot_device", |on, task| Some(on.management.boot_device(task))).await
    }

    /// Chooses the boot device. Returns when it is done.
    ///
    /// # Errors
    /// A device that is none, the node's lock, what the driver finds missing, or the hardware's trouble.
    pub async fn set_boot_device(&self, node: Uuid, device: &str, persistent: bool, who: &Requester) -> Result<()> {
        let (engine, who, device) = (self.engine().clone(), who.clone(), device.to_owned());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let outcome = unbroken(choose_boot_device(&engine, &mut lock, &device, persistent)).await;
            lock.release().await;
            outcome
        })
        .await
    }

    /// Changes the firmware's boot mode in the background.
    ///
    /// # Errors
    /// The node's lock, a state in which something else goes on, or what the driver finds missing.
    pub async fn set_boot_mode(&self, node: Uuid, mode: BootMode, who: &Requester) -> Result<OperationId> {
        self.begin(node, Intent::BootMode(mode), who).await
    }

    /// Turns secure boot on or off in the background.
    ///
    /// # Errors
    /// The node's lock, a state in which something else goes on, or what the driver finds missing.
    pub async fn set_secure_boot(&self, node: Uuid, on: bool, who: &Requester) -> Result<OperationId> {
        self.begin(node, Intent::SecureBoot(on), who).await
    }

    /// How to reach the console; `None` when it is not open.
    ///
    /// # Errors
    /// What the driver finds missing, or the hardware's trouble.
    pub async fn console(&self, node: Uuid) -> Result<Option<ConsoleAccess>> {
        let engine = self.engine();
        let node = engine.node(node).await?;
        if !node.console_enabled {
            return Ok(None);
        }
        let on = engine.registry().interfaces_of(&node)?;
        let task = look(engine, node, &Requester::default());
        unbroken(async {
            on.console.validate(&task).await?;
            Ok(Some(on.console.access(&task).await?))
        })
        .await
    }

    /// Opens or closes the console in the background; `None` when it is so already.
    ///
    /// # Errors
    /// The node's lock, or what the driver finds missing.
    pub async fn set_console(&self, node: Uuid, on: bool, who: &Requester) -> Result<Option<OperationId>> {
        let engine = self.engine();
        let known = engine.node(node).await?;
        let interfaces = engine.registry().interfaces_of(&known)?;
        let task = look(engine, known.clone(), who);
        unbroken(async { Ok(interfaces.console.validate(&task).await?) }).await?;
        if known.console_enabled == on {
            return Ok(None);
        }
        self.begin(node, Intent::Console(on), who).await.map(Some)
    }

    /// Keeps the RAID configuration that the node should get.
    ///
    /// # Errors
    /// The node's lock, or a configuration that makes no sense to its driver.
    pub async fn set_target_raid_config(&self, node: Uuid, config: Json, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let checked = async {
                let on = lock.interfaces()?;
                if !config.is_empty() {
                    on.raid.validate_raid_config(lock.task(), config.clone()).await?;
                }
                Ok::<_, Error>(())
            }
            .await;
            if let Err(error) = checked {
                lock.release().await;
                return Err(error);
            }
            let mut after = (*lock.node()).clone();
            after.target_raid_config = config;
            lock.save_and_release(after, Extra::default()).await?;
            Ok(())
        })
        .await
    }

    /// Asks the hardware for what it tells without a lock. `ask` is nothing where the ability, in the reference's word for it,
    /// is missing.
    async fn asked<T>(
        &self,
        node: Uuid,
        ability: &str,
        ask: impl for<'a> FnOnce(&'a NodeInterfaces, &'a SharedTask) -> Option<BoxFuture<'a, kamacite_driver::Result<T>>>,
    ) -> Result<T> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async {
            on.management.validate(&task).await?;
            let answer = ask(&on, &task).ok_or_else(|| unsupported(&task.node(), ability))?;
            Ok(while_leased(engine, answer).await?)
        })
        .await
    }

    /// What drives a node, and a task that looks at it.
    pub(crate) async fn look_at(&self, node: Uuid) -> Result<(&Arc<Engine>, NodeInterfaces, SharedTask)> {
        let engine = self.engine();
        let node = engine.node(node).await?;
        let on = engine.registry().interfaces_of(&node)?;
        let task = look(engine, node, &Requester::default());
        Ok((engine, on, task))
    }

    async fn begin(&self, node: Uuid, intent: Intent, who: &Requester) -> Result<OperationId> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            if let Err(refusal) = unbroken(check(&mut lock, &intent)).await {
                lock.release().await;
                return Err(refusal);
            }
            let known = lock.node();
            let operation = journal::begin(&engine, OperationKind::Management, intent.name(), &known, &intent, &who)?;
            let mut after = (*known).clone();
            // What went wrong before is past.
            after.last_error = None;
            lock.save(after, journal::insert(&operation)).await?;
            let id = operation.id;
            let worker = engine.clone();
            lock.hand_to(move |lock| async move { carry_out(&worker, lock, operation).await });
            Ok(id)
        })
        .await
    }
}

impl Intent {
    const fn name(&self) -> &'static str {
        match self {
            Self::BootMode(_) => "boot mode",
            Self::SecureBoot(_) => "secure boot",
            Self::Console(true) => "open console",
            Self::Console(false) => "close console",
            Self::AttachMedia { .. } => "attach virtual media",
            Self::DetachMedia { .. } => "detach virtual media",
        }
    }
}

/// Tells what can be told before the work begins.
async fn check(lock: &mut Lock, intent: &Intent) -> Result<()> {
    let node = lock.node();
    match intent {
        Intent::BootMode(_) | Intent::SecureBoot(_) => {
            if matches!(node.provision_state.facts().phase, Phase::Working | Phase::Waiting) {
                return Err(Error::Conflict(format!(
                    "Node {} can not change its boot mode or secure boot while it is in state {}; wait for a stable state",
                    node.uuid, node.provision_state
                )));
            }
        }
        // Its own interface has been asked already.
        Intent::Console(_) => return Ok(()),
        Intent::AttachMedia { .. } | Intent::DetachMedia { .. } => {}
    }
    let on = lock.interfaces()?;
    on.management.validate(lock.task()).await?;
    match intent {
        Intent::AttachMedia { .. } => media::require_power(&node, "attach"),
        Intent::DetachMedia { .. } => media::require_power(&node, "detach"),
        Intent::BootMode(_) | Intent::SecureBoot(_) | Intent::Console(_) => Ok(()),
    }
}

async fn choose_boot_device(engine: &Engine, lock: &mut Lock, device: &str, persistent: bool) -> Result<()> {
    let on = lock.interfaces()?;
    on.management.validate(lock.task()).await?;
    // The reference's words, which are its drivers' own.
    let device = device.parse().map_err(|_| Error::Invalid(format!("Invalid boot device {device} specified.")))?;
    Ok(while_leased(engine, on.management.set_boot_device(lock.task(), device, persistent)).await?)
}

/// Makes the change that the operation is about, and writes down how that went. Also picks up after a crash.
pub(crate) async fn carry_out(engine: &Arc<Engine>, mut lock: Lock, mut operation: Operation) {
    let outcome = unbroken(attempt(engine, &mut lock, &operation)).await;
    if outcome.as_ref().is_err_and(Error::is_lock_lost) {
        tracing::warn!(operation = %operation.id, "a change is left as it stands; the next sweep goes on with it");
        return;
    }
    let mut after = (*lock.node()).clone();
    let mut history = Vec::new();
    match outcome {
        Ok(intent) => {
            match intent {
                Intent::BootMode(mode) => after.boot_mode = Some(mode),
                Intent::SecureBoot(on) => after.secure_boot = Some(on),
                Intent::Console(on) => after.console_enabled = on,
                Intent::AttachMedia { .. } | Intent::DetachMedia { .. } => {}
            }
            journal::end(engine, &mut operation, Outcome::Done(None));
        }
        Err(error) => {
            let words = failure_words(&operation, &after, &error);
            after.last_error = Some(words.clone());
            history.extend(engine.history(&after, Severity::Error, "management", &words, &operation.requester));
            journal::end(engine, &mut operation, Outcome::Failed(words));
        }
    }
    if let Err(error) = lock.save_and_release(after, Extra { history, ..journal::update(&operation) }).await {
        tracing::error!(operation = %operation.id, error = &error as &dyn std::error::Error, "an outcome could not be stored");
    }
}

/// What goes into `last_error`, in the reference's words where it has them: a quote is missing there, too.
fn failure_words(operation: &Operation, node: &Node, error: &Error) -> String {
    let why = error.words();
    match journal::intent(operation) {
        Ok(Intent::BootMode(mode)) => format!("Failed to change boot mode to '{mode}: {why}"),
        Ok(Intent::SecureBoot(on)) => {
            let wanted = if on { "True" } else { "False" };
            format!("Failed to change secure_boot state to '{wanted}': {why}")
        }
        Ok(Intent::AttachMedia { device, .. }) => {
            format!("Could not attach device {device} to node {}: {why}", node.uuid)
        }
        Ok(Intent::DetachMedia { devices }) => {
            format!("Could not detach device(s) {} from node {}: {why}", media::listed(devices.as_deref()), node.uuid)
        }
        Ok(Intent::Console(_)) | Err(_) => format!("Failed to {}: {why}", operation.name),
    }
}

async fn attempt(engine: &Engine, lock: &mut Lock, operation: &Operation) -> Result<Intent> {
    let intent: Intent = journal::intent(operation)?;
    let on = lock.interfaces()?;
    let node = lock.node();
    match &intent {
        Intent::BootMode(mode) => {
            let modes = on.management.boot_modes().ok_or_else(|| unsupported(&node, "set_boot_mode"))?;
            while_leased(engine, modes.set_boot_mode(lock.task(), *mode)).await?;
        }
        Intent::SecureBoot(wanted) => {
            let secure_boot = on.management.secure_boot().ok_or_else(|| unsupported(&node, "set_secure_boot_state"))?;
            while_leased(engine, secure_boot.set_secure_boot(lock.task(), *wanted)).await?;
        }
        Intent::Console(true) => while_leased(engine, on.console.start(lock.task())).await?,
        Intent::Console(false) => while_leased(engine, on.console.stop(lock.task())).await?,
        Intent::AttachMedia { device, image_url } => {
            let media = on.management.virtual_media().ok_or_else(|| unsupported(&node, "attach_virtual_media"))?;
            while_leased(engine, media.attach_media(lock.task(), *device, image_url.clone())).await?;
        }
        Intent::DetachMedia { devices } => {
            let media = on.management.virtual_media().ok_or_else(|| unsupported(&node, "detach_virtual_media"))?;
            while_leased(engine, media.detach_media(lock.task(), devices.clone())).await?;
        }
    }
    Ok(intent)
}

/// The node's hardware lacks an ability, in the reference's words.
fn unsupported(node: &Node, what: &str) -> Error {
    Error::Invalid(format!("Driver {} does not support {what} (disabled or not implemented).", node.driver))
}
