//! `/v1/chassis/{chassis}/nodes`, and the chassis of nodes

use serde_json::{Value, json};

use super::{FIRST, NOBODY, SECOND, start};
use crate::support::Api;

async fn names(api: &Api, path: &str) -> Value {
    let page = api.get(path).await.is(200).json();
    page["nodes"].as_array().unwrap().iter().map(|node| node["name"].clone()).collect()
}

#[tokio::test]
async fn the_nodes_of_a_chassis_are_listed() {
    let api = start().await;
    api.enrol_with("a", json!({"chassis_uuid": FIRST})).await;
    let b = api.enrol_with("b", json!({"chassis_uuid": FIRST})).await;
    api.enrol("c").await;
    assert_eq!(names(&api, &format!("/v1/chassis/{FIRST}/nodes")).await, json!(["a", "b"]));
    assert_eq!(names(&api, &format!("/v1/chassis/{FIRST}/nodes/detail")).await, json!(["a", "b"]));
    assert_eq!(names(&api, &format!("/v1/chassis/{SECOND}/nodes")).await, json!([]));
    assert_eq!(names(&api, &format!("/v1/nodes?chassis_uuid={FIRST}")).await, json!(["a", "b"]));
    assert_eq!(names(&api, "/v1/nodes?sort_key=chassis_id").await, json!(["c", "a", "b"]));
    let page = api.get(&format!("/v1/chassis/{FIRST}/nodes?limit=1&fields=name,uuid")).await.is(200).json();
    let next = page["next"].as_str().unwrap();
    assert!(next.starts_with(&format!("http://api/v1/nodes?chassis_uuid={FIRST}&sort_key=id")), "{next}");
    let rest = api.get(next.trim_start_matches("http://api")).await.is(200).json();
    assert_eq!(rest["nodes"][0]["uuid"], b.to_string());
    assert_eq!(api.get("/v1/nodes/a").await.json()["chassis_uuid"], FIRST);
}

#[tokio::test]
async fn a_node_is_put_into_a_chassis_and_taken_out() {
    let api = start().await;
    api.enrol("n").await;
    let put = |uuid: &str| json!([{"op": "add", "path": "/chassis_uuid", "value": uuid}]);
    let node = api.patch("/v1/nodes/n", put(FIRST)).await.is(200).json();
    assert_eq!(node["chassis_uuid"], FIRST);
    api.patch("/v1/nodes/n", put(NOBODY)).await.refused(400, &format!("Chassis {NOBODY} could not be found."));
    let out = || json!([{"op": "remove", "path": "/chassis_uuid"}]);
    api.at("1.24").patch("/v1/nodes/n", out()).await.refused(406, "Request not acceptable.");
    assert_eq!(api.patch("/v1/nodes/n", out()).await.is(200).json()["chassis_uuid"], json!(null));
}

#[tokio::test]
async fn nodes_are_changed_where_they_are() {
    let api = start().await;
    let path = format!("/v1/chassis/{FIRST}/nodes");
    api.get(&format!("/v1/chassis/{NOBODY}/nodes"))
        .await
        .refused(404, &format!("Chassis {NOBODY} could not be found."));
    api.get("/v1/chassis/x/nodes").await.refused(400, "Expected UUID for chassis_uuid: x");
    api.get(&format!("{path}/n")).await.refused(400, "Malformed request URI.");
    api.patch(&format!("{path}/n"), json!([])).await.refused(400, "Malformed request URI.");
    let words = format!("Schema error for node: '{FIRST}' is not of type 'object'");
    api.post(&path, json!({"driver": "fake-hardware"})).await.refused(400, &words);
    assert_eq!(api.put(&path, json!({})).await.is(405).header("allow"), "DELETE, GET, PATCH, POST");
}
