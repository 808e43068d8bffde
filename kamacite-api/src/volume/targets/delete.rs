//! `DELETE /v1/volume/targets/{target}`: removes a target.

use kamacite_model::VolumeTarget;

use super::uuid;
use crate::{
    App,
    answer::Done,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent},
    versions::Endpoint,
};

/// `DELETE /v1/volume/targets/{target}`
pub async fn delete(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Done> {
    let target = find(&app, &who, &ident, &input).await?;
    app.conductor.delete_volume_target(&target, &who.requester).await?;
    Ok(Done::default())
}

/// `DELETE /v1/nodes/{node}/volume/targets/{target}`: they are removed elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    find(&app, &who, &ident, &input).await?;
    Err(Fault::malformed_uri())
}

async fn find(app: &App, who: &Caller, ident: &str, input: &Input) -> Result<VolumeTarget> {
    Endpoint::VolumeParts.require(who.version)?;
    input.args(&[])?;
    let (target, _) = app.volume_target(who, uuid(ident)?, Policy::VolumeDelete).await?;
    Ok(target)
}
