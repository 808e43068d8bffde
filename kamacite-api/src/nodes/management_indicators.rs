//! `/v1/nodes/{node}/management/indicators`: the lights on a machine, by which a person finds it.

use kamacite_conductor::IndicatorChange;
use kamacite_driver::interfaces::Indicator;
use kamacite_model::{Component, IndicatorState};
use serde::Serialize;

use crate::{
    App,
    answer::{Done, Json},
    args::Args,
    fault::{Fault, Result},
    links::{Link, Links},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent, OnComponent},
};

/// The indicators of a node.
#[derive(Serialize)]
pub struct IndicatorList {
    indicators: Vec<IndicatorView>,
}

#[derive(Serialize)]
struct IndicatorView {
    name: String,
    component: Component,
    readonly: bool,
    states: Vec<IndicatorState>,
    links: [Link; 2],
}

/// What an indicator shows.
#[derive(Serialize)]
pub struct Shown {
    state: IndicatorState,
}

/// `GET /v1/nodes/{node}/management/indicators`
pub async fn list(app: App, who: Caller, ident: NodeIdent, _: Input) -> Result<Json<IndicatorList>> {
    let node = app.node(&who, &ident, Policy::NodeGetIndicators).await?;
    let found = app.conductor.indicators(node.uuid).await?;
    let view = |indicator| IndicatorView::new(indicator, &ident, &who.links);
    Ok(Json(IndicatorList { indicators: found.into_iter().map(view).collect() }))
}

/// `GET /v1/nodes/{node}/management/indicators/{name@component}`
pub async fn show(app: App, who: Caller, ident: NodeIdent, Last(unique): Last, input: Input) -> Result<Json<Shown>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetIndicators).await?;
    let (name, component) = parts(&unique)?;
    let state = app.conductor.indicator_state(node.uuid, component, name).await?;
    Ok(Json(Shown { state }))
}

/// `PUT /v1/nodes/{node}/management/indicators/{name@component}`
pub async fn set(app: App, who: Caller, ident: NodeIdent, Last(unique): Last, input: Input) -> Result<Done> {
    let args = input.args(&["state"])?;
    switch(app, who, ident, &unique, &args).await
}

/// `PUT /v1/nodes/{node}/management/indicators`, with the indicator in the body: Ironic does not document it and takes it.
pub async fn set_named(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    let args = input.args(&["indicator", "state"])?;
    args.require("indicator")?;
    let unique = args.string("indicator")?.unwrap_or_default().to_owned();
    switch(app, who, ident, &unique, &args).await
}

async fn switch(app: App, who: Caller, ident: NodeIdent, unique: &str, args: &Args) -> Result<Done> {
    args.require("state")?;
    let state = args.string("state")?.unwrap_or("None").to_owned();
    let node = app.node(&who, &ident, Policy::NodeSetIndicator).await?;
    let (name, component) = parts(unique)?;
    let change = IndicatorChange { component: component.to_owned(), name: name.to_owned(), state };
    app.conductor.set_indicator(node.uuid, change, &who.requester).await?;
    Ok(Done::default())
}

/// `/v1/nodes/{node}/management/indicators/{component}/{name}`: what Ironic's documents say and Ironic does not know.
pub mod documented {
    use super::{App, Caller, Done, Input, Json, Last, NodeIdent, OnComponent, Result, Shown};

    /// `GET`
    pub async fn show(
        app: App,
        who: Caller,
        ident: NodeIdent,
        OnComponent(component): OnComponent,
        Last(name): Last,
        input: Input,
    ) -> Result<Json<Shown>> {
        super::show(app, who, ident, Last(format!("{name}@{component}")), input).await
    }

    /// `PUT`
    pub async fn set(
        app: App,
        who: Caller,
        ident: NodeIdent,
        OnComponent(component): OnComponent,
        Last(name): Last,
        input: Input,
    ) -> Result<Done> {
        super::set(app, who, ident, Last(format!("{name}@{component}")), input).await
    }
}

/// The name, and the component that it is on.
fn parts(unique: &str) -> Result<(&str, &str)> {
    if unique.is_empty() {
        // The reference forgets to put the name in; there is none.
        return Err(Fault::invalid("Missing indicator name \"%s\""));
    }
    unique.split_once('@').ok_or_else(|| Fault::invalid(format!("Malformed indicator name \"{unique}\"")))
}

impl IndicatorView {
    fn new(indicator: Indicator, ident: &NodeIdent, links: &Links) -> Self {
        let Indicator { component, name, read_only, states } = indicator;
        let name = format!("{name}@{component}");
        // Ironic names the node as the client did, and so do we.
        let path = format!("nodes/{}/management/indicators/{name}", ident.0);
        let links = [
            Link { href: links.v1(&path), rel: "self" },
            Link { href: links.absolute(&format!("/{path}")), rel: "bookmark" },
        ];
        Self { name, component, readonly: read_only, states, links }
    }
}
