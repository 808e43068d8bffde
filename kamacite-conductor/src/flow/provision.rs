//! Provision verbs, from the request to the journal.

use std::sync::Arc;

use kamacite_driver::{ErrorKind, StepKind};
use kamacite_model::{
    Node, Operation, OperationId, ProvisionState, Requester, Uuid, Verb,
    machine::{self, Event},
    operation::OperationKind,
};
use serde_json::Value;

use super::{
    decide::{self, Abort, Decision},
    plan::Plan,
    run::{self, Flow},
    settle, steps,
};
use crate::{
    Conductor, Error, ProvisionRequest, Result,
    engine::Engine,
    journal::{self, Outcome},
    limits::Place,
    lock::{Extra, Lock},
};

impl Conductor {
    /// Starts what a verb asks for. Returns when it is on its way and will not be lost; the operation tells how it ends.
    /// `None` where nothing was left to do.
    ///
    /// # Errors
    /// Why the node refuses: its state, its rules, its lock, what a driver finds missing, too much going on.
    pub async fn provision(
        &self,
        node: Uuid,
        request: ProvisionRequest,
        who: &Requester,
    ) -> Result<Option<OperationId>> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            precheck(&*engine.node(node).await?, request.verb)?;
            let lock = Lock::take(&engine, node, &who).await?;
            start(&engine, lock, request, &who).await
        })
        .await
    }
}

/// Refuses what the node's state refuses already now, so that nobody waits for a lock in vain.
fn precheck(node: &Node, verb: Verb) -> Result<()> {
    if machine::next(node.provision_state, verb.event()).is_some() {
        return Ok(());
    }
    match &node.reservation {
        // It may be on its way to a state that does not refuse.
        Some(holder) => Err(Error::NodeLocked { node: node.uuid, holder: holder.clone() }),
        None => Err(Error::WrongState { action: verb.to_string(), node: node.uuid, state: node.provision_state }),
    }
}

async fn start(
    engine: &Arc<Engine>,
    mut lock: Lock,
    request: ProvisionRequest,
    who: &Requester,
) -> Result<Option<OperationId>> {
    let node = lock.node();
    let decided = async {
        let decision = decide::decide(&node, &request, &engine.config)?;
        let mut place = None;
        if let Decision::Begin(..) = &decision {
            place = limit(engine, &node, request.verb).await?;
            validate(engine, &mut lock, &request).await?;
        }
        // The place is held until the state that counts is stored.
        Ok((decision, place))
    }
    .await;
    let (decided, _place) = match decided {
        Ok((decision, place)) => (Ok(decision), place),
        Err(error) => (Err(error), None),
    };
    match decided {
        Ok(Decision::Turn(event)) => turn(engine, lock, event, request.verb).await,
        Ok(Decision::Begin(event, plan)) => begin(engine, lock, event, plan, request, who).await.map(Some),
        Ok(Decision::Abort(abort)) => abort_waiting(engine, lock, abort, &request, who).await,
        Ok(Decision::Unhold) => unhold(engine, lock, &request).await,
        Err(error) => {
            lock.release().await;
            Err(error)
        }
    }
}

/// Refuses to start more than the configuration allows at the same time.
async fn limit(engine: &Engine, node: &Node, verb: Verb) -> Result<Option<Place>> {
    use ProvisionState::{CleanWait, Cleaning, Deleting, DeployWait, Deploying};
    let (limit, states, action): (u32, &[ProvisionState], &str) = match verb {
        Verb::Active | Verb::Deploy | Verb::Rebuild => {
            (engine.config.max_concurrent_deploy, &[Deploying, DeployWait], "provisioning")
        }
        Verb::Provide | Verb::Clean | Verb::Deleted | Verb::Undeploy => {
            (engine.config.max_concurrent_clean, &[Deleting, Cleaning, CleanWait], "cleaning")
        }
        Verb::Manage
        | Verb::Inspect
        | Verb::Abort
        | Verb::Adopt
        | Verb::Rescue
        | Verb::Unrescue
        | Verb::Unhold
        | Verb::Service => return Ok(None),
    };
    Place::take(&engine.entering, &engine.store, action, limit, states, node.uuid).await
}

/// What drivers can tell before anything begins, so that the client hears it at once.
async fn validate(engine: &Engine, lock: &mut Lock, request: &ProvisionRequest) -> Result<()> {
    let node = lock.node();
    let on = lock.interfaces()?;
    let asked = request.steps.as_deref().unwrap_or_default();
    let refused =
        |why: &str| Error::Invalid(format!("Failed to validate deploy or power info for node {}: {why}", node.uuid));
    match request.verb {
        Verb::Active | Verb::Deploy | Verb::Rebuild => {
            on.power.validate(lock.task()).await.map_err(|why| refused(why.message()))?;
            on.deploy.validate(lock.task()).await.map_err(|why| refused(why.message()))?;
            check_traits(&node).map_err(|why| refused(&why))?;
            steps::refuse_disallowed(StepKind::Deploy, asked, &engine.config)?;
            if let Some(asked) = &request.steps {
                let choice = super::plan::Choice {
                    kind: StepKind::Deploy,
                    asked: Some(asked.clone()),
                    disable_ramdisk: request.disable_ramdisk,
                };
                // The reference leaves no space here.
                let argument = "Validation of deploy steps from \"deploy steps\" argument failed.";
                steps::choose(&on, &choice, &engine.config)
                    .map_err(|why| refused(&format!("{argument}{}", why.words())))?;
            }
        }
        Verb::Clean => {
            on.power.validate(lock.task()).await.map_err(|why| {
                Error::Invalid(format!("Validation of node {} for cleaning failed: {why}", node.uuid))
            })?;
            steps::refuse_disallowed(StepKind::Clean, asked, &engine.config)?;
        }
        Verb::Service => {
            on.power.validate(lock.task()).await.map_err(|why| {
                Error::Invalid(format!("Validation of node {} for servicing failed: {why}", node.uuid))
            })?;
            steps::refuse_disallowed(StepKind::Service, asked, &engine.config)?;
        }
        Verb::Inspect => {
            on.power.validate(lock.task()).await.map_err(inspection_refused)?;
            on.inspect.validate(lock.task()).await.map_err(inspection_refused)?;
        }
        Verb::Rescue => {
            on.power.validate(lock.task()).await.map_err(rescue_refused)?;
            on.rescue.validate(lock.task()).await.map_err(rescue_refused)?;
        }
        Verb::Unrescue => on.power.validate(lock.task()).await?,
        Verb::Manage | Verb::Provide | Verb::Deleted | Verb::Undeploy | Verb::Abort | Verb::Adopt | Verb::Unhold => {}
    }
    Ok(())
}

/// What cannot be done at all is told in the driver's own words.
fn inspection_refused(why: kamacite_driver::Error) -> Error {
    if why.kind() == ErrorKind::Unsupported {
        return Error::Driver(why);
    }
    Error::Invalid(format!("Failed to validate inspection or power info. Error: {why}"))
}

/// What cannot be done at all is told in the driver's own words.
fn rescue_refused(why: kamacite_driver::Error) -> Error {
    if why.kind() == ErrorKind::Unsupported {
        return Error::Driver(why);
    }
    Error::Invalid(format!("Validation failed. Error: {why}"))
}

/// An instance may ask for traits that the node must have.
pub(crate) fn check_traits(node: &Node) -> Result<(), String> {
    let wanted = match node.instance_info.get("traits") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(wanted)) => wanted,
        Some(_) => {
            return Err(format!(
                "Error parsing traits from Node {} instance_info field. A list of strings is expected.",
                node.uuid
            ));
        }
    };
    let missing: Vec<_> = wanted
        .iter()
        .filter(|wanted| !wanted.as_str().is_some_and(|name| node.traits.iter().any(|has| has == name)))
        .map(|wanted| wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "Cannot specify instance traits that are not also set on the node. Node {} is missing traits {}",
        node.uuid,
        missing.join(", ")
    ))
}

/// Changes the state and nothing else.
async fn turn(engine: &Arc<Engine>, lock: Lock, event: Event, verb: Verb) -> Result<Option<OperationId>> {
    let mut node = (*lock.node()).clone();
    let superseded = run::unfinished_on(engine, node.uuid).await?;
    settle::turn(&mut node, event, None, engine.now(), &mut Vec::new());
    lock.save_and_release(node, Extra::default()).await?;
    supersede(engine, superseded, verb).await;
    Ok(None)
}

/// Writes the operation into the journal and the first state into the node, then goes to work.
async fn begin(
    engine: &Arc<Engine>,
    lock: Lock,
    event: Event,
    plan: Plan,
    request: ProvisionRequest,
    who: &Requester,
) -> Result<OperationId> {
    let mut node = (*lock.node()).clone();
    // What is still in the journal here waited, or was left behind; the node is taken elsewhere now.
    let superseded = run::unfinished_on(engine, node.uuid).await?;
    prepare(&mut node, &request)?;
    // The node keeps these now. A config drive may be large, and the journal is written at every step.
    let request = ProvisionRequest { configdrive: None, rescue_password: None, ..request };
    let operation = journal::begin(engine, OperationKind::Provision, request.verb.as_str(), &node, &request, who)?;
    let id = operation.id;
    let mut notes = Vec::new();
    settle::turn(&mut node, event, None, engine.now(), &mut notes);
    if request.verb == Verb::Clean {
        node.target_provision_state = Some(ProvisionState::Manageable);
    }
    node.last_error = None;
    // What ran before runs no longer, also where it was not ended but given up for this.
    for step in [&mut node.clean_step, &mut node.deploy_step, &mut node.service_step] {
        step.clear();
    }
    run::proceed(engine, lock, Flow::begin(operation, plan), node, notes).await?;
    supersede(engine, superseded, request.verb).await;
    Ok(id)
}

/// The time it takes to hash a password grows with the square of its length, and the node is locked meanwhile.
const LONGEST_PASSWORD: usize = 1024;

/// What a request brings along for the node to keep.
fn prepare(node: &mut Node, request: &ProvisionRequest) -> Result<()> {
    match request.verb {
        Verb::Active | Verb::Deploy | Verb::Rebuild => {
            if let Some(configdrive) = &request.configdrive {
                node.instance_info.insert("configdrive".to_owned(), configdrive.clone());
            }
            note_image_type(node);
        }
        Verb::Adopt => note_image_type(node),
        Verb::Rescue => {
            if let Some(password) = &request.rescue_password {
                let length = password.expose().len();
                if length > LONGEST_PASSWORD {
                    return Err(Error::Invalid(format!(
                        "the rescue password has {length} bytes; choose one of at most {LONGEST_PASSWORD}"
                    )));
                }
                let hashed = sha_crypt::sha256_simple(password.expose(), &sha_crypt::Sha256Params::default())
                    .map_err(|_| Error::Invalid("the rescue password cannot be hashed; choose another".to_owned()))?;
                node.instance_info.insert("rescue_password".to_owned(), password.expose().clone().into());
                node.instance_info.insert("hashed_rescue_password".to_owned(), hashed.into());
            }
        }
        Verb::Clean => {
            let info = &mut node.driver_internal_info;
            info.insert("clean_steps".to_owned(), asked_steps(request)?);
            info.insert("cleaning_disable_ramdisk".to_owned(), request.disable_ramdisk.into());
            info.insert("declarative_cleaning".to_owned(), true.into());
        }
        Verb::Service => {
            let info = &mut node.driver_internal_info;
            info.insert("service_steps".to_owned(), asked_steps(request)?);
        }
        Verb::Deleted
        | Verb::Undeploy
        | Verb::Manage
        | Verb::Provide
        | Verb::Inspect
        | Verb::Abort
        | Verb::Unrescue
        | Verb::Unhold => {}
    }
    Ok(())
}

/// Notes whether the instance's image is a whole disk: it is unless it comes with a kernel and a ramdisk of its own.
fn note_image_type(node: &mut Node) {
    let says = |key: &str| node.instance_info.text(key).is_some_and(|text| !text.is_empty());
    if !says("image_source") {
        return;
    }
    let whole = match node.instance_info.text("image_type") {
        Some(kind) => kind != "partition",
        None => !says("kernel") && !says("ramdisk"),
    };
    node.driver_internal_info.insert("is_whole_disk_image".to_owned(), whole.into());
    let kind = if whole { "whole-disk" } else { "partition" };
    node.instance_info.insert("image_type".to_owned(), kind.into());
}

fn asked_steps(request: &ProvisionRequest) -> Result<Value> {
    journal::write(&request.steps.as_deref().unwrap_or_default())
}

/// Ends operations that waited, because the node was taken elsewhere.
async fn supersede(engine: &Engine, old: Vec<Operation>, by: Verb) {
    for mut old in old {
        journal::end(engine, &mut old, Outcome::Aborted(format!("{by} was asked for while it waited")));
        if let Err(error) = engine.store.update_operation(&old).await {
            // The next sweep finds it with its node in another state, and ends it.
            tracing::warn!(operation = %old.id, %error, "an operation that was superseded could not be ended");
        }
    }
}

async fn abort_waiting(
    engine: &Arc<Engine>,
    lock: Lock,
    abort: Abort,
    request: &ProvisionRequest,
    who: &Requester,
) -> Result<Option<OperationId>> {
    let waiting = run::waiting_on(engine, lock.node().uuid).await?;
    let mut node = (*lock.node()).clone();
    match abort {
        Abort::AfterStep => {
            settle::mark_abort_after(&mut node);
            let Some(mut operation) = waiting else {
                lock.save_and_release(node, Extra::default()).await?;
                return Ok(None);
            };
            let mut plan: Plan = journal::progress(&operation)?;
            plan.abort_after = true;
            operation.progress = journal::write(&plan)?;
            operation.updated_at = engine.now();
            lock.save_and_release(node, journal::update(&operation)).await?;
            Ok(Some(operation.id))
        }
        Abort::Now(events, plan) => {
            let mut notes = Vec::new();
            for event in events {
                settle::turn(&mut node, event, None, engine.now(), &mut notes);
            }
            if let Some(failure) = &plan.failure {
                node.last_error = Some(failure.words.clone());
            }
            let flow = match waiting {
                Some(operation) => Flow::resume(operation, *plan),
                None => {
                    // A flow that has failed is ended already; tidying up after it is work of its own.
                    let kind = OperationKind::Provision;
                    Flow::begin(journal::begin(engine, kind, request.verb.as_str(), &node, request, who)?, *plan)
                }
            };
            let id = flow.operation.id;
            run::proceed(engine, lock, flow, node, notes).await?;
            Ok(Some(id))
        }
    }
}

/// Goes on after a hold. The state machine leads through the waiting state; nobody has to wait there.
async fn unhold(engine: &Arc<Engine>, lock: Lock, request: &ProvisionRequest) -> Result<Option<OperationId>> {
    let mut node = (*lock.node()).clone();
    let Some(operation) = run::waiting_on(engine, node.uuid).await? else {
        let error = Error::Conflict(format!(
            "node {} is in {} but nothing waits to go on; abort it instead of {}",
            node.uuid, node.provision_state, request.verb
        ));
        lock.release().await;
        return Err(error);
    };
    let plan: Plan = journal::progress(&operation)?;
    let mut notes = Vec::new();
    for event in [Event::Unhold, Event::Resume] {
        settle::turn(&mut node, event, None, engine.now(), &mut notes);
    }
    let id = operation.id;
    run::proceed(engine, lock, Flow::resume(operation, plan), node, notes).await?;
    Ok(Some(id))
}
