//! `POST /v1/nodes`: enrols a node.

use axum::http::StatusCode;
use kamacite_model::{Node, ProvisionState, Uuid};
use serde_json::Value;

use super::{NodeDocument, document};
use crate::{
    App,
    answer::Created,
    fault::{Fault, Result},
    names,
    policy::Policy,
    python,
    request::{Caller, Input, NodeIdent},
    schema::{self, Type},
    versions::{NodeField, Version, since},
};

/// `POST /v1/nodes`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<NodeDocument>> {
    let (said, _) = input.document(&[])?;
    let node = read(&app, &who, &said)?;
    let node = link_up(&app, &who, node).await?;
    let node = app.conductor.create_node(node, &who.requester).await?;
    who.trail.makes(node.uuid);
    let location = who.links.v1(&format!("nodes/{}", node.uuid));
    Ok(Created { location, document: NodeDocument::whole(app, who, node) })
}

/// `POST /v1/nodes/{node}`: Ironic takes the end of the path for the document.
pub async fn below_a_node(_: Caller, NodeIdent(ident): NodeIdent) -> Result<()> {
    Err(schema::path_refusal("node", &ident, Type::Object))
}

/// The node that a document describes, as the client's version sees it.
fn read(app: &App, who: &Caller, said: &Value) -> Result<Node> {
    let said = document::check_new(said)?;
    app.allow(who, Policy::NodeCreate)?;
    document::reject_newer(who.version, said)?;
    if let Some(name) = said.get("name").filter(|name| !name.is_null()) {
        check_name(who.version, name, |name| format!("Cannot create node with invalid name '{name}'"))?;
    }
    if said.get("owner").is_some_and(|owner| *owner != "" && !owner.is_null()) && !who.identity.system_scope {
        // Without authentication nobody has the rights of the system, and so, in Ironic, nobody may name an owner here.
        return Err(Fault::invalid(
            "Cannot create a node as a project scoped admin with an owner other than your own project.",
        ));
    }
    let mut node = Node::new(Uuid::new_v4(), "", app.conductor.clock().now());
    for (name, value) in said {
        let Some(field) = NodeField::named(name) else { continue };
        if !(field == NodeField::Uuid && value.is_null()) {
            document::set(&mut node, field, value.clone())?;
        }
    }
    if !who.version.has(since::ENROLL) {
        node.provision_state = ProvisionState::Available;
    }
    Ok(node)
}

/// Finds the things that a new node names.
async fn link_up(app: &App, who: &Caller, mut node: Node) -> Result<Node> {
    check_chassis(app, who, &node).await?;
    if let Some(parent) = node.parent_node.take().filter(|parent| !parent.is_empty()) {
        let parent = app.node_to_link(who, &node, &parent.into(), "parent_node").await?;
        node.parent_node = Some(parent.uuid.to_string());
    }
    Ok(node)
}

/// That its chassis is not there is the client's mistake, not the path's.
pub async fn check_chassis(app: &App, who: &Caller, node: &Node) -> Result<()> {
    let Some(chassis) = node.chassis_uuid else { return Ok(()) };
    match app.chassis(who, chassis, Policy::ChassisGet).await {
        Err(fault) if fault.status() == StatusCode::NOT_FOUND => Err(fault.with_status(StatusCode::BAD_REQUEST)),
        found => found.map(drop),
    }
}

/// Refuses what cannot name a node in the client's version.
pub fn check_name(version: Version, name: &Value, words: impl Fn(&str) -> String) -> Result<()> {
    version.require(since::NAMES)?;
    let text = python::text(name);
    if !name.is_string() || !names::is_logical_name_in(version, &text) || names::is_uuid_like(&text) {
        return Err(Fault::invalid(words(&text)));
    }
    if names::RESERVED.contains(&text.as_str()) {
        return Err(Fault::invalid(format!(
            "The word \"{text}\" is reserved and can not be used as a node name. Reserved words are: {}.",
            names::RESERVED.join(", ")
        )));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(minor: u16, name: Value, status: u16, words: &str) {
        let fault =
            check_name(Version::new(minor).unwrap(), &name, |name| format!("invalid name '{name}'")).unwrap_err();
        assert_eq!((fault.status().as_u16(), fault.text()), (status, words));
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        refused(4, json!("n"), 406, "Request not acceptable.");
        refused(9, json!("a_b"), 400, "invalid name 'a_b'");
        refused(115, json!("a b"), 400, "invalid name 'a b'");
        refused(115, json!(""), 400, "invalid name ''");
        refused(115, json!(5), 400, "invalid name '5'");
        refused(115, Value::Null, 400, "invalid name 'None'");
        let uuid = "6cb3c5e5-fd2e-4fff-a5eb-549c092f9f76";
        refused(115, json!(uuid), 400, &format!("invalid name '{uuid}'"));
        refused(
            115,
            json!("detail"),
            400,
            "The word \"detail\" is reserved and can not be used as a node name. Reserved words are: maintenance, \
             management, states, vendor_passthru, detail, validate.",
        );
    }
}
