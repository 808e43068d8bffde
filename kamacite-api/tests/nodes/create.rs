//! `POST /v1/nodes`

use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::Api;

#[tokio::test]
async fn a_new_node_is_answered_whole() {
    let api = Api::start().await;
    assert_json_snapshot!("new", api.post("/v1/nodes", json!({"driver": "fake-hardware"})).await.shown());
    let said = json!({
        "driver": "fake-hardware", "name": "n", "uuid": "11111111-2222-4333-8444-555555555555",
        "automated_clean": false, "conductor_group": "", "description": "a machine", "driver_info": {"password": "p"},
        "extra": {"rack": 1}, "instance_uuid": "22222222-2222-4333-8444-555555555555", "lessee": "them",
        "properties": {"cpus": 4}, "resource_class": "gold", "retired": true, "retired_reason": "old", "shard": "s",
        "network_data": {"links": [], "networks": [], "services": []}, "vendor_interface": "fake-extra",
    });
    assert_json_snapshot!("new_with_much_said", api.post("/v1/nodes", said).await.shown());
    assert_json_snapshot!(
        "new_for_the_first_clients",
        api.at("1.1").post("/v1/nodes", json!({"driver": "fake-hardware"})).await.document()
    );
}

#[tokio::test]
async fn nodes_start_where_the_clients_version_starts_them() {
    let api = Api::start().await;
    let begins = async |version: &str| {
        let answer = api.at(version).post("/v1/nodes", json!({"driver": "fake-hardware"})).await.is(201);
        answer.json()["provision_state"].clone()
    };
    assert_eq!(begins("1.1").await, json!(null));
    assert_eq!(begins("1.10").await, json!("available"));
    assert_eq!(begins("1.11").await, json!("enroll"));
}

#[tokio::test]
async fn a_part_names_the_node_that_it_is_a_part_of() {
    let api = Api::start().await;
    let parent = api.enrol("chassis").await;
    let child = api.enrol_with("blade", json!({"parent_node": "chassis"})).await;
    assert_eq!(api.get("/v1/nodes/blade").await.json()["parent_node"], parent.to_string());
    let listed = api.get("/v1/nodes/chassis/children").await.is(200).json();
    assert_eq!(listed["children"], json!([child]));
    assert_eq!(listed["links"]["href"], format!("http://api/v1/nodes?parent_node={parent}"));
    api.at("1.82").get("/v1/nodes/chassis/children").await.is(404);
    let words = "Unable to apply the requested parent_node 'nope'. Requested value was invalid.";
    let said = json!({"driver": "fake-hardware", "parent_node": "nope"});
    api.post("/v1/nodes", said).await.refused(400, words);
}

#[tokio::test]
async fn what_no_node_can_be_is_refused() {
    let api = Api::start().await;
    let refused = async |said: serde_json::Value, status: u16, words: &str| {
        let mut document = json!({"driver": "fake-hardware"});
        document.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        api.post("/v1/nodes", document).await.refused(status, words);
    };
    api.post("/v1/nodes", json!({})).await.refused(400, "Schema error for node: 'driver' is a required property");
    let words = "Schema error for node: Additional properties are not allowed ('x' was unexpected)";
    refused(json!({"x": 1}), 400, words).await;
    refused(json!({"name": 5}), 400, "Schema error for node: 5 is not of type 'string', 'null'").await;
    refused(json!({"name": "a b"}), 400, "Cannot create node with invalid name 'a b'").await;
    refused(json!({"uuid": "x"}), 400, "Expected UUID for uuid: x").await;
    let words = "No valid host was found. Reason: No conductor service registered which supports driver nope for \
                 conductor group \"\".";
    let told = api.post("/v1/nodes", json!({"driver": "nope"})).await.is(400).words();
    assert!(told.starts_with(words), "{told}");
    let words = "Chassis 11111111-2222-4333-8444-555555555555 could not be found.";
    refused(json!({"chassis_uuid": "11111111-2222-4333-8444-555555555555"}), 400, words).await;
    let words = "Could not find the following interface in the 'ironic.hardware.interfaces.vendor' entrypoint: nope.";
    let told = api.post("/v1/nodes", json!({"driver": "fake-hardware", "vendor_interface": "nope"})).await.is(400);
    assert!(told.words().starts_with(words), "{}", told.words());
}

#[tokio::test]
async fn what_another_node_is_called_is_taken() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let again = |said| api.post("/v1/nodes", said);
    again(json!({"driver": "fake-hardware", "name": "n"})).await.refused(409, "A node with name n already exists.");
    again(json!({"driver": "fake-hardware", "uuid": uuid}))
        .await
        .refused(409, &format!("A node with UUID {uuid} already exists."));
}

#[tokio::test]
async fn newer_fields_need_a_newer_client() {
    let api = Api::start().await;
    let said = json!({"driver": "fake-hardware", "resource_class": "gold"});
    api.at("1.20").post("/v1/nodes", said.clone()).await.refused(406, "Request not acceptable.");
    api.at("1.21").post("/v1/nodes", said).await.is(201);
}
