//! `PUT /v1/nodes/{node}/states/boot_mode`: changes how the firmware starts a system.

use kamacite_model::{BootMode, Node, machine::Phase};

use crate::{
    App,
    answer::Accepted,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// `PUT /v1/nodes/{node}/states/boot_mode`
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    let args = input.args(&["target"])?;
    args.require("target")?;
    let target = args.string("target")?.unwrap_or("None");
    let node = app.node(&who, &ident, Policy::NodeSetBootMode).await?;
    Endpoint::NodeBootMode.require(who.version)?;
    let mode: BootMode = target.parse().map_err(|_| {
        Fault::invalid(format!("Invalid boot mode {target} requested for node. Allowed boot modes are: bios, uefi"))
    })?;
    require_rest(&node)?;
    let operation = app.conductor.set_boot_mode(node.uuid, mode, &who.requester).await?;
    Ok(Accepted::at(who.links.v1(&format!("nodes/{}/states", ident.0))).by(operation))
}

/// Refuses a node on which something is going on.
pub fn require_rest(node: &Node) -> Result<()> {
    match node.provision_state.facts().phase {
        Phase::Stable | Phase::Holding | Phase::Failed => Ok(()),
        Phase::Working | Phase::Waiting => Err(Fault::conflict(format!(
            "Node is in {} state. Since node is transitioning, the boot mode will not be set as this may interfere with \
             ongoing changes and result in erroneous modification. Try again later.",
            node.provision_state
        ))),
    }
}
