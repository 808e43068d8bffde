//! Documents of connectors on the way in: what they may hold, and how each field gets into a connector.

use kamacite_model::{Json, VolumeConnector};
use serde_json::Value;

use crate::{
    args,
    fault::{Fault, Result},
    schema::{self, Property, Type},
    values::{object, text},
    versions::VolumeConnectorField,
};

/// What a client may say of a connector, with the types of each.
pub const KNOWN: &[Property] = &[
    Property::new("connector_id", &[Type::String]),
    Property::new("extra", &[Type::Object, Type::Null]),
    Property::new("node_uuid", &[Type::String]),
    Property::new("type", &[Type::String]),
    Property::new("uuid", &[Type::String, Type::Null]),
];

/// What must be said of it.
pub const REQUIRED: &[&str] = &["connector_id", "node_uuid", "type"];

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: [&str; 4] = ["connector_id", "extra", "node_uuid", "type"];

/// Checks the document of a connector: a new one, or as a patch has left it.
pub fn check(what: &str, document: &Value) -> Result<Json> {
    if document.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'object'"));
    }
    let map = schema::object(what, document, KNOWN, REQUIRED)?;
    for name in ["node_uuid", "uuid"] {
        if let Some(uuid) = map.get(name).filter(|uuid| !uuid.is_null()) {
            args::uuid(name, uuid)?;
        }
    }
    Ok(map.clone())
}

/// Puts a checked value into a connector. The node is found first, by whoever calls.
pub fn set(connector: &mut VolumeConnector, field: VolumeConnectorField, value: Value) -> Result<()> {
    use VolumeConnectorField as F;
    match field {
        F::Uuid if value.is_null() => {}
        F::Uuid => connector.uuid = args::uuid("uuid", &value)?,
        F::Type => connector.kind = text(value).unwrap_or_default(),
        F::ConnectorId => connector.connector_id = text(value).unwrap_or_default(),
        F::Extra => connector.extra = object(value),
        F::NodeUuid => {}
        F::CreatedAt | F::UpdatedAt | F::Links => {
            return Err(Fault::invalid(format!("{} cannot be set", field.as_str())));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const NODE: &str = "6cb3c5e5-fd2e-4fff-a5eb-549c092f9f76";

    #[test]
    fn a_connector_has_the_fields_of_the_reference() {
        let facts: Value = serde_json::from_str(include_str!("../../../tests/data/microversions.json")).unwrap();
        let recorded = facts["fields"]["volume_connector"]["fields"].as_array().unwrap();
        assert_eq!(recorded.len(), VolumeConnectorField::ALL.len());
        for field in VolumeConnectorField::ALL {
            assert!(recorded.contains(&field.as_str().into()), "{}", field.as_str());
            assert_eq!(field.since(), 32);
        }
    }

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check("connector", &document).unwrap_err().text(), words);
    }

    #[test]
    fn what_is_no_connector_is_refused() {
        refused(Value::Null, "Schema error: None is not of type 'object'");
        refused(json!({}), "Schema error for connector: 'connector_id' is a required property");
        refused(
            json!({"connector_id": "i", "node_uuid": NODE, "type": 5}),
            "Schema error for connector: 5 is not of type 'string'",
        );
        refused(json!({"connector_id": "i", "node_uuid": "n", "type": "ip"}), "Expected UUID for node_uuid: n");
    }
}
