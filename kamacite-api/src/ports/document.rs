//! Port documents on the way in: what they may hold, and how each field gets into a port.

use kamacite_model::{Json, Port};
use serde_json::Value;

use super::local_link;
use crate::{
    args,
    fault::{Fault, Result},
    python,
    schema::{self, Property, Type},
    values::{object, text},
    versions::{PortField, Version, since},
};

const TEXT: &[Type] = &[Type::String, Type::Null];
const FLAG: &[Type] = &[Type::String, Type::Boolean, Type::Null];

/// What a client may say of a port, with the types and lengths of each.
pub const KNOWN: &[Property] = &[
    Property::new("address", &[Type::String]),
    Property::new("extra", &[Type::Object, Type::Null]),
    Property::new("is_smartnic", FLAG),
    Property::new("local_link_connection", &[Type::Null, Type::Object]),
    Property::new("node_ident", &[Type::String]),
    Property::new("node_uuid", &[Type::String]),
    Property::new("physical_network", TEXT).sized(0, 64),
    Property::new("portgroup_uuid", TEXT),
    Property::new("pxe_enabled", FLAG),
    Property::new("uuid", TEXT),
    Property::new("name", TEXT),
    Property::new("description", TEXT).sized(0, 255),
    Property::new("vendor", TEXT).sized(0, 32),
    Property::new("category", TEXT).sized(0, 80),
    Property::new("available_for_dynamic_portgroup", &[Type::Boolean]),
];

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: [&str; 14] = [
    "address",
    "extra",
    "is_smartnic",
    "local_link_connection",
    "node_ident",
    "node_uuid",
    "physical_network",
    "portgroup_uuid",
    "pxe_enabled",
    "name",
    "description",
    "vendor",
    "category",
    "available_for_dynamic_portgroup",
];

/// Checks the document of a port: a new one, or as a patch has left it.
pub fn check(what: &str, document: &Value) -> Result<Json> {
    if let Value::Object(map) = document
        && schema::missing(map, &["address"]).is_none()
        && schema::unexpected(map, KNOWN).is_none()
    {
        check_node(what, map)?;
    }
    let mut map = schema::object(what, document, KNOWN, &["address"])?.clone();
    for name in
        ["address", "node_uuid", "is_smartnic", "local_link_connection", "portgroup_uuid", "pxe_enabled", "uuid"]
    {
        let Some(value) = map.get_mut(name).filter(|value| !value.is_null()) else { continue };
        match name {
            "address" => *value = args::mac(name, value)?.to_string().into(),
            "node_uuid" | "portgroup_uuid" | "uuid" => drop(args::uuid(name, value)?),
            "is_smartnic" | "pxe_enabled" => *value = args::boolean(name, value)?.into(),
            "local_link_connection" => local_link::check(value)?,
            _ => {}
        }
    }
    Ok(map)
}

/// A port is a part of one node, which is named in one of two ways.
fn check_node(what: &str, document: &Json) -> Result<()> {
    let fault = match (document.contains_key("node_ident"), document.contains_key("node_uuid")) {
        (false, false) => {
            "is not valid under any of the given schemas. Possible root cause: 'node_ident' is a required property"
        }
        (true, true) => "is valid under each of {'required': ['node_uuid']}, {'required': ['node_ident']}",
        (true, false) | (false, true) => return Ok(()),
    };
    Err(schema::refusal(what, &format!("{} {fault}", python::repr(&Value::Object(document.clone())))))
}

/// Refuses fields that the client's version does not have.
pub fn reject_newer(version: Version, document: &Json) -> Result<()> {
    for name in document.keys() {
        match PortField::named(name) {
            None | Some(PortField::InternalInfo) => {}
            Some(field) => version.require(field.since())?,
        }
    }
    let link = document.get("local_link_connection").and_then(Value::as_object);
    let says = |key: &str| link.is_some_and(|link| link.contains_key(key));
    if (says("network_type") && !version.has(since::NETWORK_TYPE))
        || (says("vtep-logical-switch") && !version.has_vtep())
    {
        return Err(Fault::not_acceptable());
    }
    Ok(())
}

/// Puts a checked value into a port; null takes the field back to what a new port has. Node and group are found first, by
/// whoever calls.
pub fn set(port: &mut Port, field: PortField, value: Value) -> Result<()> {
    use PortField as F;
    let flag =
        |value: &Value, otherwise| if value.is_null() { Ok(otherwise) } else { args::boolean(field.as_str(), value) };
    match field {
        F::Uuid if value.is_null() => {}
        F::Uuid => port.uuid = args::uuid("uuid", &value)?,
        F::Address => port.address = args::mac("address", &value)?,
        F::Extra => port.extra = object(value),
        F::IsSmartnic => port.is_smartnic = flag(&value, false)?,
        F::LocalLinkConnection => port.local_link_connection = object(value),
        F::PhysicalNetwork => port.physical_network = text(value),
        F::PxeEnabled => port.pxe_enabled = flag(&value, true)?,
        F::Name => port.name = text(value),
        F::Description => port.description = text(value),
        F::Vendor => port.vendor = text(value),
        F::Category => port.category = text(value),
        F::AvailableForDynamicPortgroup => port.available_for_dynamic_portgroup = flag(&value, true)?,
        F::NodeUuid | F::PortgroupUuid => {}
        F::CreatedAt | F::UpdatedAt | F::InternalInfo | F::Links => {
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
    fn a_port_may_hold_what_the_reference_takes() {
        let facts: Value = serde_json::from_str(include_str!("../../tests/data/microversions.json")).unwrap();
        let recorded: Vec<String> = serde_json::from_value(facts["fields"]["port_patchable"].clone()).unwrap();
        assert_eq!(PATCHABLE.to_vec(), recorded);
        let recorded = facts["fields"]["port"].as_object().unwrap();
        for field in PortField::ALL {
            assert_eq!(recorded[field.as_str()], format!("1.{}", field.since()), "{}", field.as_str());
        }
        for (name, most) in facts["fields"]["port_limits"].as_object().unwrap() {
            let property = KNOWN.iter().find(|property| property.name == name).unwrap();
            assert_eq!(Some(property.max_length as u64), most.as_u64(), "{name}");
        }
    }

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check("port", &document).unwrap_err().text(), words);
    }

    const NODE: &str = "6cb3c5e5-fd2e-4fff-a5eb-549c092f9f76";

    #[test]
    fn a_port_needs_an_address_and_a_node() {
        refused(json!({"node_uuid": NODE}), "Schema error for port: 'address' is a required property");
        refused(json!({"node_uuid": NODE, "address": "x"}), "Expected valid MAC address for address: x");
        refused(json!({"node_uuid": "n", "address": "52:54:00:cf:2d:31"}), "Expected UUID for node_uuid: n");
        let checked = check("port", &json!({"node_uuid": NODE, "address": "52:54:00:CF:2D:31"})).unwrap();
        assert_eq!(checked["address"], "52:54:00:cf:2d:31");
    }

    #[test]
    fn newer_fields_are_refused() {
        let check = |minor, document: Value| reject_newer(Version::new(minor).unwrap(), document.as_object().unwrap());
        for (name, since) in [("pxe_enabled", 19), ("physical_network", 34), ("name", 88), ("description", 97)] {
            assert!(check(since - 1, json!({name: null})).is_err(), "{name}");
            assert!(check(since, json!({name: null})).is_ok(), "{name}");
        }
        let vtep = json!({"local_link_connection": {"vtep-logical-switch": "s"}});
        assert!(check(89, vtep.clone()).is_err() && check(90, vtep.clone()).is_ok() && check(105, vtep).is_err());
    }
}
