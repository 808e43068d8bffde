//! `/v1/nodes/{node}/vifs`: virtual network interfaces that are attached to a node.

use kamacite_driver::interfaces::Vif;
use kamacite_model::Json as Map;
use serde::Serialize;
use serde_json::Value;

use crate::{
    App,
    answer::{Done, Json},
    fault::{Fault, Result},
    names,
    policy::Policy,
    python,
    request::{Caller, Input, Last, NodeIdent},
    schema::{self, Property, Type},
    versions::{Endpoint, since},
};

/// What is attached to a node.
#[derive(Serialize)]
pub struct Vifs {
    vifs: Vec<Attached>,
}

#[derive(Serialize)]
struct Attached {
    id: String,
}

/// `GET /v1/nodes/{node}/vifs`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Vifs>> {
    Endpoint::NodeVifs.require(who.version)?;
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetVifs).await?;
    let attached = app.conductor.vifs(node.uuid).await?;
    Ok(Json(Vifs { vifs: attached.into_iter().map(|id| Attached { id }).collect() }))
}

/// `POST /v1/nodes/{node}/vifs`
pub async fn attach(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    Endpoint::NodeVifs.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let said = check(&said)?;
    let node = app.node(&who, &ident, Policy::NodeAttachVif).await?;
    if who.version.has(since::VIF_PORTS) && said.contains_key("port_uuid") && said.contains_key("portgroup_uuid") {
        return Err(Fault::invalid("Cannot specify both port_uuid and portgroup_uuid"));
    }
    app.conductor.attach_vif(node.uuid, read(said), &who.requester).await?;
    Ok(Done::default())
}

/// `DELETE /v1/nodes/{node}/vifs/{vif}`
pub async fn detach(app: App, who: Caller, ident: NodeIdent, Last(id): Last, input: Input) -> Result<Done> {
    Endpoint::NodeVifs.require(who.version)?;
    input.args(&[])?;
    if !names::is_ident(&id) {
        return Err(Fault::invalid(format!("Expected UUID or name for vif_id: {id}")));
    }
    let node = app.node(&who, &ident, Policy::NodeDetachVif).await?;
    app.conductor.detach_vif(node.uuid, id, &who.requester).await?;
    Ok(Done::default())
}

/// `DELETE /v1/nodes/{node}/vifs`: the path should name one.
pub async fn detach_none(who: Caller, _: NodeIdent, _: Input) -> Result<()> {
    Endpoint::NodeVifs.require(who.version)?;
    Err(Fault::missing("vif_id"))
}

/// `POST /v1/nodes/{node}/vifs/{vif}`: Ironic takes the end of the path for the document.
pub async fn below(who: Caller, _: NodeIdent, Last(last): Last) -> Result<()> {
    Endpoint::NodeVifs.require(who.version)?;
    Err(schema::path_refusal("vif", &last, Type::Object))
}

/// Checks what is said of a VIF: its id must be one, everything else may be anything.
fn check(said: &Value) -> Result<&Map> {
    const ID: Property = Property::new("id", &[Type::String]);
    let Value::Object(map) = said else {
        return Err(schema::refusal("vif", &schema::type_fault(said, &[Type::Object]).unwrap_or_default()));
    };
    if let Some(fault) = schema::missing(map, &["id"]).or_else(|| ID.fault(&map["id"])) {
        return Err(schema::refusal("vif", &fault));
    }
    match map["id"].as_str() {
        Some(id) if names::is_ident(id) => Ok(map),
        _ => Err(Fault::invalid(format!("Expected UUID or name for id: {}", python::text(&map["id"])))),
    }
}

/// Where it is to go may be said in any form, as in the reference; whoever looks for a port finds it or does not.
fn read(said: &Map) -> Vif {
    let mut other = said.clone();
    let mut take =
        |name: &str| other.shift_remove(name).filter(|value| !value.is_null()).map(|value| python::text(&value));
    let (id, port, portgroup) = (take("id").unwrap_or_default(), take("port_uuid"), take("portgroup_uuid"));
    Vif { id, port, portgroup, other }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(said: Value, words: &str) {
        assert_eq!(check(&said).unwrap_err().text(), words);
    }

    #[test]
    fn a_vif_needs_an_id() {
        refused(json!({}), "Schema error for vif: 'id' is a required property");
        refused(json!({"id": 5}), "Schema error for vif: 5 is not of type 'string'");
        refused(json!([]), "Schema error for vif: [] is not of type 'object'");
        refused(json!({"id": "a b"}), "Expected UUID or name for id: a b");
    }

    #[test]
    fn whatever_else_is_said_goes_along() {
        let said = json!({"id": "v", "port_uuid": "6cb3c5e5-fd2e-4fff-a5eb-549c092f9f76", "x": 1});
        let vif = read(check(&said).unwrap());
        assert_eq!(
            (vif.id.as_str(), vif.portgroup, vif.other),
            ("v", None, json!({"x": 1}).as_object().unwrap().clone())
        );
        assert!(vif.port.is_some());
    }
}
