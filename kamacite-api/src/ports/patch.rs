//! `PATCH /v1/ports/{port}`: changes fields of a port.

use kamacite_conductor::PortUpdate;
use kamacite_model::{Json, Node, Port, ProvisionState, Uuid};
use serde_json::Value;

use super::{
    check_ident, create,
    document::{self, PATCHABLE},
    view,
};
use crate::{
    App,
    answer::Json as Answer,
    fault::{Fault, Result},
    json_patch::{self, Kind, Operation},
    policy::Policy,
    request::{Caller, Input, Last},
    shown::{Document, Shown},
    versions::{PortField, Version, since},
};

/// `PATCH /v1/ports/{port}`
pub async fn patch(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Answer<Document>> {
    check_ident("port_ident", &ident)?;
    let (said, _) = input.document(&[])?;
    let patch = json_patch::read_in(who.version, &said)?;
    json_patch::check_roots(&patch, &PATCHABLE)?;
    check_versions(who.version, &patch)?;
    let (before, mut node) = app.port_with_suffix(&who, &ident, Policy::PortUpdate).await?;
    if let Some(new) = json_patch::values_of(&patch, "node_uuid").next() {
        node = app.node_to_link(&who, &node, new, "node_uuid").await?;
    }
    let portgroup = group_of(&app, &before, &node, &patch).await?;
    let after = Port { node: node.uuid, portgroup, ..apply(&before, &patch)? };
    check(who.version, &node, &before, &after)?;
    let update = PortUpdate { before, after };
    let port = app.conductor.update_port(update, &who.requester).await?;
    Ok(Answer(view::document(&port, &who.links, who.version, &Shown::All)))
}

/// Refuses fields that are newer than the client. Ironic looks at these only, so that others may be changed by anyone.
fn check_versions(version: Version, patch: &[Operation]) -> Result<()> {
    use PortField as F;
    for field in [F::PxeEnabled, F::LocalLinkConnection, F::PortgroupUuid, F::PhysicalNetwork, F::IsSmartnic] {
        let below = format!("/{}/", field.as_str());
        let touched = json_patch::values_of(patch, field.as_str()).next().is_some()
            || patch.iter().any(|one| {
                one.kind == Kind::Remove
                    && (one.path.strip_prefix('/') == Some(field.as_str()) || one.path.starts_with(&below))
            });
        if touched {
            version.require(field.since())?;
        }
    }
    if patch.iter().any(|one| one.path == "/local_link_connection/network_type") {
        version.require(since::NETWORK_TYPE)?;
    }
    Ok(())
}

/// The port as the patch leaves it, but for its node and group.
fn apply(before: &Port, patch: &[Operation]) -> Result<Port> {
    let fields = PATCHABLE.iter().filter_map(|name| PortField::named(name));
    let original: Json = fields.map(|field| (field.as_str().to_owned(), view::value(before, field))).collect();
    let changes = json_patch::changes(original, patch, |mut patched| {
        // Wherever the client moves it, a port is a part of a node.
        patched.insert("node_uuid".to_owned(), before.node.to_string().into());
        document::check("patch", &Value::Object(patched))
    })?;
    let mut after = before.clone();
    for (field, value) in changes.into_iter().filter_map(|(name, value)| Some((PortField::named(&name)?, value))) {
        document::set(&mut after, field, value)?;
    }
    Ok(after)
}

/// The group that the port is to be in.
async fn group_of(app: &App, before: &Port, node: &Node, patch: &[Operation]) -> Result<Option<Uuid>> {
    let mut named = None;
    for operation in patch.iter().filter(|one| one.path == "/portgroup_uuid") {
        let said = operation.value.as_ref().filter(|_| operation.kind != Kind::Remove).and_then(Value::as_str);
        named = Some(match said.filter(|ident| !ident.is_empty()) {
            None => None,
            Some(ident) => Some(create::find_group(app, ident).await?),
        });
    }
    let (uuid, group) = match (named, before.portgroup) {
        (Some(named), _) => (named.as_ref().map(|group| group.uuid), named),
        (None, None) => (None, None),
        // It may have gone meanwhile: whether the port is in it is then for whoever writes to see.
        (None, Some(uuid)) => (Some(uuid), app.conductor.store().portgroup(uuid).await?),
    };
    group.iter().try_for_each(|group| create::check_group(group, node))?;
    Ok(uuid)
}

/// Rules that need nothing but what is there and what is wanted.
fn check(version: Version, node: &Node, before: &Port, after: &Port) -> Result<()> {
    if node.provision_state == ProvisionState::Inspecting && version.has(since::INSPECT_WAIT_SHOWN) {
        return Err(Fault::conflict(format!(
            "Cannot update port \"{}\" on \"{}\" while it is in state \"{}\".",
            before.uuid, node.uuid, node.provision_state
        )));
    }
    create::check_network(after)?;
    if version.has(since::PORTGROUP_NETWORK)
        && before.physical_network != after.physical_network
        && before.portgroup.is_some()
        && before.portgroup == after.portgroup
    {
        return Err(Fault::invalid("physical_network cannot be changed while the port belongs to a portgroup."));
    }
    Ok(())
}
