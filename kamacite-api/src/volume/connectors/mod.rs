//! `/v1/volume/connectors`: what nodes are known by in a storage network.

mod create;
mod delete;
mod document;
mod list;
pub mod openapi;
mod patch;
mod show;
mod view;

use std::sync::Arc;

use axum::Router;
use kamacite_model::{Node, Uuid, VolumeConnector};

use super::list::Kind;
use crate::{
    App, args,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input},
    route::Verbs,
    versions::Endpoint,
};

pub use create::refuse as refuse_new;
pub use delete::refuse as refuse_delete;
pub use list::of_node;
pub use patch::refuse as refuse_patch;
pub use show::refuse as refuse_show;

/// How connectors are listed.
const KIND: Kind = Kind {
    path: "volume/connectors",
    fields: &["connector_id", "created_at", "extra", "links", "node_uuid", "type", "updated_at", "uuid"],
    default: &["uuid", "node_uuid", "type", "connector_id"],
    unsortable: &["extra"],
};

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of connectors.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route(
            "/v1/volume/connectors",
            verbs().get(list::list).post(create::create).patch(no_uuid).delete(no_uuid).done(),
        )
        .route(
            "/v1/volume/connectors/{last}",
            verbs().get(show::show).patch(patch::patch).delete(delete::delete).done(),
        )
        .route("/v1/volume/connectors/{part}/{last}", verbs().get(show::field).done())
}

/// A path that should name a connector and does not.
pub async fn no_uuid(who: Caller, _: Input) -> Result<()> {
    Endpoint::VolumeParts.require(who.version)?;
    Err(Fault::missing("connector_uuid"))
}

/// The UUID that a path names a connector by.
fn uuid(ident: &str) -> Result<Uuid> {
    args::uuid("connector_uuid", &ident.into())
}

fn missing(uuid: Uuid) -> Fault {
    Fault::not_found(format!("Volume connector {uuid} could not be found."))
}

impl App {
    /// The connector of a UUID, and its node, if the caller may do this to it.
    async fn volume_connector(&self, who: &Caller, uuid: Uuid, policy: Policy) -> Result<(VolumeConnector, Arc<Node>)> {
        let found = self.conductor.store().volume_connector(uuid).await?.ok_or_else(|| missing(uuid))?;
        let node = self.conductor.store().node(found.node).await?.ok_or_else(|| missing(uuid))?;
        self.allow_on(who, policy, &node, || missing(uuid))?;
        Ok((found, node))
    }
}
