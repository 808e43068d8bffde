//! `GET /v1/chassis/{chassis}`: one chassis.

use super::view;
use crate::{
    App,
    answer::Json,
    args,
    fault::Result,
    page,
    policy::Policy,
    request::{Caller, ChassisUuid, Input, Last},
    shown::{Document, Shown},
};

/// `GET /v1/chassis/{chassis}`
pub async fn show(app: App, who: Caller, Last(uuid): Last, input: Input) -> Result<Json<Document>> {
    let said = input.query(&["fields"])?;
    let uuid = args::uuid("chassis_uuid", &uuid.into())?;
    let fields = said.list("fields")?;
    view::check_names(fields.as_deref())?;
    app.allow(&who, Policy::ChassisGet)?;
    page::check_fields(who.version, fields.as_deref(), |_| Ok(()))?;
    let chassis = app.chassis(&who, uuid, Policy::ChassisGet).await?;
    Ok(Json(view::document(&chassis, &who.links, &Shown::asked(fields))))
}

/// `GET /v1/chassis/{chassis}/{fields}`: an old way to ask for fields.
pub async fn field(
    app: App,
    who: Caller,
    ChassisUuid(uuid): ChassisUuid,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    input.query(&[])?;
    let uuid = args::uuid("chassis_uuid", &uuid.into())?;
    let fields: Vec<String> = fields.split(',').map(|field| field.trim().to_lowercase()).collect();
    page::check_fields(who.version, Some(&fields), |_| Ok(()))?;
    let chassis = app.chassis(&who, uuid, Policy::ChassisGet).await?;
    let shown = Shown::Only(fields);
    shown.check(&view::names())?;
    Ok(Json(view::document(&chassis, &who.links, &shown)))
}
