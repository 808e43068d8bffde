//! `/v1/nodes/{node}/bios`, `/firmware` and `/inventory`.

use insta::assert_json_snapshot;
use kamacite_model::{FirmwareComponent, Inventory};
use serde_json::{Value, json};

use crate::support::Api;

async fn with_settings(settings: Value) -> Api {
    let api = Api::start().await;
    api.enrol("n").await;
    api.provision("n", &["manage"]).await;
    let steps = json!([{"interface": "bios", "step": "apply_configuration", "args": {"settings": settings}}]);
    let clean = json!({"target": "clean", "clean_steps": steps});
    api.put("/v1/nodes/n/states/provision", clean).await.is(202);
    let node = api.settled("n").await;
    assert_eq!(node.last_error, None);
    api
}

#[tokio::test]
async fn settings_are_shown_as_each_version_knows_them() {
    let api = with_settings(json!([{"name": "b", "value": "on"}, {"name": "A", "value": null}])).await;
    assert_json_snapshot!("bios", api.get("/v1/nodes/n/bios").await.document());
    assert_json_snapshot!("bios_in_detail", api.get("/v1/nodes/n/bios?detail=true").await.document());
    assert_json_snapshot!("bios_setting", api.get("/v1/nodes/n/bios/b").await.document());
    assert_json_snapshot!("bios_setting_before_registries", api.at("1.73").get("/v1/nodes/n/bios/b").await.document());
    let chosen = api.get("/v1/nodes/n/bios?fields=value").await.is(200).json();
    assert_eq!(chosen["bios"][1]["value"], "on");
    let node = api.get("/v1/nodes/n").await.is(200).json()["uuid"].clone();
    assert_eq!(api.get("/v1/nodes/n/bios?fields=node_uuid").await.is(200).json()["bios"][0]["node_uuid"], node);
    let words = "Schema error: Additional properties are not allowed ('bogus' was unexpected)";
    api.get("/v1/nodes/n/bios/b?bogus=1").await.refused(400, words);
    api.at("1.39").get("/v1/nodes/n/bios").await.is(404);
    api.at("1.73").get("/v1/nodes/n/bios?detail=true").await.is(400);
    api.get("/v1/nodes/n/bios/nope").await.is(404);
    api.get("/v1/nodes/n/bios?fields=nope").await.is(400);
}

#[tokio::test]
async fn the_firmware_of_parts_is_shown_as_each_version_knows_it() {
    let api = Api::start().await;
    let node = api.enrol("n").await;
    assert_eq!(api.get("/v1/nodes/n/firmware").await.is(200).json(), json!({"firmware": []}));
    let held = api.store.reserve(node, "test").await.unwrap();
    let component = FirmwareComponent {
        component: "bmc".to_owned(),
        initial_version: "1".to_owned(),
        vendor: Some("acme".to_owned()),
        ..FirmwareComponent::default()
    };
    api.store.record_firmware(node, held.fence, vec![component]).await.unwrap();
    assert_json_snapshot!("firmware", api.get("/v1/nodes/n/firmware").await.document());
    assert_json_snapshot!("firmware_before_identities", api.at("1.113").get("/v1/nodes/n/firmware").await.document());
    let words = "Fields vendor are not allowed in this API version. They require at least API version 1.114.";
    api.at("1.113").get("/v1/nodes/n/firmware?fields=vendor").await.refused(400, words);
    api.at("1.85").get("/v1/nodes/n/firmware").await.is(404);
}

#[tokio::test]
async fn what_an_inspection_found_is_told_as_it_was_found() {
    let api = Api::start().await;
    let node = api.enrol("n").await;
    let words = format!("Node inventory record for node {node} could not be found.");
    api.get("/v1/nodes/n/inventory").await.refused(404, &words);
    let held = api.store.reserve(node, "test").await.unwrap();
    let found = json!({"inventory": {"cpu": {"count": 2}}, "plugin_data": {"lldp": []}});
    let inventory: Inventory = serde_json::from_value(found.clone()).unwrap();
    api.store.record_inventory(node, held.fence, inventory).await.unwrap();
    assert_eq!(api.get("/v1/nodes/n/inventory").await.is(200).json(), found);
    api.at("1.80").get("/v1/nodes/n/inventory").await.is(404);
}
