//! `/v1/nodes/{node}/volume`: what a node has of volumes. It is listed here, and changed where it is.

use axum::Router;
use kamacite_model::{VolumeConnector, VolumeTarget};

use super::{
    create, delete, links, list,
    part::{self, Part},
    patch,
};
use crate::{
    App,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent},
    route::Verbs,
    versions::Endpoint,
};

pub fn routes() -> Router<App> {
    let list_only = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/nodes/{ident}/volume", Verbs::new().get(links::of_node).done())
        .route(
            "/v1/nodes/{ident}/volume/connectors",
            list_only()
                .get(list::of_node::<VolumeConnector>)
                .post(refuse_new::<VolumeConnector>)
                .patch(super::no_uuid::<VolumeConnector>)
                .delete(super::no_uuid::<VolumeConnector>)
                .done(),
        )
        .route(
            "/v1/nodes/{ident}/volume/connectors/{last}",
            list_only()
                .get(refuse_show::<VolumeConnector>)
                .patch(refuse_patch::<VolumeConnector>)
                .delete(refuse_delete::<VolumeConnector>)
                .done(),
        )
        .route(
            "/v1/nodes/{ident}/volume/targets",
            list_only()
                .get(list::of_node::<VolumeTarget>)
                .post(refuse_new::<VolumeTarget>)
                .patch(super::no_uuid::<VolumeTarget>)
                .delete(super::no_uuid::<VolumeTarget>)
                .done(),
        )
        .route(
            "/v1/nodes/{ident}/volume/targets/{last}",
            list_only()
                .get(refuse_show::<VolumeTarget>)
                .patch(refuse_patch::<VolumeTarget>)
                .delete(refuse_delete::<VolumeTarget>)
                .done(),
        )
}

async fn refuse_new<T: Part>(app: App, who: Caller, _: NodeIdent, input: Input) -> Result<()> {
    create::read::<T>(&app, &who, &input).await?;
    Err(Fault::malformed_uri())
}

async fn refuse_show<T: Part>(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    Endpoint::VolumeParts.require(who.version)?;
    input.query(&["fields"])?;
    part::find::<T>(&app, &who, T::KIND.uuid(&ident)?, Policy::VolumeGet).await?;
    Err(Fault::malformed_uri())
}

async fn refuse_patch<T: Part>(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    patch::read::<T>(&app, &who, &ident, &input).await?;
    Err(Fault::malformed_uri())
}

async fn refuse_delete<T: Part>(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    delete::read::<T>(&app, &who, &ident, &input).await?;
    Err(Fault::malformed_uri())
}
