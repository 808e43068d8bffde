//! `GET /v1/nodes/{node}`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn a_node_is_shown_by_uuid_and_by_name() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let by_name = api.get("/v1/nodes/n").await.is(200);
    assert_eq!(by_name.json(), api.get(&format!("/v1/nodes/{uuid}")).await.is(200).json());
    assert_json_snapshot!(by_name.shown());
}

#[tokio::test]
async fn every_version_has_its_fields() {
    let api = Api::start().await;
    api.enrol("n").await;
    let uuid = api.enrol("m").await;
    let mut seen: Vec<String> = Vec::new();
    let mut came = Vec::new();
    for minor in 1..=115 {
        let document = api.at(&format!("1.{minor}")).get(&format!("/v1/nodes/{uuid}")).await.is(200).json();
        let new: Vec<String> =
            document.as_object().unwrap().keys().filter(|name| !seen.contains(name)).cloned().collect();
        if !new.is_empty() {
            came.push(format!("1.{minor}: {}", new.join(" ")));
            seen.extend(new);
        }
    }
    assert_json_snapshot!(came);
}

#[tokio::test]
async fn only_what_is_asked_for_is_shown() {
    let api = Api::start().await;
    api.enrol("n").await;
    assert_json_snapshot!(api.get("/v1/nodes/n?fields=name,driver,traits").await.document());
    api.get("/v1/nodes/n?fields=nope").await.refused(400, "Field nope is not a valid field.");
    api.get("/v1/nodes/n/nope").await.refused(400, "Field nope is not a valid field.");
    api.at("1.7").get("/v1/nodes/n?fields=name").await.is(406);
    api.get("/v1/nodes/n?x=1").await.refused(400, "Unexpected arguments: x");
}

#[tokio::test]
async fn secrets_are_masked() {
    let api = Api::start().await;
    let said = json!({
        "driver_info": {"redfish_password": "calvin", "redfish_username": "root", "nested": {"token": "calvin"}},
        "instance_info": {"configdrive": "calvin", "image_url": "http://i", "image_source": "s"},
    });
    api.enrol_with("n", said).await;
    for path in ["/v1/nodes/n", "/v1/nodes/detail", "/v1/nodes?fields=driver_info,instance_info"] {
        let answer = api.get(path).await.is(200);
        assert!(!answer.text().contains("calvin"), "{path}: {}", answer.text());
        assert!(answer.text().contains("\"redfish_username\":\"root\""), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn nodes_that_are_not_there_are_not_found() {
    let api = Api::start().await;
    api.enrol("n").await;
    api.get("/v1/nodes/nope").await.refused(404, "Node nope could not be found.");
    // Names came with 1.5.
    api.at("1.4").get("/v1/nodes/n").await.refused(404, "Node n could not be found.");
    api.get("/v1/nodes/bad%20name").await.refused(400, "Expected UUID or name for node: bad name");
    let words = "Expected UUID or name for node_ident: bad name";
    api.get("/v1/nodes/bad%20name/states").await.refused(400, words);
}
