//! Changes of power: asked for by clients, carried out in the background, picked up again after a crash.

pub(crate) mod record;

use std::{sync::Arc, time::Duration};

use kamacite_driver::{ExclusiveTask, NodeInterfaces};
use kamacite_model::{
    Operation, OperationId, PowerState, PowerTarget, ProvisionState, Requester, Severity, Uuid,
    operation::OperationKind,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conductor, Error, Result,
    engine::Engine,
    journal::{self, Outcome},
    lock::{Extra, Lock, unbroken, while_leased},
};

/// What the journal keeps of a change of power.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Intent {
    target: PowerTarget,
    timeout_s: Option<u64>,
}

impl Conductor {
    /// Changes the node's power. Returns when the change is on its way; the operation tells how it ends.
    ///
    /// # Errors
    /// What [`Error`] says of locks, states, and targets the hardware does not know.
    pub async fn set_power(
        &self,
        node: Uuid,
        target: PowerTarget,
        timeout: Option<Duration>,
        who: &Requester,
    ) -> Result<OperationId> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let outcome = begin(&engine, &mut lock, target, timeout, &who).await;
            match outcome {
                Ok(operation) => {
                    let id = operation.id;
                    let worker = engine.clone();
                    lock.hand_to(move |lock| async move { carry_out(&worker, lock, operation).await });
                    Ok(id)
                }
                Err(error) => {
                    lock.release().await;
                    Err(error)
                }
            }
        })
        .await
    }
}

async fn begin(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    target: PowerTarget,
    timeout: Option<Duration>,
    who: &Requester,
) -> Result<Operation> {
    let node = lock.node();
    record::decide(&node, target)?;
    let interfaces = lock.interfaces()?;
    interfaces.power.validate(lock.task()).await?;
    let supported = interfaces.power.supported_targets(lock.task()).await?;
    if !supported.contains(&target) {
        let supported: Vec<_> = supported.iter().map(|target| target.as_str()).collect();
        return Err(Error::Invalid(format!(
            "The driver {} does not support the power state, {target}; it supports: {}",
            node.driver,
            supported.join(", ")
        )));
    }
    let mut after = (*node).clone();
    record::started(&mut after, target);
    let intent = Intent { target, timeout_s: timeout.map(|timeout| timeout.as_secs()) };
    let operation = journal::begin(engine, OperationKind::Power, target.as_str(), &node, &intent, who)?;
    lock.save(after, journal::insert(&operation)).await?;
    Ok(operation)
}

/// Brings the power where the operation wants it, and writes down how that went. Also picks up after a crash.
pub(crate) async fn carry_out(engine: &Arc<Engine>, mut lock: Lock, operation: Operation) {
    let outcome = unbroken(attempt(engine, &mut lock, &operation)).await;
    if outcome.as_ref().is_err_and(Error::is_lock_lost) {
        tracing::warn!(operation = %operation.id, "a change of power is left as it stands; the next sweep goes on with it");
        return;
    }
    if let Err(error) = conclude(engine, lock, operation, outcome).await {
        tracing::error!(error = &error as &dyn std::error::Error, "the outcome of a power change could not be stored");
    }
}

async fn attempt(engine: &Arc<Engine>, lock: &mut Lock, operation: &Operation) -> Result<Option<PowerTarget>> {
    let intent: Intent = journal::intent(operation)?;
    let interfaces = lock.interfaces()?;
    if already(engine, lock, &interfaces, intent.target).await {
        return Ok(None);
    }
    let timeout = intent.timeout_s.map(Duration::from_secs);
    change(engine, lock.task(), &interfaces, intent.target, timeout).await?;
    Ok(Some(intent.target))
}

/// Changes the power through the node's interfaces, volumes before and after included.
pub(crate) async fn change(
    engine: &Engine,
    task: &mut ExclusiveTask,
    interfaces: &NodeInterfaces,
    target: PowerTarget,
    timeout: Option<Duration>,
) -> Result<()> {
    let active = task.node().provision_state == ProvisionState::Active;
    if active && target.reaches() == PowerState::On {
        while_leased(engine, interfaces.storage.attach_volumes(task)).await?;
    }
    while_leased(engine, interfaces.power.set_power(task, target, timeout)).await?;
    if active
        && target.reaches() == PowerState::Off
        && let Err(error) = while_leased(engine, interfaces.storage.detach_volumes(task)).await
    {
        tracing::warn!(node = %task.node().uuid, %error, "the volumes of a node that was powered off stay attached");
    }
    Ok(())
}

/// Whether the machine is where it should be already; a power that cannot be read is no reason not to try.
async fn already(engine: &Arc<Engine>, lock: &mut Lock, interfaces: &NodeInterfaces, target: PowerTarget) -> bool {
    match target {
        PowerTarget::Reboot | PowerTarget::SoftReboot => false,
        PowerTarget::On | PowerTarget::Off | PowerTarget::SoftOff => {
            let state = while_leased(engine, interfaces.power.power_state(lock.task())).await;
            state.is_ok_and(|state| state == Some(target.reaches()))
        }
    }
}

async fn conclude(
    engine: &Arc<Engine>,
    lock: Lock,
    mut operation: Operation,
    outcome: Result<Option<PowerTarget>>,
) -> Result<()> {
    let mut after = (*lock.node()).clone();
    let mut history = Vec::new();
    match outcome {
        Ok(changed) => {
            let intent: Intent = journal::intent(&operation)?;
            match changed {
                Some(target) => record::reached(&mut after, target, engine.now()),
                None => {
                    after.power_state = Some(intent.target.reaches());
                    after.target_power_state = None;
                }
            }
            journal::end(engine, &mut operation, Outcome::Done(None));
        }
        Err(error) => {
            let reaches = after.target_power_state.map_or("unknown", PowerState::as_str);
            let words =
                format!("Failed to change power state to '{reaches}' by '{}': {}", operation.name, error.words());
            after.target_power_state = None;
            after.last_error = Some(words.clone());
            history.extend(engine.history(&after, Severity::Error, "UNKNOWN", &words, &operation.requester));
            journal::end(engine, &mut operation, Outcome::Failed(words));
        }
    }
    lock.save_and_release(after, Extra { history, ..journal::update(&operation) }).await?;
    Ok(())
}
