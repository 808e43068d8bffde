//! `/kamacite/v1`: operations, sensors, and the schemas of vendor methods.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn the_root_says_what_there_is() {
    assert_json_snapshot!(Api::start().await.get("/kamacite/v1").await.shown());
}

#[tokio::test]
async fn an_operation_tells_how_it_ended() {
    let api = Api::start().await;
    api.enrol("n").await;
    let passthru = async |method: &str, args| {
        let answer = api.post(&format!("/v1/nodes/n/vendor_passthru/{method}"), args).await.is(202);
        assert_eq!(answer.text(), "");
        api.ended(answer.header("x-kamacite-operation")).await.document()
    };
    assert_json_snapshot!("one_that_succeeded", passthru("power_cycle", json!({})).await);
    assert_json_snapshot!("one_that_failed", passthru("fail_later", json!({"message": "no iron"})).await);
}

#[tokio::test]
async fn nothing_that_was_said_in_confidence_is_told() {
    let api = Api::start().await;
    api.enrol_with("n", json!({"vendor_interface": "fake"})).await;
    let said = json!({"password": "calvin", "pin": "hobbes"});
    let answer = api.post("/v1/nodes/n/vendor_passthru/log_passthrough", said).await.is(202);
    let one = api.ended(answer.header("x-kamacite-operation")).await.text();
    let all = api.get("/kamacite/v1/nodes/n/operations").await.is(200).text();
    for told in [one, all] {
        assert!(!told.contains("calvin") && !told.contains("hobbes"), "{told}");
    }
}

#[tokio::test]
async fn a_node_lists_its_operations_the_latest_first() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    api.provision("n", &["manage", "provide"]).await;
    let answer = api.post("/v1/nodes/n/vendor_passthru/power_cycle", json!({})).await.is(202);
    api.ended(answer.header("x-kamacite-operation")).await;
    let names = async |ident: &str| {
        let listed = api.get(&format!("/kamacite/v1/nodes/{ident}/operations")).await.is(200).json();
        listed["operations"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_json_snapshot!(names("n").await);
    assert_eq!(names("n").await, names(&uuid.to_string()).await);
    api.get("/kamacite/v1/nodes/nope/operations").await.refused(404, "Node nope could not be found.");
}

#[tokio::test]
async fn sensors_tell_what_they_measure() {
    let api = Api::with_a_bmc().await;
    assert_json_snapshot!(api.get("/kamacite/v1/nodes/b/sensors").await.document());
    assert_eq!(api.get("/kamacite/v1/nodes/n/sensors").await.is(200).json(), json!({"sensors": []}));
    api.enrol_with("m", json!({"driver": "manual-management", "vendor_interface": "no-vendor"})).await;
    let unsupported = "Driver manual-management does not support get_sensors_data (disabled or not implemented).";
    api.get("/kamacite/v1/nodes/m/sensors").await.refused(400, unsupported);
    api.get("/kamacite/v1/nodes/nope/sensors").await.refused(404, "Node nope could not be found.");
}

#[tokio::test]
async fn network_interfaces_are_told() {
    let api = Api::with_a_bmc().await;
    assert_json_snapshot!(api.get("/kamacite/v1/nodes/b/nics").await.document());
    let unsupported = "Driver fake-hardware does not support get_mac_addresses (disabled or not implemented).";
    api.get("/kamacite/v1/nodes/n/nics").await.refused(400, unsupported);
    api.get("/kamacite/v1/nodes/nope/nics").await.refused(404, "Node nope could not be found.");
}

#[tokio::test]
async fn methods_are_described_by_schemas() {
    let api = Api::start().await;
    assert_json_snapshot!(api.get("/kamacite/v1/drivers/fake-hardware/vendor_methods").await.document());
    api.get("/kamacite/v1/drivers/nope/vendor_methods").await.is(404);
}

#[tokio::test]
async fn operations_that_are_not_there_are_not_found() {
    let api = Api::start().await;
    let uuid = "11111111-2222-4333-8444-555555555555";
    api.get(&format!("/kamacite/v1/operations/{uuid}")).await.is(404);
    api.get("/kamacite/v1/operations/nope").await.is(404);
    api.send("DELETE", &format!("/kamacite/v1/operations/{uuid}"), "").await.is(405);
}

#[tokio::test]
async fn a_node_tells_how_its_bmc_is_doing() {
    let redfish = [
        ("DEFAULT", "enabled_hardware_types", "fake-hardware,redfish"),
        ("DEFAULT", "enabled_management_interfaces", "fake,redfish"),
        ("DEFAULT", "enabled_power_interfaces", "fake,redfish"),
        ("DEFAULT", "enabled_deploy_interfaces", "fake,no-deploy"),
        ("DEFAULT", "enabled_vendor_interfaces", "fake-extra,redfish,no-vendor"),
        ("redfish", "connection_attempts", "1"),
        ("kamacite", "bmc_silences", "1"),
    ];
    let api = Api::configured(&redfish).await;
    api.enrol("fake").await;
    api.get("/kamacite/v1/nodes/fake/bmc").await.is(200);
    // Somebody was given this port and has let go of it: nobody answers.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let info =
        json!({"redfish_address": format!("http://{nobody}"), "redfish_username": "u", "redfish_password": "calvin"});
    api.enrol_with("n", json!({"driver": "redfish", "vendor_interface": "redfish", "driver_info": info})).await;
    let subscriptions = "/v1/nodes/n/vendor_passthru/get_all_subscriptions";
    api.get(subscriptions).await.is(500);
    let told = api.get(subscriptions).await.is(503).words();
    assert!(told.contains("has not answered for") && told.contains("it is tried again in 5 s"), "{told}");
    let shown = api.get("/kamacite/v1/nodes/n/bmc").await.is(200);
    assert!(!shown.text().contains("calvin"));
    let bmc = &shown.json()["bmcs"][0];
    assert_eq!((&bmc["protocol"], &bmc["address"]), (&json!("redfish"), &json!(nobody.to_string())));
    assert_eq!((&bmc["condition"], &bmc["silent"], &bmc["answered"]), (&json!("silent"), &json!(1), &json!(0)));
    assert!(bmc["since"].is_string() && bmc["next_try_at"].is_string() && bmc["why"].is_string(), "{bmc}");
    assert_eq!(bmc["last_exchange"]["request"], "GET /redfish/v1/");
    assert!(!bmc.to_string().contains("credentials"));
    let members: Vec<_> = bmc.as_object().unwrap().keys().cloned().collect();
    insta::assert_json_snapshot!(members);
}
