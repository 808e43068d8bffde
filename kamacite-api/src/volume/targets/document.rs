//! Documents of targets on the way in: what they may hold, and how each field gets into a target.

use kamacite_model::{Info, Json, VolumeTarget};
use serde_json::Value;

use crate::{
    args,
    fault::{Fault, Result},
    schema::{self, Property, Type},
    values::{object, text},
    versions::VolumeTargetField,
};

/// What a client may say of a target, with the types of each.
pub const KNOWN: &[Property] = &[
    Property::new("boot_index", &[Type::Integer]),
    Property::new("extra", &[Type::Object, Type::Null]),
    Property::new("node_uuid", &[Type::String]),
    Property::new("properties", &[Type::Object, Type::Null]),
    Property::new("uuid", &[Type::String, Type::Null]),
    Property::new("volume_id", &[Type::String]),
    Property::new("volume_type", &[Type::String]),
];

/// What must be said of it.
pub const REQUIRED: &[&str] = &["boot_index", "node_uuid", "volume_id", "volume_type"];

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: [&str; 6] = ["boot_index", "extra", "node_uuid", "properties", "volume_id", "volume_type"];

/// Checks the document of a target: a new one, or as a patch has left it.
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

/// Puts a checked value into a target. The node is found first, by whoever calls.
pub fn set(target: &mut VolumeTarget, field: VolumeTargetField, value: Value) -> Result<()> {
    use VolumeTargetField as F;
    match field {
        F::Uuid if value.is_null() => {}
        F::Uuid => target.uuid = args::uuid("uuid", &value)?,
        F::BootIndex => target.boot_index = boot_index(&value)?,
        F::VolumeId => target.volume_id = text(value).unwrap_or_default(),
        F::VolumeType => target.volume_type = text(value).unwrap_or_default(),
        F::Properties => target.properties = Info(object(value)),
        F::Extra => target.extra = object(value),
        F::NodeUuid => {}
        F::CreatedAt | F::UpdatedAt | F::Links => {
            return Err(Fault::invalid(format!("{} cannot be set", field.as_str())));
        }
    }
    Ok(())
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

    #[test]
    fn a_target_has_the_fields_of_the_reference() {
        let facts: Value = serde_json::from_str(include_str!("../../../tests/data/microversions.json")).unwrap();
        let recorded = facts["fields"]["volume_target"]["fields"].as_array().unwrap();
        assert_eq!(recorded.len(), VolumeTargetField::ALL.len());
        for field in VolumeTargetField::ALL {
            assert!(recorded.contains(&field.as_str().into()), "{}", field.as_str());
            assert_eq!(field.since(), 32);
        }
    }

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check("target", &document).unwrap_err().text(), words);
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
