//! `GET /v1/drivers/{driver}`: one hardware type.

use super::view::{self, DriverView};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, DriverName, Input, Last},
    versions::since,
};

/// `GET /v1/drivers/{driver}`
pub async fn show(app: App, who: Caller, DriverName(name): DriverName, input: Input) -> Result<Json<DriverView>> {
    let fields = input.query(&["fields"])?.list("fields")?;
    app.allow(&who, Policy::DriverGet)?;
    if let Some(fields) = &fields {
        view::check_fields(who.version, fields)?;
    }
    answer(&app, who, &name, fields).await.map(Json)
}

/// `GET /v1/drivers/{driver}/{field}`: an old way to ask for one field.
pub async fn field(
    app: App,
    who: Caller,
    DriverName(name): DriverName,
    Last(field): Last,
    input: Input,
) -> Result<Json<DriverView>> {
    input.query(&[])?;
    app.allow(&who, Policy::DriverGet)?;
    who.version.require(since::DRIVER_FIELDS)?;
    let version = who.version;
    let view = answer(&app, who, &name, Some(vec![field.clone()])).await?;
    match view::check_fields(version, std::slice::from_ref(&field)) {
        Ok(()) => Ok(Json(view)),
        // Here the reference knows the field for none only after it has found the type.
        Err(_) => Err(Fault::invalid(format!("Field(s) \"{field}\" are not valid"))),
    }
}

async fn answer(app: &App, who: Caller, name: &str, fields: Option<Vec<String>>) -> Result<DriverView> {
    let info = app.conductor.drivers().await?.into_iter().find(|info| info.name == name).ok_or_else(|| {
        Fault::not_found(format!("Could not find the following driver(s) or hardware type(s): {name}."))
    })?;
    DriverView { info, detail: true, fields, version: who.version, links: who.links }.check()
}
