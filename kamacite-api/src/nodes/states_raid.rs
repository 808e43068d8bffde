//! `PUT /v1/nodes/{node}/states/raid`: says which logical disks a node should get.

use serde_json::Value;

use crate::{
    App,
    answer::Done,
    fault::{Fault, Result},
    policy::Policy,
    python,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// `PUT /v1/nodes/{node}/states/raid`
pub async fn set(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    let (body, _) = input.document(&[])?;
    let Value::Object(config) = body else {
        let text = format!("Expected types <class 'dict'> for target_raid_config: {}", python::text(&body));
        return Err(Fault::invalid(text));
    };
    let node = app.node(&who, &ident, Policy::NodeSetRaid).await?;
    Endpoint::NodeRaid.require(who.version)?;
    match app.conductor.set_target_raid_config(node.uuid, config, &who.requester).await {
        Ok(()) => Ok(Done::default()),
        // RAID is a standard interface, and hardware without it has no such thing to set: Ironic answers 404.
        Err(error) if error.driver_kind() == Some(kamacite_driver::ErrorKind::Unsupported) => {
            Err(Fault::not_found(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}
