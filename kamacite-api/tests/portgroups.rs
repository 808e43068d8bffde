//! `/v1/portgroups`, and the ports of groups.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

/// A service with a node `n`, its group `g`, and a port in it.
async fn with_a_group() -> (Api, String) {
    let api = Api::start().await;
    let node = api.enrol("n").await;
    let said = json!({"node_uuid": node, "name": "g", "address": "52:54:00:00:00:01"});
    let group = api.post("/v1/portgroups", said).await.is(201).json()["uuid"].as_str().unwrap().to_owned();
    let said = json!({"node_uuid": node, "address": "52:54:00:00:00:02", "portgroup_uuid": group});
    api.post("/v1/ports", said).await.is(201);
    (api, group)
}

#[tokio::test]
async fn a_group_is_shown_as_each_version_knows_it() {
    let (api, uuid) = with_a_group().await;
    let path = format!("/v1/portgroups/{uuid}");
    assert_json_snapshot!("portgroup", api.get(&path).await.shown());
    assert_json_snapshot!("portgroup_for_the_first_clients_that_know_it", api.at("1.23").get(&path).await.document());
    assert_json_snapshot!("portgroups", api.get("/v1/portgroups").await.document());
    api.at("1.22").get(&path).await.refused(404, "The API is not supported for this version");
    assert_eq!(api.get("/v1/portgroups/g").await.is(200).json()["uuid"], uuid);
    api.get("/v1/portgroups/nope").await.refused(404, "Portgroup nope could not be found.");
}

#[tokio::test]
async fn groups_are_listed_by_what_they_are() {
    let (api, uuid) = with_a_group().await;
    api.enrol("m").await;
    let listed = async |query: &str| {
        let answer = api.get(&format!("/v1/portgroups?{query}")).await.is(200).json();
        answer["portgroups"].as_array().unwrap().len()
    };
    assert_eq!((listed("node=n").await, listed("node=m").await), (1, 0));
    assert_eq!(listed("address=52:54:00:00:00:01").await, 1);
    assert_eq!(listed("shard=nope").await, 0);
    assert_eq!(api.get("/v1/nodes/n/portgroups").await.is(200).json()["portgroups"][0]["uuid"], uuid);
    api.at("1.23").get("/v1/nodes/n/portgroups").await.is(404);
    assert_eq!(api.get("/v1/portgroups/g/ports").await.is(200).json()["ports"].as_array().unwrap().len(), 1);
    let words = "Filtering by node, address, or shard simultaneously is not supported.";
    api.get("/v1/portgroups?node=n&shard=s").await.refused(400, words);
}

#[tokio::test]
async fn of_several_bad_arguments_the_first_by_the_alphabet_is_told() {
    let (api, _) = with_a_group().await;
    for (query, words) in [
        ("sort_dir=up&marker=x&address=x", "'x' is not a 'mac-address'"),
        ("node=bad%20name&marker=x", "'x' is not a 'uuid'"),
        (
            "sort_dir=up&node=bad%20name",
            "'bad name' is not valid under any of the given schemas. Possible root cause: 'bad name' is not a 'uuid'",
        ),
        ("sort_dir=up", "'up' is not one of ['asc', 'desc']"),
    ] {
        api.get(&format!("/v1/portgroups?{query}")).await.refused(400, &format!("Schema error: {words}"));
    }
    let told = api.get("/v1/portgroups?fields=nope&sort_dir=up").await.is(400).text();
    assert!(told.contains("'nope' is not one of"), "{told}");
}

#[tokio::test]
async fn a_group_takes_its_ports_to_another_network() {
    let (api, _) = with_a_group().await;
    let patch = async |operations: Value| api.patch("/v1/portgroups/g", operations).await;
    let network = json!([{"op": "add", "path": "/physical_network", "value": "net"}]);
    assert_eq!(patch(network).await.is(200).json()["physical_network"], "net");
    let ports = api.get("/v1/portgroups/g/ports/detail").await.is(200).json();
    assert_eq!(ports["ports"][0]["physical_network"], "net");
    let words = "'mode' is a mandatory attribute and can not be removed";
    patch(json!([{"op": "remove", "path": "/mode"}])).await.refused(400, words);
    let words = "Portgroup g: Cannot change name to invalid name 'a b'";
    patch(json!([{"op": "add", "path": "/name", "value": "a b"}])).await.refused(400, words);
}

#[tokio::test]
async fn a_group_with_ports_stays() {
    let (api, uuid) = with_a_group().await;
    let words = format!("Cannot complete the requested action because portgroup {uuid} contains ports.");
    api.delete("/v1/portgroups/g").await.refused(400, &words);
    let port = api.get("/v1/ports").await.json()["ports"][0]["uuid"].as_str().unwrap().to_owned();
    let out = json!([{"op": "remove", "path": "/portgroup_uuid"}]);
    api.patch(&format!("/v1/ports/{port}"), out).await.is(200);
    api.delete("/v1/portgroups/g").await.is(204);
    api.get("/v1/portgroups/g").await.is(404);
}

#[tokio::test]
async fn a_group_is_made_with_what_the_configuration_says() {
    let api = Api::configured(&[("DEFAULT", "default_portgroup_mode", "balance-rr")]).await;
    let node = api.enrol("n").await;
    let group = api.post("/v1/portgroups", json!({"node_uuid": node})).await.is(201).json();
    assert_eq!((&group["mode"], &group["standalone_ports_supported"]), (&json!("balance-rr"), &json!(true)));
}
