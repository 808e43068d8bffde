//! `POST /v1/portgroups`: makes a group of ports.

use std::sync::Arc;

use kamacite_model::{Json, Node, Portgroup, Timestamp, Uuid};
use serde_json::Value;

use super::{document, view};
use crate::{
    App,
    answer::Created,
    fault::Result,
    policy::Policy,
    request::{Caller, Input},
    shown::{Document, Shown},
    versions::{Endpoint, PortgroupField, since},
};

/// `POST /v1/portgroups`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    Endpoint::Portgroups.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let said = document::check("portgroup", &said)?;
    let node = node_of(&app, &who, &said).await?;
    check(&who, &said)?;
    let group = read(&said, node.uuid, app.conductor.default_portgroup_mode())?;
    let group = app.conductor.create_portgroup(group).await?;
    let location = who.links.v1(&format!("portgroups/{}", group.uuid));
    Ok(Created { location, document: view::document(&group, &who.links, who.version, &Shown::All) })
}

/// The node whose ports the new group is of.
async fn node_of(app: &App, who: &Caller, said: &Json) -> Result<Arc<Node>> {
    let ident = said.get("node_uuid").and_then(Value::as_str).unwrap_or_default();
    app.node_said(who, ident, Policy::PortgroupCreate).await
}

fn check(who: &Caller, said: &Json) -> Result<()> {
    let says = |name: &str| match said.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => true,
    };
    if says("mode") || says("properties") {
        who.version.require(since::PORTGROUP_MODE)?;
    }
    let name = said.get("name").unwrap_or(&Value::Null);
    document::check_name(name, |name| format!("Cannot create portgroup with invalid name '{name}'"))
}

fn read(said: &Json, node: Uuid, default_mode: &str) -> Result<Portgroup> {
    let mut group = Portgroup::new(Uuid::new_v4(), node, Timestamp::UNIX_EPOCH);
    default_mode.clone_into(&mut group.mode);
    for (name, value) in said {
        let nothing = name == "mode" && *value == "";
        if let Some(field) = PortgroupField::named(name).filter(|_| !nothing) {
            document::set(&mut group, field, value.clone(), default_mode)?;
        }
    }
    Ok(group)
}
