//! `/v1/volume/targets`: the volumes that nodes are given.

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
use kamacite_model::{Node, Uuid, VolumeTarget};

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

/// How targets are listed.
const KIND: Kind = Kind {
    path: "volume/targets",
    fields: &[
        "boot_index",
        "created_at",
        "extra",
        "links",
        "node_uuid",
        "properties",
        "updated_at",
        "uuid",
        "volume_id",
        "volume_type",
    ],
    default: &["uuid", "node_uuid", "volume_type", "boot_index", "volume_id"],
    unsortable: &["extra", "properties"],
};

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of targets.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/volume/targets", verbs().get(list::list).post(create::create).patch(no_uuid).delete(no_uuid).done())
        .route("/v1/volume/targets/{last}", verbs().get(show::show).patch(patch::patch).delete(delete::delete).done())
        .route("/v1/volume/targets/{part}/{last}", verbs().get(show::field).done())
}

/// A path that should name a target and does not.
pub async fn no_uuid(who: Caller, _: Input) -> Result<()> {
    Endpoint::VolumeParts.require(who.version)?;
    Err(Fault::missing("target_uuid"))
}

/// The UUID that a path names a target by.
fn uuid(ident: &str) -> Result<Uuid> {
    args::uuid("target_uuid", &ident.into())
}

fn missing(uuid: Uuid) -> Fault {
    Fault::not_found(format!("Volume target {uuid} could not be found."))
}

impl App {
    /// The target of a UUID, and its node, if the caller may do this to it.
    async fn volume_target(&self, who: &Caller, uuid: Uuid, policy: Policy) -> Result<(VolumeTarget, Arc<Node>)> {
        let found = self.conductor.store().volume_target(uuid).await?.ok_or_else(|| missing(uuid))?;
        let node = self.conductor.store().node(found.node).await?.ok_or_else(|| missing(uuid))?;
        self.allow_on(who, policy, &node, || missing(uuid))?;
        Ok((found, node))
    }
}
