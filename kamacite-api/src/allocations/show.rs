//! `GET /v1/allocations/{allocation}`: one allocation.

use super::view;
use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{AllocationIdent, Caller, Input, Last},
    shown::{Document, Shown},
    versions::{AllocationField, Endpoint},
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
    let shown = Shown::in_path(&fields);
    let allocation = app.allocation(&who, &ident, Policy::AllocationGet).await?;
    if shown.asks_for("owner") {
        view::require_owner(who.version)?;
    }
    shown.check::<AllocationField>()?;
    Ok(Json(view::document(&allocation, &who.links, who.version, &shown)))
}
