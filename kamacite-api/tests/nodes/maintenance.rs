//! `/v1/nodes/{node}/maintenance`

use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn maintenance_begins_and_ends() {
    let api = Api::start().await;
    api.enrol("n").await;
    let shown = async || {
        let node = api.get("/v1/nodes/n").await.json();
        json!([node["maintenance"], node["maintenance_reason"]])
    };
    let answer = api.put("/v1/nodes/n/maintenance", json!({"reason": "a broken fan"})).await.is(202);
    assert!(answer.body.is_empty());
    assert_eq!(shown().await, json!([true, "a broken fan"]));
    api.delete("/v1/nodes/n/maintenance").await.is(202);
    assert_eq!(shown().await, json!([false, null]));
    // No reason need be given.
    api.send("PUT", "/v1/nodes/n/maintenance", "").await.is(202);
    assert_eq!(shown().await, json!([true, null]));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.put("/v1/nodes/n/maintenance", json!({"why": "x"})).await.refused(400, "Unexpected arguments: why");
    api.put("/v1/nodes/n/maintenance", json!({"reason": 5})).await.refused(400, "Expected string for reason: 5");
    api.put("/v1/nodes/nope/maintenance", json!({})).await.refused(404, "Node nope could not be found.");
}
