//! What happens to a node between two calls: states, steps, the instance, errors. Pure.

use kamacite_driver::StepKind;
use kamacite_model::{
    Info, Json, Node, ProvisionState, Severity, Timestamp,
    machine::{self, Event},
};
use serde_json::{Value, json};

use super::{
    plan::{Action, Failure, Plan, PlannedStep},
    python::repr_list,
};

/// Where the bookkeeping came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// A call is next.
    Call,
    /// The plan is done.
    Ended,
}

/// A line for the node's history.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Note {
    /// How grave it is.
    pub(crate) severity: Severity,
    /// The kind of work.
    pub(crate) event_type: String,
    /// What happened.
    pub(crate) event: String,
    /// The node's state when it happened.
    pub(crate) state: ProvisionState,
    /// Where it was heading.
    pub(crate) target: Option<ProvisionState>,
}

/// Does everything up to the next call: changes the node, moves the plan.
pub(crate) fn settle(node: &mut Node, plan: &mut Plan, now: Timestamp, notes: &mut Vec<Note>) -> Settled {
    loop {
        let Some(action) = plan.current().cloned() else { return Settled::Ended };
        match action {
            Action::Turn(event) => turn(node, event, plan.failure.as_ref(), now, notes),
            Action::DropInstance => drop_instance(node),
            Action::EndSteps { kind } => end_steps(node, kind, notes),
            Action::EndCleaning { manual } => {
                let event = if manual || node.retired { Event::Manage } else { Event::Done };
                turn(node, event, plan.failure.as_ref(), now, notes);
            }
            Action::Step(step) => {
                show_step(node, &step, index_of(plan));
                plan.started = true;
                return Settled::Call;
            }
            Action::Verify
            | Action::Inspect
            | Action::AbortInspection
            | Action::CheckCleaning
            | Action::PrepareCleaning
            | Action::TearDownCleaning
            | Action::PrepareService
            | Action::TearDownService
            | Action::PrepareDeploy
            | Action::CleanUpDeploy
            | Action::TearDown
            | Action::DetachVifs
            | Action::TakeOver
            | Action::StopConsole
            | Action::Rescue
            | Action::Unrescue
            | Action::CleanUpRescue
            | Action::PowerOff
            | Action::ChooseSteps(_) => return Settled::Call,
        }
        plan.advance();
    }
}

/// Lets an event happen to a node; one that its state does not know changes nothing.
pub(crate) fn turn(node: &mut Node, event: Event, failure: Option<&Failure>, now: Timestamp, notes: &mut Vec<Note>) {
    if event == Event::Fail
        && let Some(failure) = failure
    {
        fail(node, failure, notes);
    }
    let Some(next) = machine::next(node.provision_state, event) else { return };
    let (before, target) = (node.provision_state, node.target_provision_state);
    node.enter(next, now);
    if is_cleaning(before) && is_cleaning(next) {
        // A manual clean stays on its way to manageable, whatever the table says of cleaning.
        node.target_provision_state = target;
    }
    match (before, event) {
        (_, Event::Inspect) => node.inspection_started_at = Some(now),
        (ProvisionState::Inspecting | ProvisionState::InspectWait, Event::Done) => {
            node.inspection_finished_at = Some(now);
            node.inspection_started_at = None;
        }
        _ => {}
    }
}

/// Records on a node what went wrong.
pub(crate) fn fail(node: &mut Node, failure: &Failure, notes: &mut Vec<Note>) {
    node.last_error = Some(failure.words.clone());
    if let Some(fault) = failure.fault {
        node.fault = Some(fault);
        node.maintenance = true;
        node.maintenance_reason.get_or_insert_with(|| failure.words.clone());
    }
    if !failure.on_request {
        notes.push(Note::about(node, Severity::Error, &failure.event_type, failure.words.clone()));
    }
    match node.provision_state {
        ProvisionState::Adopting => node.power_state = None,
        ProvisionState::Rescuing | ProvisionState::RescueWait => forget_rescue_password(&mut node.instance_info),
        _ => {}
    }
    for kind in [StepKind::Clean, StepKind::Deploy, StepKind::Service] {
        if let Some(step) = step_field(node, kind) {
            step.clear();
        }
        node.driver_internal_info.shift_remove(&format!("{}_step_index", kind.as_str()));
    }
}

/// Writes down which steps are going to run.
pub(crate) fn show_steps(node: &mut Node, kind: StepKind, steps: &[PlannedStep], notes: &mut Vec<Note>) {
    if kind == StepKind::Verify {
        return;
    }
    let shown: Vec<Value> = steps.iter().map(|step| Value::Object(step.shown.clone())).collect();
    node.driver_internal_info.insert(format!("{}_steps", kind.as_str()), shown.into());
    if kind == StepKind::Service {
        // The reference says so of every service it begins, whatever the client asked.
        node.driver_internal_info.insert("service_disable_ramdisk".to_owned(), true.into());
    }
    let flow = flow_name(node, kind);
    let list = repr_list(steps.iter().map(|step| &step.shown));
    let event = format!("Starting {} with steps={list}", flow.replace('_', " "));
    notes.push(Note::about(node, Severity::Info, &format!("{flow}_start"), event));
}

/// Writes down that the flow broke off in a step.
pub(crate) fn note_broken_step(node: &Node, step: &PlannedStep, notes: &mut Vec<Note>) {
    if step.kind == StepKind::Verify {
        return;
    }
    let flow = flow_name(node, step.kind);
    let steps = shown_steps(node, step.kind);
    let event = format!("{} aborted at step '{}' with steps={steps}", title(&flow), step.step);
    notes.push(Note::about(node, Severity::Error, &format!("{flow}_end"), event));
}

impl Note {
    fn about(node: &Node, severity: Severity, event_type: &str, event: String) -> Self {
        let (state, target) = (node.provision_state, node.target_provision_state);
        Self { severity, event_type: event_type.to_owned(), event, state, target }
    }
}

fn is_cleaning(state: ProvisionState) -> bool {
    use ProvisionState::{CleanFail, CleanHold, CleanWait, Cleaning};
    matches!(state, Cleaning | CleanWait | CleanFail | CleanHold)
}

fn step_field(node: &mut Node, kind: StepKind) -> Option<&mut Json> {
    match kind {
        StepKind::Clean => Some(&mut node.clean_step),
        StepKind::Deploy => Some(&mut node.deploy_step),
        StepKind::Service => Some(&mut node.service_step),
        // The reference shows nothing of verify steps.
        StepKind::Verify => None,
    }
}

fn show_step(node: &mut Node, step: &PlannedStep, index: usize) {
    if let Some(field) = step_field(node, step.kind) {
        field.clone_from(&step.shown);
        node.driver_internal_info.insert(format!("{}_step_index", step.kind.as_str()), index.into());
    }
}

/// The position of the plan's step among its steps.
fn index_of(plan: &Plan) -> usize {
    plan.actions[..plan.at].iter().filter(|action| matches!(action, Action::Step(_))).count()
}

/// Marks the current step as the last one, because a client wants the flow to end.
pub(crate) fn mark_abort_after(node: &mut Node) {
    for kind in [StepKind::Clean, StepKind::Deploy, StepKind::Service] {
        if let Some(step) = step_field(node, kind).filter(|step| !step.is_empty()) {
            step.insert("abort_after".to_owned(), json!(true));
        }
    }
}

/// The steps are over: what clients saw of them goes. The reference leaves a null behind, and clients may look for it.
fn end_steps(node: &mut Node, kind: StepKind, notes: &mut Vec<Note>) {
    let flow = flow_name(node, kind);
    // Deployments tell their steps at the end, the others an empty list: so the reference does.
    let steps = if kind == StepKind::Deploy { shown_steps(node, kind) } else { "[]".to_owned() };
    if let Some(step) = step_field(node, kind) {
        step.clear();
    }
    wipe_steps(node, kind);
    let event = format!("{} completed successfully with steps={steps}", title(&flow));
    notes.push(Note::about(node, Severity::Info, &format!("{flow}_end"), event));
}

/// Drops what was kept about the steps of a flow.
pub(crate) fn wipe_steps(node: &mut Node, kind: StepKind) {
    let word = kind.as_str();
    let info = &mut node.driver_internal_info;
    info.insert(format!("{word}_steps"), Value::Null);
    for key in [
        format!("{word}_step_index"),
        "cleaning_disable_ramdisk".to_owned(),
        "declarative_cleaning".to_owned(),
        "service_disable_ramdisk".to_owned(),
    ] {
        info.shift_remove(&key);
    }
}

fn shown_steps(node: &Node, kind: StepKind) -> String {
    let steps = node.driver_internal_info.get(&format!("{}_steps", kind.as_str())).and_then(Value::as_array);
    repr_list(steps.into_iter().flatten().filter_map(Value::as_object))
}

fn flow_name(node: &Node, kind: StepKind) -> String {
    match kind {
        StepKind::Clean if node.target_provision_state == Some(ProvisionState::Manageable) => "manual_cleaning",
        StepKind::Clean => "automated_cleaning",
        StepKind::Deploy => "deployment",
        StepKind::Service => "servicing",
        StepKind::Verify => "verification",
    }
    .to_owned()
}

fn title(flow: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    flow.split('_').map(capital).collect::<Vec<_>>().join(" ")
}

/// Forgets the instance and what belongs to it.
pub(crate) fn drop_instance(node: &mut Node) {
    node.instance_info = Info::default();
    node.instance_uuid = None;
    node.allocation_uuid = None;
    node.instance_name = None;
    wipe_steps(node, StepKind::Deploy);
    for key in ["instance", "root_uuid_or_disk_id", "is_whole_disk_image", "is_source_a_path", "deploy_boot_mode"] {
        node.driver_internal_info.shift_remove(key);
    }
    if node.driver_internal_info.shift_remove("automatic_lessee").is_some() {
        node.lessee = None;
    }
}

fn forget_rescue_password(instance_info: &mut Info) {
    instance_info.shift_remove("rescue_password");
    instance_info.shift_remove("hashed_rescue_password");
}
