//! Node documents on the way in: what they may hold, and how each field gets into a node.

use kamacite_model::{BootMode, Info, InterfaceKind, Json, Node};
use serde_json::Value;

use super::network_data;
use crate::{
    args,
    fault::{Fault, Result},
    python,
    schema::{self, Property, Type},
    values::object,
    versions::{NodeField, Version},
};

const TEXT: &[Type] = &[Type::String, Type::Null];
const FLAG: &[Type] = &[Type::String, Type::Boolean, Type::Null];
const OBJECT: &[Type] = &[Type::Object, Type::Null];

/// What a client may say of a node that it makes, with the types and lengths of each.
pub const CREATE: &[Property] = &[
    Property::new("automated_clean", FLAG),
    Property::new("bios_interface", TEXT),
    Property::new("boot_interface", TEXT),
    Property::new("boot_mode", TEXT),
    Property::new("chassis_uuid", TEXT),
    Property::new("conductor_group", TEXT),
    Property::new("console_enabled", FLAG),
    Property::new("console_interface", TEXT),
    Property::new("deploy_interface", TEXT),
    Property::new("description", TEXT).sized(0, 4096),
    Property::new("disable_power_off", FLAG),
    Property::new("driver", &[Type::String]),
    Property::new("driver_info", OBJECT),
    Property::new("extra", OBJECT),
    Property::new("firmware_interface", TEXT),
    Property::new("inspect_interface", TEXT),
    Property::new("instance_info", OBJECT),
    Property::new("instance_name", TEXT).sized(1, 255),
    Property::new("instance_uuid", TEXT),
    Property::new("lessee", TEXT),
    Property::new("management_interface", TEXT),
    Property::new("maintenance", FLAG),
    Property::new("name", TEXT),
    // Checked by rules of its own.
    Property::new("network_data", &[]),
    Property::new("network_interface", TEXT),
    Property::new("owner", TEXT),
    Property::new("parent_node", TEXT).sized(0, 36),
    Property::new("power_interface", TEXT),
    Property::new("properties", OBJECT),
    Property::new("raid_interface", TEXT),
    Property::new("rescue_interface", TEXT),
    Property::new("resource_class", TEXT).sized(0, 80),
    Property::new("retired", FLAG),
    Property::new("retired_reason", TEXT),
    Property::new("secure_boot", FLAG),
    Property::new("shard", TEXT),
    Property::new("storage_interface", TEXT),
    Property::new("uuid", TEXT),
    Property::new("vendor_interface", TEXT),
];

/// What a client may say of a node that is there, beside [`CREATE`].
const PATCH_ALSO: &[Property] = &[Property::new("protected", FLAG), Property::new("protected_reason", TEXT)];

/// What a patch may touch, in the order in which the reference lists it.
pub const PATCHABLE: &[NodeField] = {
    use NodeField as F;
    &[
        F::AutomatedClean,
        F::BiosInterface,
        F::BootInterface,
        F::ChassisUuid,
        F::ConductorGroup,
        F::ConsoleInterface,
        F::DeployInterface,
        F::Description,
        F::DisablePowerOff,
        F::Driver,
        F::DriverInfo,
        F::Extra,
        F::InspectInterface,
        F::InstanceInfo,
        F::InstanceName,
        F::InstanceUuid,
        F::Lessee,
        F::Maintenance,
        F::ManagementInterface,
        F::Name,
        F::NetworkData,
        F::NetworkInterface,
        F::Owner,
        F::PowerInterface,
        F::Properties,
        F::Protected,
        F::ProtectedReason,
        F::RaidInterface,
        F::RescueInterface,
        F::ResourceClass,
        F::Retired,
        F::RetiredReason,
        F::Shard,
        F::StorageInterface,
        F::VendorInterface,
        F::ParentNode,
        F::FirmwareInterface,
    ]
};

/// Checks the document of a new node.
pub fn check_new(document: &Value) -> Result<&Json> {
    let map = schema::object("node", document, CREATE, &["driver"])?;
    if let Some(fault) = map.get("network_data").and_then(network_data::fault_of_new) {
        return Err(schema::refusal("node", &fault));
    }
    check_values(map)?;
    Ok(map)
}

/// Checks the document of a node after a patch.
pub fn check_patched(document: &Value) -> Result<()> {
    let known: Vec<Property> = CREATE.iter().chain(PATCH_ALSO).copied().collect();
    check_values(schema::object("patch", document, &known, &["driver"])?)
}

/// Refuses fields that the client's version does not have, unless they say nothing.
pub fn reject_newer(version: Version, document: &Json) -> Result<()> {
    for field in NodeField::ALL.iter().filter(|field| !version.has(field.since())) {
        let says_nothing = match document.get(field.as_str()) {
            None => true,
            // Nothing is the common group here.
            Some(group) if *field == NodeField::ConductorGroup => group == "",
            Some(value) => value.is_null(),
        };
        if !says_nothing {
            return Err(Fault::not_acceptable());
        }
    }
    Ok(())
}

/// Values that a schema cannot tell: truth values in all spellings, and UUIDs; in the reference's order.
fn check_values(document: &Json) -> Result<()> {
    let said = |name: &str| document.get(name).filter(|value| !value.is_null());
    for name in [
        "automated_clean",
        "chassis_uuid",
        "console_enabled",
        "disable_power_off",
        "instance_uuid",
        "protected",
        "maintenance",
        "retired",
        "uuid",
    ] {
        let Some(value) = said(name) else { continue };
        if name.ends_with("uuid") {
            args::uuid(name, value)?;
        } else {
            args::boolean(name, value)?;
        }
    }
    Ok(())
}

/// The kind of interface that a field chooses.
const fn interface_of(field: NodeField) -> Option<InterfaceKind> {
    use NodeField as F;
    Some(match field {
        F::BiosInterface => InterfaceKind::Bios,
        F::BootInterface => InterfaceKind::Boot,
        F::ConsoleInterface => InterfaceKind::Console,
        F::DeployInterface => InterfaceKind::Deploy,
        F::FirmwareInterface => InterfaceKind::Firmware,
        F::InspectInterface => InterfaceKind::Inspect,
        F::ManagementInterface => InterfaceKind::Management,
        F::NetworkInterface => InterfaceKind::Network,
        F::PowerInterface => InterfaceKind::Power,
        F::RaidInterface => InterfaceKind::Raid,
        F::RescueInterface => InterfaceKind::Rescue,
        F::StorageInterface => InterfaceKind::Storage,
        F::VendorInterface => InterfaceKind::Vendor,
        _ => return None,
    })
}

/// Puts a checked value into a node; null takes the field back to what a new node has.
pub fn set(node: &mut Node, field: NodeField, value: Value) -> Result<()> {
    use NodeField as F;
    if let Some(kind) = interface_of(field) {
        node.interfaces[kind] = text(value).map(Into::into);
        return Ok(());
    }
    let flag = |value: &Value| if value.is_null() { Ok(None) } else { args::boolean(field.as_str(), value).map(Some) };
    match field {
        F::Uuid => node.uuid = args::uuid("uuid", &value)?,
        F::AutomatedClean => node.automated_clean = flag(&value)?,
        F::BootMode => node.boot_mode = text(value).map(|mode| boot_mode(&mode)).transpose()?,
        F::ChassisUuid => {
            node.chassis_uuid = if value.is_null() { None } else { Some(args::uuid("chassis_uuid", &value)?) };
        }
        // Groups do not depend on case.
        F::ConductorGroup => node.conductor_group = text(value).unwrap_or_default().to_lowercase(),
        F::ConsoleEnabled => node.console_enabled = flag(&value)?.unwrap_or_default(),
        F::DisablePowerOff => node.disable_power_off = flag(&value)?.unwrap_or_default(),
        F::Description => node.description = text(value),
        F::Driver => node.driver = text(value).unwrap_or_default().into(),
        F::DriverInfo => node.driver_info = Info(object(value)),
        F::Extra => node.extra = object(value),
        F::InstanceInfo => node.instance_info = Info(object(value)),
        F::InstanceName => node.instance_name = text(value),
        F::InstanceUuid => node.instance_uuid = text(value),
        F::Lessee => node.lessee = text(value),
        F::Maintenance => node.maintenance = flag(&value)?.unwrap_or_default(),
        F::Name => node.name = text(value),
        F::NetworkData => node.network_data = object(value),
        F::Owner => node.owner = text(value),
        F::ParentNode => node.parent_node = text(value),
        F::Properties => node.properties = object(value),
        F::Protected => node.protected = flag(&value)?.unwrap_or_default(),
        F::ProtectedReason => node.protected_reason = text(value),
        F::ResourceClass => node.resource_class = text(value).filter(|class| !class.is_empty()),
        F::Retired => node.retired = flag(&value)?.unwrap_or_default(),
        F::RetiredReason => node.retired_reason = text(value),
        F::SecureBoot => node.secure_boot = flag(&value)?,
        F::Shard => node.shard = text(value),
        // No document may hold these: the tables above leave them out.
        _ => return Err(Fault::invalid(format!("{} cannot be set", field.as_str()))),
    }
    Ok(())
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Some(python::text(&other)),
    }
}

/// Ironic keeps any text here; only these two mean anything.
fn boot_mode(mode: &str) -> Result<BootMode> {
    mode.parse()
        .map_err(|_| Fault::invalid(format!("Invalid boot_mode: {mode} is neither bios nor uefi; leave it out")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use kamacite_model::{Timestamp, Uuid};
    use serde_json::json;

    use super::*;

    fn facts() -> Value {
        serde_json::from_str(include_str!("../../tests/data/microversions.json")).unwrap()
    }

    #[test]
    fn a_new_node_may_hold_what_the_reference_takes() {
        let facts = facts();
        let recorded = facts["fields"]["node_create_schema_types"].as_object().unwrap();
        assert_eq!(recorded.len(), CREATE.len());
        for property in CREATE.iter().filter(|property| property.name != "network_data") {
            let types = match &recorded[property.name] {
                Value::String(one) => format!("'{one}'"),
                many => many
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| format!("'{}'", one.as_str().unwrap()))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            // Whatever is no type of the property is refused with the list of its types.
            let told = property.fault(&json!(5)).unwrap();
            assert_eq!(told, format!("5 is not of type {types}"), "{}", property.name);
        }
    }

    #[test]
    fn a_patch_may_touch_what_the_reference_lets_it() {
        let recorded: Vec<String> = serde_json::from_value(facts()["fields"]["node_patchable"].clone()).unwrap();
        assert_eq!(PATCHABLE.iter().map(|field| field.as_str()).collect::<Vec<_>>(), recorded);
    }

    #[test]
    fn every_field_that_may_be_said_can_be_set() {
        let mut node = Node::new(Uuid::nil(), "d", Timestamp::UNIX_EPOCH);
        for property in CREATE.iter().chain(PATCH_ALSO) {
            let field = NodeField::named(property.name).unwrap();
            let value = match property.name {
                name if name.ends_with("uuid") => json!("11111111-2222-3333-4444-555555555555"),
                "boot_mode" => json!("uefi"),
                "network_data" => json!({}),
                _ if property.types == OBJECT => json!({}),
                _ if property.types == FLAG => json!("yes"),
                _ => json!("text"),
            };
            set(&mut node, field, value).unwrap_or_else(|fault| panic!("{}: {}", property.name, fault.text()));
        }
        assert!(node.maintenance && node.protected && node.retired && node.interfaces.transpose().is_some());
    }

    #[track_caller]
    fn refused(document: Value, words: &str) {
        assert_eq!(check_new(&document).unwrap_err().text(), words);
    }

    #[test]
    fn values_are_checked_after_their_types() {
        refused(json!({"driver": "d", "uuid": "x"}), "Expected UUID for uuid: x");
        refused(json!({"driver": "d", "instance_uuid": "x"}), "Expected UUID for instance_uuid: x");
        refused(
            json!({"driver": "d", "automated_clean": 1}),
            "Schema error for node: 1 is not of type 'string', 'boolean', 'null'",
        );
        refused(
            json!({"driver": "d", "network_data": {"x": 1}}),
            "Schema error for node: {'x': 1} is not valid under any of the given schemas. Possible root cause: {'x': 1} is \
             not of type 'null'",
        );
        assert!(check_new(&json!({"driver": "d", "network_data": {}, "maintenance": "off"})).is_ok());
    }

    #[test]
    fn newer_fields_are_refused_unless_they_say_nothing() {
        let check = |minor, document: Value| reject_newer(Version::new(minor).unwrap(), document.as_object().unwrap());
        assert!(check(20, json!({"resource_class": "x"})).is_err());
        assert!(check(21, json!({"resource_class": "x"})).is_ok());
        assert!(check(4, json!({"name": null})).is_ok());
        assert!(check(30, json!({"conductor_group": ""})).is_ok());
        assert!(check(30, json!({"conductor_group": null})).is_err());
    }
}
