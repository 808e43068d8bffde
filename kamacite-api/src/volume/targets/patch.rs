//! `PATCH /v1/volume/targets/{target}`: changes fields of a target.

use std::sync::Arc;

use kamacite_model::{Json, Node, VolumeTarget};
use serde_json::Value;

use super::{
    document::{self, PATCHABLE},
    uuid, view,
};
use crate::{
    App,
    answer::Json as Answer,
    fault::{Fault, Result},
    json_patch::{self, Operation},
    names,
    policy::Policy,
    python,
    request::{Caller, Input, Last, NodeIdent},
    shown::{Document, Shown},
    versions::{Endpoint, VolumeTargetField},
};

/// `PATCH /v1/volume/targets/{target}`
pub async fn patch(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Answer<Document>> {
    let Asked { before, node, patch } = read(&app, &who, &ident, &input).await?;
    json_patch::check_roots(&patch, &PATCHABLE)?;
    let node = node_of(&app, &who, node, &patch).await?;
    let after = VolumeTarget { node: node.uuid, ..apply(&before, &patch)? };
    let target = app.conductor.update_volume_target(before, after, &who.requester).await?;
    Ok(Answer(view::document(&app, &who, &target, &Shown::All)))
}

/// `PATCH /v1/nodes/{node}/volume/targets/{target}`: they are changed elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    read(&app, &who, &ident, &input).await?;
    Err(Fault::malformed_uri())
}

/// A change that was asked for.
struct Asked {
    before: VolumeTarget,
    node: Arc<Node>,
    patch: Vec<Operation>,
}

async fn read(app: &App, who: &Caller, ident: &str, input: &Input) -> Result<Asked> {
    Endpoint::VolumeParts.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let uuid = uuid(ident)?;
    if said.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'array'"));
    }
    let patch = json_patch::read_in(who.version, &said)?;
    let (before, node) = app.volume_target(who, uuid, Policy::VolumeUpdate).await?;
    Ok(Asked { before, node, patch })
}

/// The node that the target is to be of.
async fn node_of(app: &App, who: &Caller, before: Arc<Node>, patch: &[Operation]) -> Result<Arc<Node>> {
    let is_uuid = |value: &&Value| value.as_str().is_some_and(names::is_uuid_like);
    if let Some(other) = json_patch::values_of(patch, "node_uuid").find(|value| !is_uuid(value)) {
        let other = python::text(other);
        return Err(Fault::invalid(format!("Expected a UUID for node_uuid, but received {other}.")));
    }
    match json_patch::values_of(patch, "node_uuid").next() {
        Some(new) => app.node_to_link(who, &before, new, "node_uuid").await,
        None => Ok(before),
    }
}

/// The target as the patch leaves it, but for its node.
fn apply(before: &VolumeTarget, patch: &[Operation]) -> Result<VolumeTarget> {
    let fields = PATCHABLE.iter().filter_map(|name| VolumeTargetField::named(name));
    let original: Json = fields.map(|field| (field.as_str().to_owned(), view::value(before, field))).collect();
    let changes = json_patch::changes(original, patch, |mut patched| {
        // Wherever the client moves it, a target is of a node.
        patched.insert("node_uuid".to_owned(), before.node.to_string().into());
        document::check("patch", &Value::Object(patched))
    })?;
    let mut after = before.clone();
    for (field, value) in
        changes.into_iter().filter_map(|(name, value)| Some((VolumeTargetField::named(&name)?, value)))
    {
        document::set(&mut after, field, value)?;
    }
    Ok(after)
}
