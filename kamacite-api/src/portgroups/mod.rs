//! `/v1/portgroups`: groups of network ports that act as one.

mod create;
mod delete;
mod document;
mod list;
pub mod openapi;
mod patch;
mod ports;
mod show;
mod view;

use std::{fmt::Display, sync::Arc};

use axum::Router;
use kamacite_model::{Node, Portgroup, Uuid};

use crate::{
    App,
    fault::{Fault, Result},
    names,
    policy::Policy,
    request::{Caller, Input, Last},
    route::{self, Verbs},
    schema::{self, Type},
    versions::Endpoint,
};

pub use list::nested;

pub fn routes() -> Router<App> {
    // Ironic shows the same verbs on every path of groups.
    let verbs = || Verbs::new().showing(&["DELETE", "GET", "PATCH", "POST"]);
    Router::new()
        .route("/v1/portgroups", verbs().get(list::list).post(create::create).patch(no_ident).delete(no_ident).done())
        .route(
            "/v1/portgroups/detail",
            verbs()
                .get(list::detail)
                .post(|who| below_a_group(who, Last("detail".to_owned())))
                .patch(|app, who, input| patch::patch(app, who, Last("detail".to_owned()), input))
                .delete(|app, who, input| delete::delete(app, who, Last("detail".to_owned()), input))
                .done(),
        )
        .route(
            "/v1/portgroups/{last}",
            verbs().get(show::show).post(below_a_group).patch(patch::patch).delete(delete::delete).done(),
        )
        .route("/v1/portgroups/{port}/{last}", verbs().get(show::field).patch(route::patch_below).done())
        .merge(ports::routes())
}

/// A path that should name a group and does not.
async fn no_ident(who: Caller, _: Input) -> Result<()> {
    Endpoint::Portgroups.require(who.version)?;
    Err(Fault::missing("portgroup_ident"))
}

/// `POST /v1/portgroups/{portgroup}`: Ironic takes the end of the path for the document.
async fn below_a_group(who: Caller, Last(ident): Last) -> Result<()> {
    check_ident(&who, &ident)?;
    Err(schema::path_refusal("portgroup", &ident, Type::Object))
}

/// Refuses what cannot name a group, and clients whose version has no groups.
fn check_ident(who: &Caller, ident: &str) -> Result<()> {
    check_name(ident)?;
    Endpoint::Portgroups.require(who.version)
}

/// Refuses what cannot name a group.
fn check_name(ident: &str) -> Result<()> {
    if names::is_ident(ident) {
        return Ok(());
    }
    Err(Fault::bad_path(format!("Expected UUID or name for portgroup: {ident}")))
}

fn missing(ident: impl Display) -> Fault {
    Fault::not_found(format!("Portgroup {ident} could not be found."))
}

impl App {
    /// The group of ports that a text names, and its node, if the caller may do this to it.
    pub async fn portgroup(&self, who: &Caller, ident: &str, policy: Policy) -> Result<(Portgroup, Arc<Node>)> {
        who.trail.names(ident);
        let group = match Uuid::try_parse(ident) {
            Ok(uuid) => self.conductor.store().portgroup(uuid).await?,
            Err(_) => self.conductor.store().portgroup_named(ident).await?,
        };
        let missing = || missing(ident);
        let group = group.ok_or_else(missing)?;
        let node = self.conductor.store().node(group.node).await?.ok_or_else(missing)?;
        who.trail.finds(node.uuid);
        self.allow_on(who, policy, &node, missing)?;
        Ok((group, node))
    }

    /// [`App::portgroup`] for paths whose `.json` may have been part of the name.
    async fn portgroup_with_suffix(&self, who: &Caller, ident: &str, policy: Policy) -> Result<(Portgroup, Arc<Node>)> {
        match self.portgroup(who, ident, policy).await {
            Err(_) if who.json_suffix => self.portgroup(who, &format!("{ident}.json"), policy).await,
            answer => answer,
        }
    }
}
