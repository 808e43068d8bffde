//! `/v1/nodes/{node}/ports` and `/v1/nodes/{node}/portgroups`: what a node has of either.

use std::sync::Arc;

use axum::Router;
use kamacite_model::Node;
use kamacite_store::PortFilter;

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    page::Form,
    policy::Policy,
    portgroups, ports,
    request::{Caller, Input, NodeIdent},
    route::Verbs,
    shown::{Document, Listing},
    versions::Endpoint,
};

pub fn routes() -> Router<App> {
    // They are listed here, and changed where they are.
    let list_only = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route(
            "/v1/nodes/{ident}/ports",
            list_only().get(list_ports).post(malformed).patch(malformed).delete(malformed).done(),
        )
        .route("/v1/nodes/{ident}/ports/detail", list_only().get(list_ports_in_detail).done())
        .route("/v1/nodes/{ident}/ports/{last}", list_only().get(malformed).patch(malformed).delete(malformed).done())
        .route(
            "/v1/nodes/{ident}/portgroups",
            list_only().get(list_groups).post(malformed_group).patch(malformed_group).delete(malformed_group).done(),
        )
        .route("/v1/nodes/{ident}/portgroups/detail", list_only().get(list_groups_in_detail).done())
        .route(
            "/v1/nodes/{ident}/portgroups/{last}",
            list_only().get(malformed_group).patch(malformed_group).delete(malformed_group).done(),
        )
}

type Page = Result<Json<Listing<Document>>>;

/// `GET /v1/nodes/{node}/ports`
async fn list_ports(app: App, who: Caller, ident: NodeIdent, input: Input) -> Page {
    ports_of(&app, &who, &ident, &input, Form::Chosen, "ports").await
}

/// `GET /v1/nodes/{node}/ports/detail`
async fn list_ports_in_detail(app: App, who: Caller, ident: NodeIdent, input: Input) -> Page {
    ports_of(&app, &who, &ident, &input, Form::Detail, "ports/detail").await
}

/// `GET /v1/nodes/{node}/portgroups`
async fn list_groups(app: App, who: Caller, ident: NodeIdent, input: Input) -> Page {
    groups_of(&app, &who, &ident, &input, Form::Chosen, "portgroups").await
}

/// `GET /v1/nodes/{node}/portgroups/detail`
async fn list_groups_in_detail(app: App, who: Caller, ident: NodeIdent, input: Input) -> Page {
    groups_of(&app, &who, &ident, &input, Form::Detail, "portgroups/detail").await
}

async fn ports_of(app: &App, who: &Caller, ident: &NodeIdent, input: &Input, form: Form, rest: &str) -> Page {
    let node = parent(app, who, ident).await?;
    let within = PortFilter { node: Some(node.uuid), ..PortFilter::default() };
    ports::nested(app, who, input, form, within, &format!("nodes/{}/{rest}", ident.0)).await
}

async fn groups_of(app: &App, who: &Caller, ident: &NodeIdent, input: &Input, form: Form, rest: &str) -> Page {
    Endpoint::PortgroupPorts.require(who.version)?;
    let node = parent(app, who, ident).await?;
    portgroups::nested(app, who, input, form, node.uuid, &format!("nodes/{}/{rest}", ident.0)).await
}

/// The node whose they are. Ironic finds it by its UUID only, and says of any other that a group is missing.
async fn parent(app: &App, who: &Caller, ident: &NodeIdent) -> Result<Arc<Node>> {
    app.node(who, ident, Policy::NodeGet).await
}

async fn malformed(_: Caller, _: NodeIdent, _: Input) -> Result<()> {
    Err(Fault::malformed_uri())
}

async fn malformed_group(who: Caller, _: NodeIdent, _: Input) -> Result<()> {
    Endpoint::PortgroupPorts.require(who.version)?;
    Err(Fault::malformed_uri())
}
