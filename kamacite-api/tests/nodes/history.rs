//! `/v1/nodes/{node}/history`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

/// A node of which four things can be told.
async fn eventful() -> Api {
    let api = Api::start().await;
    api.enrol("n").await;
    for words in ["no iron", "no coal", "no fire"] {
        let path = "/v1/nodes/n/vendor_passthru/fail_later";
        let answer = api.post(path, json!({"message": words})).await.is(202);
        api.ended(answer.header("x-kamacite-operation")).await;
        api.settled("n").await;
    }
    api
}

#[tokio::test]
async fn what_happened_can_be_read() {
    let api = eventful().await;
    assert_json_snapshot!("in_short", api.get("/v1/nodes/n/history").await.document());
    assert_json_snapshot!("in_detail", api.get("/v1/nodes/n/history?detail=true&limit=1").await.document());
    let entries = api.get("/v1/nodes/n/history").await.json();
    let uuid = entries["history"][0]["uuid"].as_str().unwrap();
    assert_json_snapshot!("one", api.get(&format!("/v1/nodes/n/history/{uuid}")).await.document());
}

#[tokio::test]
async fn its_pages_follow_each_other() {
    let api = eventful().await;
    let all = api.get("/v1/nodes/n/history").await.json()["history"].take();
    let mut path = "/v1/nodes/n/history?limit=1".to_owned();
    let mut read = Vec::new();
    while !path.is_empty() {
        let page = api.get(&path).await.is(200).json();
        read.extend(page["history"].as_array().unwrap().clone());
        // The link of Ironic has two markers from the second page on, and is refused.
        path = page["next"].as_str().unwrap_or_default().trim_start_matches("http://api").to_owned();
    }
    assert_eq!(json!(read), all);
}

#[tokio::test]
async fn what_did_not_happen_is_not_found() {
    let api = eventful().await;
    let nothing = "11111111-2222-4333-8444-555555555555";
    let words = format!("Node history record {nothing} could not be found.");
    api.get(&format!("/v1/nodes/n/history/{nothing}")).await.refused(404, &words);
    api.get(&format!("/v1/nodes/n/history?marker={nothing}")).await.refused(404, &words);
    api.at("1.77").get("/v1/nodes/n/history").await.refused(404, "");
}
