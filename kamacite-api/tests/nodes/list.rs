//! `GET /v1/nodes` and `GET /v1/nodes/detail`

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

async fn names(api: &Api, query: &str) -> Vec<String> {
    let listed = api.get(&format!("/v1/nodes?fields=name&{query}")).await.is(200).json();
    let name = |node: &Value| node["name"].as_str().unwrap().to_owned();
    listed["nodes"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn nodes_are_listed_in_short_and_in_detail() {
    let api = Api::start().await;
    api.enrol("a").await;
    api.enrol("b").await;
    assert_json_snapshot!("in_short", api.get("/v1/nodes").await.shown());
    assert_json_snapshot!("in_part", api.get("/v1/nodes?fields=name,traits").await.document());
    let detail = api.get("/v1/nodes/detail").await.document();
    assert_eq!(detail, api.get("/v1/nodes?detail=true").await.document());
    assert_eq!(detail["nodes"][0], api.get("/v1/nodes/a").await.document());
}

#[tokio::test]
async fn filters_choose() {
    let api = Api::start().await;
    let instance = "33333333-2222-4333-8444-555555555555";
    api.enrol_with("a", json!({"resource_class": "gold", "owner": null, "lessee": "them", "shard": "x"})).await;
    api.enrol_with("b", json!({"description": "A big one", "instance_uuid": instance})).await;
    api.enrol_with("c", json!({"parent_node": "a", "driver": "manual-management", "vendor_interface": null})).await;
    api.put("/v1/nodes/b/maintenance", json!({})).await.is(202);
    for (query, expected) in [
        ("", "a b"),
        ("include_children=true", "a b c"),
        ("include_children=true&driver=manual-management", "c"),
        ("resource_class=gold", "a"),
        ("lessee=them", "a"),
        ("project=them", "a"),
        ("shard=x,y", "a"),
        ("sharded=false", "b"),
        ("description_contains=big", "b"),
        ("maintenance=true", "b"),
        ("maintenance=no", "a"),
        ("associated=true", "b"),
        (&format!("instance_uuid={instance}"), "b"),
        ("provision_state=enroll", "a b"),
        ("provision_state=active", ""),
        ("retired=true", ""),
        ("conductor=tester", "a b"),
        ("conductor=nope", ""),
        ("conductor_group=nope", ""),
        ("sort_key=version&sort_dir=desc", "b a"),
    ] {
        assert_eq!(names(&api, query).await.join(" "), expected, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let api = Api::start().await;
    for name in ["c", "a", "b", "e", "d"] {
        api.enrol(name).await;
    }
    let mut path = "/v1/nodes?sort_key=name&sort_dir=desc&limit=2&fields=name".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = api.get(&path).await.is(200);
        pages.push(page.document());
        match page.json()["next"].as_str() {
            Some(next) => path = next.strip_prefix("http://api").unwrap().to_owned(),
            None => break,
        }
    }
    assert_json_snapshot!(pages);
}

#[tokio::test]
async fn a_page_is_cut_after_the_conductors_nodes_are_found() {
    let api = Api::start().await;
    for name in ["a", "b", "c"] {
        api.enrol(name).await;
    }
    // In Ironic a page shrinks by what is not the conductor's; here it is full as long as there are more.
    let page = api.get("/v1/nodes?conductor=tester&limit=2").await.is(200).json();
    assert_eq!(page["nodes"].as_array().unwrap().len(), 2);
    assert!(page["next"].is_string());
    let none = api.get("/v1/nodes?conductor=other&limit=2").await.is(200).json();
    assert_eq!(none, json!({"nodes": []}));
}

#[tokio::test]
async fn a_list_is_no_longer_than_configured() {
    let api = Api::configured(&[("api", "max_limit", "2")]).await;
    for name in ["a", "b", "c"] {
        api.enrol(name).await;
    }
    for query in ["", "limit=3", "limit=99999999999999999999"] {
        let page = api.get(&format!("/v1/nodes?{query}")).await.is(200).json();
        assert_eq!(page["nodes"].as_array().unwrap().len(), 2, "{query}");
    }
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let api = Api::start().await;
    let nobody = "11111111-2222-4333-8444-555555555555";
    api.get(&format!("/v1/nodes?marker={nobody}")).await.refused(404, &format!("Node {nobody} could not be found."));
    api.get("/v1/nodes?marker=n").await.refused(400, "Expected UUID for marker: n");
    api.get("/v1/nodes?limit=0").await.refused(400, "Limit must be positive");
    api.get("/v1/nodes?sort_key=nope")
        .await
        .refused(400, "The sort_key value \"nope\" is an invalid field for sorting");
    api.get("/v1/nodes?nope=1").await.refused(400, "Unexpected arguments: nope");
    api.get("/v1/nodes/detail?fields=name").await.refused(400, "Unexpected arguments: fields");
    let words = "Chassis 11111111-2222-4333-8444-555555555555 could not be found.";
    api.get(&format!("/v1/nodes?chassis_uuid={nobody}")).await.refused(404, words);
}
