//! `PUT /v1/nodes/{node}/management/inject_nmi`: interrupts a system that does not listen any more.

use crate::{
    App,
    answer::Done,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// `PUT /v1/nodes/{node}/management/inject_nmi`
pub async fn inject(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    input.args(&[])?;
    Endpoint::NodeInjectNmi.require(who.version)?;
    let node = app.node(&who, &ident, Policy::NodeInjectNmi).await?;
    app.conductor.inject_nmi(node.uuid, &who.requester).await?;
    Ok(Done::default())
}
