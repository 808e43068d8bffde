//! What a change of power means for a node: whether it may be, and what is recorded of it. Pure.

use jiff::fmt::temporal::DateTimePrinter;
use kamacite_model::{Node, PowerState, PowerTarget, ProvisionState, Timestamp, machine::Phase};

use crate::{Error, Result};

/// Whether a node's power may be changed, by its own rules.
pub(crate) fn decide(node: &Node, target: PowerTarget) -> Result<()> {
    if matches!(node.provision_state, ProvisionState::Cleaning | ProvisionState::CleanWait) {
        let action = target.to_string();
        return Err(Error::WrongState { action, node: node.uuid, state: node.provision_state });
    }
    decide_off(node, target)
}

/// Whether a node may be powered off at all.
pub(crate) fn decide_off(node: &Node, target: PowerTarget) -> Result<()> {
    if node.disable_power_off && target.reaches() == PowerState::Off {
        // The reference's words, as 409.
        return Err(Error::Conflict(format!("Failed to set node power state to {target}.")));
    }
    Ok(())
}

/// Records on the node that a change of power is under way.
pub(crate) fn started(node: &mut Node, target: PowerTarget) {
    node.target_power_state = Some(target.reaches());
    if node.provision_state.facts().phase != Phase::Failed {
        node.last_error = None;
    }
}

/// Records on the node that its power is where it was to be.
pub(crate) fn reached(node: &mut Node, target: PowerTarget, at: Timestamp) {
    node.power_state = Some(target.reaches());
    node.target_power_state = None;
    node.driver_internal_info.insert("last_power_state_change".to_owned(), timestamp(at).into());
}

/// A moment as the reference writes it into `driver_internal_info`: microseconds, no zone.
fn timestamp(at: Timestamp) -> String {
    let text = DateTimePrinter::new().precision(Some(6)).timestamp_to_string(&at);
    text.trim_end_matches('Z').to_owned()
}
