//! `/v1/chassis/{chassis}/nodes`: the nodes that stand in a chassis.

use axum::Router;

use crate::{
    App,
    fault::{Fault, Result},
    nodes,
    request::{Caller, Input, Last},
    route::Verbs,
    schema::{self, Type},
};

pub fn routes() -> Router<App> {
    // They are listed here, and changed where they are.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route(
            "/v1/chassis/{last}/nodes",
            verbs().get(nodes::of_chassis).post(create).patch(malformed).delete(nothing).done(),
        )
        .route("/v1/chassis/{last}/nodes/detail", verbs().get(nodes::of_chassis_in_detail).done())
        .route("/v1/chassis/{chassis}/nodes/{last}", verbs().get(malformed).patch(malformed).delete(nothing).done())
        .route("/v1/chassis/{chassis}/nodes/{ident}/{*rest}", verbs().get(malformed).done())
}

/// `POST /v1/chassis/{chassis}/nodes`: Ironic takes the chassis for the document.
async fn create(_: Caller, Last(chassis): Last) -> Result<()> {
    Err(schema::path_refusal("node", &chassis, Type::Object))
}

async fn malformed(_: Caller, _: Input) -> Result<()> {
    Err(Fault::malformed_uri())
}

async fn nothing(_: Caller, _: Input) -> Result<()> {
    Err(Fault::not_found("Resource could not be found."))
}
