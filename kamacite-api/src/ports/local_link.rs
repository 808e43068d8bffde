//! `local_link_connection`: where a port's cable ends, in one of the forms that the reference knows.

use kamacite_model::{Json, Mac};
use serde_json::Value;

use crate::{
    fault::{Fault, Result},
    python,
    schema::{self, Property, Type},
};

/// The keys that any form may have; all of them are texts.
pub const KEYS: [&str; 7] =
    ["port_id", "switch_id", "hostname", "switch_info", "network_type", "vtep-logical-switch", "vtep-physical-switch"];

/// A form: what it must have, and which types of network it may be on.
struct Form {
    required: &'static [&'static str],
    networks: &'static [&'static str],
}

const ANY_NETWORK: &[&str] = &["managed", "unmanaged"];

/// A switch's port, a smart NIC's, one that nobody manages, one of OVN's gateways; in the reference's order.
const FORMS: [Form; 4] = [
    Form { required: &["port_id", "switch_id"], networks: ANY_NETWORK },
    SMART_NIC,
    Form { required: &["network_type"], networks: &["unmanaged"] },
    Form { required: &["port_id", "vtep-logical-switch", "vtep-physical-switch"], networks: ANY_NETWORK },
];

const SMART_NIC: Form = Form { required: &["port_id", "hostname"], networks: ANY_NETWORK };

/// Checks what is said, and writes the switch's identity in lower case.
pub fn check(said: &mut Value) -> Result<()> {
    let shown = python::repr(said);
    let Value::Object(link) = said else { return Ok(()) };
    if let Some(fault) = fault(link, &shown) {
        return Err(schema::refusal("local_link_connection", &fault));
    }
    if let Some(Value::String(switch)) = link.get_mut("switch_id") {
        if switch.parse::<Mac>().is_err() && !is_datapath_id(switch) {
            return Err(Fault::invalid(format!(
                "Expected a MAC address or OpenFlow datapath ID but received {switch}."
            )));
        }
        *switch = switch.to_lowercase();
    }
    Ok(())
}

/// Whether it tells where a smart NIC's port is.
pub fn is_smart_nic(link: &Json) -> bool {
    SMART_NIC.faults(link).is_empty()
}

/// What is wrong with it, where it is in none of the forms.
///
/// The reference's library tells a fault inside a key where there is one such only; else it tells the first of the others as
/// the cause.
fn fault(link: &Json, shown: &str) -> Option<String> {
    let mut faults: Vec<(u8, String)> = Vec::new();
    for form in &FORMS {
        match form.faults(link) {
            of_form if of_form.is_empty() => return None,
            of_form => faults.extend(of_form),
        }
    }
    // Nothing at all is a form, too.
    faults.push((0, schema::unexpected(link, &[])?));
    let inside: Vec<&String> = faults.iter().filter(|(depth, _)| *depth > 0).map(|(_, fault)| fault).collect();
    if let [only] = inside.as_slice() {
        return Some((*only).clone());
    }
    let (_, cause) = faults.iter().find(|(depth, _)| *depth == 0)?;
    Some(format!("{shown} is not valid under any of the given schemas. Possible root cause: {cause}"))
}

impl Form {
    /// What keeps it from being in this form, with how deep inside.
    fn faults(&self, link: &Json) -> Vec<(u8, String)> {
        let known = KEYS.map(|key| match key {
            "network_type" => Property::new(key, &[Type::String]).one_of(self.networks),
            key => Property::new(key, &[Type::String]),
        });
        let inside = known.iter().filter_map(|key| Some((1, key.fault(link.get(key.name)?)?)));
        let missing = |key: &&&str| !link.contains_key(**key);
        let dependency = |key: &str, needs: &str| {
            let alone = link.contains_key(key) && !link.contains_key(needs);
            alone.then(|| (0, format!("'{needs}' is a dependency of '{key}'")))
        };
        inside
            .chain(schema::unexpected(link, &known).map(|fault| (0, fault)))
            .chain(dependency("vtep-logical-switch", "vtep-physical-switch"))
            .chain(dependency("vtep-physical-switch", "vtep-logical-switch"))
            .chain(self.required.iter().filter(missing).map(|key| (0, format!("'{key}' is a required property"))))
            .collect()
    }
}

/// An OpenFlow datapath ID: sixteen hexadecimal digits.
fn is_datapath_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn takes(mut link: Value) {
        check(&mut link).unwrap();
    }

    #[track_caller]
    fn refuses(mut link: Value, words: &str) {
        let told = check(&mut link).unwrap_err();
        assert_eq!(told.text(), words);
    }

    #[test]
    fn a_cable_ends_in_one_of_these_forms() {
        takes(json!({}));
        takes(json!({"port_id": "p", "switch_id": "0a:1b:2c:3d:4e:5f", "switch_info": "s"}));
        takes(json!({"port_id": "p", "switch_id": "00D4f5000a1b2c3d"}));
        takes(json!({"port_id": "p", "hostname": "h"}));
        takes(json!({"network_type": "unmanaged"}));
        takes(json!({"port_id": "p", "vtep-logical-switch": "l", "vtep-physical-switch": "q"}));
    }

    #[test]
    fn the_nearest_cause_is_told() {
        let any = |link: &str, cause: &str| {
            format!(
                "Schema error for local_link_connection: {link} is not valid under any of the given schemas. Possible root \
                 cause: {cause}"
            )
        };
        refuses(json!({"port_id": "p"}), &any("{'port_id': 'p'}", "'switch_id' is a required property"));
        refuses(json!({"switch_info": "s"}), &any("{'switch_info': 's'}", "'port_id' is a required property"));
        let words = "Additional properties are not allowed ('x' was unexpected)";
        refuses(json!({"x": "y"}), &any("{'x': 'y'}", words));
        let words = "'vtep-physical-switch' is a dependency of 'vtep-logical-switch'";
        refuses(json!({"vtep-logical-switch": "l"}), &any("{'vtep-logical-switch': 'l'}", words));
        let link = "{'port_id': 5, 'switch_id': '0a:1b:2c:3d:4e:5f'}";
        refuses(
            json!({"port_id": 5, "switch_id": "0a:1b:2c:3d:4e:5f"}),
            &any(link, "'hostname' is a required property"),
        );
        let words = "Schema error for local_link_connection: 'managed' is not one of ['unmanaged']";
        refuses(json!({"network_type": "managed"}), words);
        let words = "Expected a MAC address or OpenFlow datapath ID but received sw.";
        refuses(json!({"port_id": "p", "switch_id": "sw"}), words);
    }

    #[test]
    fn the_switch_is_written_in_lower_case() {
        let mut link = json!({"port_id": "P", "switch_id": "0A:1B:2C:3D:4E:5F"});
        check(&mut link).unwrap();
        assert_eq!(link, json!({"port_id": "P", "switch_id": "0a:1b:2c:3d:4e:5f"}));
    }
}
