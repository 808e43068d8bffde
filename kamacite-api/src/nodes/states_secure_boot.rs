//! `PUT /v1/nodes/{node}/states/secure_boot`: turns secure boot on or off.

use super::states_boot_mode::require_rest;
use crate::{
    App,
    answer::Accepted,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// `PUT /v1/nodes/{node}/states/secure_boot`
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    let args = input.args(&["target"])?;
    args.require("target")?;
    let target = args.boolean("target")?;
    let node = app.node(&who, &ident, Policy::NodeSetSecureBoot).await?;
    Endpoint::NodeSecureBoot.require(who.version)?;
    let on = target.ok_or_else(|| {
        // The bracket is the reference's.
        Fault::invalid("Invalid secure_boot None requested for node. Allowed secure_boot states are: True, False) ")
    })?;
    require_rest(&node)?;
    let operation = app.conductor.set_secure_boot(node.uuid, on, &who.requester).await?;
    Ok(Accepted::at(who.links.v1(&format!("nodes/{}/states", ident.0))).by(operation))
}
