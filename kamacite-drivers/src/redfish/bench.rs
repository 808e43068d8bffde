//! For the tests of this family: a node on the bench of all drivers, whose BMC does what a story tells it.

#[path = "../../../libs/redfish/tests/stories/scripted.rs"]
#[allow(dead_code, reason = "the client's stories need more of it")]
mod scripted;

pub use crate::support::{Bench, refusal};
pub use scripted::*;
use serde_json::json;

use crate::support::Way;

pub const SYSTEM: &str = "/redfish/v1/Systems/1";

/// A node and its BMC, which has one system that is on and knows every reset.
pub async fn node_with_bmc(options: &[(&str, &str, &str)]) -> (Bench, Scripted) {
    let bmc = Scripted::start().await;
    bmc.has("/redfish/v1/", json!({"Systems": {"@odata.id": "/redfish/v1/Systems"}}));
    bmc.has("/redfish/v1/Systems", json!({"Members": [{"@odata.id": SYSTEM}]}));
    bmc.has(SYSTEM, system("On"));
    (node_of(&bmc, options), bmc)
}

/// A node whose BMC is this one, managed by drivers that know nothing of it yet.
pub fn node_of(bmc: &Scripted, options: &[(&str, &str, &str)]) -> Bench {
    // One attempt is enough on loopback, and a story of failures should not take a minute. What is written to these BMCs
    // does not change what they show.
    let own = [
        ("redfish", "connection_attempts", "1"),
        ("redfish", "auth_type", "basic"),
        ("kamacite", "redfish_read_back", "off"),
    ];
    let options = [&own, options].concat();
    let bench = Bench::new(Way::Directly, "redfish", &options);
    let address = format!("http://127.0.0.1:{}", bmc.port);
    bench.machine.change(|node| {
        node.driver_info.insert("redfish_address".to_owned(), address.into());
        node.driver_info.insert("redfish_username".to_owned(), "admin".into());
        node.driver_info.insert("redfish_password".to_owned(), "correct horse".into());
    });
    bench
}

/// The system at some power.
pub fn system(power: &str) -> serde_json::Value {
    json!({
        "Id": "1",
        "PowerState": power,
        "Boot": {"BootSourceOverrideTarget": "None", "BootSourceOverrideEnabled": "Disabled"},
        "Actions": {"#ComputerSystem.Reset": {"target": RESET}},
    })
}

pub const RESET: &str = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";

pub const EVENTS: &str = "/redfish/v1/EventService";
pub const SUBSCRIPTIONS: &str = "/redfish/v1/EventService/Subscriptions";

/// Gives the BMC an event service with one subscription, `7`.
pub fn with_events(bmc: &Scripted) {
    bmc.has(
        "/redfish/v1/",
        json!({"Systems": {"@odata.id": "/redfish/v1/Systems"}, "EventService": {"@odata.id": EVENTS}}),
    );
    bmc.has(
        EVENTS,
        json!({
            "Subscriptions": {"@odata.id": SUBSCRIPTIONS},
            "EventTypesForSubscription": ["StatusChange", "Alert"],
        }),
    );
    bmc.has(SUBSCRIPTIONS, json!({"Name": "Subscriptions", "Members": [{"@odata.id": format!("{SUBSCRIPTIONS}/7")}]}));
    bmc.has(&format!("{SUBSCRIPTIONS}/7"), subscription());
}

/// What the BMC says of the subscription.
pub fn subscription() -> serde_json::Value {
    json!({
        "@odata.id": format!("{SUBSCRIPTIONS}/7"),
        "@odata.type": "#EventDestination.v1_0_0.EventDestination",
        "Id": "7",
        "Name": "A subscription",
        "Destination": "https://listener/events",
        "Context": "rack 4",
        "Protocol": "Redfish",
        "EventTypes": ["Alert"],
        "HttpHeaders": [],
    })
}

/// What clients see of it.
pub fn shown_subscription() -> serde_json::Value {
    json!({
        "Id": "7",
        "Destination": "https://listener/events",
        "Context": "rack 4",
        "Protocol": "Redfish",
        "EventTypes": ["Alert"],
    })
}
