//! `POST /v1/ports`: makes a port.

use std::sync::Arc;

use kamacite_model::{Json, Mac, Node, Port, Portgroup, Timestamp, Uuid};
use serde_json::Value;

use super::{document, local_link, view};
use crate::{
    App,
    answer::Created,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input},
    shown::{Document, Shown},
    versions::{PortField, since},
};

/// `POST /v1/ports`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    let (said, _) = input.document(&[])?;
    let said = document::check("port", &said)?;
    let node = node_of(&app, &who, &said).await?;
    document::reject_newer(who.version, &said)?;
    let group = group_of(&app, &said, &node).await?;
    let port = read(&said, &node, group.as_ref())?;
    let port = app.conductor.create_port(port).await?;
    let location = who.links.v1(&format!("ports/{}", port.uuid));
    Ok(Created { location, document: view::document(&port, &who.links, who.version, &Shown::All) })
}

/// The node that the new port is to be a part of.
async fn node_of(app: &App, who: &Caller, said: &Json) -> Result<Arc<Node>> {
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    if text("node_ident").is_some_and(|ident| !ident.is_empty()) {
        who.version.require(since::PORT_NODE_IDENT)?;
    }
    let ident = text("node_ident").or(text("node_uuid")).unwrap_or_default();
    app.node_said(who, ident, Policy::PortCreate).await
}

/// The group that the new port is to be in.
async fn group_of(app: &App, said: &Json, node: &Node) -> Result<Option<Portgroup>> {
    let Some(ident) = said.get("portgroup_uuid").and_then(Value::as_str).filter(|ident| !ident.is_empty()) else {
        return Ok(None);
    };
    let group = find_group(app, ident).await?;
    check_group(&group, node)?;
    Ok(Some(group))
}

/// The group of a UUID; that it is not there is the client's mistake, not the path's.
pub async fn find_group(app: &App, ident: &str) -> Result<Portgroup> {
    let missing = || Fault::invalid(format!("Portgroup {ident} could not be found."));
    let uuid = Uuid::try_parse(ident).map_err(|_| missing())?;
    app.conductor.store().portgroup(uuid).await?.ok_or_else(missing)
}

/// A port and its group are parts of one node. The store refuses others as well, in words of its own.
pub fn check_group(group: &Portgroup, node: &Node) -> Result<()> {
    if group.node == node.uuid {
        return Ok(());
    }
    Err(Fault::invalid("Port can not be added to a portgroup belonging to a different node."))
}

fn read(said: &Json, node: &Node, group: Option<&Portgroup>) -> Result<Port> {
    let mut port = Port::new(Uuid::new_v4(), node.uuid, Mac::default(), Timestamp::UNIX_EPOCH);
    for (name, value) in said {
        if let Some(field) = PortField::named(name) {
            document::set(&mut port, field, value.clone())?;
        }
    }
    port.portgroup = group.map(|group| group.uuid);
    let link = said.get("local_link_connection").filter(|link| !link.is_null());
    if port.is_smartnic && link.is_some() && !local_link::is_smart_nic(&port.local_link_connection) {
        return Err(Fault::invalid("Smart NIC port must have port_id and hostname in local_link_connection"));
    }
    check_network(&port)?;
    if let Some(group) = group.filter(|group| !group.standalone_ports_supported)
        && said.get("pxe_enabled") == Some(&Value::Bool(true))
    {
        return Err(Fault::conflict(format!(
            "Port group {} doesn't support standalone ports. This port cannot be created as a member of that portgroup as \
             the port's 'pxe_enabled' field was set to True.",
            group.uuid
        )));
    }
    Ok(port)
}

/// A physical network has a name, or there is none.
pub fn check_network(port: &Port) -> Result<()> {
    if port.physical_network.as_deref() == Some("") {
        return Err(Fault::invalid("A non-empty value is required when setting physical_network"));
    }
    Ok(())
}
