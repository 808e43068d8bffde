//! `/v1/nodes/{node}/vendor_passthru`: what only this node's vendor interface can do.

use axum::{
    Router,
    http::Method,
    response::Response,
    routing::{any, get},
};

use crate::{
    App,
    answer::Json,
    fault::Result,
    passthru::{self, MethodAt, Methods},
    policy::Policy,
    request::{AnyCaller, Caller, Input, MethodName, NodeIdent},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/nodes/vendor_passthru", any(super::no_ident))
        .route("/v1/nodes/{ident}/vendor_passthru", any(call_by_query))
        // Only this verb lists; with any other, "methods" is the name of a method.
        .route("/v1/nodes/{ident}/vendor_passthru/methods", get(methods).head(call_methods).fallback(call_methods))
        .route("/v1/nodes/{ident}/vendor_passthru/{method}", any(call_by_path))
}

/// `GET /v1/nodes/{node}/vendor_passthru/methods`
async fn methods(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Methods>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeVendorPassthru).await?;
    Ok(Json(Methods::of_node(app.conductor.node_methods(node.uuid).await?)))
}

/// Any verb on `/v1/nodes/{node}/vendor_passthru/{method}`
async fn call_by_path(
    app: App,
    who: AnyCaller,
    verb: Method,
    ident: NodeIdent,
    MethodName(method): MethodName,
    input: Input,
) -> Result<Response> {
    call(app, who, verb, ident, input, MethodAt::Path(method)).await
}

/// Any verb on `/v1/nodes/{node}/vendor_passthru?method={method}`
async fn call_by_query(app: App, who: AnyCaller, verb: Method, ident: NodeIdent, input: Input) -> Result<Response> {
    call(app, who, verb, ident, input, MethodAt::Query).await
}

async fn call_methods(app: App, who: AnyCaller, verb: Method, ident: NodeIdent, input: Input) -> Result<Response> {
    call(app, who, verb, ident, input, MethodAt::Path("methods".to_owned())).await
}

async fn call(
    app: App,
    AnyCaller(who): AnyCaller,
    verb: Method,
    ident: NodeIdent,
    input: Input,
    at: MethodAt,
) -> Result<Response> {
    let asked = passthru::read(&input, at, &[])?;
    who.trail.action(&asked.method);
    let node = app.node(&who, &ident, Policy::NodeVendorPassthru).await?;
    if !who.takes_json {
        passthru::check_accepted(&app.conductor.node_methods(node.uuid).await?, &asked.method)?;
    }
    let Some(known) = passthru::verb(&verb) else {
        let methods = app.conductor.node_methods(node.uuid).await?;
        return Err(passthru::refuse_verb(&methods, &asked.method, &verb));
    };
    Ok(passthru::reply(app.conductor.node_passthru(node.uuid, asked.by(known), &who.requester).await?))
}
