//! `/v1/allocations` and `/v1/nodes/{node}/allocation`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Api};

const PATH: &str = "/v1/allocations";

/// A service with a node that may be given away.
async fn with_a_node(name: &str) -> Api {
    let api = Api::start().await;
    offer(&api, name).await;
    api
}

async fn offer(api: &Api, name: &str) {
    api.enrol_with(name, json!({"resource_class": "gold"})).await;
    api.provision(name, &["manage", "provide"]).await;
    api.put(&format!("/v1/nodes/{name}/states/power"), json!({"target": "power off"})).await.is(202);
    api.settled(name).await;
}

/// Asks for a node and waits for what comes of it.
async fn allocate(api: &Api, document: Value) -> Answer {
    let made = api.post(PATH, document).await.is(201).json();
    assert_eq!((&made["state"], &made["node_uuid"]), (&json!("allocating"), &Value::Null));
    ended(api, made["uuid"].as_str().unwrap()).await
}

async fn ended(api: &Api, uuid: &str) -> Answer {
    for _ in 0..10_000 {
        let answer = api.get(&format!("{PATH}/{uuid}")).await.is(200);
        if answer.json()["state"] != "allocating" {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("a node is looked for for ever");
}

#[tokio::test]
async fn a_node_is_asked_for_shown_and_given_back() {
    let api = with_a_node("n").await;
    let made = api.post(PATH, json!({"resource_class": "gold", "name": "a", "extra": {"k": 1}})).await.is(201);
    assert_json_snapshot!("made", made.shown());
    let uuid = made.json()["uuid"].as_str().unwrap().to_owned();
    assert_json_snapshot!("given", ended(&api, &uuid).await.document());
    let node = api.settled("n").await;
    assert_eq!(node.instance_uuid, Some(uuid.clone()));
    assert_eq!(api.get("/v1/nodes/n").await.json()["allocation_uuid"], json!(uuid));
    assert_eq!(api.get("/v1/nodes/n/allocation").await.is(200).json()["uuid"], json!(uuid));
    assert_json_snapshot!("listed", api.get("/v1/allocations?node=n&fields=uuid,node_uuid&limit=1").await.document());

    let failed = allocate(&api, json!({"resource_class": "gold"})).await.json();
    let words = format!(
        "Failed to process allocation {}: no available nodes match the resource class gold.",
        failed["uuid"].as_str().unwrap()
    );
    assert_eq!((&failed["state"], &failed["last_error"]), (&json!("error"), &json!(words)));

    api.delete("/v1/nodes/n/allocation").await.is(204);
    api.get("/v1/nodes/n/allocation").await.refused(404, "Allocation for node n was not found");
    api.get("/v1/allocations/a").await.refused(404, "Allocation a could not be found.");
    assert_eq!(api.settled("n").await.instance_uuid, None);
}

#[tokio::test]
async fn names_and_extra_are_changed() {
    let api = Api::start().await;
    allocate(&api, json!({"resource_class": "gold", "name": "a"})).await;
    allocate(&api, json!({"resource_class": "gold", "name": "b"})).await;
    let patch = json!([
        {"op": "replace", "path": "/name", "value": "c"},
        {"op": "add", "path": "/extra/k", "value": {"l": [1]}},
    ]);
    let changed = api.patch("/v1/allocations/a", patch).await.is(200).json();
    assert_eq!((&changed["name"], &changed["extra"]), (&json!("c"), &json!({"k": {"l": [1]}})));
    let taken = json!([{"op": "replace", "path": "/name", "value": "b"}]);
    api.patch("/v1/allocations/c", taken).await.refused(409, "An allocation with name b already exists.");
    let state = json!([{"op": "replace", "path": "/state", "value": "active"}]);
    let words = "Cannot patch /state. Only the following can be updated: name, extra";
    api.patch("/v1/allocations/c", state).await.refused(400, words);
    let words = "The API version does not allow updating allocations";
    api.at("1.56").patch("/v1/allocations/c", json!([])).await.refused(405, words);
}

#[tokio::test]
async fn a_node_in_use_is_given_an_allocation_or_nothing_is_left() {
    let api = with_a_node("n").await;
    let node = api.settled("n").await.uuid;
    let uuid = "77000000-0000-0000-0000-0000000000a1";
    let document = json!({"node": "n", "name": "a", "uuid": uuid});
    let words = format!(
        "Failed to process allocation {uuid}: Cannot backfill an allocation for node {node}: Node must be in the \"active\" \
         state, but the current state is \"available\"."
    );
    api.post(PATH, document.clone()).await.refused(409, &words);
    api.get("/v1/allocations/a").await.is(404);

    api.provision("n", &["active"]).await;
    let words = "Schema error: Additional properties are not allowed ('node' was unexpected)";
    api.at("1.57").post(PATH, document.clone()).await.refused(400, words);
    let made = api.post(PATH, document).await.is(201).json();
    assert_eq!((&made["state"], &made["node_uuid"]), (&json!("active"), &json!(node)));
    let words = format!(
        "Cannot remove allocation {uuid} for node {node}, because the node is active (and maintenance mode is off)"
    );
    api.delete("/v1/allocations/a").await.refused(409, &words);
    api.provision("n", &["deleted"]).await;
    api.get("/v1/allocations/a").await.is(404);
}

#[tokio::test]
async fn what_is_no_allocation_is_refused() {
    let api = Api::start().await;
    let words = "The API version does not allow allocations";
    api.at("1.51").get(PATH).await.refused(404, words);
    api.at("1.51").post(PATH, json!({"resource_class": "gold"})).await.refused(405, words);
    api.post(PATH, json!({})).await.refused(400, "The resource_class field is mandatory when not backfilling");
    let odd = json!({"resource_class": "gold", "uuid": "nope"});
    api.post(PATH, odd).await.refused(400, "Expected UUID for uuid: nope");
    let candidates = json!({"resource_class": "gold", "candidate_nodes": ["x", "y", "x"]});
    api.post(PATH, candidates).await.refused(400, "Nodes cannot be found: x, y");
    let owned = json!({"resource_class": "gold", "owner": "me"});
    api.at("1.59").post(PATH, owned).await.refused(406, "Request not acceptable.");
    api.get("/v1/allocations?owner=me&sort_key=traits")
        .await
        .refused(400, "The sort_key value traits is an invalid field for sorting");
    api.get("/v1/allocations/bad%20name").await.refused(400, "Expected a logical name or UUID but received bad name.");
    api.get("/v1/nodes/nope/allocation").await.refused(400, "Node nope could not be found.");
    api.delete("/v1/nodes/nope/allocation").await.refused(404, "Node nope could not be found.");
}

#[tokio::test]
async fn the_owner_of_an_owned_allocations_node_stays() {
    let api = Api::start().await;
    offer(&api, "n").await;
    api.patch("/v1/nodes/n", json!([{"op": "add", "path": "/owner", "value": "me"}])).await.is(200);
    let node = api.settled("n").await.uuid;
    let given = allocate(&api, json!({"resource_class": "gold", "owner": "me"})).await.json();
    assert_eq!(given["node_uuid"], json!(node));
    let words =
        format!("Cannot update owner of node \"{node}\" while it is allocated to an allocation with an  owner.");
    let patch = json!([{"op": "replace", "path": "/owner", "value": "you"}]);
    api.patch("/v1/nodes/n", patch).await.refused(409, &words);
}
