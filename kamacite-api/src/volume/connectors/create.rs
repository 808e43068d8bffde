//! `POST /v1/volume/connectors`: makes a connector.

use kamacite_model::{Json, Timestamp, Uuid, VolumeConnector};
use serde_json::Value;

use super::{document, view};
use crate::{
    App,
    answer::Created,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    shown::{Document, Shown},
    versions::{Endpoint, VolumeConnectorField},
};

/// `POST /v1/volume/connectors`
pub async fn create(app: App, who: Caller, input: Input) -> Result<Created<Document>> {
    let connector = read(&app, &who, &input).await?;
    let connector = app.conductor.create_volume_connector(connector).await?;
    let location = who.links.v1(&format!("volume/connectors/{}", connector.uuid));
    Ok(Created { location, document: view::document(&connector, &who.links, &Shown::All) })
}

/// `POST /v1/nodes/{node}/volume/connectors`: they are made elsewhere.
pub async fn refuse(app: App, who: Caller, _: NodeIdent, input: Input) -> Result<()> {
    read(&app, &who, &input).await?;
    Err(Fault::malformed_uri())
}

async fn read(app: &App, who: &Caller, input: &Input) -> Result<VolumeConnector> {
    Endpoint::VolumeParts.require(who.version)?;
    let (said, _) = input.document(&[])?;
    let said = document::check("connector", &said)?;
    let node = node_of(app, who, &said).await?;
    let mut connector = VolumeConnector::new(Uuid::new_v4(), node, Timestamp::UNIX_EPOCH);
    for (name, value) in said {
        if let Some(field) = VolumeConnectorField::named(&name) {
            document::set(&mut connector, field, value)?;
        }
    }
    Ok(connector)
}

/// The node that the new connector is of.
async fn node_of(app: &App, who: &Caller, said: &Json) -> Result<Uuid> {
    let ident = said.get("node_uuid").and_then(Value::as_str).unwrap_or_default();
    let missing = || Fault::invalid(format!("Invalid input for field/attribute node_uuid. Value: '{ident}'. "));
    let node = app.find(who, ident).await?.ok_or_else(missing)?;
    app.allow_on(who, Policy::VolumeCreate, &node, missing)?;
    Ok(node.uuid)
}
