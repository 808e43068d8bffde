//! A node's static network configuration: the shape that OpenStack's metadata service defines (`network_data.json`).

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value};

use crate::{
    python,
    schema::{self, Type},
};

/// What is wrong with a new node's network data; null and an empty object are none.
///
/// The reference tells the first of its alternatives, whatever is wrong.
pub fn fault_of_new(value: &Value) -> Option<String> {
    let fits = match value {
        Value::Null => true,
        Value::Object(map) if map.is_empty() => true,
        Value::Object(map) => fault(map).is_none(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    };
    let value = python::repr(value);
    (!fits).then(|| {
        format!(
            "{value} is not valid under any of the given schemas. Possible root cause: {value} is not of type 'null'"
        )
    })
}

/// What is wrong with network data that a patch sets; here nothing is too little.
pub fn fault_of_patch(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => fault(map),
        other => schema::type_fault(other, &[Type::Object]),
    }
}

fn fault(data: &Map<String, Value>) -> Option<String> {
    schema::missing(data, &["links", "networks", "services"])
        .or_else(|| each(data, "links", link))
        .or_else(|| each(data, "networks", network))
        .or_else(|| each(data, "services", service))
}

/// Checks the items of a list.
fn each(
    data: &Map<String, Value>,
    name: &str,
    item_fault: fn(&Map<String, Value>) -> Option<String>,
) -> Option<String> {
    let value = data.get(name)?;
    let Value::Array(items) = value else { return schema::type_fault(value, &[Type::Array]) };
    items.iter().find_map(|item| match item {
        Value::Object(map) => item_fault(map),
        other => schema::type_fault(other, &[Type::Object]),
    })
}

fn link(link: &Map<String, Value>) -> Option<String> {
    let needed: &[&str] = match link.get("type").and_then(Value::as_str) {
        Some("bond") => &["ethernet_mac_address", "id", "type", "bond_mode", "bond_links"],
        Some("vlan") => &["vlan_mac_address", "id", "type", "vlan_link", "vlan_id"],
        Some("bridge" | "dvs" | "hw_veb" | "hyperv" | "ovs" | "tap" | "vhostuser" | "vif" | "phy") | None => {
            &["ethernet_mac_address", "id", "type"]
        }
        Some(other) => return Some(format!("{} is no type of link", python::repr_text(other))),
    };
    schema::missing(link, needed)
        .or_else(|| text(link, "id", |_| true))
        .or_else(|| text(link, "ethernet_mac_address", is_mac))
        .or_else(|| text(link, "vlan_mac_address", is_mac))
}

fn network(network: &Map<String, Value>) -> Option<String> {
    schema::missing(network, &["id", "link", "network_id", "type"])
        .or_else(|| ["id", "link", "network_id"].into_iter().find_map(|name| text(network, name, |_| true)))
        .or_else(|| match network.get("type").and_then(Value::as_str) {
            Some("ipv4" | "ipv4_dhcp") => text(network, "ip_address", is_ipv4),
            Some("ipv6" | "ipv6_dhcp" | "ipv6_slaac") => text(network, "ip_address", is_ipv6),
            Some(_) | None => Some(format!("{} is no type of network", python::repr(&network["type"]))),
        })
        .or_else(|| network.get("routes").and_then(|_| each(network, "routes", route)))
}

fn route(route: &Map<String, Value>) -> Option<String> {
    schema::missing(route, &["gateway", "netmask", "network"])
}

fn service(service: &Map<String, Value>) -> Option<String> {
    schema::missing(service, &["address", "type"])
        .or_else(|| text(service, "address", |address| is_ipv4(address) || is_ipv6(address)))
        .or_else(|| text(service, "type", |of| of == "dns"))
}

fn text(map: &Map<String, Value>, name: &str, fits: fn(&str) -> bool) -> Option<String> {
    match map.get(name)? {
        Value::String(text) if fits(text) => None,
        Value::String(text) => Some(format!("{} does not fit {name}", python::repr_text(text))),
        other => schema::type_fault(other, &[Type::String]),
    }
}

fn is_mac(text: &str) -> bool {
    let pairs: Vec<&str> = text.split([':', '-']).collect();
    pairs.len() == 6 && pairs.iter().all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn is_ipv6(text: &str) -> bool {
    // An address may carry its prefix length.
    text.split('/').next().unwrap_or_default().parse::<Ipv6Addr>().is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_needs_the_whole_shape() {
        let told = |value: Value| fault_of_patch(&value).unwrap();
        assert_eq!(told(json!({})), "'links' is a required property");
        assert_eq!(told(json!(null)), "None is not of type 'object'");
        assert_eq!(told(json!({"links": 1, "networks": [], "services": []})), "1 is not of type 'array'");
    }

    #[test]
    fn a_whole_configuration_fits() {
        let data = json!({
            "links": [{"id": "eth0", "type": "phy", "ethernet_mac_address": "fa:16:3e:9c:bf:3d", "mtu": 1500}],
            "networks": [{
                "id": "n0", "link": "eth0", "network_id": "99e88329", "type": "ipv4", "ip_address": "10.0.0.4",
                "netmask": "255.255.255.0", "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.0.0.1"}],
            }],
            "services": [{"type": "dns", "address": "10.0.0.1"}],
        });
        assert_eq!(fault_of_patch(&data), None);
        assert_eq!(fault_of_new(&data), None);
        let mut broken = data.clone();
        broken["links"][0]["ethernet_mac_address"] = json!("nope");
        assert_eq!(fault_of_patch(&broken).unwrap(), "'nope' does not fit ethernet_mac_address");
        let mut broken = data;
        broken["networks"][0].as_object_mut().unwrap().remove("link");
        assert_eq!(fault_of_patch(&broken).unwrap(), "'link' is a required property");
    }

    #[test]
    fn a_new_node_may_have_none() {
        assert_eq!(fault_of_new(&Value::Null), None);
        assert_eq!(fault_of_new(&json!({})), None);
        assert!(fault_of_new(&json!(5)).is_some());
        assert!(fault_of_new(&json!({"links": [], "networks": []})).is_some());
    }
}
