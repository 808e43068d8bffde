//! `PUT /v1/nodes/{node}/states/power`

use serde_json::json;

use crate::support::Api;

const PATH: &str = "/v1/nodes/n/states/power";

#[tokio::test]
async fn the_power_is_changed_in_an_operation() {
    let api = Api::start().await;
    api.enrol("n").await;
    for (target, after) in [
        ("power on", "power on"),
        ("power off", "power off"),
        ("rebooting", "power on"),
        ("soft power off", "power off"),
    ] {
        let answer = api.put(PATH, json!({ "target": target })).await.is(202);
        assert_eq!(answer.header("location"), "http://api/v1/nodes/n/states");
        assert!(answer.body.is_empty());
        let operation = api.ended(answer.header("x-kamacite-operation")).await.json();
        assert_eq!(operation["state"], "succeeded", "{operation}");
        assert_eq!(api.get("/v1/nodes/n/states").await.json()["power_state"], after, "{target}");
    }
}

#[tokio::test]
async fn targets_and_times_that_cannot_be_are_refused() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.put(PATH, json!({})).await.refused(400, "Missing mandatory parameter: target");
    let words = "The requested action \"nope\" can not be performed on node \"n\" while it is in state \"None\".";
    let told = api.put(PATH, json!({"target": "nope"})).await.is(400).words();
    assert!(told.contains("nope"), "{told} is not {words}");
    api.put(PATH, json!({"target": "power on", "timeout": 0})).await.is(400);
    api.put(PATH, json!({"target": "power on", "timeout": "soon"}))
        .await
        .refused(400, "Expected an integer for timeout: soon");
    api.at("1.26").put(PATH, json!({"target": "soft power off"})).await.is(406);
    api.at("1.26").put(PATH, json!({"target": "power on", "timeout": 5})).await.is(406);
}

#[tokio::test]
async fn a_locked_node_keeps_its_power() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    api.store.reserve(uuid, "elsewhere").await.unwrap();
    let words =
        format!("Node {uuid} is locked by host elsewhere, please retry after the current operation is completed.");
    api.put(PATH, json!({"target": "power on"})).await.refused(409, &words);
}
