//! `GET /v1/conductors/{hostname}`: one conductor.

use super::view::{self, ConductorView};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, HostName, Input, Last},
    versions::Endpoint,
};

/// `GET /v1/conductors/{hostname}`
pub async fn show(app: App, who: Caller, Last(hostname): Last, input: Input) -> Result<Json<ConductorView>> {
    Endpoint::Conductors.require(who.version)?;
    let fields = input.query(&["fields"])?.list("fields")?;
    view::check_fields(fields.as_deref().unwrap_or_default())?;
    app.allow(&who, Policy::ConductorGet)?;
    answer(&app, who, &hostname, fields).await
}

/// `GET /v1/conductors/{hostname}/{field}`: an old way to ask for one field.
pub async fn field(
    app: App,
    who: Caller,
    HostName(hostname): HostName,
    Last(field): Last,
    input: Input,
) -> Result<Json<ConductorView>> {
    Endpoint::Conductors.require(who.version)?;
    input.query(&[])?;
    app.allow(&who, Policy::ConductorGet)?;
    let known = view::check_fields(std::slice::from_ref(&field));
    let answer = answer(&app, who, &hostname, Some(vec![field.clone()])).await?;
    known.map_err(|_| Fault::invalid(format!("Field(s) \"{field}\" are not valid")))?;
    Ok(answer)
}

async fn answer(app: &App, who: Caller, hostname: &str, fields: Option<Vec<String>>) -> Result<Json<ConductorView>> {
    let found = app.conductor.store().conductor(hostname).await?;
    let info = found.ok_or_else(|| view::no_conductor(hostname))?;
    let alive = app.conductor.is_alive(&info);
    Ok(Json(ConductorView { info, alive, fields, links: who.links }))
}
