//! `/v1/nodes/{node}/management/indicators`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

const LAMP: &str = "/v1/nodes/b/management/indicators/raid:0@disk";

#[tokio::test]
async fn indicators_are_listed() {
    let api = Api::with_a_bmc().await;
    assert_json_snapshot!("of_a_bmc", api.get("/v1/nodes/b/management/indicators").await.document());
    assert_json_snapshot!("of_a_fake", api.get("/v1/nodes/n/management/indicators").await.document());
    // Ironic documents them for 1.63 and gives them to everybody.
    api.at("1.5").get("/v1/nodes/n/management/indicators").await.is(200);
}

#[tokio::test]
async fn an_indicator_is_read_and_told_what_to_show() {
    let api = Api::with_a_bmc().await;
    assert_eq!(api.get(LAMP).await.is(200).json(), json!({"state": "off"}));
    api.put(LAMP, json!({"state": "blinking"})).await.is(204);
    assert_eq!(api.get(LAMP).await.is(200).json(), json!({"state": "blinking"}));
    // By the path that Ironic's documents give, and by the body that its code takes.
    let documented = "/v1/nodes/b/management/indicators/disk/raid:0";
    api.put(documented, json!({"state": "on"})).await.is(204);
    assert_eq!(api.get(documented).await.is(200).json(), json!({"state": "on"}));
    api.put("/v1/nodes/b/management/indicators", json!({"indicator": "raid:0@disk", "state": "off"})).await.is(204);
    assert_eq!(api.get(LAMP).await.is(200).json(), json!({"state": "off"}));
}

#[tokio::test]
async fn reading_needs_no_lock_and_changing_does() {
    let api = Api::with_a_bmc().await;
    api.store.reserve(api.settled("b").await.uuid, "somebody").await.unwrap();
    api.get(LAMP).await.is(200);
    api.put(LAMP, json!({"state": "on"})).await.is(409);
}

#[tokio::test]
async fn indicators_that_cannot_be_are_refused() {
    let api = Api::with_a_bmc().await;
    let fake = |unique: &str| format!("/v1/nodes/n/management/indicators/{unique}");
    for (unique, words) in [
        ("led", "Malformed indicator name \"led\""),
        ("led@nope", "Invalid component nope specified."),
        ("nope@system", "Invalid indicator nope specified."),
        ("a@b@c", "Invalid component b@c specified."),
    ] {
        api.get(&fake(unique)).await.refused(400, words);
    }
    let unsupported = "Driver fake-hardware does not support set_indicator_state (disabled or not implemented).";
    api.put(&fake("led@system"), json!({"state": "nope"})).await.refused(400, unsupported);
    let unknown = "Invalid indicator state nope specified; say off, on or blinking.";
    api.put(LAMP, json!({"state": "nope"})).await.refused(400, unknown);
    api.put(LAMP, json!({})).await.refused(400, "Missing mandatory parameter: state");
    api.put("/v1/nodes/b/management/indicators", json!({"state": "on"}))
        .await
        .refused(400, "Missing mandatory parameter: indicator");
    api.get("/v1/nodes/nope/management/indicators").await.refused(404, "Node nope could not be found.");
}
