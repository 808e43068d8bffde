//! A node that somebody works on: who else wants to act is told who holds it, and who looks is not held up.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    scripted::{Act, Scripted, ok},
    site::Site,
};

/// Asking three times a tenth of a second apart is as good a story as a second apart.
const IMPATIENT: &str = "[conductor]\nnode_locked_retry_interval = 0.1\n";

#[tokio::test]
async fn a_locked_node_is_refused_to_who_acts_and_shown_to_who_looks() {
    let site = Site::new(IMPATIENT);
    let service = site.start().await;
    let baremetal = service.baremetal();
    baremetal.does("node create --driver fake-hardware --vendor-interface fake-extra --name n").await;
    baremetal.does("node passthru call n hang --arg seconds=600").await;
    let uuid = baremetal.json("node show n").await["uuid"].as_str().unwrap().to_owned();
    let refused = baremetal.refused("node passthru call n power_cycle").await;
    assert!(refused.contains(&format!("Node {uuid} is locked by host")) && refused.contains("HTTP 409"), "{refused}");
    let refused = baremetal.refused("node power on n").await;
    assert!(refused.contains("HTTP 409"), "{refused}");
    // What needs no lock goes on; what is wrong is told before the lock is asked for.
    baremetal.does("node passthru call n echo --arg text=hello").await;
    let refused = baremetal.refused("node passthru call n power_cycle --http-method PUT").await;
    assert!(refused.contains("does not support HTTP PUT") && refused.contains("HTTP 400"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bmc_that_does_not_answer_holds_up_its_own_node_only() {
    let bmc = Scripted::start().await;
    bmc.has("/redfish/v1/", json!({"Systems": {"@odata.id": "/redfish/v1/Systems"}}));
    bmc.has("/redfish/v1/Systems", json!({"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]}));
    let off = json!({"PowerState": "Off", "Actions": {"#ComputerSystem.Reset": {"target": "/reset"}}});
    bmc.on("GET /redfish/v1/Systems/1", [ok(off)]).on("POST /reset", [Act::Hang]);
    let site = Site::new(IMPATIENT);
    let service = site.start().await;
    let api = &service.api;
    let info = json!({"redfish_address": format!("http://127.0.0.1:{}", bmc.port), "redfish_username": "admin"});
    for (name, driver, info) in [("stuck", "redfish", info), ("free", "fake-hardware", json!({}))] {
        api.change(Method::POST, "/v1/nodes", json!({"name": name, "driver": driver, "driver_info": info})).await;
        api.change(Method::PUT, &format!("/v1/nodes/{name}/states/power"), json!({"target": "power on"})).await;
    }
    assert_eq!(api.at_rest("free").await["power_state"], "power on");
    let stuck = api.get("/v1/nodes/stuck").await;
    assert_eq!((&stuck["target_power_state"], &stuck["power_state"]), (&json!("power on"), &Value::Null));
    assert!(stuck["reservation"].is_string());
    let eject = "/v1/nodes/stuck/vendor_passthru/eject_vmedia";
    let (status, answer) = api.send(Method::POST, eject, Some(&json!({}))).await;
    assert!(status == 409 && answer["error_message"].to_string().contains("is locked by host"), "{status} {answer}");
    // The verb is wrong whether or not the node is locked.
    assert_eq!(api.send(Method::PUT, eject, Some(&json!({}))).await.0, 400);
}
