//! `DELETE /v1/volume/connectors/{connector}`: removes a connector.

use kamacite_model::VolumeConnector;

use super::uuid;
use crate::{
    App,
    answer::Done,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent},
    versions::Endpoint,
};

/// `DELETE /v1/volume/connectors/{connector}`
pub async fn delete(app: App, who: Caller, Last(ident): Last, input: Input) -> Result<Done> {
    let connector = find(&app, &who, &ident, &input).await?;
    app.conductor.delete_volume_connector(&connector, &who.requester).await?;
    Ok(Done::default())
}

/// `DELETE /v1/nodes/{node}/volume/connectors/{connector}`: they are removed elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, Last(ident): Last, input: Input) -> Result<()> {
    find(&app, &who, &ident, &input).await?;
    Err(Fault::malformed_uri())
}

async fn find(app: &App, who: &Caller, ident: &str, input: &Input) -> Result<VolumeConnector> {
    Endpoint::VolumeParts.require(who.version)?;
    input.args(&[])?;
    let (connector, _) = app.volume_connector(who, uuid(ident)?, Policy::VolumeDelete).await?;
    Ok(connector)
}
