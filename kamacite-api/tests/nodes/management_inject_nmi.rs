//! `/v1/nodes/{node}/management/inject_nmi`

use serde_json::json;

use crate::support::Api;

const PATH: &str = "/v1/nodes/b/management/inject_nmi";

#[tokio::test]
async fn an_interrupt_is_raised_before_the_answer() {
    let api = Api::with_a_bmc().await;
    let answer = api.send("PUT", PATH, "").await.is(204);
    assert_eq!((answer.text().as_str(), answer.header("x-kamacite-operation")), ("", ""));
    assert_eq!(api.settled("b").await.driver_internal_info["interrupted"], json!(true));
}

#[tokio::test]
async fn what_cannot_be_interrupted_is_refused() {
    let api = Api::with_a_bmc().await;
    let unsupported = "Driver fake-hardware does not support inject_nmi (disabled or not implemented).";
    api.put("/v1/nodes/n/management/inject_nmi", json!({})).await.refused(400, unsupported);
    api.put("/v1/nodes/nope/management/inject_nmi", json!({})).await.refused(404, "Node nope could not be found.");
    api.put(PATH, json!({"a": 1})).await.refused(400, "Unexpected arguments: a");
    api.at("1.28").put(PATH, json!({})).await.refused(404, "Resource could not be found.");
    api.at("1.29").put(PATH, json!({})).await.is(204);
    let answer = api.get(PATH).await.is(405);
    assert_eq!(answer.header("allow"), "");
}

#[tokio::test]
async fn a_locked_node_is_not_interrupted() {
    let api = Api::with_a_bmc().await;
    let node = api.settled("b").await;
    api.store.reserve(node.uuid, "somebody").await.unwrap();
    api.put(PATH, json!({})).await.is(409);
}
