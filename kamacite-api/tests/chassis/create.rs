//! `POST /v1/chassis`

use insta::assert_json_snapshot;
use serde_json::json;

use super::{FIRST, make};
use crate::support::Api;

#[tokio::test]
async fn a_chassis_is_made_of_little() {
    let api = Api::start().await;
    assert_json_snapshot!("new", make(&api, json!({})).await.shown());
    assert_json_snapshot!(
        "new_of_a_few_words",
        make(&api, json!({"description": "", "extra": {"a": 1}})).await.document()
    );
    api.at("1.1").send("POST", "/v1/chassis", "").await.is(201);
}

#[tokio::test]
async fn what_is_no_chassis_is_refused() {
    let api = Api::start().await;
    make(&api, json!({"uuid": FIRST})).await;
    let refused = async |said, status, words: &str| api.post("/v1/chassis", said).await.refused(status, words);
    refused(json!({"uuid": FIRST}), 409, &format!("A chassis with UUID {FIRST} already exists.")).await;
    refused(json!({"uuid": ""}), 400, "Expected UUID for uuid: ").await;
    refused(json!(null), 400, "Schema error: None is not of type 'object'").await;
    refused(json!({"description": 5}), 400, "Schema error for chassis: 5 is not of type 'string', 'null'").await;
    let long = "x".repeat(256);
    refused(json!({"description": long}), 400, &format!("Schema error for chassis: '{long}' is too long")).await;
    let words = "Schema error for chassis: 'x' is not of type 'object'";
    api.post("/v1/chassis/x", json!({})).await.refused(400, words);
    api.post("/v1/chassis?bogus=1", json!({})).await.refused(400, "Unexpected arguments: bogus");
}
