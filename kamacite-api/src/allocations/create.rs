//! `POST /v1/allocations`: asks for a node, or makes an allocation for one that is in use.

use std::sync::Arc;

use kamacite_model::{Allocation, Json, Node, Timestamp, Uuid};
use serde_json::Value;

use super::{
    document::{self, is_said},
    view,
};
use crate::{
    App,
    answer::Created,
    args,
    fault::{Fault, Result},
    names,
    policy::Policy,
    request::{Caller, Input},
    shown::{Document, Shown},
    versions::Endpoint,
};

/// `POST /v1/allocations`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    Endpoint::ChangeAllocations.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let said = document::check(who.version, &said)?;
    app.allow(&who, Policy::AllocationCreate)?;
    if said.contains_key("owner") {
        view::require_owner(who.version)?;
    }
    check_name(&said)?;
    let node = node_of(&app, &who, &said).await?;
    let allocation = read(&app, &who, &said, node.as_deref()).await?;
    let allocation = match node {
        Some(node) => app.conductor.backfill_allocation(allocation, node.uuid, &who.requester).await?,
        None => app.conductor.create_allocation(allocation).await?,
    };
    let location = who.links.v1(&format!("allocations/{}", allocation.uuid));
    Ok(Created { location, document: view::document(&allocation, &who.links, who.version, &Shown::All) })
}

fn check_name(said: &Json) -> Result<()> {
    match text(said, "name") {
        Some(name) if !names::is_logical_name(name) => {
            Err(Fault::invalid(format!("Cannot create allocation with invalid name '{name}'")))
        }
        Some(_) | None => Ok(()),
    }
}

/// What a document says in a field, where it says anything.
fn text<'a>(said: &'a Json, name: &str) -> Option<&'a str> {
    said.get(name).filter(|value| is_said(value)).and_then(Value::as_str)
}

/// The node that is in use.
async fn node_of(app: &App, who: &Caller, said: &Json) -> Result<Option<Arc<Node>>> {
    let Some(ident) = text(said, "node") else { return Ok(None) };
    app.node_said(who, ident, Policy::NodeGet).await.map(Some)
}

async fn read(app: &App, who: &Caller, said: &Json, node: Option<&Node>) -> Result<Allocation> {
    let owned = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
    let texts = |name: &str| -> Vec<String> {
        let items = said.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let resource_class = match (text(said, "resource_class"), node) {
        (Some(class), _) => Some(class.to_owned()),
        (None, Some(node)) => node.resource_class.clone(),
        (None, None) => return Err(Fault::invalid("The resource_class field is mandatory when not backfilling")),
    };
    let candidate_nodes = candidates(app, who, &texts("candidate_nodes")).await?;
    // An allocation and its instance are of one UUID, so a backfilled one takes that of the instance.
    let instance = node.and_then(|node| Uuid::try_parse(node.instance_uuid.as_deref()?).ok());
    let uuid = match said.get("uuid").filter(|uuid| is_said(uuid)) {
        Some(uuid) => args::uuid("uuid", uuid)?,
        None => instance.unwrap_or_else(Uuid::new_v4),
    };
    let extra = said.get("extra").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Allocation {
        name: owned("name"),
        owner: owned("owner"),
        resource_class,
        traits: texts("traits"),
        candidate_nodes,
        extra,
        ..Allocation::new(uuid, Timestamp::UNIX_EPOCH)
    })
}

/// The UUIDs of nodes that are named by UUID or name, in the order of their naming.
async fn candidates(app: &App, who: &Caller, idents: &[String]) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for ident in idents {
        match app.find(who, ident).await? {
            Some(node) => found.push(node.uuid),
            None if missing.contains(&ident.as_str()) => {}
            None => missing.push(ident),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    Err(Fault::invalid(format!("Nodes cannot be found: {}", missing.join(", "))))
}
