//! Which node an allocation may have, and which it may keep. Pure.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use kamacite_model::{Allocation, Node, ProvisionState, Uuid};

use crate::{Error, Result};

/// Of these nodes, those that an allocation may have, in the order in which they are tried: the node of the same name
/// first, the rest by chance, so that allocations at the same time do not all try the same ones.
///
/// # Errors
/// Why there are none, in the reference's words.
pub(super) fn candidates(nodes: Vec<Arc<Node>>, allocation: &Allocation) -> Result<Vec<Arc<Node>>, String> {
    let mut nodes: Vec<Arc<Node>> = nodes.into_iter().filter(|node| is_offered(node, allocation)).collect();
    if nodes.is_empty() {
        let which = match allocation.candidate_nodes.is_empty() {
            true => "no available nodes match",
            false => "none of the requested nodes are available and match",
        };
        let class = allocation.resource_class.as_deref().unwrap_or("None");
        return Err(format!("{which} the resource class {class}"));
    }
    nodes.retain(|node| has_traits(node, allocation));
    if nodes.is_empty() {
        return Err(format!("no suitable nodes have the requested traits {}", allocation.traits.join(", ")));
    }
    // Hashed with keys that are drawn anew each time.
    let chance = RandomState::new();
    nodes.sort_by_cached_key(|node| (!is_namesake(node, allocation), chance.hash_one(node.uuid)));
    Ok(nodes)
}

/// Whether a node may be given to an allocation as it stands.
pub(super) fn fits(node: &Node, allocation: &Allocation) -> bool {
    is_offered(node, allocation) && has_traits(node, allocation)
}

fn is_offered(node: &Node, allocation: &Allocation) -> bool {
    let wanted = allocation.candidate_nodes.is_empty() || allocation.candidate_nodes.contains(&node.uuid);
    let owned = allocation.owner.is_none() || [&node.owner, &node.lessee].contains(&&allocation.owner);
    node.provision_state == ProvisionState::Available
        && node.instance_uuid.is_none()
        && node.power_state.is_some()
        && !node.maintenance
        && node.resource_class == allocation.resource_class
        && wanted
        && owned
}

fn has_traits(node: &Node, allocation: &Allocation) -> bool {
    allocation.traits.iter().all(|wanted| node.traits.contains(wanted))
}

fn is_namesake(node: &Node, allocation: &Allocation) -> bool {
    allocation.name.is_some() && node.name == allocation.name
}

/// Gives a node to an allocation.
pub(super) fn hand_over(node: &mut Node, allocation: &Allocation) {
    node.allocation_uuid = Some(allocation.uuid);
    node.instance_uuid = Some(allocation.uuid.to_string());
    node.instance_info.insert("traits".to_owned(), allocation.traits.clone().into());
}

/// Why an allocation failed, as clients are told.
pub(super) fn failed(allocation: Uuid, why: &str) -> String {
    format!("Failed to process allocation {allocation}: {why}.")
}

/// Whether a node that is in use may have an allocation made for it.
///
/// # Errors
/// Everything that is in the way; Ironic answers 500 to most of that.
pub(super) fn check_backfill(node: &Node, allocation: &Allocation) -> Result<()> {
    let mut faults = Vec::new();
    if node.provision_state != ProvisionState::Active {
        let state = node.provision_state;
        faults.push(format!("Node must be in the \"active\" state, but the current state is \"{state}\""));
    }
    if let Some(wanted) = &allocation.resource_class
        && node.resource_class.as_ref() != Some(wanted)
    {
        let class = node.resource_class.as_deref().unwrap_or("None");
        faults.push(format!("Resource class {class} does not match the requested resource class {wanted}"));
    }
    if !has_traits(node, allocation) {
        let (has, wanted) = (list(&node.traits), list(&allocation.traits));
        faults.push(format!("List of traits {has} does not match the requested traits {wanted}"));
    }
    if !allocation.candidate_nodes.is_empty() && !allocation.candidate_nodes.contains(&node.uuid) {
        let candidates: Vec<String> = allocation.candidate_nodes.iter().map(Uuid::to_string).collect();
        let candidates = list(&candidates);
        faults.push(format!("Candidate nodes must be empty or contain the target node, but got {candidates}"));
    }
    if !faults.is_empty() {
        let why = format!("Cannot backfill an allocation for node {}: {}", node.uuid, faults.join("; "));
        return Err(Error::Conflict(failed(allocation.uuid, &why)));
    }
    match &node.instance_uuid {
        Some(instance) if Uuid::try_parse(instance).ok() != Some(allocation.uuid) => {
            Err(Error::NodeAssociated { node: node.uuid, instance: instance.clone() })
        }
        Some(_) | None => Ok(()),
    }
}

/// Names as the reference lists them.
fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", quoted.join(", "))
}

/// Whether an allocation may be taken from its node.
///
/// # Errors
/// The node is in use, or on its way.
pub(super) fn check_release(node: &Node, allocation: Uuid) -> Result<()> {
    if node.maintenance {
        return Ok(());
    }
    let refuse = |why: String| {
        let node = node.uuid;
        Err(Error::Conflict(format!(
            "Cannot remove allocation {allocation} for node {node}, because the node is {why}"
        )))
    };
    let state = node.provision_state;
    if node.target_provision_state.is_some() && !state.facts().may_update {
        return refuse(format!("in state {state} where updates are not allowed (and maintenance mode is off)"));
    }
    if state == ProvisionState::Active {
        return refuse("active (and maintenance mode is off)".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{PowerState, Timestamp};

    use super::*;

    fn node(edit: impl FnOnce(&mut Node)) -> Arc<Node> {
        let mut node = Node::new(Uuid::new_v4(), "fake-hardware", Timestamp::UNIX_EPOCH);
        node.provision_state = ProvisionState::Available;
        node.power_state = Some(PowerState::Off);
        node.resource_class = Some("gold".to_owned());
        node.traits = vec!["CUSTOM_A".to_owned(), "CUSTOM_B".to_owned()];
        node.owner = Some("owner".to_owned());
        node.lessee = Some("lessee".to_owned());
        edit(&mut node);
        Arc::new(node)
    }

    fn allocation(edit: impl FnOnce(&mut Allocation)) -> Allocation {
        let mut allocation = Allocation::new(Uuid::nil(), Timestamp::UNIX_EPOCH);
        allocation.resource_class = Some("gold".to_owned());
        edit(&mut allocation);
        allocation
    }

    #[track_caller]
    fn check(fitting: bool, of_node: impl FnOnce(&mut Node), of_allocation: impl FnOnce(&mut Allocation)) {
        assert_eq!(fits(&node(of_node), &allocation(of_allocation)), fitting);
    }

    #[test]
    fn a_node_fits_that_is_free_and_can_do_what_is_wanted() {
        let any = |_: &mut Allocation| ();
        check(true, |_| (), any);
        check(false, |node| node.provision_state = ProvisionState::Manageable, any);
        check(false, |node| node.instance_uuid = Some("i".to_owned()), any);
        check(false, |node| node.power_state = None, any);
        check(false, |node| node.maintenance = true, any);
        check(false, |node| node.resource_class = None, any);
        check(false, |node| node.resource_class = Some("Gold".to_owned()), any);
        check(true, |_| (), |allocation| allocation.traits = vec!["CUSTOM_B".to_owned()]);
        check(false, |_| (), |allocation| allocation.traits = vec!["CUSTOM_B".to_owned(), "CUSTOM_C".to_owned()]);
        check(true, |_| (), |allocation| allocation.owner = Some("owner".to_owned()));
        check(true, |_| (), |allocation| allocation.owner = Some("lessee".to_owned()));
        check(false, |_| (), |allocation| allocation.owner = Some("other".to_owned()));
        check(false, |_| (), |allocation| allocation.candidate_nodes = vec![Uuid::nil()]);
        check(true, |node| node.uuid = Uuid::nil(), |allocation| allocation.candidate_nodes = vec![Uuid::nil()]);
    }

    #[test]
    fn the_namesake_is_tried_first_and_the_rest_in_any_order() {
        let nodes: Vec<_> = (0..20).map(|n| node(|node| node.name = Some(format!("n{n}")))).collect();
        let wanted = allocation(|allocation| allocation.name = Some("n7".to_owned()));
        let order = || {
            let found = candidates(nodes.clone(), &wanted).unwrap();
            found.iter().map(|node| node.name.clone().unwrap()).collect::<Vec<_>>()
        };
        let orders: Vec<_> = (0..5).map(|_| order()).collect();
        assert!(orders.iter().all(|order| order.len() == 20 && order[0] == "n7"));
        assert!(orders.iter().any(|order| order != &orders[0]), "five times the same of 19 factorial");
        // Where there is no name there is no namesake either.
        assert!(!is_namesake(&node(|_| ()), &allocation(|_| ())));
    }

    #[track_caller]
    fn none(of_allocation: impl FnOnce(&mut Allocation), words: &str) {
        assert_eq!(candidates(vec![node(|_| ())], &allocation(of_allocation)).unwrap_err(), words);
    }

    #[test]
    fn that_there_is_none_is_told_in_the_references_words() {
        none(
            |allocation| allocation.resource_class = Some("lead".to_owned()),
            "no available nodes match the resource class lead",
        );
        none(
            |allocation| allocation.candidate_nodes = vec![Uuid::nil()],
            "none of the requested nodes are available and match the resource class gold",
        );
        none(
            |allocation| allocation.traits = vec!["CUSTOM_C".to_owned(), "CUSTOM_A".to_owned()],
            "no suitable nodes have the requested traits CUSTOM_C, CUSTOM_A",
        );
    }

    #[test]
    fn a_node_that_is_handed_over_has_the_allocation_for_its_instance() {
        let mut node = Node::clone(&node(|_| ()));
        hand_over(&mut node, &allocation(|allocation| allocation.traits = vec!["CUSTOM_A".to_owned()]));
        assert_eq!(node.allocation_uuid, Some(Uuid::nil()));
        assert_eq!(node.instance_uuid, Some(Uuid::nil().to_string()));
        assert_eq!(node.instance_info["traits"], serde_json::json!(["CUSTOM_A"]));
    }

    #[test]
    fn all_that_is_in_the_way_of_a_backfill_is_told() {
        let node = node(|node| node.uuid = Uuid::nil());
        let wanted = allocation(|allocation| {
            allocation.resource_class = Some("lead".to_owned());
            allocation.traits = vec!["CUSTOM_C".to_owned()];
            allocation.candidate_nodes = vec![Uuid::from_u128(1)];
        });
        let words = "Failed to process allocation 00000000-0000-0000-0000-000000000000: Cannot backfill an allocation for \
                     node 00000000-0000-0000-0000-000000000000: Node must be in the \"active\" state, but the current \
                     state is \"available\"; Resource class gold does not match the requested resource class lead; List \
                     of traits ['CUSTOM_A', 'CUSTOM_B'] does not match the requested traits ['CUSTOM_C']; Candidate nodes \
                     must be empty or contain the target node, but got ['00000000-0000-0000-0000-000000000001'].";
        assert_eq!(check_backfill(&node, &wanted).unwrap_err().to_string(), words);
    }

    #[test]
    fn an_instance_may_be_backfilled_by_its_own_allocation_only() {
        let active = |instance: Option<&str>| {
            node(|node| {
                node.provision_state = ProvisionState::Active;
                node.instance_uuid = instance.map(str::to_owned);
            })
        };
        let any = allocation(|allocation| allocation.resource_class = None);
        assert!(check_backfill(&active(None), &any).is_ok());
        assert!(check_backfill(&active(Some("00000000-0000-0000-0000-000000000000")), &any).is_ok());
        let other = check_backfill(&active(Some("00000000-0000-0000-0000-000000000001")), &any);
        assert!(matches!(other, Err(Error::NodeAssociated { .. })), "{other:?}");
    }

    #[track_caller]
    fn release(state: ProvisionState, allowed: bool) {
        let node = |maintenance| {
            node(|node| {
                node.enter(state, Timestamp::UNIX_EPOCH);
                node.maintenance = maintenance;
            })
        };
        assert_eq!(check_release(&node(false), Uuid::nil()).is_ok(), allowed, "{state}");
        assert!(check_release(&node(true), Uuid::nil()).is_ok(), "{state} in maintenance");
    }

    #[test]
    fn a_node_in_use_keeps_its_allocation() {
        release(ProvisionState::Available, true);
        release(ProvisionState::DeployFail, true);
        release(ProvisionState::Active, false);
        release(ProvisionState::Deploying, false);
        release(ProvisionState::Cleaning, false);
    }
}
