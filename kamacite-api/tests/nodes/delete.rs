//! `DELETE /v1/nodes/{node}`

use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn a_node_is_removed() {
    let api = Api::start().await;
    api.enrol("n").await;
    let answer = api.delete("/v1/nodes/n").await.is(204);
    assert!(answer.body.is_empty());
    api.get("/v1/nodes/n").await.refused(404, "Node n could not be found.");
    api.delete("/v1/nodes/n").await.refused(404, "Node n could not be found.");
}

#[tokio::test]
async fn a_node_in_use_stays() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    api.provision("n", &["manage", "provide", "active"]).await;
    let words = format!("Can not delete node \"{uuid}\" while it is in provision state \"active\".");
    let told = api.delete("/v1/nodes/n").await.words();
    assert!(told.starts_with(&words[..20]), "{told}");
    api.get("/v1/nodes/n").await.is(200);
}

#[tokio::test]
async fn arguments_are_none_of_its_business() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.delete("/v1/nodes/n?force=true").await.refused(400, "Unexpected arguments: force");
    api.send_json("DELETE", "/v1/nodes/n", json!({"force": true})).await.refused(400, "Unexpected arguments: force");
    api.delete("/v1/nodes").await.refused(400, "Missing mandatory parameter: node_ident");
}
