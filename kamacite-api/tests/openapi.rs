//! The OpenAPI document: that answers which are not as it tells them do not pass for such that are.

use serde_json::{Value, json};

use crate::support::{Answer, Api, openapi::fault_of};

const NODE: &str = "/v1/nodes/n";

#[track_caller]
fn found(answer: &Answer, uri: &str, words: &str) {
    let fault = fault_of("GET", uri, answer).unwrap_or_else(|| panic!("nothing is found in it: {}", answer.text()));
    assert!(fault.contains(words), "{fault}");
}

#[tokio::test]
async fn what_is_not_as_told_is_found() {
    let api = Api::start().await;
    api.enrol("n").await;
    let sound = api.get(NODE).await;
    assert_eq!(fault_of("GET", NODE, &sound), None);
    let with = |name: &str, value: Value| {
        let mut document = sound.json();
        document[name] = value;
        Answer { status: 200, headers: sound.headers.clone(), body: document.to_string().into_bytes() }
    };
    found(&with("uuid", json!(5)), NODE, "the body.uuid is 5, and its type is \"string\"");
    found(&with("uuid", json!("n")), NODE, "and its format is \"uuid\"");
    found(&with("power_state", json!("odd")), NODE, "and its enum is");
    found(&with("created_at", json!("yesterday")), NODE, "and its format is \"date-time\"");
    found(&with("traits", json!(["CUSTOM_A", 1])), NODE, "the body.traits[1] is 1");
    found(&with("links", json!([{"href": "http://h"}])), NODE, "the body.links[0] has no \"rel\"");
    found(&with("nobody_knows", json!(1)), NODE, "the body has no nobody_knows");
    let mut without = api.get("/v1/nodes/n/states").await;
    without.body = b"{}".to_vec();
    found(&without, "/v1/nodes/n/states", "the body has no \"console_enabled\"");
    without.status = 202;
    found(&without, "/v1/nodes/n/states", "there is no such status");
    without.headers.remove("content-type");
    without.status = 200;
    found(&without, "/v1/nodes/n/states", "the body is not of type \"\"");
    found(&sound, "/v1/nobody", "no operation is told");
}
