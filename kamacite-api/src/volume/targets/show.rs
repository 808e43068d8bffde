//! `GET /v1/volume/targets/{target}`: one target.

use super::{KIND, uuid, view};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent, VolumePart},
    shown::{Document, Shown},
    versions::Endpoint,
};

/// `GET /v1/volume/targets/{target}`
pub async fn show(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Json<Document>> {
    Endpoint::VolumeParts.require(who.version)?;
    let args = input.query(&["fields"])?;
    let (uuid, fields) = (uuid(&ident)?, args.list("fields")?);
    KIND.check_names(fields.as_deref())?;
    let (target, _) = app.volume_target(&who, uuid, Policy::VolumeGet).await?;
    Ok(Json(view::document(&app, &who, &target, &Shown::asked(fields))))
}

/// `GET /v1/volume/targets/{target}/{fields}`: an old way to ask for fields.
pub async fn field(
    app: App,
    who: Caller,
    VolumePart(ident): VolumePart,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    Endpoint::VolumeParts.require(who.version)?;
    input.query(&[])?;
    let (target, _) = app.volume_target(&who, uuid(&ident)?, Policy::VolumeGet).await?;
    let shown = Shown::Only(fields.split(',').map(|field| field.trim().to_lowercase()).collect());
    shown.check(KIND.fields)?;
    Ok(Json(view::document(&app, &who, &target, &shown)))
}

/// `GET /v1/nodes/{node}/volume/targets/{target}`: they are shown elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    Endpoint::VolumeParts.require(who.version)?;
    input.query(&["fields"])?;
    app.volume_target(&who, uuid(&ident)?, Policy::VolumeGet).await?;
    Err(Fault::malformed_uri())
}
