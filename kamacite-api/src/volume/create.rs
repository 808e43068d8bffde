//! `POST /v1/volume/connectors` and `POST /v1/volume/targets`: make one.

use kamacite_model::{Json, Uuid};
use serde_json::Value;

use super::part::{self, Part};
use crate::{
    App,
    answer::Created,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input},
    shown::{Document, Shown},
    versions::{Endpoint, Field as _},
};

/// `POST /v1/volume/{parts}`
pub async fn create<T: Part>(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    let part: T = read(&app, &who, &input).await?;
    let part = app.conductor.create_volume_part(part).await?;
    let location = who.links.v1(&format!("{}/{}", T::KIND.path(), part.uuid()));
    Ok(Created { location, document: part::document(&app, &who, &part, &Shown::All) })
}

/// One that is said in a request.
pub async fn read<T: Part>(app: &App, who: &Caller, input: &Input) -> Result<T> {
    Endpoint::VolumeParts.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let said = T::KIND.check(T::KIND.one, &said)?;
    let mut part = T::of_node(node_of(app, who, &said).await?);
    for (name, value) in said {
        if let Some(field) = T::Field::named(&name) {
            part.set(field, value)?;
        }
    }
    Ok(part)
}

/// The node that the new one is of.
async fn node_of(app: &App, who: &Caller, said: &Json) -> Result<Uuid> {
    let ident = said.get("node_uuid").and_then(Value::as_str).unwrap_or_default();
    let missing = || Fault::invalid(format!("Invalid input for field/attribute node_uuid. Value: '{ident}'. "));
    let node = app.find(who, ident).await?.ok_or_else(missing)?;
    who.trail.finds(node.uuid);
    app.allow_on(who, Policy::VolumeCreate, &node, missing)?;
    Ok(node.uuid)
}
