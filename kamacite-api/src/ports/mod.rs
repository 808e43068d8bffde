//! `/v1/ports`: the network ports of nodes.

mod create;
mod delete;
mod document;
mod list;
mod local_link;
pub mod openapi;
mod patch;
mod show;
mod view;

use std::{fmt::Display, sync::Arc};

use axum::Router;
use kamacite_model::{Node, Port, Uuid};

use crate::{
    App,
    fault::{Fault, Result},
    names,
    policy::Policy,
    request::{Caller, Input, Last},
    route::{self, Verbs},
    schema::{self, Type},
};

pub use list::nested;

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of ports.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/ports", verbs().get(list::list).post(create::create).patch(no_ident).delete(no_uuid).done())
        .route(
            "/v1/ports/detail",
            verbs()
                .get(list::detail)
                .post(|who| below_a_port(who, Last("detail".to_owned())))
                .patch(|app, who, input| patch::patch(app, who, Last("detail".to_owned()), input))
                .delete(|app, who, input| delete::delete(app, who, Last("detail".to_owned()), input))
                .done(),
        )
        .route(
            "/v1/ports/{last}",
            verbs().get(show::show).post(below_a_port).patch(patch::patch).delete(delete::delete).done(),
        )
        .route("/v1/ports/{port}/{last}", verbs().get(show::field).patch(route::patch_below).done())
}

/// A path that should name a port and does not.
async fn no_ident(_: Caller, _: Input) -> Result<()> {
    Err(Fault::missing("port_ident"))
}

/// The same, where only a UUID will do.
async fn no_uuid(_: Caller, _: Input) -> Result<()> {
    Err(Fault::missing("port_uuid"))
}

/// `POST /v1/ports/{port}`: Ironic takes the end of the path for the document.
async fn below_a_port(_: Caller, Last(ident): Last) -> Result<()> {
    Err(schema::path_refusal("port", &ident, Type::Object))
}

fn missing(ident: impl Display) -> Fault {
    Fault::not_found(format!("Port {ident} could not be found."))
}

impl App {
    /// The port that a text names, and its node, if the caller may do this to it.
    async fn port(&self, who: &Caller, ident: &str, policy: Policy) -> Result<(Port, Arc<Node>)> {
        who.trail.names(ident);
        let port = match Uuid::try_parse(ident) {
            Ok(uuid) => self.conductor.store().port(uuid).await?,
            Err(_) => self.conductor.store().port_named(ident).await?,
        };
        let missing = || missing(ident);
        let port = port.ok_or_else(missing)?;
        let node = self.conductor.store().node(port.node).await?.ok_or_else(missing)?;
        who.trail.finds(node.uuid);
        self.allow_on(who, policy, &node, missing)?;
        Ok((port, node))
    }

    /// [`App::port`] for paths whose `.json` may have been part of the name.
    async fn port_with_suffix(&self, who: &Caller, ident: &str, policy: Policy) -> Result<(Port, Arc<Node>)> {
        match self.port(who, ident, policy).await {
            Err(_) if who.json_suffix => self.port(who, &format!("{ident}.json"), policy).await,
            answer => answer,
        }
    }
}

/// Refuses what cannot name a port.
fn check_ident(what: &str, ident: &str) -> Result<()> {
    if names::is_ident(ident) {
        return Ok(());
    }
    Err(Fault::invalid(format!("Expected UUID or name for {what}: {ident}")))
}
