//! `/v1/nodes/{node}/validate`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn every_interface_has_its_verdict() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let by_path = api.get("/v1/nodes/n/validate").await.is(200);
    assert_json_snapshot!("of_a_fake", by_path.document());
    for path in ["/v1/nodes/validate?node=n", &format!("/v1/nodes/validate?node_uuid={uuid}")] {
        assert_eq!(api.get(path).await.is(200).json(), by_path.json(), "{path}");
    }
    api.enrol_with("m", json!({"driver": "manual-management", "vendor_interface": null})).await;
    assert_json_snapshot!("of_a_manual", api.get("/v1/nodes/m/validate").await.document());
}

#[tokio::test]
async fn an_instance_asks_for_traits_of_the_node_only() {
    let api = Api::start().await;
    let uuid = api.enrol_with("n", json!({"instance_info": {"traits": ["CUSTOM_A", "CUSTOM_B"]}})).await;
    api.put("/v1/nodes/n/traits", json!({"traits": ["CUSTOM_A"]})).await.is(204);
    let verdict = api.get("/v1/nodes/n/validate").await.is(200).json()["deploy"].take();
    let words = format!(
        "Cannot specify instance traits that are not also set on the node. Node {uuid} is missing traits CUSTOM_B"
    );
    assert_eq!(verdict, json!({"result": false, "reason": words}));
}

#[tokio::test]
async fn a_node_must_be_named() {
    let api = Api::start().await;
    api.get("/v1/nodes/nope/validate").await.refused(404, "Node nope could not be found.");
    assert_json_snapshot!([
        api.get("/v1/nodes/validate").await.is(400).words(),
        api.get("/v1/nodes/validate?node=a%20b").await.is(400).words(),
        api.get("/v1/nodes/validate?node_uuid=nope").await.is(400).words(),
    ]);
}
