//! `DELETE /v1/nodes/{node}`: removes a node.

use crate::{
    App,
    answer::Done,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// `DELETE /v1/nodes/{node}`
pub async fn delete(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    input.args(&[])?;
    let node = app.node_with_suffix(&who, &ident, Policy::NodeDelete).await?;
    app.conductor.delete_node(node.uuid, &who.requester).await?;
    Ok(Done::default())
}
