//! `/v1/volume`: what nodes are known by in a storage network, and which volumes they are given there.
//!
//! Connectors and targets are asked for in the same ways: `create`, `list`, `show`, `patch` and `delete` are for both, by way of
//! the trait [`part::Part`]. `connector` and `target` say what each is.

mod connector;
mod create;
mod delete;
mod links;
mod list;
pub mod of_node;
pub mod openapi;
mod part;
mod patch;
mod show;
mod target;

use axum::Router;
use kamacite_model::{VolumeConnector, VolumeTarget};

use crate::{
    App,
    fault::{Fault, Result},
    request::{Caller, Input},
    route::Verbs,
    versions::Endpoint,
};
use part::Part;

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of connectors and targets.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/volume", Verbs::new().get(links::show).done())
        .route(
            "/v1/volume/connectors",
            verbs()
                .get(list::list::<VolumeConnector>)
                .post(create::create::<VolumeConnector>)
                .patch(no_uuid::<VolumeConnector>)
                .delete(no_uuid::<VolumeConnector>)
                .done(),
        )
        .route(
            "/v1/volume/connectors/{last}",
            verbs()
                .get(show::show::<VolumeConnector>)
                .patch(patch::patch::<VolumeConnector>)
                .delete(delete::delete::<VolumeConnector>)
                .done(),
        )
        .route("/v1/volume/connectors/{part}/{last}", verbs().get(show::field::<VolumeConnector>).done())
        .route(
            "/v1/volume/targets",
            verbs()
                .get(list::list::<VolumeTarget>)
                .post(create::create::<VolumeTarget>)
                .patch(no_uuid::<VolumeTarget>)
                .delete(no_uuid::<VolumeTarget>)
                .done(),
        )
        .route(
            "/v1/volume/targets/{last}",
            verbs()
                .get(show::show::<VolumeTarget>)
                .patch(patch::patch::<VolumeTarget>)
                .delete(delete::delete::<VolumeTarget>)
                .done(),
        )
        .route("/v1/volume/targets/{part}/{last}", verbs().get(show::field::<VolumeTarget>).done())
}

/// A path that should name a connector or a target and does not.
async fn no_uuid<T: Part>(who: Caller, _: Input) -> Result<()> {
    Endpoint::VolumeParts.require(who.version)?;
    Err(Fault::missing(&T::KIND.uuid_name()))
}
