//! `/v1/nodes/{node}/volume`: what a node has of volumes.

use axum::Router;

use crate::{
    App,
    route::Verbs,
    volume::{connectors, links_of_node, targets},
};

pub fn routes() -> Router<App> {
    // They are listed here, and changed where they are.
    let list_only = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/nodes/{ident}/volume", Verbs::new().get(links_of_node).done())
        .route(
            "/v1/nodes/{ident}/volume/connectors",
            list_only()
                .get(connectors::of_node)
                .post(connectors::refuse_new)
                .patch(connectors::no_uuid)
                .delete(connectors::no_uuid)
                .done(),
        )
        .route(
            "/v1/nodes/{ident}/volume/connectors/{last}",
            list_only()
                .get(connectors::refuse_show)
                .patch(connectors::refuse_patch)
                .delete(connectors::refuse_delete)
                .done(),
        )
        .route(
            "/v1/nodes/{ident}/volume/targets",
            list_only()
                .get(targets::of_node)
                .post(targets::refuse_new)
                .patch(targets::no_uuid)
                .delete(targets::no_uuid)
                .done(),
        )
        .route(
            "/v1/nodes/{ident}/volume/targets/{last}",
            list_only().get(targets::refuse_show).patch(targets::refuse_patch).delete(targets::refuse_delete).done(),
        )
}
