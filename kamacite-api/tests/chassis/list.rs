//! `GET /v1/chassis` and `GET /v1/chassis/detail`

use insta::assert_json_snapshot;
use serde_json::json;

use super::{FIRST, NOBODY, SECOND, start};

#[tokio::test]
async fn chassis_are_listed() {
    let api = start().await;
    assert_json_snapshot!("in_short", api.get("/v1/chassis").await.is(200).document());
    let detail = api.get("/v1/chassis/detail").await.is(200).json();
    assert_json_snapshot!("in_detail", detail);
    assert_eq!(api.get("/v1/chassis?detail=true").await.is(200).json(), detail);
    let names = api.get("/v1/chassis?fields=nodes").await.is(200).json();
    let names: Vec<String> = names["chassis"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["links", "nodes"]);
}

#[tokio::test]
async fn a_page_links_to_the_next() {
    let api = start().await;
    let page = api.get("/v1/chassis?limit=1").await.is(200).json();
    let next = format!("http://api/v1/chassis?sort_key=id&sort_dir=asc&fields=uuid,description&limit=1&marker={FIRST}");
    assert_eq!(page["next"], next);
    let page = api.get(next.trim_start_matches("http://api")).await.is(200).json();
    assert_eq!(page["chassis"][0]["uuid"], SECOND);
    let sorted = api.get("/v1/chassis?sort_key=description&sort_dir=desc").await.is(200).json();
    assert_eq!((&sorted["chassis"][0]["uuid"], &sorted["next"]), (&json!(FIRST), &json!(null)));
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let api = start().await;
    let refused = async |query: &str, words: &str| {
        api.get(&format!("/v1/chassis?{query}")).await.refused(400, words);
    };
    refused("marker=x", "Expected UUID for marker: x").await;
    refused("sort_key=extra", "The sort_key value extra is an invalid field for sorting").await;
    refused("sort_key=nope", "The sort_key value \"nope\" is an invalid field for sorting").await;
    refused("sort_dir=up", "Schema error: 'up' is not one of ['asc', 'desc']").await;
    let words = "Schema error: 'nope' is not one of ['created_at', 'description', 'extra', 'links', 'nodes', \
                 'updated_at', 'uuid']";
    refused("fields=nope", words).await;
    refused("fields=uuid&detail=true", "Can not specify ?detail=True and fields in the same request.").await;
    refused("limit=0", "Limit must be positive").await;
    refused("node=n", "Unexpected arguments: node").await;
    let missing = format!("Chassis {NOBODY} could not be found.");
    api.get(&format!("/v1/chassis?marker={NOBODY}")).await.refused(404, &missing);
    api.get("/v1/chassis/detail?fields=uuid").await.refused(400, "Unexpected arguments: fields");
    api.at("1.7").get("/v1/chassis?fields=uuid").await.refused(406, "Request not acceptable.");
    api.at("1.42").get("/v1/chassis?detail=true").await.refused(400, "Invalid query parameter ?detail=True received.");
}
