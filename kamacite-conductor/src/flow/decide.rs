//! What a verb means for a node: refused, done at once, or a plan. Pure.

use kamacite_model::{
    Fault, Node, ProvisionState, Verb,
    machine::{self, Event, Phase},
};

use super::plan::{Action, Choice, Failure, Plan};
use crate::{Config, Error, ProvisionRequest, Result};
use kamacite_driver::StepKind;

/// What is to be done about a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Decision {
    /// The state changes and that is all.
    Turn(Event),
    /// The state changes and work begins.
    Begin(Event, Plan),
    /// The work that waits is to end; what follows is done in its name.
    Abort(Abort),
    /// The work that stands still goes on.
    Unhold,
}

/// How work that waits ends on request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Abort {
    /// Now: the state changes by these events, then the plan tidies up.
    Now(Vec<Event>, Box<Plan>),
    /// When the current step is over; it cannot be broken off.
    AfterStep,
}

/// Decides what a request means for a node as it is.
///
/// # Errors
/// Why the node refuses, in the reference's words.
pub(crate) fn decide(node: &Node, request: &ProvisionRequest, config: &Config) -> Result<Decision> {
    let verb = request.verb;
    let event = verb.event();
    refuse_by_rules(node, verb, config)?;
    // Some verbs share their event with flows, which alone may leave a state in which the conductor works.
    let works = node.provision_state.facts().phase == Phase::Working;
    if works || machine::next(node.provision_state, event).is_none() {
        return Err(Error::WrongState { action: verb.to_string(), node: node.uuid, state: node.provision_state });
    }
    let begin = |actions| Ok(Decision::Begin(event, Plan::new(actions)));
    match verb {
        Verb::Active | Verb::Deploy | Verb::Rebuild => begin(deploying(request)),
        Verb::Deleted | Verb::Undeploy => begin(deleting(node, config)),
        Verb::Manage if node.provision_state == ProvisionState::Enroll => begin(verifying()),
        Verb::Manage => Ok(Decision::Turn(event)),
        Verb::Provide => begin(automated_cleaning(node, config)),
        Verb::Clean => begin(manual_cleaning(request)),
        Verb::Inspect => begin(vec![Action::Inspect, Action::Turn(Event::Done)]),
        Verb::Adopt => begin(vec![Action::TakeOver, Action::Turn(Event::Done)]),
        Verb::Rescue => begin(vec![Action::Rescue, Action::Turn(Event::Done)]),
        Verb::Unrescue => begin(vec![Action::Unrescue, Action::Turn(Event::Done)]),
        Verb::Service => begin(servicing(request)),
        Verb::Unhold => Ok(Decision::Unhold),
        Verb::Abort => abort(node).map(Decision::Abort),
    }
}

/// Refusals that do not depend on the state.
fn refuse_by_rules(node: &Node, verb: Verb, config: &Config) -> Result<()> {
    let in_maintenance = match verb {
        Verb::Active | Verb::Deploy | Verb::Rebuild => Some("provisioning"),
        Verb::Clean => Some("cleaning"),
        Verb::Rescue => Some("rescuing"),
        Verb::Unrescue => Some("unrescuing"),
        Verb::Service => Some("service"),
        Verb::Provide if !config.allow_provisioning_in_maintenance => Some("providing"),
        Verb::Provide
        | Verb::Deleted
        | Verb::Undeploy
        | Verb::Manage
        | Verb::Inspect
        | Verb::Abort
        | Verb::Adopt
        | Verb::Unhold => None,
    };
    if let Some(operation) = in_maintenance
        && node.maintenance
    {
        return Err(Error::InMaintenance { operation, node: node.uuid });
    }
    let ends_instance = matches!(verb, Verb::Rebuild | Verb::Deleted | Verb::Undeploy);
    if ends_instance && node.protected {
        return Err(Error::Protected(node.uuid));
    }
    if verb == Verb::Provide && node.retired {
        return Err(Error::Invalid(format!(
            "The providing operation can't be performed on node {} because it is retired.",
            node.uuid
        )));
    }
    Ok(())
}

fn verifying() -> Vec<Action> {
    vec![Action::Verify, choose(StepKind::Verify, None, false), Action::Turn(Event::Done)]
}

fn deploying(request: &ProvisionRequest) -> Vec<Action> {
    vec![
        Action::PrepareDeploy,
        choose(StepKind::Deploy, request.steps.clone(), false),
        Action::EndSteps { kind: StepKind::Deploy },
        Action::Turn(Event::Done),
    ]
}

fn deleting(node: &Node, config: &Config) -> Vec<Action> {
    use ProvisionState::{Rescue, RescueFail, RescueWait, UnrescueFail};
    let mut actions = Vec::new();
    if matches!(node.provision_state, RescueWait | Rescue | UnrescueFail | RescueFail) {
        actions.push(Action::CleanUpRescue);
    }
    if node.console_enabled {
        actions.push(Action::StopConsole);
    }
    actions.extend([
        Action::CleanUpDeploy,
        Action::TearDown,
        Action::DetachVifs,
        Action::DropInstance,
        Action::Turn(Event::Clean),
    ]);
    actions.extend(automated_cleaning(node, config));
    actions
}

fn automated_cleaning(node: &Node, config: &Config) -> Vec<Action> {
    if !node.automated_clean.unwrap_or(config.automated_clean) {
        return vec![Action::EndCleaning { manual: false }];
    }
    vec![
        Action::CheckCleaning,
        Action::PrepareCleaning,
        choose(StepKind::Clean, None, false),
        Action::EndSteps { kind: StepKind::Clean },
        Action::TearDownCleaning,
        Action::EndCleaning { manual: false },
    ]
}

fn manual_cleaning(request: &ProvisionRequest) -> Vec<Action> {
    let ramdisk = !request.disable_ramdisk;
    let mut actions = vec![Action::CheckCleaning];
    actions.extend(ramdisk.then_some(Action::PrepareCleaning));
    actions.push(choose(StepKind::Clean, Some(request.steps.clone().unwrap_or_default()), request.disable_ramdisk));
    actions.push(Action::EndSteps { kind: StepKind::Clean });
    actions.extend(ramdisk.then_some(Action::TearDownCleaning));
    actions.push(Action::EndCleaning { manual: true });
    actions
}

fn servicing(request: &ProvisionRequest) -> Vec<Action> {
    let ramdisk = !request.disable_ramdisk;
    let mut actions = Vec::new();
    actions.extend(ramdisk.then_some(Action::PrepareService));
    actions.push(choose(StepKind::Service, Some(request.steps.clone().unwrap_or_default()), request.disable_ramdisk));
    actions.push(Action::EndSteps { kind: StepKind::Service });
    actions.extend(ramdisk.then_some(Action::TearDownService));
    actions.push(Action::Turn(Event::Done));
    actions
}

fn choose(kind: StepKind, asked: Option<Vec<crate::UserStep>>, disable_ramdisk: bool) -> Action {
    Action::ChooseSteps(Choice { kind, asked, disable_ramdisk })
}

/// How work that waits, stands still or has failed is ended on request.
///
/// # Errors
/// In a state with nothing to abort.
pub(crate) fn abort(node: &Node) -> Result<Abort> {
    use ProvisionState::{
        CleanHold, CleanWait, DeployHold, DeployWait, InspectWait, RescueWait, ServiceFail, ServiceHold, ServiceWait,
    };
    let state = node.provision_state;
    let work = |event_type: &str, words: String| {
        Some(Failure { words, event_type: event_type.to_owned(), fault: None, on_request: true })
    };
    let now = |events: &[Event], failure: Option<Failure>, actions: Vec<Action>| {
        Ok(Abort::Now(events.to_vec(), Box::new(Plan { failure, ..Plan::new(actions) })))
    };
    let (step, name) = match state {
        CleanWait | CleanHold => (&node.clean_step, "clean"),
        DeployWait | DeployHold => (&node.deploy_step, "deploy"),
        ServiceWait | ServiceHold | ServiceFail => (&node.service_step, "service"),
        _ => (&node.clean_step, ""),
    };
    // What stands still is between two steps and can be ended there.
    let waits = matches!(state, CleanWait | DeployWait | ServiceWait);
    if waits && !step.is_empty() && step.get("abortable").and_then(serde_json::Value::as_bool) != Some(true) {
        return Ok(Abort::AfterStep);
    }
    let mut words = format!("By request, the {name} operation was aborted");
    if let (Some(interface), Some(step)) = (step.get("interface"), step.get("step")) {
        let id = format!("{}.{}", interface.as_str().unwrap_or_default(), step.as_str().unwrap_or_default());
        words.push_str(&format!(" during or after the completion of step \"{id}\""));
    }
    match state {
        CleanWait | CleanHold => now(&[Event::Abort], work("cleaning", words), vec![Action::TearDownCleaning]),
        DeployWait | DeployHold => now(&[Event::Abort], work("deploying", words), vec![Action::CleanUpDeploy]),
        ServiceWait | ServiceHold => {
            now(&[Event::Fail, Event::Abort], work("servicing", words), vec![Action::TearDownService])
        }
        ServiceFail if node.maintenance => Err(Error::Conflict(format!(
            "Can not abort service on node \"{}\" while it is in maintenance mode. Please remove the node from \
             maintenance prior to issuing the request to abort the service operation.",
            node.uuid
        ))),
        ServiceFail => now(&[Event::Abort], work("servicing", words), vec![Action::TearDownService]),
        InspectWait => now(
            &[Event::Abort],
            work("introspection", "Inspection was aborted by request.".to_owned()),
            vec![Action::AbortInspection],
        ),
        RescueWait => now(
            &[Event::Abort],
            work("rescue", "By request, the rescue operation was aborted.".to_owned()),
            vec![Action::CleanUpRescue],
        ),
        _ => Err(Error::WrongState { action: Verb::Abort.to_string(), node: node.uuid, state }),
    }
}

/// What is done when a wait is over its time.
pub(crate) fn timed_out(node: &Node, words: String, event_type: String, config: &Config) -> (Failure, Vec<Action>) {
    use ProvisionState as S;
    let fault = match node.provision_state {
        S::CleanWait if !node.clean_step.is_empty() => Some(Fault::CleanFailure),
        S::ServiceWait if !node.service_step.is_empty() => Some(Fault::ServiceFailure),
        _ => None,
    };
    let failure = Failure { words, event_type, fault, on_request: false };
    (failure, wind_down(node, &Action::Turn(Event::Wait), config))
}

/// What is recorded when the action at hand went wrong with `why`.
pub(crate) fn failure_of(node: &Node, action: &Action, why: &str) -> Failure {
    use ProvisionState as S;
    let uuid = node.uuid;
    let step = |step: &kamacite_model::Json| super::python::repr_object(step);
    let (event_type, words) = match (node.provision_state, action) {
        (S::Verifying, Action::Step(planned)) => {
            ("verify", format!("Node {uuid} failed verify step {} with unexpected error: {why}", step(&planned.shown)))
        }
        (S::Verifying, Action::Verify) => ("verify", why.to_owned()),
        (S::Verifying, _) => ("verify", format!("Failed to verify: {why}")),
        (S::Deploying, Action::PrepareDeploy) => ("deploying", format!("Failed to prepare to deploy: {why}")),
        (S::Deploying, Action::ChooseSteps(_)) => ("deploying", why.to_owned()),
        (S::Deploying, Action::Step(planned)) => ("deploying", format!("Deploy step {} failed: {why}.", planned.id())),
        (S::Deploying, _) => ("deploying", format!("Failed to deploy: {why}")),
        (S::Cleaning, Action::CheckCleaning) => {
            ("cleaning", format!("Validation of node {uuid} for cleaning failed: {why}"))
        }
        (S::Cleaning, Action::PrepareCleaning) => {
            ("cleaning", format!("Failed to prepare node {uuid} for cleaning: {why}"))
        }
        (S::Cleaning, Action::ChooseSteps(_)) => ("cleaning", format!("Cannot clean node {uuid}: {why}")),
        (S::Cleaning, Action::TearDownCleaning) => {
            ("cleaning", format!("Failed to tear down from cleaning for node {uuid}, reason: {why}"))
        }
        (S::Cleaning, Action::Step(planned)) => {
            ("cleaning", format!("Node {uuid} failed step {}: {why}", step(&planned.shown)))
        }
        (S::Cleaning, _) => ("cleaning", format!("Cleaning failed: {why}")),
        (S::Deleting, _) => ("unprovision", format!("Failed to tear down: {why}")),
        (S::Inspecting, _) => ("introspection", format!("Failed to inspect hardware. Reason: {why}")),
        (S::Adopting, _) => ("adoption", format!("Error while attempting to adopt node {uuid}: {why}.")),
        (S::Rescuing, _) => ("rescue", format!("Failed to rescue: {why}")),
        (S::Unrescuing, _) => ("rescue", format!("Failed to unrescue: {why}")),
        (S::Servicing, Action::PrepareService) => {
            ("servicing", format!("Failed to prepare node {uuid} for service: {why}"))
        }
        (S::Servicing, Action::ChooseSteps(_)) => ("servicing", format!("Cannot service node {uuid}: {why}")),
        (S::Servicing, Action::TearDownService) => {
            ("servicing", format!("Failed to tear down from service for node {uuid}, reason: {why}"))
        }
        (S::Servicing, Action::Step(planned)) => {
            ("servicing", format!("Node {uuid} failed step {}: {why}", step(&planned.shown)))
        }
        (state, _) => (state.as_str(), why.to_owned()),
    };
    // A step that broke off leaves the hardware in a state that only a person can judge.
    let fault = match (node.provision_state, action) {
        (S::Cleaning, Action::Step(_)) => Some(Fault::CleanFailure),
        (S::Servicing, Action::Step(_)) => Some(Fault::ServiceFailure),
        _ => None,
    };
    Failure { words, event_type: event_type.to_owned(), fault, on_request: false }
}

/// What is done about a failure before the node enters its failed state.
pub(crate) fn wind_down(node: &Node, failed: &Action, config: &Config) -> Vec<Action> {
    use ProvisionState as S;
    let mut actions = match node.provision_state {
        S::Deploying | S::DeployWait => vec![Action::CleanUpDeploy],
        S::Cleaning | S::CleanWait => vec![Action::TearDownCleaning],
        S::Servicing | S::ServiceWait => vec![Action::TearDownService],
        S::Rescuing | S::RescueWait => vec![Action::CleanUpRescue],
        S::Deleting => vec![Action::DropInstance],
        _ => Vec::new(),
    };
    actions.retain(|action| action != failed);
    let cleaning = matches!(node.provision_state, S::Cleaning | S::CleanWait);
    let power_off = cleaning && config.poweroff_in_cleanfail;
    actions.extend((power_off && !node.disable_power_off).then_some(Action::PowerOff));
    actions.push(Action::Turn(Event::Fail));
    actions
}
