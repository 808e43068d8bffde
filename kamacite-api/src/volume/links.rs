//! `GET /v1/volume`, and the same below a node: where connectors and targets are.

use serde_json::{Value, json};

use crate::{
    App,
    answer::Json,
    fault::Result,
    links::Links,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// `GET /v1/volume`
pub async fn show(app: App, who: Caller, input: Input) -> Result<Json<Value>> {
    answer(&app, &who, &input, |links, rest| json!(links.pair("volume", rest, "")))
}

/// `GET /v1/nodes/{node}/volume`. Ironic does not look whether the node is there.
pub async fn of_node(app: App, who: Caller, NodeIdent(ident): NodeIdent, input: Input) -> Result<Json<Value>> {
    answer(&app, &who, &input, |links, rest| json!(links.pair("nodes", &ident, &format!("/volume/{rest}"))))
}

fn answer(app: &App, who: &Caller, input: &Input, pair: impl Fn(&Links, &str) -> Value) -> Result<Json<Value>> {
    Endpoint::Volume.require(who.version)?;
    input.query(&[])?;
    app.allow(who, Policy::VolumeGet)?;
    let pair = |rest| pair(&who.links, rest);
    Ok(Json(json!({"links": pair(""), "connectors": pair("connectors"), "targets": pair("targets")})))
}
