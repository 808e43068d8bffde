//! Documents of groups of ports on the way in: what they may hold, and how each field gets into a group.

use kamacite_model::{Json, Portgroup};
use serde_json::Value;

use crate::{
    args,
    fault::{Fault, Result},
    python,
    schema::{self, Property, Type},
    values::{object, text},
    versions::PortgroupField,
};

const TEXT: &[Type] = &[Type::String, Type::Null];

/// What a client may say of a group, with the types and lengths of each.
pub const KNOWN: &[Property] = &[
    Property::new("address", TEXT),
    Property::new("category", TEXT).sized(0, 80),
    Property::new("extra", &[Type::Object, Type::Null]),
    Property::new("mode", TEXT),
    Property::new("name", TEXT),
    Property::new("node_uuid", &[Type::String]),
    Property::new("physical_network", TEXT).sized(0, 64),
    Property::new("properties", &[Type::Object, Type::Null]),
    Property::new("standalone_ports_supported", &[Type::String, Type::Boolean, Type::Null]),
    Property::new("uuid", TEXT),
];

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: [&str; 9] = [
    "address",
    "extra",
    "mode",
    "name",
    "node_uuid",
    "properties",
    "standalone_ports_supported",
    "physical_network",
    "category",
];

/// Checks the document of a group: a new one, or as a patch has left it.
pub fn check(what: &str, document: &Value) -> Result<Json> {
    if document.is_null() {
        return Err(Fault::invalid("Schema error: None is not of type 'object'"));
    }
    let mut map = schema::object(what, document, KNOWN, &["node_uuid"])?.clone();
    for name in ["address", "node_uuid", "standalone_ports_supported", "uuid"] {
        let Some(value) = map.get_mut(name).filter(|value| !value.is_null()) else { continue };
        match name {
            "address" => *value = args::mac(name, value)?.to_string().into(),
            "standalone_ports_supported" => *value = args::boolean(name, value)?.into(),
            _ => drop(args::uuid(name, value)?),
        }
    }
    Ok(map)
}

/// Refuses what cannot name a group.
pub fn check_name(name: &Value, words: impl Fn(&str) -> String) -> Result<()> {
    let text = python::text(name);
    let fits = match name {
        Value::Null => true,
        Value::String(text) => text.is_empty() || crate::names::is_logical_name(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if fits { Ok(()) } else { Err(Fault::invalid(words(&text))) }
}

/// Puts a checked value into a group; null takes the field back to what a new group has. The node is found first, by whoever
/// calls.
pub fn set(group: &mut Portgroup, field: PortgroupField, value: Value, default_mode: &str) -> Result<()> {
    use PortgroupField as F;
    match field {
        F::Uuid if value.is_null() => {}
        F::Uuid => group.uuid = args::uuid("uuid", &value)?,
        F::Address if value.is_null() => group.address = None,
        F::Address => group.address = Some(args::mac("address", &value)?),
        F::Extra => group.extra = object(value),
        F::Mode => group.mode = text(value).unwrap_or_else(|| default_mode.to_owned()),
        F::Name => group.name = text(value),
        F::Properties => group.properties = object(value),
        F::StandalonePortsSupported if value.is_null() => group.standalone_ports_supported = true,
        F::StandalonePortsSupported => group.standalone_ports_supported = args::boolean(field.as_str(), &value)?,
        F::PhysicalNetwork => group.physical_network = text(value),
        F::Category => group.category = text(value),
        F::NodeUuid => {}
        F::CreatedAt | F::UpdatedAt | F::InternalInfo | F::DynamicPortgroup | F::Links | F::Ports => {
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
    fn a_group_may_hold_what_the_reference_takes() {
        let facts: Value = serde_json::from_str(include_str!("../../tests/data/microversions.json")).unwrap();
        let recorded: Vec<String> = serde_json::from_value(facts["fields"]["portgroup_patchable"].clone()).unwrap();
        assert_eq!(PATCHABLE.to_vec(), recorded);
        let recorded = facts["fields"]["portgroup"].as_object().unwrap();
        let names: Vec<&str> = PortgroupField::ALL.iter().map(|field| field.as_str()).collect();
        assert!(recorded.keys().all(|name| names.contains(&name.as_str())), "{recorded:?}");
        for field in PortgroupField::ALL.iter().filter(|field| field.since() > 23) {
            assert_eq!(recorded[field.as_str()], format!("1.{}", field.since()), "{}", field.as_str());
        }
    }

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check("portgroup", &document).unwrap_err().text(), words);
    }

    #[test]
    fn a_group_needs_a_node() {
        refused(json!({}), "Schema error for portgroup: 'node_uuid' is a required property");
        refused(Value::Null, "Schema error: None is not of type 'object'");
        refused(json!({"node_uuid": "n"}), "Expected UUID for node_uuid: n");
        refused(
            json!({"node_uuid": "n", "ports": []}),
            "Schema error for portgroup: Additional properties are not allowed ('ports' was unexpected)",
        );
    }

    #[test]
    fn names_are_logical_names_or_nothing() {
        let check = |name: Value| check_name(&name, str::to_owned);
        assert!(check(json!("bond-0")).is_ok() && check(json!("")).is_ok() && check(Value::Null).is_ok());
        assert!(check(json!("bad name")).is_err() && check(json!(5)).is_err());
    }
}
