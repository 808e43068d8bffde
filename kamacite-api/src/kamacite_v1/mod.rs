//! `/kamacite/v1`: what Ironic has no word for: why nodes wait and the way out, operations, events, BMCs, sensors, network
//! interfaces, and the schemas of vendor methods.

mod abandon;
mod bmc;
mod event_view;
mod events;
mod nics;
mod of_node;
pub mod openapi;
mod sensors;
mod show;
mod vendor_methods;
mod view;
mod why;

use axum::Router;
use serde::Serialize;

use crate::{
    App,
    answer::Json,
    fault::Result,
    request::{Caller, Input},
    route::Verbs,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/kamacite/v1", Verbs::new().get(root).done())
        .route("/kamacite/v1/events", Verbs::new().get(events::follow).done())
        .route("/kamacite/v1/operations/{last}", Verbs::new().get(show::show).done())
        .route("/kamacite/v1/nodes/{ident}/abandon", Verbs::new().post(abandon::abandon).done())
        .route("/kamacite/v1/nodes/{ident}/bmc", Verbs::new().get(bmc::show).done())
        .route("/kamacite/v1/nodes/{ident}/nics", Verbs::new().get(nics::list).done())
        .route("/kamacite/v1/nodes/{ident}/operations", Verbs::new().get(of_node::list).done())
        .route("/kamacite/v1/nodes/{ident}/sensors", Verbs::new().get(sensors::list).done())
        .route("/kamacite/v1/nodes/{ident}/why", Verbs::new().get(why::show).done())
        .route("/kamacite/v1/drivers/{driver}/vendor_methods", Verbs::new().get(vendor_methods::list).done())
}

/// What there is.
#[derive(Serialize)]
struct Root {
    name: &'static str,
    version: &'static str,
    links: Vec<RootLink>,
}

#[derive(Serialize)]
struct RootLink {
    rel: &'static str,
    href: String,
}

/// `GET /kamacite/v1`
async fn root(who: Caller, input: Input) -> Result<Json<Root>> {
    input.query(&[])?;
    let link = |rel, path: &str| RootLink { rel, href: who.links.absolute(path) };
    Ok(Json(Root {
        name: "Kamacite",
        version: env!("CARGO_PKG_VERSION"),
        links: vec![
            link("self", "/kamacite/v1"),
            link("events", "/kamacite/v1/events"),
            link("operation", "/kamacite/v1/operations/{id}"),
            link("abandon a node", "/kamacite/v1/nodes/{node}/abandon"),
            link("bmc of a node", "/kamacite/v1/nodes/{node}/bmc"),
            link("network interfaces of a node", "/kamacite/v1/nodes/{node}/nics"),
            link("operations of a node", "/kamacite/v1/nodes/{node}/operations"),
            link("sensors of a node", "/kamacite/v1/nodes/{node}/sensors"),
            link("why a node waits", "/kamacite/v1/nodes/{node}/why"),
            link("vendor methods of a driver", "/kamacite/v1/drivers/{driver}/vendor_methods"),
        ],
    }))
}
