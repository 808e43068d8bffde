//! `POST /v1/volume/connectors` and `POST /v1/volume/targets`

use insta::assert_json_snapshot;
use serde_json::json;

use super::{CONNECTOR, NOBODY, TARGET, make_connector, make_target, start};

#[tokio::test]
async fn connectors_and_targets_are_made() {
    let (api, node) = start().await;
    assert_json_snapshot!("new_connector", make_connector(&api, node, "b", json!({})).await.is(201).shown());
    let properties = json!({"properties": {"auth_password": "hidden", "a": {"secret": "hidden"}}});
    assert_json_snapshot!("new_target", make_target(&api, node, -1, properties).await.is(201).shown());
    let connectors = api.at("1.31").post("/v1/volume/connectors", json!({})).await.is(404);
    assert_eq!(connectors.words(), "");
}

#[tokio::test]
async fn what_another_has_is_taken() {
    let (api, node) = start().await;
    let words = "A volume connector with type iqn and connector ID iqn.a already exists.";
    make_connector(&api, node, "iqn.a", json!({})).await.refused(409, words);
    let words = format!("A volume connector with UUID {CONNECTOR} already exists.");
    make_connector(&api, node, "b", json!({"uuid": CONNECTOR})).await.refused(409, &words);
    let words = "A volume target with boot index '0' for the same node already exists.";
    make_target(&api, node, 0, json!({})).await.refused(409, words);
    let words = format!("A volume target with UUID {TARGET} already exists.");
    make_target(&api, node, 1, json!({"uuid": TARGET})).await.refused(409, &words);
    let other = api.enrol("m").await;
    make_target(&api, other, 0, json!({})).await.is(201);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (api, node) = start().await;
    let words = format!("Invalid input for field/attribute node_uuid. Value: '{NOBODY}'. ");
    make_connector(&api, node, "b", json!({"node_uuid": NOBODY})).await.refused(400, &words);
    make_target(&api, node, 1, json!({"node_uuid": NOBODY})).await.refused(400, &words);
    make_connector(&api, node, "b", json!({"node_uuid": "n"})).await.refused(400, "Expected UUID for node_uuid: n");
    make_target(&api, node, 1, json!({"uuid": "x"})).await.refused(400, "Expected UUID for uuid: x");
    let words = "Schema error for target: '1' is not of type 'integer'";
    make_target(&api, node, 1, json!({"boot_index": "1"})).await.refused(400, words);
    let words = "boot_index 18446744073709551615 is too large; a few volumes are counted with small numbers";
    make_target(&api, node, 1, json!({"boot_index": u64::MAX})).await.refused(400, words);
    let words = "Schema error for connector: Additional properties are not allowed ('properties' was unexpected)";
    make_connector(&api, node, "b", json!({"properties": {}})).await.refused(400, words);
    let words = "Schema error: None is not of type 'object'";
    api.post("/v1/volume/connectors", json!(null)).await.refused(400, words);
}
