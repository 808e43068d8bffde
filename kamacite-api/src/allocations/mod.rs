//! `/v1/allocations`: nodes that clients have asked for by what they are.

mod create;
mod delete;
mod document;
mod list;
pub mod openapi;
mod patch;
mod show;
mod view;

use axum::Router;
use kamacite_model::{Allocation, Uuid};

use crate::{
    App,
    fault::{Fault, Result},
    names,
    policy::Policy,
    request::{Caller, Input},
    route::Verbs,
    versions::Endpoint,
};

pub use view::document;

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of allocations.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route(
            "/v1/allocations",
            verbs().get(list::list).post(create::create).patch(patch_nothing).delete(delete_nothing).done(),
        )
        .route("/v1/allocations/{last}", verbs().get(show::show).patch(patch::patch).delete(delete::delete).done())
        .route("/v1/allocations/{allocation}/{last}", verbs().get(show::field).done())
}

/// A path that should name an allocation and does not: Ironic stumbles over it.
async fn patch_nothing(who: Caller, _: Input) -> Result<()> {
    Endpoint::UpdateAllocation.require(who.version)?;
    Err(Fault::missing("allocation_ident"))
}

/// The same.
async fn delete_nothing(who: Caller, _: Input) -> Result<()> {
    Endpoint::ChangeAllocations.require(who.version)?;
    Err(Fault::missing("allocation_ident"))
}

impl App {
    /// The allocation that a text names, if the caller may do this to it. The `.json` at the end of the path may have been
    /// part of the name.
    async fn allocation(&self, who: &Caller, ident: &str, policy: Policy) -> Result<Allocation> {
        who.trail.names(ident);
        self.allow(who, policy)?;
        if let Some(found) = self.find_allocation(ident).await? {
            return Ok(found);
        }
        let missing = || Fault::not_found(format!("Allocation {ident} could not be found."));
        if !who.json_suffix {
            return Err(missing());
        }
        self.find_allocation(&format!("{ident}.json")).await?.ok_or_else(missing)
    }

    async fn find_allocation(&self, ident: &str) -> Result<Option<Allocation>> {
        let store = self.conductor.store();
        match Uuid::try_parse(ident) {
            Ok(uuid) => Ok(store.allocation(uuid).await?),
            Err(_) if names::is_logical_name(ident) => Ok(store.allocation_named(ident).await?),
            Err(_) => Err(Fault::invalid(format!("Expected a logical name or UUID but received {ident}."))),
        }
    }
}
