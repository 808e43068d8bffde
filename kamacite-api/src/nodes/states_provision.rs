//! `PUT /v1/nodes/{node}/states/provision`: every verb of provisioning.

use kamacite_conductor::{Error, ProvisionRequest, UserStep};
use kamacite_model::{
    Node, ProvisionState, Secret, Verb,
    machine::{self, Event},
};
use serde_json::Value;

use super::{
    configdrive,
    steps::{self, Purpose},
};
use crate::{
    App,
    answer::Accepted,
    args::Args,
    fault::{Fault, Result},
    policy::Policy,
    python,
    request::{Caller, Input, NodeIdent},
    versions::{Version, since, verb_since},
};

/// `PUT /v1/nodes/{node}/states/provision`
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    let said = Said::read(&input)?;
    let node = app.node(&who, &ident, Policy::NodeSetProvision).await?;
    if let Ok(verb) = said.target.parse::<Verb>() {
        who.trail.action(verb.as_str());
    }
    let request = decide(who.version, &node, said)?;
    let operation = app.conductor.provision(node.uuid, request, &who.requester).await?;
    Ok(Accepted::at(who.links.v1(&format!("nodes/{}/states", ident.0))).by(operation))
}

/// What a client says, each of its type.
#[derive(Debug, Default)]
struct Said {
    target: String,
    configdrive: Option<Value>,
    clean_steps: Option<Vec<Value>>,
    deploy_steps: Option<Vec<Value>>,
    service_steps: Option<Vec<Value>>,
    rescue_password: Option<Secret<String>>,
    disable_ramdisk: Option<bool>,
    runbook: Option<String>,
}

impl Said {
    fn read(input: &Input) -> Result<Self> {
        let args = input.args(&[
            "target",
            "configdrive",
            "clean_steps",
            "deploy_steps",
            "rescue_password",
            "disable_ramdisk",
            "service_steps",
            "runbook",
        ])?;
        args.require("target")?;
        Ok(Self {
            target: args.string("target")?.unwrap_or("None").to_owned(),
            configdrive: typed(&args, "configdrive", &["dict", "str"], |value| value.is_object() || value.is_string())?,
            clean_steps: list(&args, "clean_steps")?,
            deploy_steps: list(&args, "deploy_steps")?,
            rescue_password: args.string("rescue_password")?.map(|password| Secret::new(password.to_owned())),
            disable_ramdisk: args.boolean("disable_ramdisk")?,
            service_steps: list(&args, "service_steps")?,
            runbook: typed(&args, "runbook", &["str"], Value::is_string)?.map(|name| python::text(&name)),
        })
    }
}

fn list(args: &Args, name: &str) -> Result<Option<Vec<Value>>> {
    let list = typed(args, name, &["list"], Value::is_array)?;
    Ok(list.and_then(|list| list.as_array().cloned()))
}

fn typed(args: &Args, name: &str, types: &[&str], fits: fn(&Value) -> bool) -> Result<Option<Value>> {
    match args.get(name) {
        None => Ok(None),
        Some(value) if fits(value) => Ok(Some(value.clone())),
        Some(value) => {
            let types: Vec<String> = ["NoneType"].iter().chain(types).map(|name| format!("<class '{name}'>")).collect();
            let text = format!("Expected types {} for {name}: {}", types.join(", "), python::text(value));
            Err(Fault::invalid(text))
        }
    }
}

/// Checks what a client wants of a node, in the reference's order.
fn decide(version: Version, node: &Node, said: Said) -> Result<ProvisionRequest> {
    let verb: Option<Verb> = said.target.parse().ok();
    if let Some(verb) = verb.filter(|verb| !comes_late(*verb)) {
        version.require(verb_since(verb))?;
    }
    // For "deploy" the conductor says the same, after the state was looked at.
    if node.maintenance && matches!(verb, Some(Verb::Active | Verb::Rebuild)) {
        return Err(Error::InMaintenance { operation: "provisioning", node: node.uuid }.into());
    }
    require_state(node, &said.target, verb)?;
    check_what_goes_with(version, verb, &said)?;
    check_abort(version, node, verb)?;
    if let Some(verb) = verb.filter(|verb| comes_late(*verb)) {
        version.require(verb_since(verb))?;
    }
    let Some(verb) = verb else {
        let text = format!("The requested action \"{}\" could not be understood.", said.target);
        return Err(Fault::invalid(text));
    };
    let steps = steps_of(verb, &said)?;
    if verb == Verb::Rescue && said.rescue_password.as_ref().is_none_or(|password| password.expose().trim().is_empty())
    {
        return Err(Fault::invalid(
            "A non-empty \"rescue_password\" is required when setting target provision state to rescue",
        ));
    }
    Ok(ProvisionRequest {
        verb,
        configdrive: said.configdrive.filter(|drive| *drive != ""),
        steps,
        rescue_password: said.rescue_password,
        disable_ramdisk: said.disable_ramdisk.unwrap_or_default(),
    })
}

/// Verbs whose version Ironic looks at after the node's state.
const fn comes_late(verb: Verb) -> bool {
    matches!(verb, Verb::Unhold | Verb::Service)
}

/// The node's state must know the verb; Ironic lets names of inner events pass here and stumbles over them later.
fn require_state(node: &Node, target: &str, verb: Option<Verb>) -> Result<()> {
    let event = verb.map(Verb::event).or_else(|| target.parse::<Event>().ok());
    if event.is_some_and(|event| machine::next(node.provision_state, event).is_some()) {
        return Ok(());
    }
    // Whoever works on the node may be about to bring it where the verb fits.
    if let Some(holder) = &node.reservation {
        return Err(Error::NodeLocked { node: node.uuid, holder: holder.clone() }.into());
    }
    Err(Error::WrongState { action: target.to_owned(), node: node.uuid, state: node.provision_state }.into())
}

/// Whether what is said beside the verb fits the verb.
fn check_what_goes_with(version: Version, verb: Option<Verb>, said: &Said) -> Result<()> {
    configdrive::check(version, verb, said.configdrive.as_ref())?;
    if let Some(runbook) = said.runbook.as_deref().filter(|name| !name.is_empty()) {
        version.require(since::RUNBOOKS)?;
        // There are no runbooks yet, so none can be found.
        return Err(Fault::not_found(format!("Runbook {runbook} could not be found.")));
    }
    check_disable_ramdisk(version, verb, said.disable_ramdisk)?;
    let says = |steps: &Option<Vec<Value>>| steps.as_ref().is_some_and(|steps| !steps.is_empty());
    let only_with = |what: &str, verbs: &str| {
        Err(Fault::invalid(format!("\"{what}\" is only valid when setting target provision state to {verbs}")))
    };
    if says(&said.clean_steps) && verb != Some(Verb::Clean) {
        return only_with("clean_steps", "clean");
    }
    if says(&said.deploy_steps) {
        version.require_named(since::DEPLOY_STEPS)?;
        if !matches!(verb, Some(Verb::Active | Verb::Rebuild)) {
            return only_with("deploy_steps", "active or rebuild");
        }
    }
    if said.rescue_password.is_some() && verb != Some(Verb::Rescue) {
        return only_with("rescue_password", "rescue");
    }
    if says(&said.service_steps) && verb != Some(Verb::Service) {
        return only_with("service_steps", "service");
    }
    Ok(())
}

fn check_disable_ramdisk(version: Version, verb: Option<Verb>, disable: Option<bool>) -> Result<()> {
    let since = match (disable, verb) {
        (None, _) => return Ok(()),
        (Some(_), Some(Verb::Clean)) => since::CLEAN_WITHOUT_RAMDISK,
        (Some(_), Some(Verb::Service)) => since::SERVICE_WITHOUT_RAMDISK,
        (Some(_), _) => {
            return Err(Fault::invalid("disable_ramdisk is supported only with manual cleaning or servicing"));
        }
    };
    if version.has(since) {
        return Ok(());
    }
    let refused = Fault::invalid("disable_ramdisk is not acceptable in this API version");
    Err(refused.with_status(axum::http::StatusCode::NOT_ACCEPTABLE))
}

fn check_abort(version: Version, node: &Node, verb: Option<Verb>) -> Result<()> {
    match (verb, node.provision_state) {
        (Some(Verb::Abort), ProvisionState::InspectWait) => version.require(since::ABORT_INSPECTION),
        (Some(Verb::Abort), ProvisionState::DeployWait) => version.require(since::ABORT_DEPLOYMENT),
        _ => Ok(()),
    }
}

/// The steps that the verb runs; cleaning and servicing do nothing else, so they need some.
fn steps_of(verb: Verb, said: &Said) -> Result<Option<Vec<UserStep>>> {
    let (purpose, steps) = match verb {
        Verb::Active | Verb::Deploy | Verb::Rebuild => (Purpose::Deploy, &said.deploy_steps),
        Verb::Clean => (Purpose::Clean, &said.clean_steps),
        Verb::Service => (Purpose::Service, &said.service_steps),
        Verb::Deleted
        | Verb::Undeploy
        | Verb::Manage
        | Verb::Provide
        | Verb::Inspect
        | Verb::Abort
        | Verb::Adopt
        | Verb::Rescue
        | Verb::Unrescue
        | Verb::Unhold => return Ok(None),
    };
    match steps.as_deref().filter(|steps| !steps.is_empty()) {
        Some(steps) => steps::read(purpose, steps).map(Some),
        None if purpose == Purpose::Deploy => Ok(None),
        None => {
            let word = purpose.as_str();
            let text = format!("\"{word}_steps\" is required when setting target provision state to {word}");
            Err(Fault::invalid(text))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{Timestamp, Uuid};
    use serde_json::json;

    use super::*;

    fn node(state: ProvisionState) -> Node {
        let mut node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        node.enter(state, Timestamp::UNIX_EPOCH);
        node
    }

    fn said(target: &str) -> Said {
        Said { target: target.to_owned(), ..Said::default() }
    }

    #[track_caller]
    fn refuse(minor: u16, state: ProvisionState, said: Said, status: u16, words: &str) {
        let fault = decide(Version::new(minor).unwrap(), &node(state), said).unwrap_err();
        assert_eq!(fault.status(), status, "{}", fault.text());
        assert!(fault.text().contains(words), "{}", fault.text());
    }

    #[test]
    fn verbs_need_their_version_and_a_state_that_knows_them() {
        refuse(3, ProvisionState::Enroll, said("manage"), 406, "Request not acceptable.");
        refuse(115, ProvisionState::Enroll, said("active"), 400, "\"active\" can not be performed on node");
        refuse(115, ProvisionState::Enroll, said("x"), 400, "while it is in state \"enroll\"");
        // The state comes before the version for these two.
        refuse(86, ProvisionState::Manageable, said("service"), 400, "while it is in state");
        refuse(86, ProvisionState::Active, said("service"), 406, "Request not acceptable.");
        refuse(72, ProvisionState::Available, said("deploy"), 406, "Request not acceptable.");
        refuse(115, ProvisionState::Deploying, said("done"), 400, "\"done\" could not be understood.");
        refuse(40, ProvisionState::InspectWait, said("abort"), 406, "Request not acceptable.");
        refuse(109, ProvisionState::DeployWait, said("abort"), 406, "Request not acceptable.");
    }

    #[test]
    fn a_locked_node_may_be_on_its_way_to_a_state_that_fits() {
        let mut node = node(ProvisionState::Cleaning);
        node.reservation = Some("h".to_owned());
        let fault = decide(Version::MAX, &node, said("active")).unwrap_err();
        assert_eq!(fault.status(), 409);
        assert!(fault.text().contains("is locked by host h"));
    }

    #[test]
    fn what_is_said_must_fit_the_verb() {
        let steps = || Some(vec![json!({"interface": "deploy", "step": "x"})]);
        let manageable = ProvisionState::Manageable;
        refuse(115, manageable, Said { clean_steps: steps(), ..said("inspect") }, 400, "\"clean_steps\" is only valid");
        refuse(
            115,
            manageable,
            Said { service_steps: steps(), ..said("inspect") },
            400,
            "\"service_steps\" is only valid",
        );
        let words = "\"deploy_steps\" is only valid when setting target provision state to active or rebuild";
        refuse(115, manageable, Said { deploy_steps: steps(), ..said("inspect") }, 400, words);
        let words = "The minimal required API version should be 1.69";
        refuse(68, ProvisionState::Available, Said { deploy_steps: steps(), ..said("active") }, 406, words);
        let password = || Some(Secret::new(String::new()));
        refuse(
            115,
            manageable,
            Said { rescue_password: password(), ..said("inspect") },
            400,
            "\"rescue_password\" is only",
        );
        refuse(
            115,
            manageable,
            Said { disable_ramdisk: Some(false), ..said("inspect") },
            400,
            "only with manual cleaning",
        );
        refuse(
            69,
            manageable,
            Said { disable_ramdisk: Some(true), ..said("clean") },
            406,
            "not acceptable in this API",
        );
        refuse(
            115,
            manageable,
            Said { runbook: Some("r".into()), ..said("clean") },
            404,
            "Runbook r could not be found.",
        );
        refuse(91, manageable, Said { runbook: Some("r".into()), ..said("clean") }, 406, "Request not acceptable.");
    }

    #[test]
    fn some_verbs_need_more() {
        let words = "\"clean_steps\" is required when setting target provision state to clean";
        refuse(115, ProvisionState::Manageable, said("clean"), 400, words);
        refuse(115, ProvisionState::Manageable, Said { clean_steps: Some(vec![]), ..said("clean") }, 400, words);
        refuse(115, ProvisionState::Active, said("rescue"), 400, "A non-empty \"rescue_password\" is required");
    }

    #[test]
    fn a_node_in_maintenance_is_not_deployed() {
        let mut node = node(ProvisionState::Enroll);
        node.maintenance = true;
        for target in ["active", "rebuild"] {
            let fault = decide(Version::MAX, &node, said(target)).unwrap_err();
            assert!(fault.text().contains("because it's in maintenance mode."), "{}", fault.text());
        }
    }

    #[test]
    fn a_request_that_fits_is_passed_on() {
        let steps = Some(vec![json!({"interface": "bios", "step": "factory_reset"})]);
        let request = decide(
            Version::MAX,
            &node(ProvisionState::Manageable),
            Said { clean_steps: steps, disable_ramdisk: Some(true), ..said("clean") },
        )
        .unwrap();
        assert_eq!(request.verb, Verb::Clean);
        assert!(request.disable_ramdisk);
        assert_eq!(request.steps.unwrap()[0].step, "factory_reset");
        // An empty text is no config drive.
        let request = decide(
            Version::MAX,
            &node(ProvisionState::Available),
            Said { configdrive: Some(json!("")), ..said("active") },
        );
        assert_eq!(request.unwrap().configdrive, None);
    }
}
