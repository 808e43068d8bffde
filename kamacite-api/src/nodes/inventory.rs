//! `/v1/nodes/{node}/inventory`: what the last inspection of a node found.

use kamacite_model::Inventory;

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// `GET /v1/nodes/{node}/inventory`
pub async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Inventory>> {
    Endpoint::NodeInventory.require(who.version)?;
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetInventory).await?;
    let found = app.conductor.store().inventory(node.uuid).await?;
    // Ironic names the node by the number of its row.
    let missing = || Fault::not_found(format!("Node inventory record for node {} could not be found.", node.uuid));
    found.map(|found| Json(found.what)).ok_or_else(missing)
}
