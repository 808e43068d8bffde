//! What happened, told from what a commit has changed. No doing here.

use kamacite_model::{
    Node,
    event::{FromTo, Happening, Subject, Work},
};
use kamacite_store::{NodeCommitted, OperationCommitted};

/// What happened to a node, in the order in which people would tell it.
pub(super) fn to_node(change: &NodeCommitted) -> Vec<Happening> {
    match (&change.before, &change.after) {
        (None, Some(node)) => vec![Happening::Created(node.provision_state)],
        (Some(node), None) => vec![Happening::Deleted(node.provision_state)],
        (Some(before), Some(after)) => differences(before, after),
        (None, None) => Vec::new(),
    }
}

fn differences(before: &Node, after: &Node) -> Vec<Happening> {
    let mut all = Vec::new();
    if before.provision_state != after.provision_state {
        all.push(Happening::ProvisionState {
            from: before.provision_state,
            to: after.provision_state,
            target: after.target_provision_state,
        });
    }
    if before.power_state != after.power_state {
        all.push(Happening::PowerState(FromTo { from: before.power_state, to: after.power_state }));
    }
    if before.maintenance != after.maintenance {
        all.push(Happening::Maintenance { on: after.maintenance, reason: after.maintenance_reason.clone() });
    }
    if before.fault != after.fault {
        all.push(Happening::Fault(FromTo { from: before.fault, to: after.fault }));
    }
    if before.last_error != after.last_error {
        all.push(Happening::LastError(FromTo { from: before.last_error.clone(), to: after.last_error.clone() }));
    }
    all
}

/// What happened to a piece of work.
pub(super) fn to_operation(change: &OperationCommitted) -> Vec<Happening> {
    let work = |error| Work { kind: change.kind, name: change.name.clone(), state: change.state, error };
    let begun = change.is_new.then(|| Happening::Begun(work(None)));
    let ended = change.state.is_final().then(|| Happening::Ended(work(change.error.clone())));
    begun.into_iter().chain(ended).collect()
}

/// What it happened to: a node as it is, or as it was last.
pub(super) fn subject_of_node(change: &NodeCommitted) -> Subject {
    match change.after.as_ref().or(change.before.as_ref()) {
        Some(node) => subject(node),
        None => Subject { node: Some(change.uuid), ..Subject::default() },
    }
}

/// What it happened to: the node that the work is about, or the hardware type.
pub(super) fn subject_of_operation(change: &OperationCommitted) -> Subject {
    match &change.of {
        Some(node) => subject(node),
        None => Subject { node: change.node, driver: change.driver.as_deref().map(Into::into), ..Subject::default() },
    }
}

fn subject(node: &Node) -> Subject {
    Subject {
        node: Some(node.uuid),
        name: node.name.clone(),
        owner: node.owner.clone(),
        lessee: node.lessee.clone(),
        driver: Some(node.driver.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kamacite_model::{Fault, PowerState, ProvisionState, Timestamp, Uuid, event::EventType};

    use super::*;

    fn types(change: impl FnOnce(&mut Node)) -> Vec<EventType> {
        let before = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        let mut after = before.clone();
        change(&mut after);
        differences(&before, &after).iter().map(Happening::event_type).collect()
    }

    #[test]
    fn each_field_that_is_followed_is_told_and_no_other() {
        assert_eq!(types(|node| node.provision_state = ProvisionState::Verifying), [EventType::ProvisionState]);
        assert_eq!(types(|node| node.power_state = Some(PowerState::On)), [EventType::PowerState]);
        assert_eq!(types(|node| node.maintenance = true), [EventType::Maintenance]);
        assert_eq!(types(|node| node.fault = Some(Fault::CleanFailure)), [EventType::Fault]);
        assert_eq!(types(|node| node.last_error = Some("no".to_owned())), [EventType::LastError]);
        let lock = types(|node| {
            node.reservation = Some("c".to_owned());
            node.fence += 1;
            node.driver_internal_info.insert("a".to_owned(), 1.into());
        });
        assert_eq!(lock, []);
    }

    #[test]
    fn nodes_come_and_go() {
        let node = Arc::new(Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH));
        let change = |before: bool, after: bool| {
            let (before, after) = (before.then(|| node.clone()), after.then(|| node.clone()));
            to_node(&NodeCommitted { uuid: node.uuid, before, after, request: None, operation: None })
        };
        assert_eq!(change(false, true), [Happening::Created(ProvisionState::Enroll)]);
        assert_eq!(change(true, false), [Happening::Deleted(ProvisionState::Enroll)]);
        assert_eq!(change(true, true), []);
    }
}
