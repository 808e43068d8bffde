//! What becomes of a node that is abandoned. Pure.

use kamacite_model::{
    Node, Operation, ProvisionState, Requester, Timestamp,
    machine::{self, Event, Phase},
};

use crate::{
    Error, Result,
    flow::{plan::Failure, settle},
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbandonRequest {
    /// Why, in a person's words.
    pub reason: String,
    /// The node is to go back to `enroll`, and what was on it is forgotten.
    pub forget: bool,
}

/// The longest reason that is taken, in bytes.
const LONGEST_REASON: usize = 1000;

/// What was found on the node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    /// Who held its lock.
    pub(super) locked_by: Option<&'a str>,
    /// Its operations that have not ended, newest first.
    pub(super) operations: &'a [Operation],
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    /// The node as it should be.
    pub(super) node: Node,
    /// What is written down.
    pub(super) words: String,
}

impl AbandonRequest {
    /// Whether the node can be abandoned in this way.
    ///
    /// # Errors
    /// A reason that is none or too long; a protected node that is to be forgotten.
    pub(super) fn check(&self, node: &Node) -> Result<()> {
        if self.reason.trim().is_empty() {
            return Err(Error::Invalid("a reason is missing; say in 'reason' why the node is abandoned".to_owned()));
        }
        if self.reason.len() > LONGEST_REASON {
            return Err(Error::Invalid(format!(
                "the reason has {} bytes; say it in {LONGEST_REASON}",
                self.reason.len()
            )));
        }
        if self.forget && node.protected {
            return Err(Error::Protected(node.uuid));
        }
        Ok(())
    }
}

/// Where the state machine puts a node whose work went wrong; nothing where it rests already.
pub(crate) fn rest_of(state: ProvisionState) -> Option<ProvisionState> {
    match state.facts().phase {
        Phase::Stable | Phase::Failed => None,
        Phase::Working | Phase::Waiting | Phase::Holding => {
            machine::next(state, Event::Fail).or_else(|| machine::next(state, Event::Abort))
        }
    }
}

/// Decides what becomes of a node.
///
/// # Errors
/// As [`AbandonRequest::check`].
pub(super) fn decide(
    node: &Node,
    found: &Found<'_>,
    request: &AbandonRequest,
    who: &Requester,
    now: Timestamp,
) -> Result<Verdict> {
    request.check(node)?;
    let rest = rest_of(node.provision_state);
    let changes_power = node.target_power_state.is_some();
    let broke_off = rest.is_some() || changes_power || found.locked_by.is_some() || !found.operations.is_empty();
    let words = words(node, found, broke_off, request, who);
    let mut after = node.clone();
    if let Some(rest) = rest {
        let event_type = "abandon".to_owned();
        // On request: what goes into the history is said by who abandons, once.
        let failure = Failure { words: words.clone(), event_type, fault: None, on_request: true };
        settle::fail(&mut after, &failure, &mut Vec::new());
        after.enter(rest, now);
    }
    if changes_power {
        after.target_power_state = None;
        // It may have been changed, or not, or change yet.
        after.power_state = None;
    }
    if request.forget {
        settle::drop_instance(&mut after);
        after.power_state = None;
        if after.provision_state != ProvisionState::Enroll {
            after.enter(ProvisionState::Enroll, now);
        }
    }
    if broke_off || request.forget {
        after.last_error = Some(words.clone());
        // Only a person can tell what became of the machine: no sweep takes it out of maintenance again.
        after.fault = None;
        if !after.maintenance {
            after.maintenance = true;
            after.maintenance_reason = Some(words.clone());
        }
    }
    Ok(Verdict { node: after, words })
}

/// What is written down: who, why, and what was broken off.
fn words(node: &Node, found: &Found<'_>, broke_off: bool, request: &AbandonRequest, who: &Requester) -> String {
    let mut by = who.user.as_deref().map_or_else(|| "somebody".to_owned(), |user| format!("user {user}"));
    if let Some(id) = &who.request_id {
        by.push_str(&format!(" in request {id}"));
    }
    let reason = request.reason.trim();
    let mut words = format!("Abandoned in state '{}' by {by}: {reason}", node.provision_state);
    if !words.ends_with(['.', '!', '?']) {
        words.push('.');
    }
    for operation in found.operations {
        words.push_str(&format!(" Operation {} ({} '{}') was ended.", operation.id, operation.kind, operation.name));
    }
    if let (Some(holder), true) = (found.locked_by, found.operations.is_empty()) {
        words.push_str(&format!(" The lock was taken from host {holder}."));
    }
    if broke_off {
        words.push_str(" How far the machine got is not known.");
    } else {
        words.push_str(" Nothing was under way.");
    }
    if request.forget {
        match &node.instance_uuid {
            Some(instance) => words.push_str(&format!(" Instance {instance} was forgotten; it may still run.")),
            None => words.push_str(" Whatever was on it was forgotten."),
        }
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{Fault, PowerState, Uuid, operation::OperationState};
    use serde_json::json;

    use super::*;

    fn node_in(state: ProvisionState) -> Node {
        let mut node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        node.enter(state, Timestamp::UNIX_EPOCH);
        node
    }

    fn request(forget: bool) -> AbandonRequest {
        AbandonRequest { reason: "the BMC is dead".to_owned(), forget }
    }

    fn who() -> Requester {
        Requester { user: Some("ada".to_owned()), request_id: Some("req-1".to_owned()), ..Requester::default() }
    }

    const NOTHING: Found<'static> = Found { locked_by: None, operations: &[] };

    #[track_caller]
    fn abandoned(node: &Node, found: &Found<'_>, forget: bool) -> Verdict {
        decide(node, found, &request(forget), &who(), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn operation() -> Operation {
        Operation {
            id: Uuid::from_u128(7),
            kind: kamacite_model::operation::OperationKind::Provision,
            name: "active".to_owned(),
            node: Some(Uuid::nil()),
            driver: None,
            state: OperationState::Running,
            schema: 1,
            intent: json!({}),
            progress: json!({}),
            attempt: 1,
            deadline: None,
            requester: Requester::default(),
            conductor: "tester".to_owned(),
            result: None,
            error: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            finished_at: None,
        }
    }

    #[track_caller]
    fn check(from: ProvisionState, to: ProvisionState) {
        let node = abandoned(&node_in(from), &NOTHING, false).node;
        assert_eq!(node.provision_state, to, "{from}");
        assert_eq!(node.target_provision_state, to.facts().target, "{from}");
        assert!(node.clean_step.is_empty() && node.deploy_step.is_empty() && node.service_step.is_empty());
    }

    #[test]
    fn what_is_under_way_ends_where_its_failure_does() {
        use ProvisionState::*;
        check(Verifying, Enroll);
        check(Deploying, DeployFail);
        check(DeployWait, DeployFail);
        check(DeployHold, DeployFail);
        check(Deleting, Error);
        check(Cleaning, CleanFail);
        check(CleanWait, CleanFail);
        check(CleanHold, CleanFail);
        check(Inspecting, InspectFail);
        check(InspectWait, InspectFail);
        check(Adopting, AdoptFail);
        check(Rescuing, RescueFail);
        check(RescueWait, RescueFail);
        check(Unrescuing, UnrescueFail);
        check(Servicing, ServiceFail);
        check(ServiceWait, ServiceFail);
        check(ServiceHold, ServiceFail);
    }

    #[test]
    fn what_rests_stays() {
        let resting = |state: &&ProvisionState| matches!(state.facts().phase, Phase::Stable | Phase::Failed);
        for state in ProvisionState::ALL.iter().filter(resting) {
            let node = node_in(*state);
            assert_eq!(abandoned(&node, &NOTHING, false).node, node, "{state}");
        }
    }

    #[test]
    fn from_every_state_there_is_a_way_back_to_the_beginning() {
        for state in ProvisionState::ALL {
            let mut node = node_in(*state);
            node.instance_uuid = Some("i".to_owned());
            node.instance_info.insert("image_source".to_owned(), "x".into());
            let after = abandoned(&node, &NOTHING, true).node;
            assert_eq!(
                (after.provision_state, after.target_provision_state),
                (ProvisionState::Enroll, None),
                "{state}"
            );
            assert!(after.instance_uuid.is_none() && after.instance_info.is_empty() && after.maintenance, "{state}");
        }
    }

    #[test]
    fn it_is_said_who_and_why_and_what() {
        let operations = [operation()];
        let found = Found { locked_by: Some("h"), operations: &operations };
        let verdict = abandoned(&node_in(ProvisionState::Deploying), &found, false);
        assert_eq!(
            verdict.words,
            "Abandoned in state 'deploying' by user ada in request req-1: the BMC is dead. Operation \
             00000000-0000-0000-0000-000000000007 (provision 'active') was ended. How far the machine got is not known."
        );
        assert_eq!(verdict.node.last_error.as_deref(), Some(verdict.words.as_str()));
        assert_eq!(verdict.node.maintenance_reason.as_deref(), Some(verdict.words.as_str()));
        let verdict = abandoned(&node_in(ProvisionState::Active), &NOTHING, false);
        assert!(verdict.words.ends_with("the BMC is dead. Nothing was under way."), "{}", verdict.words);
        let found = Found { locked_by: Some("h"), operations: &[] };
        let verdict = abandoned(&node_in(ProvisionState::Active), &found, false);
        assert!(verdict.words.contains("The lock was taken from host h.") && verdict.node.maintenance);
    }

    #[test]
    fn a_power_change_that_is_broken_off_leaves_the_power_unknown() {
        let mut node = node_in(ProvisionState::Manageable);
        node.power_state = Some(PowerState::Off);
        node.target_power_state = Some(PowerState::On);
        let after = abandoned(&node, &NOTHING, false).node;
        assert_eq!((after.power_state, after.target_power_state, after.maintenance), (None, None, true));
        assert_eq!(after.provision_state, ProvisionState::Manageable);
    }

    #[test]
    fn maintenance_for_a_persons_reason_keeps_it_and_no_sweep_ends_it() {
        let mut node = node_in(ProvisionState::Cleaning);
        node.maintenance = true;
        node.maintenance_reason = Some("the fan is loud".to_owned());
        node.fault = Some(Fault::PowerFailure);
        let after = abandoned(&node, &NOTHING, false).node;
        assert_eq!((after.maintenance_reason.as_deref(), after.fault), (Some("the fan is loud"), None));
    }

    #[test]
    fn a_protected_node_is_freed_and_not_forgotten() {
        let mut node = node_in(ProvisionState::Rescuing);
        node.protected = true;
        assert_eq!(abandoned(&node, &NOTHING, false).node.provision_state, ProvisionState::RescueFail);
        let refused = decide(&node, &NOTHING, &request(true), &who(), Timestamp::UNIX_EPOCH);
        assert!(matches!(refused, Err(Error::Protected(_))));
    }

    #[test]
    fn a_reason_is_wanted_and_not_a_book() {
        for reason in ["", " \n", &"x".repeat(LONGEST_REASON + 1)] {
            let asked = AbandonRequest { reason: reason.to_owned(), forget: false };
            assert!(matches!(asked.check(&node_in(ProvisionState::Active)), Err(Error::Invalid(_))), "{reason:?}");
        }
    }
}
