//! `/v1/nodes/{node}/traits`: what a node can do, as names.

use kamacite_model::traits::is_valid;
use serde::Serialize;
use serde_json::Value;

use crate::{
    App,
    answer::{Done, Json},
    fault::{Fault, Result},
    policy::Policy,
    python,
    request::{Caller, Input, Last, NodeIdent},
    schema::{self, Property, Type},
    versions::Endpoint,
};

/// A node's traits.
#[derive(Serialize)]
pub struct Traits {
    traits: Vec<String>,
}

/// `GET /v1/nodes/{node}/traits`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Traits>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeListTraits).await?;
    Endpoint::NodeTraits.require(who.version)?;
    Ok(Json(Traits { traits: node.traits.clone() }))
}

/// `PUT /v1/nodes/{node}/traits`: these and no others.
pub async fn replace(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    Endpoint::SetNodeTraits.require(who.version)?;
    let traits = read(&input)?;
    let node = app.node(&who, &ident, Policy::NodeSetTraits).await?;
    let traits = traits.ok_or_else(either_or)?;
    app.conductor.set_traits(node.uuid, traits, &who.requester).await?;
    Ok(Done::default())
}

/// `PUT /v1/nodes/{node}/traits/{trait}`: one more.
pub async fn add(app: App, who: Caller, ident: NodeIdent, Last(name): Last, input: Input) -> Result<Done> {
    Endpoint::SetNodeTraits.require(who.version)?;
    if let Some(fault) = fault_of(&Value::from(name.as_str())) {
        return Err(schema::refusal("trait", &fault));
    }
    let traits = read(&input)?;
    let node = app.node(&who, &ident, Policy::NodeSetTraits).await?;
    if traits.is_some() {
        return Err(either_or());
    }
    app.conductor.add_trait(node.uuid, &name, &who.requester).await?;
    Ok(Done::at(who.links.v1(&format!("nodes/{}/traits/{name}", ident.0))))
}

/// `DELETE /v1/nodes/{node}/traits`
pub async fn clear(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    Endpoint::DeleteNodeTraits.require(who.version)?;
    input.args(&[])?;
    let node = app.node(&who, &ident, Policy::NodeDeleteTraits).await?;
    app.conductor.set_traits(node.uuid, Vec::new(), &who.requester).await?;
    Ok(Done::default())
}

/// `DELETE /v1/nodes/{node}/traits/{trait}`
pub async fn remove(app: App, who: Caller, ident: NodeIdent, Last(name): Last, input: Input) -> Result<Done> {
    Endpoint::DeleteNodeTraits.require(who.version)?;
    input.args(&[])?;
    let node = app.node(&who, &ident, Policy::NodeDeleteTraits).await?;
    if app.conductor.remove_trait(node.uuid, &name, &who.requester).await? {
        Ok(Done::default())
    } else {
        Err(Fault::not_found(format!("Node {} doesn't have a trait '{name}'", node.uuid)))
    }
}

/// The list of a body, where it has one.
fn read(input: &Input) -> Result<Option<Vec<String>>> {
    let (body, _) = input.document(&[])?;
    if body.is_null() {
        return Ok(None);
    }
    let body = schema::object("body", &body, &[Property::new("traits", &[Type::Array])], &[])?;
    let Some(Value::Array(traits)) = body.get("traits") else { return Ok(None) };
    // Of several bad ones the reference tells the last.
    if let Some(fault) = traits.iter().rev().find_map(fault_of) {
        return Err(schema::refusal("body", &fault));
    }
    Ok(Some(traits.iter().map(python::text).collect()))
}

/// What is wrong with the name of a trait.
pub fn fault_of(name: &Value) -> Option<String> {
    let shape = Property::new("trait", &[Type::String]).sized(1, 255);
    shape.fault(name).or_else(|| {
        let shown = python::repr(name);
        (!name.as_str().is_some_and(is_valid)).then(|| {
            format!(
                "{shown} is not valid under any of the given schemas. Possible root cause: {shown} does not match \
                 '^CUSTOM_[A-Z0-9_]+$'"
            )
        })
    })
}

fn either_or() -> Fault {
    Fault::invalid(
        "A single node trait may be added via PUT /v1/nodes/<node identifier>/traits/<trait> with no body, or all node \
         traits may be replaced via PUT /v1/nodes/<node identifier>/traits with the list of traits specified in the \
         request body.",
    )
}
