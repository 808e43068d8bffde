//! `/v1/portgroups/{portgroup}/ports`: the ports of a group.

use axum::Router;
use kamacite_store::PortFilter;

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    page::Form,
    policy::Policy,
    ports,
    request::{Caller, Input, PortIdent},
    route::Verbs,
    shown::{Document, Listing},
    versions::Endpoint,
};

pub fn routes() -> Router<App> {
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route(
            "/v1/portgroups/{port}/ports",
            verbs().get(list).post(malformed).patch(malformed).delete(malformed).done(),
        )
        .route("/v1/portgroups/{port}/ports/detail", verbs().get(detail).done())
        .route("/v1/portgroups/{port}/ports/{last}", verbs().get(malformed).patch(malformed).delete(malformed).done())
}

/// `GET /v1/portgroups/{portgroup}/ports`
async fn list(app: App, who: Caller, ident: PortIdent, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &ident, &input, Form::Chosen, "ports").await
}

/// `GET /v1/portgroups/{portgroup}/ports/detail`
async fn detail(app: App, who: Caller, ident: PortIdent, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &ident, &input, Form::Detail, "ports/detail").await
}

async fn answer(
    app: &App,
    who: &Caller,
    PortIdent(ident): &PortIdent,
    input: &Input,
    form: Form,
    rest: &str,
) -> Result<Json<Listing<Document>>> {
    check(who, ident)?;
    // Ironic finds the group by its UUID only.
    let (group, _) = app.portgroup(who, ident, Policy::PortgroupGet).await?;
    let within = PortFilter { portgroup: Some(group.uuid), ..PortFilter::default() };
    ports::nested(app, who, input, form, within, &format!("portgroups/{ident}/{rest}")).await
}

/// Ports are listed here, and changed where they are.
async fn malformed(who: Caller, PortIdent(ident): PortIdent, _: Input) -> Result<()> {
    check(&who, &ident)?;
    Err(Fault::malformed_uri())
}

fn check(who: &Caller, ident: &str) -> Result<()> {
    super::check_name(ident)?;
    Endpoint::PortgroupPorts.require(who.version)
}
