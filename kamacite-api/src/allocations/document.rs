//! Documents of allocations on the way in: what they may hold.
//!
//! The reference tells the first fault in the order of its schema: property by property, item by item, and properties that
//! nobody knows last.

use kamacite_model::Json;
use serde_json::Value;

use crate::{
    args,
    fault::Result,
    nodes::trait_fault,
    schema::{self, Property, Type},
    versions::{Version, since},
};

const TEXT: &[Type] = &[Type::String, Type::Null];
const LIST: &[Type] = &[Type::Array, Type::Null];

/// What a client may say of a new allocation, in the order of the reference's schema.
pub const KNOWN: &[Property] = &[
    Property::new("candidate_nodes", LIST),
    EXTRA,
    NAME,
    Property::new("owner", TEXT),
    Property::new("resource_class", TEXT).sized(0, 80),
    Property::new("traits", LIST),
    Property::new("uuid", TEXT),
    // Came with backfilling, and stays the last.
    Property::new("node", TEXT),
];

const EXTRA: Property = Property::new("extra", &[Type::Object, Type::Null]);
const NAME: Property = Property::new("name", TEXT);

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: [&str; 2] = ["name", "extra"];

/// Checks the document of a new allocation.
///
/// Ironic takes any text for a UUID, and the allocation can then not be removed any more.
pub fn check(version: Version, document: &Value) -> Result<Json> {
    let known = if version.has(since::BACKFILL) { KNOWN } else { &KNOWN[..KNOWN.len() - 1] };
    let Value::Object(map) = document else {
        return Err(schema::plain_refusal(&schema::type_fault(document, &[Type::Object]).unwrap_or_default()));
    };
    let fault = known.iter().find_map(|property| property_fault(property, map.get(property.name)?));
    if let Some(fault) = fault.or_else(|| schema::unexpected(map, known)) {
        return Err(schema::plain_refusal(&fault));
    }
    if let Some(uuid) = map.get("uuid").filter(|uuid| is_said(uuid)) {
        args::uuid("uuid", uuid)?;
    }
    Ok(map.clone())
}

/// Checks what a patch has left of an allocation.
pub fn check_patched(document: &Json) -> Result<()> {
    let fault = [EXTRA, NAME].iter().find_map(|property| property.fault(document.get(property.name)?));
    fault.map_or(Ok(()), |fault| Err(schema::refusal("patch", &fault)))
}

/// Whether a value says anything: nothing and no text are alike to the reference.
pub fn is_said(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

fn property_fault(property: &Property, value: &Value) -> Option<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    property.fault(value).or_else(|| match property.name {
        "candidate_nodes" => items.iter().find_map(schema::ident_fault),
        "traits" => items.iter().find_map(trait_fault),
        _ => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check(Version::MAX, &document).unwrap_err().text(), words);
    }

    #[test]
    fn the_first_fault_in_the_order_of_the_schema_is_told() {
        refused(json!([]), "Schema error: [] is not of type 'object'");
        refused(json!({"uuid": 5, "name": 6, "candidate_nodes": 7}), "Schema error: 7 is not of type 'array', 'null'");
        refused(json!({"traits": 5, "uuid": 5}), "Schema error: 5 is not of type 'array', 'null'");
        refused(
            json!({"zz": 1, "aa": 1}),
            "Schema error: Additional properties are not allowed ('aa', 'zz' were unexpected)",
        );
        refused(json!({"zz": 1, "extra": 5}), "Schema error: 5 is not of type 'object', 'null'");
        refused(
            json!({"traits": ["CUSTOM_A", "bad", ""]}),
            "Schema error: 'bad' is not valid under any of the given schemas. Possible root cause: 'bad' does not match \
             '^CUSTOM_[A-Z0-9_]+$'",
        );
        refused(
            json!({"traits": [""], "candidate_nodes": ["n", "bad name"]}),
            "Schema error: 'bad name' is not valid under any of the given schemas. Possible root cause: 'bad name' is not a \
             'uuid'",
        );
        refused(
            json!({"candidate_nodes": [5]}),
            "Schema error: 5 is not valid under any of the given schemas. Possible root cause: 5 is not of type 'string'",
        );
    }

    #[test]
    fn a_uuid_is_one() {
        refused(json!({"uuid": "nope"}), "Expected UUID for uuid: nope");
        assert!(
            check(Version::MAX, &json!({"uuid": null})).is_ok() && check(Version::MAX, &json!({"uuid": ""})).is_ok()
        );
    }

    #[test]
    fn nodes_are_backfilled_since_a_version() {
        let words = "Schema error: Additional properties are not allowed ('node' was unexpected)";
        let check = |minor| check(Version::new(minor).unwrap(), &json!({"node": "n"}));
        assert_eq!(check(57).unwrap_err().text(), words);
        assert!(check(58).is_ok());
    }
}
