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
    versions::ChassisField,
};

/// `GET /v1/chassis/{chassis}`
pub async fn show(app: App, who: Caller, Last(uuid): Last, input: Input) -> Result<Json<Document>> {
    let said = input.query(&["fields"])?;
    let uuid = args::uuid("chassis_uuid", &uuid.into())?;
    let fields = said.list("fields")?;
    page::check_names::<ChassisField>(fields.as_deref())?;
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
    let shown = Shown::in_path(&fields);
    page::check_fields(who.version, shown.names(), |_| Ok(()))?;
    let chassis = app.chassis(&who, uuid, Policy::ChassisGet).await?;
    shown.check::<ChassisField>()?;
    Ok(Json(view::document(&chassis, &who.links, &shown)))
}
