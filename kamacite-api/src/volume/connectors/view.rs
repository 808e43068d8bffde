//! A connector as clients see it.

use kamacite_model::VolumeConnector;
use serde_json::{Value, json};

use crate::{
    links::Links,
    shown::{Document, Shown},
    time::Moment,
    versions::VolumeConnectorField,
};

/// The connector's document.
pub fn document(connector: &VolumeConnector, links: &Links, shown: &Shown) -> Document {
    use VolumeConnectorField as F;
    let uuid = connector.uuid.to_string();
    let fields = F::ALL.iter().map(|field| match field {
        F::Links => (field.as_str(), json!(links.pair("volume/connectors", &uuid, ""))),
        _ => (field.as_str(), value(connector, *field)),
    });
    Document::new(fields, shown)
}

/// What a connector has in a field, whoever asks; links depend on who does.
pub fn value(connector: &VolumeConnector, field: VolumeConnectorField) -> Value {
    use VolumeConnectorField as F;
    match field {
        F::Uuid => json!(connector.uuid),
        F::CreatedAt => json!(Moment(connector.created_at)),
        F::UpdatedAt => json!(connector.updated_at.map(Moment)),
        F::Type => json!(connector.kind),
        F::ConnectorId => json!(connector.connector_id),
        F::Extra => json!(connector.extra),
        F::NodeUuid => json!(connector.node),
        F::Links => Value::Null,
    }
}
