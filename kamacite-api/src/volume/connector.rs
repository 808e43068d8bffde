//! Connectors: what a node is known by in a storage network.

use kamacite_model::{Timestamp, Uuid, VolumeConnector};
use kamacite_store::{Result as Stored, Store, VolumeConnectorColumn, VolumeConnectorQuery};
use serde_json::{Value, json};

use super::part::{Kind, Part};
use crate::{
    args,
    fault::{Fault, Result},
    schema::{Property, Type},
    time::Moment,
    values::{object, text},
    versions::VolumeConnectorField as Field,
};

const KIND: Kind = Kind {
    one: "connector",
    many: "connectors",
    known: &[
        Property::new("connector_id", &[Type::String]),
        Property::new("extra", &[Type::Object, Type::Null]),
        Property::new("node_uuid", &[Type::String]),
        Property::new("type", &[Type::String]),
        Property::new("uuid", &[Type::String, Type::Null]),
    ],
    required: &["connector_id", "node_uuid", "type"],
    patchable: &["connector_id", "extra", "node_uuid", "type"],
    default: &["uuid", "node_uuid", "type", "connector_id"],
    unsortable: &["extra"],
};

impl Part for VolumeConnector {
    type Field = Field;
    type Column = VolumeConnectorColumn;

    const KIND: &'static Kind = &KIND;

    fn of_node(node: Uuid) -> Self {
        Self::new(Uuid::new_v4(), node, Timestamp::UNIX_EPOCH)
    }

    fn moved(self, node: Uuid) -> Self {
        Self { node, ..self }
    }

    fn value(&self, field: Field) -> Value {
        match field {
            Field::Uuid => json!(self.uuid),
            Field::CreatedAt => json!(Moment(self.created_at)),
            Field::UpdatedAt => json!(self.updated_at.map(Moment)),
            Field::Type => json!(self.kind),
            Field::ConnectorId => json!(self.connector_id),
            Field::Extra => json!(self.extra),
            Field::NodeUuid => json!(self.node),
            Field::Links => Value::Null,
        }
    }

    fn set(&mut self, field: Field, value: Value) -> Result<()> {
        match field {
            Field::Uuid if value.is_null() => {}
            Field::Uuid => self.uuid = args::uuid("uuid", &value)?,
            Field::Type => self.kind = text(value).unwrap_or_default(),
            Field::ConnectorId => self.connector_id = text(value).unwrap_or_default(),
            Field::Extra => self.extra = object(value),
            Field::NodeUuid => {}
            Field::CreatedAt | Field::UpdatedAt | Field::Links => {
                return Err(Fault::invalid(format!("{} cannot be set", field.as_str())));
            }
        }
        Ok(())
    }

    async fn list(store: &Store, query: &VolumeConnectorQuery) -> Stored<Vec<Self>> {
        store.volume_connectors(query).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const NODE: &str = "6cb3c5e5-fd2e-4fff-a5eb-549c092f9f76";

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(KIND.check(KIND.one, &document).unwrap_err().text(), words);
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
