//! `PATCH /v1/nodes/{node}`: changes fields of a node.

use std::sync::Arc;

use kamacite_conductor::NodeUpdate;
use kamacite_model::{Node, ProvisionState};
use serde_json::Value;

use super::{
    NodeDocument, create,
    document::{self, PATCHABLE},
    network_data,
    view::NodeView,
};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    json_patch::{self, Kind, Operation},
    masking::Secrets,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::{NodeField, Version, since},
};

/// `PATCH /v1/nodes/{node}`
pub async fn patch(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<NodeDocument>> {
    let (said, args) = input.document(&["reset_interfaces"])?;
    let reset_interfaces = args.boolean("reset_interfaces")?;
    let patch = json_patch::read_in(who.version, &said)?;
    if reset_interfaces.is_some() {
        who.version.require(since::RESET_INTERFACES)?;
    }
    check_patch(who.version, &patch, reset_interfaces == Some(true))?;
    let before = app.node_with_suffix(&who, &ident, Policy::NodeUpdate).await?;
    let parent = match values_of(&patch, NodeField::ParentNode).next() {
        // A parent that is taken away need not be found.
        Some(parent @ Value::String(_)) => Some(app.node_to_link(&who, &before, parent, "parent_node").await?),
        Some(_) | None => None,
    };
    check_states(who.version, &ident.0, &before, &patch)?;
    check_owner(&app, &before, &patch).await?;
    for name in values_of(&patch, NodeField::Name) {
        let words = |name: &str| format!("Node {}: Cannot change name to invalid name '{name}'", ident.0);
        create::check_name(who.version, name, words)?;
    }
    let mut after = apply(&who, &before, &patch)?;
    if let Some(parent) = parent {
        after.parent_node = Some(parent.uuid.to_string());
    }
    if before.chassis_uuid != after.chassis_uuid {
        create::check_chassis(&app, &who, &after).await?;
    }
    settle(who.version, &ident.0, &before, &mut after)?;
    let update = NodeUpdate { before: before.clone(), after, reset_interfaces: reset_interfaces == Some(true) };
    let mut node = Arc::unwrap_or_clone(app.conductor.update_node(before.uuid, update, &who.requester).await?);
    // Ironic answers with the node as it stood under the lock.
    node.reservation = Some(app.conductor.hostname().to_owned());
    Ok(Json(NodeDocument::whole(app, who, Arc::new(node))))
}

/// The values that a patch gives a field as a whole.
fn values_of(patch: &[Operation], field: NodeField) -> impl Iterator<Item = &Value> {
    json_patch::values_of(patch, field.as_str())
}

/// Refuses what no node can be given, in the reference's order.
fn check_patch(version: Version, patch: &[Operation], reset_interfaces: bool) -> Result<()> {
    json_patch::check_roots(patch, &PATCHABLE.iter().map(|field| field.as_str()).collect::<Vec<_>>())?;
    for field in PATCHABLE.iter().filter(|field| !version.has(field.since())) {
        if values_of(patch, *field).next().is_some() {
            return Err(Fault::not_acceptable());
        }
    }
    if reset_interfaces && values_of(patch, NodeField::Driver).next().is_none() {
        return Err(Fault::invalid("The reset_interfaces parameter can only be used when changing the node's driver."));
    }
    let too_long = |text: &Value| text.as_str().is_some_and(|text| text.chars().count() > 4096);
    if values_of(patch, NodeField::Description).next().is_some_and(too_long) {
        return Err(Fault::invalid("Cannot update node with description exceeding 4096 characters"));
    }
    match values_of(patch, NodeField::NetworkData).find_map(network_data::fault_of_patch) {
        Some(fault) => Err(Fault::invalid(format!("Invalid network_data: {fault} "))),
        None => Ok(()),
    }
}

/// Refuses to change a node that is under way.
fn check_states(version: Version, ident: &str, node: &Node, patch: &[Operation]) -> Result<()> {
    let removes_instance = matches!(patch, [Operation { kind: Kind::Remove, path, .. }] if path == "/instance_uuid");
    if node.maintenance && removes_instance {
        return Ok(());
    }
    if node.target_provision_state.is_some() && !node.provision_state.facts().may_update {
        let text = format!("Node {ident} can not be updated while a state transition is in progress.");
        return Err(Fault::conflict(text));
    }
    if node.provision_state == ProvisionState::Inspecting && version.has(since::INSPECT_WAIT_SHOWN) {
        let text = format!("Cannot update node \"{}\" while it is in state \"inspecting\".", node.uuid);
        return Err(Fault::conflict(text));
    }
    Ok(())
}

/// Refuses another owner to a node whose allocation has one.
async fn check_owner(app: &App, node: &Node, patch: &[Operation]) -> Result<()> {
    let Some(allocation) = node.allocation_uuid.filter(|_| values_of(patch, NodeField::Owner).next().is_some()) else {
        return Ok(());
    };
    match app.conductor.store().allocation(allocation).await? {
        // With two spaces, as in Ironic.
        Some(allocation) if allocation.owner.is_some() => Err(Fault::conflict(format!(
            "Cannot update owner of node \"{}\" while it is allocated to an allocation with an  owner.",
            node.uuid
        ))),
        Some(_) | None => Ok(()),
    }
}

/// The node as the patch leaves it.
fn apply(who: &Caller, before: &Node, patch: &[Operation]) -> Result<Node> {
    let view = NodeView {
        node: before,
        fields: PATCHABLE,
        version: Version::MAX,
        links: &who.links,
        conductor: None,
        secrets: Secrets::Shown,
    };
    let original =
        serde_json::to_value(view).map_err(|why| Fault::invalid(format!("the node cannot be patched: {why}")))?;
    let mut patched = original.clone();
    for operation in patch {
        operation.apply(&mut patched)?;
    }
    document::check_patched(&patched)?;
    let mut after = before.clone();
    for field in PATCHABLE {
        let value = patched.get(field.as_str()).cloned().unwrap_or(Value::Null);
        if original[field.as_str()] != value {
            document::set(&mut after, *field, value)?;
        }
    }
    Ok(after)
}

/// Rules that tie fields to each other.
fn settle(version: Version, ident: &str, before: &Node, after: &mut Node) -> Result<()> {
    if before.chassis_uuid.is_some() && after.chassis_uuid.is_none() {
        version.require(since::REMOVE_CHASSIS)?;
    }
    if before.driver != after.driver && before.console_enabled {
        return Err(Fault::conflict(format!(
            "Node {ident} can not update the driver while the console is enabled. Please stop the console first."
        )));
    }
    if before.instance_info != after.instance_info && after.instance_name.is_none() {
        // Clients that do not know the field name the instance here.
        after.instance_name =
            after.instance_info.text("display_name").filter(|name| !name.is_empty()).map(str::to_owned);
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{Requester, Timestamp, Uuid};
    use serde_json::json;

    use super::*;
    use crate::{links::Links, policy::Identity};

    fn node() -> Node {
        let mut node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        node.driver_info.insert("password".to_owned(), json!("secret"));
        node.extra.insert("a".to_owned(), json!(1));
        node
    }

    fn caller() -> Caller {
        Caller {
            version: Version::MAX,
            identity: Identity::default(),
            requester: Requester::default(),
            trail: crate::audit::Trail::default(),
            links: Links::new("http://h"),
            json_suffix: false,
            takes_json: true,
        }
    }

    fn patched(patch: Value) -> Result<Node> {
        apply(&caller(), &node(), &json_patch::read_in(Version::MAX, &patch)?)
    }

    #[track_caller]
    fn refuse(minor: u16, patch: Value, status: u16, words: &str) {
        let version = Version::new(minor).unwrap();
        let fault =
            json_patch::read_in(version, &patch).and_then(|patch| check_patch(version, &patch, false)).unwrap_err();
        assert_eq!(fault.status(), status);
        assert!(fault.text().starts_with(words), "{}", fault.text());
    }

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_else() {
        let after = patched(json!([
            {"op": "add", "path": "/extra/b", "value": 2},
            {"op": "replace", "path": "/automated_clean", "value": "yes"},
            {"op": "add", "path": "/conductor_group", "value": "Foo"},
        ]))
        .unwrap();
        let mut expected = node();
        expected.extra.insert("b".to_owned(), json!(2));
        expected.automated_clean = Some(true);
        expected.conductor_group = "foo".to_owned();
        assert_eq!(after, expected);
    }

    #[test]
    fn secrets_survive_a_patch() {
        let after = patched(json!([{"op": "add", "path": "/driver_info/x", "value": 1}])).unwrap();
        assert_eq!(after.driver_info.text("password"), Some("secret"));
    }

    #[test]
    fn what_is_removed_goes_back_to_its_default() {
        let after = patched(json!([
            {"op": "remove", "path": "/extra"},
            {"op": "remove", "path": "/maintenance"},
            {"op": "add", "path": "/retired", "value": null},
        ]))
        .unwrap();
        assert!(after.extra.is_empty() && !after.maintenance && !after.retired);
        let fault = patched(json!([{"op": "remove", "path": "/driver"}])).unwrap_err();
        assert_eq!(fault.text(), "Schema error for patch: 'driver' is a required property");
    }

    #[test]
    fn values_are_checked_as_in_a_new_node() {
        let told = |path: &str, value: Value| {
            patched(json!([{"op": "add", "path": path, "value": value}])).unwrap_err().text().to_owned()
        };
        assert_eq!(told("/extra", json!("str")), "Schema error for patch: 'str' is not of type 'object', 'null'");
        assert_eq!(told("/driver", json!(null)), "Schema error for patch: None is not of type 'string'");
        assert_eq!(told("/instance_uuid", json!("x")), "Expected UUID for instance_uuid: x");
        assert!(told("/maintenance", json!("maybe")).starts_with("Invalid maintenance: Unrecognized value 'maybe'"));
    }

    #[test]
    fn what_cannot_be_patched_is_refused() {
        refuse(
            115,
            json!([{"op": "replace", "path": "/uuid", "value": "x"}]),
            400,
            "Cannot patch /uuid. Only the following",
        );
        refuse(115, json!([{"op": "add", "path": "/traits", "value": []}]), 400, "Cannot patch /traits.");
        refuse(50, json!([{"op": "add", "path": "/description", "value": "d"}]), 406, "Request not acceptable.");
        let long = "x".repeat(4097);
        refuse(
            115,
            json!([{"op": "add", "path": "/description", "value": long}]),
            400,
            "Cannot update node with description exceeding 4096 characters",
        );
        refuse(
            115,
            json!([{"op": "add", "path": "/network_data", "value": {"x": 1}}]),
            400,
            "Invalid network_data: 'links' is a required property ",
        );
        // A newer field may be removed by anyone.
        let patch = json_patch::read_in(Version::MAX, &json!([{"op": "remove", "path": "/description"}])).unwrap();
        assert!(check_patch(Version::new(50).unwrap(), &patch, false).is_ok());
    }

    #[test]
    fn nodes_under_way_are_left_alone() {
        let patch = json_patch::read_in(Version::MAX, &json!([{"op": "remove", "path": "/instance_uuid"}])).unwrap();
        let mut node = node();
        node.enter(ProvisionState::Deploying, Timestamp::UNIX_EPOCH);
        let fault = check_states(Version::MAX, "n", &node, &patch).unwrap_err();
        assert_eq!(fault.text(), "Node n can not be updated while a state transition is in progress.");
        node.maintenance = true;
        assert!(check_states(Version::MAX, "n", &node, &patch).is_ok());
        node.maintenance = false;
        node.enter(ProvisionState::Inspecting, Timestamp::UNIX_EPOCH);
        assert!(check_states(Version::MAX, "n", &node, &patch).is_err());
        assert!(check_states(Version::new(38).unwrap(), "n", &node, &patch).is_ok());
    }
}
