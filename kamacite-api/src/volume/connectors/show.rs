//! `GET /v1/volume/connectors/{connector}`: one connector.

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

/// `GET /v1/volume/connectors/{connector}`
pub async fn show(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Json<Document>> {
    Endpoint::VolumeParts.require(who.version)?;
    let args = input.query(&["fields"])?;
    let (uuid, fields) = (uuid(&ident)?, args.list("fields")?);
    KIND.check_names(fields.as_deref())?;
    let (connector, _) = app.volume_connector(&who, uuid, Policy::VolumeGet).await?;
    Ok(Json(view::document(&connector, &who.links, &Shown::asked(fields))))
}

/// `GET /v1/volume/connectors/{connector}/{fields}`: an old way to ask for fields.
pub async fn field(
    app: App,
    who: Caller,
    VolumePart(ident): VolumePart,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    Endpoint::VolumeParts.require(who.version)?;
    input.query(&[])?;
    let (connector, _) = app.volume_connector(&who, uuid(&ident)?, Policy::VolumeGet).await?;
    let shown = Shown::Only(fields.split(',').map(|field| field.trim().to_lowercase()).collect());
    shown.check(KIND.fields)?;
    Ok(Json(view::document(&connector, &who.links, &shown)))
}

/// `GET /v1/nodes/{node}/volume/connectors/{connector}`: they are shown elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    Endpoint::VolumeParts.require(who.version)?;
    input.query(&["fields"])?;
    app.volume_connector(&who, uuid(&ident)?, Policy::VolumeGet).await?;
    Err(Fault::malformed_uri())
}
