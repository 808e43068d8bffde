//! Targets: the volumes that a node is given.

use kamacite_model::{Info, Timestamp, Uuid, VolumeTarget};
use kamacite_store::{Result as Stored, Store, VolumeTargetColumn, VolumeTargetQuery};
use serde_json::{Value, json};

use super::part::{Kind, Part};
use crate::{
    App, args,
    fault::{Fault, Result},
    masking::{Guarded, Secrets},
    policy::Policy,
    request::Caller,
    schema::{Property, Type},
    time::Moment,
    values::{object, text},
    versions::VolumeTargetField as Field,
};

const KIND: Kind = Kind {
    one: "target",
    many: "targets",
    known: &[
        Property::new("boot_index", &[Type::Integer]),
        Property::new("extra", &[Type::Object, Type::Null]),
        Property::new("node_uuid", &[Type::String]),
        Property::new("properties", &[Type::Object, Type::Null]),
        Property::new("uuid", &[Type::String, Type::Null]),
        Property::new("volume_id", &[Type::String]),
        Property::new("volume_type", &[Type::String]),
    ],
    required: &["boot_index", "node_uuid", "volume_id", "volume_type"],
    patchable: &["boot_index", "extra", "node_uuid", "properties", "volume_id", "volume_type"],
    default: &["uuid", "node_uuid", "volume_type", "boot_index", "volume_id"],
    unsortable: &["extra", "properties"],
};

/// What stands in for the properties where they must not be seen.
const REDACTED: &str = "** Value redacted: Requires permission baremetal:volume:view_target_properties access. \
                        Permission denied. **";

impl Part for VolumeTarget {
    type Field = Field;
    type Column = VolumeTargetColumn;

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
            Field::BootIndex => json!(self.boot_index),
            Field::VolumeId => json!(self.volume_id),
            Field::VolumeType => json!(self.volume_type),
            Field::Properties => json!(self.properties),
            Field::Extra => json!(self.extra),
            Field::NodeUuid => json!(self.node),
            Field::Links => Value::Null,
        }
    }

    /// Its properties may say how to get at the volume, so they are not for everybody; secrets in them are for nobody.
    fn guarded(&self, app: &App, who: &Caller, field: Field) -> Option<Value> {
        if field != Field::Properties {
            return None;
        }
        Some(match app.allow(who, Policy::VolumeViewTargetProperties) {
            Ok(()) => json!(Guarded { info: &self.properties, secrets: Secrets::Masked, also: &[] }),
            Err(_) => json!({"redacted_contents": REDACTED}),
        })
    }

    fn set(&mut self, field: Field, value: Value) -> Result<()> {
        match field {
            Field::Uuid if value.is_null() => {}
            Field::Uuid => self.uuid = args::uuid("uuid", &value)?,
            Field::BootIndex => self.boot_index = boot_index(&value)?,
            Field::VolumeId => self.volume_id = text(value).unwrap_or_default(),
            Field::VolumeType => self.volume_type = text(value).unwrap_or_default(),
            Field::Properties => self.properties = Info(object(value)),
            Field::Extra => self.extra = object(value),
            Field::NodeUuid => {}
            Field::CreatedAt | Field::UpdatedAt | Field::Links => {
                return Err(Fault::invalid(format!("{} cannot be set", field.as_str())));
            }
        }
        Ok(())
    }

    async fn list(store: &Store, query: &VolumeTargetQuery) -> Stored<Vec<Self>> {
        store.volume_targets(query).await
    }
}

/// A place among a node's volumes.
fn boot_index(value: &Value) -> Result<i64> {
    let index = value.as_i64();
    index.ok_or_else(|| {
        Fault::invalid(format!("boot_index {value} is too large; a few volumes are counted with small numbers"))
    })
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
    fn what_is_no_target_is_refused() {
        refused(Value::Null, "Schema error: None is not of type 'object'");
        refused(json!({}), "Schema error for target: 'boot_index' is a required property");
        refused(
            json!({"boot_index": 1.0, "node_uuid": NODE, "volume_id": "v", "volume_type": "iscsi"}),
            "Schema error for target: 1.0 is not of type 'integer'",
        );
        refused(
            json!({"boot_index": true, "node_uuid": NODE, "volume_id": "v", "volume_type": "iscsi"}),
            "Schema error for target: True is not of type 'integer'",
        );
        refused(
            json!({"boot_index": -1, "node_uuid": "n", "volume_id": "v", "volume_type": "iscsi"}),
            "Expected UUID for node_uuid: n",
        );
    }
}
