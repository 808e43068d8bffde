//! Chassis documents on the way in: what they may hold, and how each field gets into a chassis.

use kamacite_model::{Chassis, Json};
use serde_json::Value;

use crate::{
    args,
    fault::{Fault, Result},
    schema::{self, Property, Type},
    values::{object, text},
    versions::ChassisField,
};

/// What a client may say of a chassis, with the types and lengths of each.
pub const KNOWN: &[Property] = &[
    Property::new("description", &[Type::String, Type::Null]).sized(0, 255),
    Property::new("extra", &[Type::Object, Type::Null]),
    Property::new("uuid", &[Type::String, Type::Null]),
];

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: [&str; 3] = ["uuid", "extra", "description"];

/// Checks the document of a chassis: a new one, or as a patch has left it.
pub fn check(what: &str, document: &Value) -> Result<Json> {
    if document.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'object'"));
    }
    let map = schema::object(what, document, KNOWN, &[])?;
    if let Some(uuid) = map.get("uuid").filter(|uuid| !uuid.is_null()) {
        args::uuid("uuid", uuid)?;
    }
    Ok(map.clone())
}

/// Puts a checked value into a chassis; null takes the field back to what a new chassis has.
pub fn set(chassis: &mut Chassis, field: ChassisField, value: Value) -> Result<()> {
    use ChassisField as F;
    match field {
        F::Uuid if value.is_null() => {}
        F::Uuid => chassis.uuid = args::uuid("uuid", &value)?,
        F::Description => chassis.description = text(value),
        F::Extra => chassis.extra = object(value),
        F::CreatedAt | F::UpdatedAt | F::Links | F::Nodes => {
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

    #[test]
    fn a_chassis_has_the_fields_of_the_reference() {
        let facts: Value = serde_json::from_str(include_str!("../../tests/data/microversions.json")).unwrap();
        let recorded = facts["fields"]["chassis"].as_object().unwrap();
        assert_eq!(recorded.len(), ChassisField::ALL.len());
        for field in ChassisField::ALL {
            assert_eq!(recorded[field.as_str()], format!("1.{}", field.since()), "{}", field.as_str());
        }
    }

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check("chassis", &document).unwrap_err().text(), words);
    }

    #[test]
    fn what_is_no_chassis_is_refused() {
        refused(Value::Null, "Schema error: None is not of type 'object'");
        refused(json!({"uuid": "x"}), "Expected UUID for uuid: x");
        refused(json!({"extra": []}), "Schema error for chassis: [] is not of type 'object', 'null'");
        refused(
            json!({"nodes": []}),
            "Schema error for chassis: Additional properties are not allowed ('nodes' was unexpected)",
        );
        assert!(check("chassis", &json!({"uuid": null, "description": null, "extra": null})).is_ok());
    }
}
