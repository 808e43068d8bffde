//! `/v1/volume`: what nodes are known by in a storage network, and which volumes they are given there.

pub mod connectors;
mod links;
mod list;
pub mod openapi;
pub mod targets;

use axum::Router;

use crate::{App, route::Verbs};

pub use links::of_node as links_of_node;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/volume", Verbs::new().get(links::show).done())
        .merge(connectors::routes())
        .merge(targets::routes())
}
