//! Which steps run, and in which order: the drivers' own by priority, or what a client asked for.

use std::collections::BTreeMap;

use kamacite_driver::{NodeInterfaces, Resume, StepKind, StepSpec};
use kamacite_model::{InterfaceKind, Json};
use serde_json::{Value, json};

use super::{
    plan::{Choice, PlannedStep, Reserved, StepSource},
    python::repr_object,
};
use crate::{Config, Error, Result, UserStep};

/// The steps to run, in order.
///
/// # Errors
/// What is wrong with each of the steps a client asked for, in the reference's words.
pub(crate) fn choose(interfaces: &NodeInterfaces, choice: &Choice, config: &Config) -> Result<Vec<PlannedStep>> {
    let known = known_steps(interfaces, choice.kind, config);
    match (&choice.asked, choice.kind) {
        (None, _) => Ok(by_priority(known.into_iter().filter(|step| step.priority > 0).collect(), choice.kind)),
        (Some(asked), StepKind::Deploy) => {
            let mut steps = asked_steps(asked, &known, choice)?;
            let named: Vec<_> = steps.iter().map(|step| step.planned.id()).collect();
            // What a client asks for replaces the driver's own step of that name; priority 0 leaves it out.
            steps.extend(known.into_iter().filter(|step| step.priority > 0 && !named.contains(&step.planned.id())));
            steps.retain(|step| step.priority > 0);
            Ok(by_priority(steps, choice.kind))
        }
        (Some(asked), _) => Ok(asked_steps(asked, &known, choice)?.into_iter().map(|step| step.planned).collect()),
    }
}

/// Steps that clients may not ask for.
///
/// # Errors
/// Names the first of them and the option that forbids it.
pub(crate) fn refuse_disallowed(kind: StepKind, asked: &[UserStep], config: &Config) -> Result<()> {
    let disallowed = match kind {
        StepKind::Clean => &config.disallow_clean_steps,
        StepKind::Deploy => &config.disallow_deploy_steps,
        StepKind::Service => &config.disallow_service_steps,
        StepKind::Verify => return Ok(()),
    };
    let refused = |step: &&UserStep| disallowed.contains(&format!("{}.{}", step.interface, step.step));
    match asked.iter().find(refused) {
        None => Ok(()),
        Some(step) => Err(Error::Invalid(format!(
            "Step {}.{} is not allowed for {} by the configuration, [api]disallow_{}_steps",
            step.interface,
            step.step,
            kind.as_str(),
            kind.as_str(),
        ))),
    }
}

struct Candidate {
    priority: u32,
    rank: u8,
    spec: Option<StepSpec>,
    planned: PlannedStep,
}

fn known_steps(interfaces: &NodeInterfaces, kind: StepKind, config: &Config) -> Vec<Candidate> {
    let overrides = overrides(kind, config);
    let mut known = Vec::new();
    for interface in InterfaceKind::ALL.iter().copied() {
        let steps = &interfaces.implementation(interface).steps;
        for spec in steps.iter().map(|step| &step.spec).filter(|spec| spec.kind == kind) {
            let id = format!("{interface}.{}", spec.name);
            let priority = overrides.get(id.as_str()).copied().unwrap_or(spec.priority);
            let rank = if kind == StepKind::Verify { interface.verify_rank() } else { interface.step_rank() };
            let planned = PlannedStep {
                source: StepSource::Interface(interface),
                step: spec.name.clone(),
                kind,
                args: Json::new(),
                abortable: spec.abortable,
                resume: spec.resume,
                shown: shown(spec, interface, priority),
            };
            known.push(Candidate { priority, rank, spec: Some(spec.clone()), planned });
        }
    }
    known
}

/// A step as the reference shows it in `clean_step` and the like.
fn shown(spec: &StepSpec, interface: InterfaceKind, priority: u32) -> Json {
    let mut shown = Json::new();
    shown.insert("step".to_owned(), json!(spec.name));
    shown.insert("priority".to_owned(), json!(priority));
    shown.insert("abortable".to_owned(), json!(spec.abortable));
    shown.insert("argsinfo".to_owned(), args_info(&spec.args));
    shown.insert("interface".to_owned(), json!(interface));
    if matches!(spec.kind, StepKind::Clean | StepKind::Service) {
        shown.insert("requires_ramdisk".to_owned(), json!(spec.requires_ramdisk));
    }
    shown
}

/// A JSON Schema as the reference describes arguments: name, description, whether it is required.
fn args_info(schema: &Value) -> Value {
    let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty()) else {
        return Value::Null;
    };
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|n| n == name));
    let info = |(name, property): (&String, &Value)| {
        let mut info = Json::new();
        if let Some(description) = property.get("description") {
            info.insert("description".to_owned(), description.clone());
        }
        info.insert("required".to_owned(), json!(required(name)));
        (name.clone(), Value::Object(info))
    };
    Value::Object(properties.iter().map(info).collect())
}

fn overrides(kind: StepKind, config: &Config) -> BTreeMap<&str, u32> {
    let list = match kind {
        StepKind::Clean => &config.clean_step_priority_override,
        StepKind::Verify => &config.verify_step_priority_override,
        StepKind::Deploy | StepKind::Service => return BTreeMap::new(),
    };
    list.iter().filter_map(|item| item.split_once(':')).filter_map(|(id, p)| Some((id, p.parse().ok()?))).collect()
}

fn by_priority(mut steps: Vec<Candidate>, kind: StepKind) -> Vec<PlannedStep> {
    // Service steps keep the client's order; among the others the higher priority wins, then the interface's rank.
    if kind != StepKind::Service {
        steps.sort_by_key(|step| std::cmp::Reverse((step.priority, step.rank)));
    }
    steps.into_iter().map(|step| step.planned).collect()
}

fn asked_steps(asked: &[UserStep], known: &[Candidate], choice: &Choice) -> Result<Vec<Candidate>> {
    let mut steps = Vec::new();
    let mut wrong = Vec::new();
    for step in asked {
        if let Some(reserved) = Reserved::named(&step.step) {
            steps.push(reserved_step(reserved, step, choice.kind));
            continue;
        }
        let id = format!("{}.{}", step.interface, step.step);
        match known.iter().find(|candidate| candidate.planned.id() == id) {
            None => wrong.push(format!(
                "node does not support this {} step: {}",
                choice.kind.as_str(),
                repr_object(&as_asked(step))
            )),
            Some(candidate) => {
                wrong.extend(check(step, candidate, choice));
                steps.push(asked_step(step, candidate, choice.kind));
            }
        }
    }
    if choice.kind == StepKind::Deploy {
        wrong.extend(duplicates(&steps));
    }
    if wrong.is_empty() { Ok(steps) } else { Err(Error::Invalid(wrong.join("; "))) }
}

fn check(asked: &UserStep, known: &Candidate, choice: &Choice) -> Vec<String> {
    let Some(spec) = &known.spec else { return Vec::new() };
    let kind = choice.kind.as_str();
    let info = args_info(&spec.args);
    let empty = Json::new();
    let info = info.as_object().unwrap_or(&empty);
    let given = asked.args.as_ref().unwrap_or(&empty);
    let mut wrong = Vec::new();
    // The reference looks at the steps a second time, filled in, unless it is told to do without the ramdisk.
    let filled_in = choice.kind == StepKind::Clean && !choice.disable_ramdisk;
    let shown = || match filled_in {
        true => repr_object(&asked_step(asked, known, choice.kind).planned.shown),
        false => repr_object(&as_asked(asked)),
    };
    // Servicing hands a step that describes no arguments whatever it is given.
    let takes_anything = choice.kind == StepKind::Service && info.is_empty();
    let unexpected: Vec<_> = given.keys().filter(|name| !info.contains_key(*name)).cloned().collect();
    if !unexpected.is_empty() && !takes_anything {
        wrong.push(format!("{kind} step {} has these unexpected arguments: {}", shown(), unexpected.join(", ")));
    }
    if choice.kind != StepKind::Deploy || asked.priority.unwrap_or(0) > 0 {
        let missing: Vec<_> = info
            .iter()
            .filter(|(name, about)| about["required"] == Value::Bool(true) && !given.contains_key(*name))
            .map(|(name, about)| match about.get("description").and_then(Value::as_str) {
                Some(description) => format!("{name} ({description})"),
                None => name.clone(),
            })
            .collect();
        if !missing.is_empty() {
            let shown = repr_object(&asked_step(asked, known, choice.kind).planned.shown);
            wrong.push(format!("{kind} step {shown} is missing these required arguments: {}", missing.join(", ")));
        }
        if choice.disable_ramdisk && spec.requires_ramdisk {
            wrong.push(format!("{kind} step {} requires booting a ramdisk", shown()));
        }
        if choice.kind == StepKind::Deploy && asked.interface == "deploy" && asked.step == "deploy" {
            wrong.push(format!(
                "deploy step {} on interface {} is a core step and cannot be overridden by user steps. \
                 It may be disabled by setting the priority to 0",
                asked.step, asked.interface
            ));
        }
    }
    wrong
}

fn duplicates(steps: &[Candidate]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut twice = Vec::new();
    for id in steps.iter().map(|step| step.planned.id()) {
        if seen.contains(&id) {
            twice.push(format!("duplicate deploy step {id}; ask for it once"));
        }
        seen.push(id);
    }
    twice
}

/// The step as the client gave it.
fn as_asked(step: &UserStep) -> Json {
    serde_json::to_value(step).ok().and_then(|value| value.as_object().cloned()).unwrap_or_default()
}

fn asked_step(asked: &UserStep, known: &Candidate, kind: StepKind) -> Candidate {
    let mut shown = as_asked(asked);
    let mut priority = asked.priority.unwrap_or(0);
    if kind != StepKind::Deploy {
        priority = known.priority;
        shown.insert("abortable".to_owned(), json!(known.planned.abortable));
        shown.insert("priority".to_owned(), json!(priority));
    }
    let args = asked.args.clone().unwrap_or_default();
    let planned = PlannedStep { args, shown, ..known.planned.clone() };
    Candidate { priority, rank: known.rank, spec: known.spec.clone(), planned }
}

fn reserved_step(reserved: Reserved, asked: &UserStep, kind: StepKind) -> Candidate {
    let planned = PlannedStep {
        source: StepSource::Reserved(reserved),
        step: asked.step.clone(),
        kind,
        args: asked.args.clone().unwrap_or_default(),
        // Nothing of the hardware is touched while it waits or holds.
        abortable: matches!(reserved, Reserved::Hold | Reserved::Wait),
        resume: Resume::Cursor,
        shown: as_asked(asked),
    };
    Candidate { priority: asked.priority.unwrap_or(0), rank: 0, spec: None, planned }
}
