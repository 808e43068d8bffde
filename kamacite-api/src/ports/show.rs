//! `GET /v1/ports/{port}`: one port.

use super::{check_ident, list::require_field, view};
use crate::{
    App,
    answer::Json,
    fault::Result,
    page,
    policy::Policy,
    request::{Caller, Input, Last, PortIdent},
    shown::{Document, Shown},
    versions::PortField,
};

/// `GET /v1/ports/{port}`
pub async fn show(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Json<Document>> {
    let fields = input.query(&["fields"])?.list("fields")?;
    answer(&app, &who, &ident, Shown::asked(fields)).await
}

/// `GET /v1/ports/{port}/{fields}`: an old way to ask for fields.
pub async fn field(
    app: App,
    who: Caller,
    PortIdent(ident): PortIdent,
    Last(fields): Last,
    input: Input,
) -> Result<Json<Document>> {
    input.query(&[])?;
    answer(&app, &who, &ident, Shown::in_path(&fields)).await
}

async fn answer(app: &App, who: &Caller, ident: &str, shown: Shown) -> Result<Json<Document>> {
    check_ident("port_ident", ident)?;
    let (port, _) = app.port_with_suffix(who, ident, Policy::PortGet).await?;
    page::check_fields(who.version, shown.names(), |field| require_field(who.version, field))?;
    shown.check::<PortField>()?;
    Ok(Json(view::document(&port, &who.links, who.version, &shown)))
}
