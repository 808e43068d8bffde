//! `PATCH /v1/nodes/{node}`

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Api, someone};

fn set(path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": "add", "path": path, "value": value.into()}])
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let api = Api::start().await;
    let before = api.enrol_with("n", json!({"driver_info": {"password": "calvin"}, "extra": {"a": 1}})).await;
    let patch = json!([
        {"op": "replace", "path": "/name", "value": "m"},
        {"op": "add", "path": "/extra/b", "value": [2]},
        {"op": "add", "path": "/extra/b/-", "value": 3},
        {"op": "remove", "path": "/extra/a"},
        {"op": "add", "path": "/driver_info/address", "value": "h"},
    ]);
    assert_json_snapshot!(api.patch("/v1/nodes/n", patch).await.shown());
    let node = api.store.node(before).await.unwrap().unwrap();
    assert_eq!(node.driver_info.text("password"), Some("calvin"), "what is masked is kept");
}

#[tokio::test]
async fn escaped_paths_came_with_a_version() {
    let api = Api::start().await;
    api.enrol("n").await;
    let patch = set("/extra/a~1b~0c", 1);
    let words = "Schema error for patch: '/extra/a~1b~0c' does not match '^(/[\\\\w-]+)+$'";
    api.at("1.97").patch("/v1/nodes/n", patch.clone()).await.refused(400, words);
    let after = api.at("1.98").patch("/v1/nodes/n", patch).await.is(200).json();
    assert_eq!(after["extra"], json!({"a/b~c": 1}));
}

#[tokio::test]
async fn a_patch_that_cannot_be_applied_is_refused_whole() {
    let api = Api::start().await;
    api.enrol_with("n", json!({"extra": {"a": 1}})).await;
    let refused = async |patch: Value| {
        let words = api.patch("/v1/nodes/n", patch).await.is(400).words();
        words.split(" Only the following").next().unwrap().to_owned()
    };
    let told = [
        refused(json!({})).await,
        refused(json!([{"op": "add"}])).await,
        refused(json!([{"op": "move", "path": "/extra", "from": "/x"}])).await,
        refused(json!([{"op": "test", "path": "/extra/a", "value": 1}])).await,
        refused(set("extra", 1)).await,
        refused(set("/uuid", "x")).await,
        refused(set("/provision_state", "active")).await,
        refused(json!([{"op": "remove", "path": "/extra/nope"}])).await,
        refused(json!([{"op": "replace", "path": "/extra/nope/deep", "value": 1}])).await,
        refused(json!([{"op": "remove", "path": "/driver"}])).await,
        refused(set("/extra", "text")).await,
        refused(set("/name", "bad name")).await,
        refused(set("/maintenance", "maybe")).await,
        refused(set("/vendor_interface", "nope")).await,
        refused(json!([{"op": "add", "path": "/extra/b", "value": 1}, {"op": "remove", "path": "/extra/nope"}])).await,
    ];
    assert_json_snapshot!(told);
    assert_eq!(api.get("/v1/nodes/n").await.json()["extra"], json!({"a": 1}));
}

#[tokio::test]
async fn interfaces_are_reset_with_the_driver() {
    let api = Api::start().await;
    api.enrol("n").await;
    let words = "The reset_interfaces parameter can only be used when changing the node's driver.";
    api.patch("/v1/nodes/n?reset_interfaces=true", set("/extra/a", 1)).await.refused(400, words);
    api.at("1.44").patch("/v1/nodes/n?reset_interfaces=true", set("/driver", "manual-management")).await.is(406);
    let path = "/v1/nodes/n?reset_interfaces=true";
    let after = api.patch(path, set("/driver", "manual-management")).await.is(200).json();
    assert_eq!(after["vendor_interface"], "no-vendor");
}

#[tokio::test]
async fn a_node_that_is_busy_or_under_way_is_not_patched() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    api.provision("n", &["manage", "provide", "active"]).await;
    // An instance is on it.
    api.patch("/v1/nodes/n", set("/driver", "manual-management")).await.is(400);
    api.patch("/v1/nodes/n", set("/extra/a", 1)).await.is(200);
    api.store.reserve(uuid, "elsewhere").await.unwrap();
    let words =
        format!("Node {uuid} is locked by host elsewhere, please retry after the current operation is completed.");
    api.patch("/v1/nodes/n", set("/extra/a", 2)).await.refused(409, &words);
}

#[tokio::test]
async fn clients_cannot_change_what_changed_meanwhile() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    api.conductor.set_maintenance(uuid, true, Some("why".to_owned()), &someone()).await.unwrap();
    let after = api.patch("/v1/nodes/n", set("/extra/a", 1)).await.is(200).json();
    assert_eq!((&after["maintenance"], &after["maintenance_reason"]), (&json!(true), &json!("why")));
}
