//! What is asked of a node next: drawn from what its state allows, and, when it is led home, the one way there is.

use serde_json::{Value, json};

/// Something to ask of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The verb of HTTP.
    pub method: &'static str,
    /// The path below the node; an absolute one begins with a slash and holds `{node}`.
    pub path: String,
    /// The body; nothing is none.
    pub body: Value,
}

impl Ask {
    fn new(method: &'static str, path: &str, body: Value) -> Self {
        Self { method, path: path.to_owned(), body }
    }

    fn provision(target: &str) -> Self {
        let body = match target {
            "clean" => json!({"target": target, "clean_steps": steps("clean")}),
            "service" => json!({"target": target, "service_steps": steps("service")}),
            "rescue" => json!({"target": target, "rescue_password": "soaked"}),
            _ => json!({"target": target}),
        };
        Self::new("PUT", "/states/provision", body)
    }
}

/// Steps that reboot the machine through its BMC, and stand still in the middle.
fn steps(kind: &str) -> Value {
    let mut steps =
        vec![json!({"interface": "power", "step": "reboot"}), json!({"interface": "deploy", "step": "hold"})];
    if kind == "clean" {
        steps.push(json!({"interface": "bios", "step": "factory_reset"}));
    }
    Value::Array(steps)
}

/// What provisioning may be asked of a node in each state; the first of them leads home, to `available`.
const VERBS: &[(&str, &[&str])] = &[
    ("enroll", &["manage"]),
    ("manageable", &["provide", "clean", "inspect", "adopt"]),
    ("available", &["active", "manage"]),
    ("active", &["deleted", "rebuild", "rescue", "service"]),
    ("deploy failed", &["deleted", "active"]),
    ("deploy hold", &["abort", "unhold"]),
    ("error", &["deleted", "rebuild"]),
    ("clean failed", &["manage"]),
    ("clean hold", &["abort", "unhold"]),
    ("inspect failed", &["manage", "inspect"]),
    ("adopt failed", &["manage", "adopt"]),
    ("rescue", &["deleted", "unrescue"]),
    ("rescue failed", &["deleted", "unrescue", "rescue"]),
    ("unrescue failed", &["deleted", "unrescue", "rescue"]),
    ("service failed", &["deleted", "abort", "service"]),
    ("service hold", &["abort", "unhold"]),
    ("clean wait", &["abort"]),
    ("inspect wait", &["abort"]),
    ("wait call-back", &["deleted", "abort"]),
    ("rescue wait", &["deleted", "abort"]),
    ("service wait", &["abort"]),
];

fn verbs(state: &str) -> &'static [&'static str] {
    VERBS.iter().find(|(known, _)| *known == state).map_or(&[], |(_, verbs)| verbs)
}

/// The way home from a state; nothing where the node is on its way, or there.
pub fn homeward(state: &str) -> Option<Ask> {
    if state == "available" { None } else { verbs(state).first().map(|verb| Ask::provision(verb)) }
}

/// Something at random for a node in this state.
pub fn any(state: &str, random: &mut fastrand::Rng) -> Ask {
    match random.u8(..100) {
        0..50 => match random.choice(verbs(state)) {
            Some(verb) => Ask::provision(verb),
            None => Ask::new("GET", "/states", Value::Null),
        },
        50..70 => {
            let target = random.choice(["power on", "power off", "rebooting", "soft power off"]).unwrap_or("power on");
            Ask::new("PUT", "/states/power", json!({"target": target}))
        }
        70..75 => {
            let device = random.choice(["pxe", "disk"]).unwrap_or("pxe");
            Ask::new("PUT", "/management/boot_device", json!({"boot_device": device, "persistent": random.bool()}))
        }
        75..78 => Ask::new("GET", "/management/boot_device", Value::Null),
        78..81 => Ask::new("PUT", "/maintenance", json!({"reason": "soaked"})),
        81..86 => Ask::new("DELETE", "/maintenance", Value::Null),
        86..90 => {
            let change = json!([{"op": "add", "path": "/extra/soak", "value": random.u32(..)}]);
            Ask::new("PATCH", "", change)
        }
        90..94 => {
            let octets = random.u32(..).to_be_bytes().map(|octet| format!("{octet:02x}"));
            let address = format!("02:00:{}", octets.join(":"));
            Ask::new("POST", "/v1/ports", json!({"address": address, "node_uuid": "{node}"}))
        }
        94..96 => Ask::new("GET", "/ports", Value::Null),
        96..98 => Ask::new("GET", "/validate", Value::Null),
        98 => Ask::new("POST", "/kamacite/v1/nodes/{node}/abandon", json!({"reason": "soaked"})),
        _ => Ask::new("GET", "/kamacite/v1/nodes/{node}/why", Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_way_home_from_everywhere_but_home() {
        for (state, _) in VERBS {
            assert_eq!(homeward(state).is_none(), *state == "available", "{state}");
        }
        assert_eq!(homeward("cleaning"), None, "it is under way");
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            (0..200).map(|_| any("active", &mut random)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
