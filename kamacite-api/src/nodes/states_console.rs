//! `/v1/nodes/{node}/states/console`: opens a console, closes it, and tells how to reach it.

use kamacite_driver::interfaces::ConsoleAccess;
use serde::Serialize;

use crate::{
    App,
    answer::{Accepted, Json},
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// A console's state.
#[derive(Serialize)]
pub struct Console {
    console_enabled: bool,
    console_info: Option<ConsoleAccess>,
}

/// `GET /v1/nodes/{node}/states/console`; a console that is closed is no error.
pub async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Console>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetConsole).await?;
    let console_info = app.conductor.console(node.uuid).await?;
    Ok(Json(Console { console_enabled: console_info.is_some(), console_info }))
}

/// `PUT /v1/nodes/{node}/states/console`; null closes.
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    let args = input.args(&["enabled"])?;
    args.require("enabled")?;
    let on = args.boolean("enabled")?.unwrap_or(false);
    let node = app.node(&who, &ident, Policy::NodeSetConsole).await?;
    let operation = app.conductor.set_console(node.uuid, on, &who.requester).await?;
    Ok(Accepted::at(who.links.v1(&format!("nodes/{}/states/console", ident.0))).by(operation))
}
