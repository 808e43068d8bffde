//! `POST /v1/volume/targets`: makes a target.

use kamacite_model::{Json, Timestamp, Uuid, VolumeTarget};
use serde_json::Value;

use super::{document, view};
use crate::{
    App,
    answer::Created,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    shown::{Document, Shown},
    versions::{Endpoint, VolumeTargetField},
};

/// `POST /v1/volume/targets`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    let target = read(&app, &who, &input).await?;
    let target = app.conductor.create_volume_target(target).await?;
    let location = who.links.v1(&format!("volume/targets/{}", target.uuid));
    Ok(Created { location, document: view::document(&app, &who, &target, &Shown::All) })
}

/// `POST /v1/nodes/{node}/volume/targets`: they are made elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, input: Input) -> Result<()> {
    read(&app, &who, &input).await?;
    Err(Fault::malformed_uri())
}

async fn read(app: &App, who: &Caller, input: &Input) -> Result<VolumeTarget> {
    Endpoint::VolumeParts.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let said = document::check("target", &said)?;
    let node = node_of(app, who, &said).await?;
    let mut target = VolumeTarget::new(Uuid::new_v4(), node, Timestamp::UNIX_EPOCH);
    for (name, value) in said {
        if let Some(field) = VolumeTargetField::named(&name) {
            document::set(&mut target, field, value)?;
        }
    }
    Ok(target)
}

/// The node that the new target is of.
async fn node_of(app: &App, who: &Caller, said: &Json) -> Result<Uuid> {
    let ident = said.get("node_uuid").and_then(Value::as_str).unwrap_or_default();
    let missing = || Fault::invalid(format!("Invalid input for field/attribute node_uuid. Value: '{ident}'. "));
    let node = app.find(who, ident).await?.ok_or_else(missing)?;
    app.allow_on(who, Policy::VolumeCreate, &node, missing)?;
    Ok(node.uuid)
}
