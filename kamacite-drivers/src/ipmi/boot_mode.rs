//! Whether a node boots by UEFI or by a BIOS, as far as it says: IPMI has to be told with the boot device.

use kamacite_driver::{
    model::{BootMode, Node},
    serde_json::{Map, Value, from_str},
};

use super::flag;
use crate::said::text;

/// The mode, from the first of: `instance_info/capabilities` (`secure_boot` means UEFI; `boot_mode`),
/// `instance_info/deploy_boot_mode`, `properties/capabilities` (`boot_mode`), the default.
pub fn of(node: &Node, default: BootMode) -> BootMode {
    let instance = capabilities(node.instance_info.get("capabilities"));
    if instance.get("secure_boot").and_then(flag::read) == Some(true) {
        return BootMode::Uefi;
    }
    let machine = capabilities(node.properties.get("capabilities"));
    let said = [instance.get("boot_mode"), node.instance_info.get("deploy_boot_mode"), machine.get("boot_mode")];
    said.into_iter().find_map(|said| text(said)?.to_ascii_lowercase().parse().ok()).unwrap_or(default)
}

/// Capabilities are an object, an object written as text, or a text like `boot_mode:uefi,other:1`.
fn capabilities(said: Option<&Value>) -> Map<String, Value> {
    match said {
        Some(Value::Object(object)) => object.clone(),
        Some(Value::String(text)) => from_str(text).unwrap_or_else(|_| {
            let pairs = text.split(',').filter_map(|pair| pair.split_once(':'));
            pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().into())).collect()
        }),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        model::{Timestamp, Uuid},
        serde_json::json,
    };

    use super::*;

    #[track_caller]
    fn check(instance: Value, machine: Value, expected: BootMode) {
        let mut node = Node::new(Uuid::nil(), "ipmi", Timestamp::UNIX_EPOCH);
        node.instance_info.0 = instance.as_object().cloned().unwrap();
        node.properties.insert("capabilities".to_owned(), machine);
        assert_eq!(of(&node, BootMode::Uefi), expected, "{instance}");
    }

    #[test]
    fn the_instance_comes_before_the_machine() {
        check(json!({}), json!(null), BootMode::Uefi);
        check(json!({}), json!("a:b,boot_mode:bios"), BootMode::Bios);
        check(json!({}), json!({"boot_mode": "bios"}), BootMode::Bios);
        check(json!({"capabilities": {"boot_mode": "uefi"}}), json!("boot_mode:bios"), BootMode::Uefi);
        check(json!({"capabilities": "{\"boot_mode\": \"bios\"}"}), json!(""), BootMode::Bios);
        check(json!({"deploy_boot_mode": "bios"}), json!("boot_mode:uefi"), BootMode::Bios);
        check(json!({"capabilities": {"secure_boot": "true", "boot_mode": "bios"}}), json!(""), BootMode::Uefi);
        check(json!({"capabilities": {"boot_mode": "odd"}}), json!("boot_mode:bios"), BootMode::Bios);
    }
}
