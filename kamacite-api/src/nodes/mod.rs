//! `/v1/nodes`: one file for each verb or sub-resource.

mod allocation;
mod bios;
mod children;
mod configdrive;
mod create;
mod delete;
mod document;
mod filters;
mod firmware;
mod history;
mod inventory;
mod list;
mod maintenance;
mod management;
mod management_indicators;
mod management_inject_nmi;
mod network_data;
pub mod openapi;
mod patch;
mod ports;
mod show;
mod states;
mod states_boot_mode;
mod states_console;
mod states_power;
mod states_provision;
mod states_raid;
mod states_secure_boot;
mod steps;
mod traits;
mod validate;
mod vendor_passthru;
mod view;
mod vifs;
mod vmedia;

use std::sync::Arc;

use axum::Router;
use kamacite_model::Node;
use serde::{Serialize, Serializer};

use crate::{
    App,
    fault::{Fault, Result},
    masking::Secrets,
    request::{AnyCaller, Caller, Input},
    route::Verbs,
};
pub use list::{of_chassis, of_chassis_in_detail};
use view::{Fields, NodeView};

pub use traits::fault_of as trait_fault;

pub fn routes() -> Router<App> {
    let verbs = Verbs::new;
    Router::new()
        .route("/v1/nodes", verbs().get(list::list).post(create::create).patch(no_ident).delete(no_ident).done())
        .route("/v1/nodes/detail", verbs().get(list::detail).showing(&["DELETE", "GET", "PATCH", "POST"]).done())
        .route(
            "/v1/nodes/validate",
            verbs().get(validate::by_query).showing(&["DELETE", "GET", "PATCH", "POST"]).done(),
        )
        .route("/v1/nodes/maintenance", verbs().put(no_ident).delete(no_ident).done())
        .route("/v1/nodes/management", verbs().done())
        .route("/v1/nodes/states", verbs().get(no_ident).done())
        .route(
            "/v1/nodes/{ident}",
            verbs().get(show::show).post(create::below_a_node).patch(patch::patch).delete(delete::delete).done(),
        )
        .route(
            "/v1/nodes/{ident}/{last}",
            verbs().get(show::field).delete(no_resource).showing(&["DELETE", "GET", "PATCH", "POST"]).done(),
        )
        .route(
            "/v1/nodes/{ident}/validate",
            verbs()
                .get(validate::by_path)
                .post(create::below_a_node)
                .showing(&["DELETE", "GET", "PATCH", "POST"])
                .done(),
        )
        .route("/v1/nodes/{ident}/maintenance", verbs().put(maintenance::set).delete(maintenance::clear).done())
        // Nothing is below it, and Ironic says so by the verbs of what is above.
        .route("/v1/nodes/{ident}/maintenance/{last}", verbs().showing(&["DELETE", "PUT"]).done())
        .merge(states_routes())
        .merge(management_routes())
        .route("/v1/nodes/{ident}/traits", verbs().get(traits::list).put(traits::replace).delete(traits::clear).done())
        .route(
            "/v1/nodes/{ident}/traits/{last}",
            verbs().put(traits::add).delete(traits::remove).showing(&["DELETE", "GET", "PUT"]).done(),
        )
        .route("/v1/nodes/{ident}/children", verbs().get(children::list).done())
        .route("/v1/nodes/{ident}/history", verbs().get(history::list).done())
        .route("/v1/nodes/{ident}/history/{last}", verbs().get(history::show).done())
        .route("/v1/nodes/{ident}/vmedia", verbs().get(vmedia::list).post(vmedia::attach).delete(vmedia::detach).done())
        .route(
            "/v1/nodes/{ident}/vmedia/{last}",
            verbs().delete(vmedia::detach_named).showing(&["DELETE", "GET", "POST"]).done(),
        )
        .merge(allocation::routes())
        .route("/v1/nodes/{ident}/bios", verbs().get(bios::list).done())
        .route("/v1/nodes/{ident}/bios/{last}", verbs().get(bios::show).done())
        .route("/v1/nodes/{ident}/firmware", verbs().get(firmware::list).done())
        .route("/v1/nodes/{ident}/firmware/{last}", verbs().showing(&["GET"]).done())
        .route("/v1/nodes/{ident}/inventory", verbs().get(inventory::show).done())
        .route("/v1/nodes/{ident}/children/{last}", verbs().showing(&["GET"]).done())
        .merge(ports::routes())
        .route("/v1/nodes/{ident}/vifs", verbs().get(vifs::list).post(vifs::attach).delete(vifs::detach_none).done())
        .route(
            "/v1/nodes/{ident}/vifs/{last}",
            verbs().post(vifs::below).delete(vifs::detach).showing(&["DELETE", "GET", "POST"]).done(),
        )
        .merge(vendor_passthru::routes())
}

fn states_routes() -> Router<App> {
    // Ironic shows the verbs of the states document on every path below it.
    let put_only = || Verbs::new().showing(&["GET"]);
    Router::new()
        .route("/v1/nodes/{ident}/states", Verbs::new().get(states::show).done())
        .route("/v1/nodes/{ident}/states/power", put_only().put(states_power::set).showing(&["GET"]).done())
        .route("/v1/nodes/{ident}/states/provision", put_only().put(states_provision::set).showing(&["GET"]).done())
        .route("/v1/nodes/{ident}/states/raid", put_only().put(states_raid::set).showing(&["GET"]).done())
        .route("/v1/nodes/{ident}/states/boot_mode", put_only().put(states_boot_mode::set).showing(&["GET"]).done())
        .route("/v1/nodes/{ident}/states/secure_boot", put_only().put(states_secure_boot::set).showing(&["GET"]).done())
        .route(
            "/v1/nodes/{ident}/states/console",
            Verbs::new().get(states_console::show).put(states_console::set).done(),
        )
}

fn management_routes() -> Router<App> {
    // Ironic shows no verbs on any path below a node's management.
    let verbs = Verbs::new;
    let bare = |verbs: Verbs| verbs.showing(&[]).done();
    Router::new()
        .route("/v1/nodes/{ident}/management", verbs().done())
        .route("/v1/nodes/{ident}/management/{last}", verbs().done())
        .route(
            "/v1/nodes/{ident}/management/boot_device",
            bare(verbs().get(management::boot_device).put(management::set_boot_device)),
        )
        .route(
            "/v1/nodes/{ident}/management/boot_device/supported",
            bare(verbs().get(management::supported_boot_devices)),
        )
        .route(
            "/v1/nodes/{ident}/management/indicators",
            bare(verbs().get(management_indicators::list).put(management_indicators::set_named)),
        )
        .route(
            "/v1/nodes/{ident}/management/indicators/{last}",
            bare(verbs().get(management_indicators::show).put(management_indicators::set)),
        )
        .route(
            "/v1/nodes/{ident}/management/indicators/{component}/{last}",
            bare(verbs().get(management_indicators::documented::show).put(management_indicators::documented::set)),
        )
        .route("/v1/nodes/{ident}/management/inject_nmi", bare(verbs().put(management_inject_nmi::inject)))
        .route("/v1/nodes/{ident}/management/inject_nmi/{last}", verbs().done())
}

/// A path that should name a node and does not.
async fn no_ident(_: AnyCaller, _: Input) -> Result<()> {
    Err(Fault::missing("node_ident"))
}

/// A path below a node where nothing is.
async fn no_resource(_: Caller) -> Result<()> {
    Err(Fault::not_found("Resource could not be found."))
}

/// A node with all that is needed to write it.
struct NodeDocument {
    app: App,
    who: Caller,
    node: Arc<Node>,
    fields: Fields,
}

impl NodeDocument {
    /// A node with every field of the client's version.
    fn whole(app: App, who: Caller, node: Arc<Node>) -> Self {
        let fields = view::all_fields(who.version);
        Self { app, who, node, fields }
    }
}

impl Serialize for NodeDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let registry = self.app.conductor.registry();
        NodeView {
            node: &self.node,
            fields: &self.fields,
            version: self.who.version,
            links: &self.who.links,
            conductor: self.app.owner_of(&registry, &self.node),
            secrets: Secrets::Masked,
        }
        .serialize(serializer)
    }
}
