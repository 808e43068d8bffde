//! `GET /v1/portgroups/{portgroup}`: one group of ports.

use super::{check_ident, list::require_field, view};
use crate::{
    App,
    answer::Json,
    fault::Result,
    page,
    policy::Policy,
    request::{Caller, Input, Last, PortIdent},
    shown::{Document, Shown},
    versions::PortgroupField,
};

/// `GET /v1/portgroups/{portgroup}`
pub async fn show(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Json<Document>> {
    check_ident(&who, &ident)?;
    let fields = input.query(&["fields"])?.list("fields")?;
    page::check_names::<PortgroupField>(fields.as_deref())?;
    answer(&app, &who, &ident, Shown::asked(fields)).await
}

/// `GET /v1/portgroups/{portgroup}/{fields}`: an old way to ask for fields.
pub async fn field(
    app: App,
    who: Caller,
    PortIdent(ident): PortIdent,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    check_ident(&who, &ident)?;
    input.query(&[])?;
    let shown = Shown::in_path(&fields);
    let document = answer(&app, &who, &ident, shown.clone()).await?;
    shown.check::<PortgroupField>()?;
    Ok(document)
}

async fn answer(app: &App, who: &Caller, ident: &str, shown: Shown) -> Result<Json<Document>> {
    let (group, _) = app.portgroup_with_suffix(who, ident, Policy::PortgroupGet).await?;
    shown.names().unwrap_or_default().iter().try_for_each(|field| require_field(who.version, field))?;
    Ok(Json(view::document(&group, &who.links, who.version, &shown)))
}
