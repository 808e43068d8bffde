//! `GET /v1/allocations/{allocation}`: one allocation.

use super::view;
use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{AllocationIdent, Caller, Input, Last},
    shown::{Document, Shown},
    versions::Endpoint,
};

/// `GET /v1/allocations/{allocation}`
pub async fn show(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Json<Document>> {
    Endpoint::Allocations.require(who.version)?;
    let fields = input.query(&["fields"])?.list("fields")?;
    view::check_fields(who.version, fields.as_deref())?;
    let allocation = app.allocation(&who, &ident, Policy::AllocationGet).await?;
    Ok(Json(view::document(&allocation, &who.links, who.version, &Shown::asked(fields))))
}

/// `GET /v1/allocations/{allocation}/{fields}`: an old way to ask for fields.
pub async fn field(
    app: App,
    who: Caller,
    AllocationIdent(ident): AllocationIdent,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    Endpoint::Allocations.require(who.version)?;
    input.query(&[])?;
    let fields: Vec<String> = fields.split(',').map(|field| field.trim().to_lowercase()).collect();
    let allocation = app.allocation(&who, &ident, Policy::AllocationGet).await?;
    if fields.iter().any(|field| field == "owner") {
        view::require_owner(who.version)?;
    }
    let shown = Shown::Only(fields);
    shown.check(&view::names())?;
    Ok(Json(view::document(&allocation, &who.links, who.version, &shown)))
}
