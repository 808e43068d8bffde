//! Volumes of nodes: what a node is known by in a storage network, and which volumes it is given there.

mod connector;
mod target;

use kamacite_model::{Node, PowerState};

use crate::{Error, Result};

/// A machine that runs may be using its volumes, so they are changed while it is off.
fn check_may_change(node: &Node, what: &str) -> Result<()> {
    if is_off(node) { Ok(()) } else { Err(refusal(node, &format!("{what} update"))) }
}

/// They may be removed as well where nobody can be using the node.
fn check_may_delete(node: &Node, what: &str) -> Result<()> {
    if node.provision_state.facts().may_delete || is_off(node) {
        return Ok(());
    }
    Err(refusal(node, &format!("{what} deletion")))
}

fn is_off(node: &Node) -> bool {
    node.power_state == Some(PowerState::Off)
}

fn refusal(node: &Node, action: &str) -> Error {
    // Where it is not known, the reference shows what its language calls nothing.
    let state = node.power_state.map_or("None", PowerState::as_str);
    Error::Invalid(format!(
        r#"The requested action "{action}" can not be performed on node "{}" while it is in state "{state}"."#,
        node.uuid
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{ProvisionState, Timestamp, Uuid};

    use super::*;

    #[track_caller]
    fn check(provision: ProvisionState, power: Option<PowerState>, may_change: bool, may_delete: bool) {
        let mut node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        (node.provision_state, node.power_state) = (provision, power);
        assert_eq!(check_may_change(&node, "x").is_ok(), may_change, "{provision} {power:?}");
        assert_eq!(check_may_delete(&node, "x").is_ok(), may_delete, "{provision} {power:?}");
    }

    #[test]
    fn volumes_are_changed_while_the_machine_is_off() {
        check(ProvisionState::Active, Some(PowerState::Off), true, true);
        check(ProvisionState::Active, Some(PowerState::On), false, false);
        check(ProvisionState::Active, None, false, false);
        check(ProvisionState::Available, Some(PowerState::On), false, false);
        for state in [ProvisionState::Enroll, ProvisionState::Manageable, ProvisionState::AdoptFail] {
            check(state, Some(PowerState::On), false, true);
            check(state, None, false, true);
        }
    }

    #[test]
    fn a_refusal_names_the_power_state() {
        let node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        let words = check_may_change(&node, "volume target").unwrap_err().to_string();
        assert_eq!(
            words,
            "The requested action \"volume target update\" can not be performed on node \
             \"00000000-0000-0000-0000-000000000000\" while it is in state \"None\"."
        );
    }
}
