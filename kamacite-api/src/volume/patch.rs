//! `PATCH /v1/volume/connectors/{connector}` and `PATCH /v1/volume/targets/{target}`: change fields of one.

use std::sync::Arc;

use kamacite_model::{Json, Node};
use serde_json::Value;

use super::part::{self, Part};
use crate::{
    App,
    answer::Json as Answer,
    fault::{Fault, Result},
    json_patch::{self, Operation},
    names,
    policy::Policy,
    python,
    request::{Caller, Input, Last},
    shown::{Document, Shown},
    versions::{Endpoint, Field as _},
};

/// `PATCH /v1/volume/{parts}/{part}`
pub async fn patch<T: Part>(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Answer<Document>> {
    let Asked::<T> { before, node, patch } = read(&app, &who, &ident, &input).await?;
    json_patch::check_roots(&patch, T::KIND.patchable)?;
    let node = node_of(&app, &who, node, &patch).await?;
    let after = apply(&before, &patch)?.moved(node.uuid);
    let part = app.conductor.update_volume_part(before, after, &who.requester).await?;
    Ok(Answer(part::document(&app, &who, &part, &Shown::All)))
}

/// A change that was asked for.
pub struct Asked<T> {
    before: T,
    node: Arc<Node>,
    patch: Vec<Operation>,
}

/// What a request would change.
pub async fn read<T: Part>(app: &App, who: &Caller, ident: &str, input: &Input) -> Result<Asked<T>> {
    Endpoint::VolumeParts.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let uuid = T::KIND.uuid(ident)?;
    if said.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'array'"));
    }
    let patch = json_patch::read_in(who.version, &said)?;
    let (before, node) = part::find(app, who, uuid, Policy::VolumeUpdate).await?;
    Ok(Asked { before, node, patch })
}

/// The node that the part is to be of.
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

/// The part as the patch leaves it, but for its node.
fn apply<T: Part>(before: &T, patch: &[Operation]) -> Result<T> {
    let fields = T::KIND.patchable.iter().filter_map(|name| Some((*name, T::Field::named(name)?)));
    let original: Json = fields.map(|(name, field)| (name.to_owned(), before.value(field))).collect();
    let changes = json_patch::changes(original, patch, |mut patched| {
        // Wherever the client moves it, it is of a node.
        patched.insert("node_uuid".to_owned(), before.node().to_string().into());
        T::KIND.check("patch", &Value::Object(patched))
    })?;
    let mut after = before.clone();
    for (field, value) in changes.into_iter().filter_map(|(name, value)| Some((T::Field::named(&name)?, value))) {
        after.set(field, value)?;
    }
    Ok(after)
}
