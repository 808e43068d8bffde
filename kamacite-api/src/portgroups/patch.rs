//! `PATCH /v1/portgroups/{portgroup}`: changes fields of a group of ports.

use kamacite_conductor::PortgroupUpdate;
use kamacite_model::{Json, Portgroup, ProvisionState};
use serde_json::Value;

use super::{
    check_ident,
    document::{self, PATCHABLE},
    view,
};
use crate::{
    App,
    answer::Json as Answer,
    fault::{Fault, Result},
    json_patch::{self, Operation},
    policy::Policy,
    request::{Caller, Input, Last},
    shown::{Document, Shown},
    versions::{PortgroupField, since},
};

/// `PATCH /v1/portgroups/{portgroup}`
pub async fn patch(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Answer<Document>> {
    check_ident(&who, &ident)?;
    let (said, _) = input.document(&[])?;
    if said.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'array'"));
    }
    let patch = json_patch::read_in(who.version, &said)?;
    let (before, mut node) = app.portgroup_with_suffix(&who, &ident, Policy::PortgroupUpdate).await?;
    if ["mode", "properties"].iter().any(|name| json_patch::touches(&patch, name)) {
        who.version.require(since::PORTGROUP_MODE)?;
    }
    json_patch::check_roots(&patch, &PATCHABLE)?;
    for name in json_patch::values_of(&patch, "name") {
        document::check_name(name, |name| format!("Portgroup {ident}: Cannot change name to invalid name '{name}'"))?;
    }
    if let Some(new) = json_patch::values_of(&patch, "node_uuid").next() {
        node = app.node_to_link(&who, &node, new, "node_uuid").await?;
    }
    let mut after = apply(&before, &patch, app.conductor.default_portgroup_mode())?;
    after.node = node.uuid;
    if node.provision_state == ProvisionState::Inspecting && who.version.has(since::INSPECT_WAIT_SHOWN) {
        return Err(Fault::conflict(format!(
            "Cannot update portgroup \"{}\" on node \"{}\" while it is in state \"{}\".",
            before.uuid, node.uuid, node.provision_state
        )));
    }
    let takes_ports_along = json_patch::touches(&patch, "physical_network");
    let update = PortgroupUpdate { before, after, takes_ports_along };
    let group = app.conductor.update_portgroup(update, &who.requester).await?;
    Ok(Answer(view::document(&group, &who.links, who.version, &Shown::All)))
}

/// The group as the patch leaves it, but for its node.
fn apply(before: &Portgroup, patch: &[Operation], default_mode: &str) -> Result<Portgroup> {
    let fields = PATCHABLE.iter().filter_map(|name| PortgroupField::named(name));
    let original: Json = fields.map(|field| (field.as_str().to_owned(), view::value(before, field))).collect();
    let changes = json_patch::changes(original, patch, |mut patched| {
        if !patched.contains_key("mode") {
            return Err(Fault::invalid("'mode' is a mandatory attribute and can not be removed"));
        }
        // Wherever the client moves it, a group is of one node's ports.
        patched.insert("node_uuid".to_owned(), before.node.to_string().into());
        document::check("patch", &Value::Object(patched))
    })?;
    let mut after = before.clone();
    for (field, value) in changes.into_iter().filter_map(|(name, value)| Some((PortgroupField::named(&name)?, value))) {
        document::set(&mut after, field, value, default_mode)?;
    }
    Ok(after)
}
