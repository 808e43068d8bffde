//! `/v1/nodes/{node}/maintenance`: takes a node out of automatic work and back.

use crate::{
    App,
    answer::Accepted,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// `PUT /v1/nodes/{node}/maintenance`; the answer is 202 although it is done, as Ironic's is.
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    let args = input.args(&["reason"])?;
    let reason = args.string("reason")?.map(str::to_owned);
    let node = app.node(&who, &ident, Policy::NodeSetMaintenance).await?;
    app.conductor.set_maintenance(node.uuid, true, reason, &who.requester).await?;
    Ok(Accepted::default())
}

/// `DELETE /v1/nodes/{node}/maintenance`
pub async fn clear(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Accepted> {
    input.args(&[])?;
    let node = app.node(&who, &ident, Policy::NodeClearMaintenance).await?;
    app.conductor.set_maintenance(node.uuid, false, None, &who.requester).await?;
    Ok(Accepted::default())
}
