//! `/v1/nodes/{node}/states` and what can be set below it, but power and provisioning.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn a_nodes_states_are_shown() {
    let api = Api::start().await;
    api.enrol("n").await;
    assert_json_snapshot!("now", api.get("/v1/nodes/n/states").await.document());
    assert_json_snapshot!("to_older_clients", api.at("1.11").get("/v1/nodes/n/states").await.document());
}

#[tokio::test]
async fn a_raid_configuration_is_set() {
    let api = Api::start().await;
    api.enrol("n").await;
    let path = "/v1/nodes/n/states/raid";
    let wanted = json!({"logical_disks": [{"size_gb": 100, "raid_level": "1", "is_root_volume": true}]});
    api.put(path, wanted.clone()).await.is(204);
    assert_eq!(api.get("/v1/nodes/n/states").await.json()["target_raid_config"], wanted);
    api.put(path, json!({"logical_disks": [{"raid_level": "1"}]})).await.is(400);
    api.at("1.11").put(path, wanted).await.refused(406, "Request not acceptable.");
}

#[tokio::test]
async fn the_boot_mode_is_not_the_fakes_to_change() {
    let api = Api::start().await;
    api.enrol("n").await;
    for (path, good, missing) in [
        ("boot_mode", json!("uefi"), "target"),
        ("secure_boot", json!(true), "target"),
        ("secure_boot", json!("on"), "target"),
    ] {
        let path = format!("/v1/nodes/n/states/{path}");
        let words = format!("Missing mandatory parameter: {missing}");
        api.put(&path, json!({})).await.refused(400, &words);
        api.put(&path, json!({"target": "nope"})).await.is(400);
        let answer = api.put(&path, json!({ "target": good })).await;
        assert!([202, 400].contains(&answer.status), "{}", answer.text());
        let words = "This endpoint is supported starting with the API version 1.76";
        api.at("1.75").put(&path, json!({ "target": good })).await.refused(404, words);
    }
}

#[tokio::test]
async fn a_console_is_opened_and_closed() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let path = "/v1/nodes/n/states/console";
    let closed = json!({"console_enabled": false, "console_info": null});
    assert_eq!(api.get(path).await.is(200).json(), closed);
    let answer = api.put(path, json!({"enabled": true})).await.is(202);
    assert_eq!(answer.header("location"), "http://api/v1/nodes/n/states/console");
    api.ended(answer.header("x-kamacite-operation")).await;
    let open = json!({"console_enabled": true, "console_info": {"type": "fake", "url": format!("fake://{uuid}")}});
    assert_eq!(api.get(path).await.is(200).json(), open);
    let answer = api.put(path, json!({"enabled": false})).await.is(202);
    api.ended(answer.header("x-kamacite-operation")).await;
    assert_eq!(api.get(path).await.is(200).json(), closed);
    api.put(path, json!({})).await.refused(400, "Missing mandatory parameter: enabled");
}
