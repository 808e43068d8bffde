//! `GET /v1/volume/connectors/{connector}` and `GET /v1/volume/targets/{target}`: one of them.

use super::part::{self, Part};
use crate::{
    App,
    answer::Json,
    fault::Result,
    page,
    policy::Policy,
    request::{Caller, Input, Last, VolumePart},
    shown::{Document, Shown},
    versions::Endpoint,
};

/// `GET /v1/volume/{parts}/{part}`
pub async fn show<T: Part>(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Json<Document>> {
    Endpoint::VolumeParts.require(who.version)?;
    let args = input.query(&["fields"])?;
    let (uuid, fields) = (T::KIND.uuid(&ident)?, args.list("fields")?);
    page::check_names::<T::Field>(fields.as_deref())?;
    let (part, _) = part::find::<T>(&app, &who, uuid, Policy::VolumeGet).await?;
    Ok(Json(part::document(&app, &who, &part, &Shown::asked(fields))))
}

/// `GET /v1/volume/{parts}/{part}/{fields}`: an old way to ask for fields.
pub async fn field<T: Part>(
    app: App,
    who: Caller,
    VolumePart(ident): VolumePart,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    Endpoint::VolumeParts.require(who.version)?;
    input.query(&[])?;
    let (part, _) = part::find::<T>(&app, &who, T::KIND.uuid(&ident)?, Policy::VolumeGet).await?;
    let shown = Shown::in_path(&fields);
    shown.check::<T::Field>()?;
    Ok(Json(part::document(&app, &who, &part, &shown)))
}
