//! `PATCH /v1/chassis/{chassis}`: changes fields of a chassis.

use kamacite_model::{Chassis, Json, Uuid};
use serde_json::Value;

use super::{
    document::{self, PATCHABLE},
    view,
};
use crate::{
    App,
    answer::Json as Answer,
    fault::{Fault, Result},
    json_patch::{self, Operation},
    policy::Policy,
    python,
    request::{Caller, Input, Last},
    shown::{Document, Shown},
    versions::ChassisField,
};

/// `PATCH /v1/chassis/{chassis}`
pub async fn patch(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Answer<Document>> {
    let (said, _) = input.document(&[])?;
    // Nothing passes for a patch until the UUID was looked at.
    let patch = if said.is_null() { Vec::new() } else { json_patch::read_in(who.version, &said)? };
    let no_uuid = |_| Fault::invalid(format!("Schema error: {} is not a 'uuid'", python::repr_text(&ident)));
    let uuid = Uuid::try_parse(&ident).map_err(no_uuid)?;
    if said.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'array'"));
    }
    app.allow(&who, Policy::ChassisUpdate)?;
    json_patch::check_roots(&patch, &PATCHABLE)?;
    who.trail.names(&uuid.to_string());
    let before = app.chassis(&who, uuid, Policy::ChassisUpdate).await?;
    let after = apply(&before, &patch)?;
    let chassis = app.conductor.update_chassis(before, after).await?;
    Ok(Answer(view::document(&chassis, &who.links, &Shown::All)))
}

/// The chassis as the patch leaves it.
fn apply(before: &Chassis, patch: &[Operation]) -> Result<Chassis> {
    let fields = PATCHABLE.iter().filter_map(|name| ChassisField::named(name));
    let original: Json = fields.map(|field| (field.as_str().to_owned(), view::value(before, field))).collect();
    let changes = json_patch::changes(original, patch, |patched| document::check("patch", &Value::Object(patched)))?;
    let mut after = before.clone();
    for (field, value) in changes.into_iter().filter_map(|(name, value)| Some((ChassisField::named(&name)?, value))) {
        if field == ChassisField::Uuid {
            return Err(Fault::invalid("Cannot overwrite UUID for an existing Chassis."));
        }
        document::set(&mut after, field, value)?;
    }
    Ok(after)
}
