//! `/v1/nodes/{node}/volume`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::volume::{CONNECTOR, NOBODY, TARGET, make_connector, start};

#[tokio::test]
async fn the_links_of_a_node_lead_below_it() {
    let (api, _) = start().await;
    assert_json_snapshot!("links_of_a_node", api.get("/v1/nodes/n/volume").await.is(200).document());
    // Ironic does not look whether the node is there.
    api.get("/v1/nodes/nope/volume").await.is(200);
    api.at("1.31").get("/v1/nodes/n/volume").await.refused(404, "The API is not supported for this version");
}

#[tokio::test]
async fn a_node_lists_its_own() {
    let (api, node) = start().await;
    let other = api.enrol("m").await;
    make_connector(&api, other, "b", json!({})).await.is(201);
    for (kind, uuid) in [("connectors", CONNECTOR), ("targets", TARGET)] {
        for ident in [node.to_string(), "n".to_owned()] {
            let page = api.get(&format!("/v1/nodes/{ident}/volume/{kind}?node=m")).await.is(200).json();
            assert_eq!((page[kind].as_array().unwrap().len(), &page[kind][0]["uuid"]), (1, &json!(uuid)));
        }
        api.get(&format!("/v1/nodes/nope/volume/{kind}")).await.refused(404, "Node nope could not be found.");
        api.at("1.31").get(&format!("/v1/nodes/n/volume/{kind}")).await.is(404);
    }
}

#[tokio::test]
async fn they_are_changed_where_they_are() {
    let (api, node) = start().await;
    for (kind, uuid, what) in [("connectors", CONNECTOR, "connector"), ("targets", TARGET, "target")] {
        let path = format!("/v1/nodes/n/volume/{kind}");
        let one = format!("{path}/{uuid}");
        api.get(&one).await.refused(400, "Malformed request URI.");
        api.patch(&one, json!([])).await.refused(400, "Malformed request URI.");
        api.delete(&one).await.refused(400, "Malformed request URI.");
        let words = format!("Volume {what} {NOBODY} could not be found.");
        api.get(&format!("{path}/{NOBODY}")).await.refused(404, &words);
        api.get(&format!("{path}/x")).await.refused(400, &format!("Expected UUID for {what}_uuid: x"));
        api.delete(&path).await.refused(400, &format!("Missing mandatory parameter: {what}_uuid"));
        assert_eq!(api.put(&path, json!({})).await.is(405).header("allow"), "DELETE, GET, PATCH, POST");
    }
    let document = json!({"node_uuid": node, "type": "mac", "connector_id": "b"});
    api.post("/v1/nodes/n/volume/connectors", document).await.refused(400, "Malformed request URI.");
    let words = "Schema error for target: 'boot_index' is a required property";
    api.post("/v1/nodes/n/volume/targets", json!({})).await.refused(400, words);
}
