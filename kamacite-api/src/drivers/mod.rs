//! `/v1/drivers`: hardware types.

mod list;
pub mod openapi;
mod properties;
mod raid;
mod show;
mod vendor_passthru;
mod view;

use axum::{Router, routing::any};

use crate::{
    App,
    fault::{Fault, Result},
    request::{AnyCaller, Input},
    route::Verbs,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/drivers", Verbs::new().get(list::list).done())
        .route("/v1/drivers/{driver}", Verbs::new().get(show::show).done())
        .route("/v1/drivers/{driver}/{last}", Verbs::new().get(show::field).done())
        .route("/v1/drivers/properties", Verbs::new().get(no_driver).done())
        .route("/v1/drivers/raid", Verbs::new().done())
        .route("/v1/drivers/{driver}/raid", Verbs::new().done())
        .route("/v1/drivers/raid/{last}", Verbs::new().get(no_driver).done())
        .route(
            "/v1/drivers/{driver}/raid/logical_disk_properties",
            // Ironic shows no verbs here.
            Verbs::new().get(raid::logical_disk_properties).showing(&[]).done(),
        )
        .route("/v1/drivers/{driver}/raid/logical_disk_properties/{last}", Verbs::new().done())
        .route("/v1/drivers/vendor_passthru", any(no_driver))
        .route("/v1/drivers/vendor_passthru/{last}", any(no_driver))
        .route("/v1/drivers/{driver}/properties", Verbs::new().get(properties::list).done())
        .merge(vendor_passthru::routes())
}

/// A path that should name a hardware type and does not.
async fn no_driver(_: AnyCaller, _: Input) -> Result<()> {
    Err(Fault::missing("driver_name"))
}
