//! `/v1/ports`, and where else ports are listed.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

const MAC: &str = "52:54:00:00:00:01";

/// A service with a node `n` and its port `p`.
async fn with_a_port() -> (Api, String) {
    let api = Api::start().await;
    api.enrol("n").await;
    let uuid = add(&api, json!({"node_ident": "n", "address": MAC, "name": "p"})).await;
    (api, uuid)
}

async fn add(api: &Api, said: Value) -> String {
    let answer = api.post("/v1/ports", said).await.is(201);
    let uuid = answer.json()["uuid"].as_str().unwrap().to_owned();
    assert_eq!(answer.header("location"), format!("http://api/v1/ports/{uuid}"));
    uuid
}

fn names(answer: &Value) -> Vec<&str> {
    answer["ports"].as_array().unwrap().iter().map(|port| port["name"].as_str().unwrap_or("?")).collect()
}

#[tokio::test]
async fn the_next_page_is_narrowed_as_this_one() {
    let api = Api::start().await;
    for (name, shard) in [("a", "s"), ("b", "t"), ("c", "u")] {
        let node = api.enrol_with(name, json!({"shard": shard})).await;
        let port = json!({"node_uuid": node, "address": format!("52:54:00:00:00:0{name}"), "name": name});
        api.post("/v1/ports", port).await.is(201);
    }
    let page = async |path: &str| {
        let page = api.get(path).await.is(200).json();
        (page["ports"].as_array().unwrap().len(), page["next"].as_str().map(str::to_owned))
    };
    let (first, next) = page("/v1/ports?shard=s&shard=t&limit=1").await;
    let next = next.unwrap();
    assert_eq!((first, next.matches("shard=").count()), (1, 2), "{next}");
    let (second, next) = page(next.strip_prefix("http://api").unwrap()).await;
    let (third, _) = page(next.unwrap().strip_prefix("http://api").unwrap()).await;
    assert_eq!((second, third), (1, 0), "the third port is of another shard");
    let (_, next) = page("/v1/ports?address=52:54:00:00:00:0a&limit=1").await;
    assert!(next.unwrap().contains("address=52%3A54%3A00%3A00%3A00%3A0a"));
}

#[tokio::test]
async fn a_port_is_shown_as_each_version_knows_it() {
    let (api, uuid) = with_a_port().await;
    let path = format!("/v1/ports/{uuid}");
    assert_json_snapshot!("port", api.get(&path).await.shown());
    assert_json_snapshot!("port_for_the_first_clients", api.at("1.1").get(&path).await.document());
    assert_json_snapshot!("ports", api.get("/v1/ports").await.document());
    assert_eq!(api.get("/v1/ports/p").await.is(200).json()["uuid"], uuid);
    let shown = api.get("/v1/ports/p?fields=name,uuid").await.is(200).json();
    assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["uuid", "name", "links"]);
    assert_eq!(api.get("/v1/ports/p/name").await.is(200).json()["name"], "p");
    api.get("/v1/ports/p?fields=nope").await.refused(400, "Field(s) \"nope\" are not valid");
    api.at("1.87").get("/v1/ports?fields=name").await.refused(406, "Request not acceptable.");
    api.get("/v1/ports/nope").await.refused(404, "Port nope could not be found.");
}

#[tokio::test]
async fn what_no_port_can_be_is_refused() {
    let (api, _) = with_a_port().await;
    let refused = async |said: Value, status, words: &str| api.post("/v1/ports", said).await.refused(status, words);
    refused(json!({"node_ident": "n"}), 400, "Schema error for port: 'address' is a required property").await;
    refused(json!({"node_ident": "nope", "address": MAC}), 400, "Node nope could not be found.").await;
    let twin = json!({"node_ident": "n", "address": MAC.to_uppercase()});
    refused(twin, 409, &format!("A port with MAC address {MAC} already exists.")).await;
    let named = json!({"node_ident": "n", "address": "52:54:00:00:00:02", "name": "p"});
    refused(named, 409, "A port with name p already exists.").await;
    let old = api.at("1.93");
    old.post("/v1/ports", json!({"node_ident": "n", "address": "52:54:00:00:00:03"})).await.is(406);
}

#[tokio::test]
async fn a_port_is_patched_and_removed() {
    let (api, uuid) = with_a_port().await;
    let patch = async |operations: Value| api.patch("/v1/ports/p", operations).await;
    let after = patch(json!([{"op": "add", "path": "/extra/a", "value": 1}])).await.is(200).json();
    assert_eq!((&after["extra"], after["updated_at"].is_string()), (&json!({"a": 1}), true));
    let moved = json!([{"op": "replace", "path": "/address", "value": "52:54:00:00:00:AA"}]);
    assert_eq!(patch(moved).await.is(200).json()["address"], "52:54:00:00:00:aa");
    patch(json!([{"op": "remove", "path": "/uuid"}])).await.is(400);
    let words = "Unable to apply the requested node_uuid 'nope'. Requested value was invalid.";
    patch(json!([{"op": "replace", "path": "/node_uuid", "value": "nope"}])).await.refused(400, words);
    let other = api.enrol("m").await.to_string();
    let after = patch(json!([{"op": "replace", "path": "/node_uuid", "value": other}])).await.is(200).json();
    assert_eq!(after["node_uuid"], other);
    // Ironic deletes ports by their UUIDs only.
    api.delete("/v1/ports/p").await.refused(400, "Expected UUID for port_uuid: p");
    api.delete(&format!("/v1/ports/{uuid}")).await.is(204);
    api.delete(&format!("/v1/ports/{uuid}")).await.is(404);
}

#[tokio::test]
async fn ports_are_listed_by_what_they_are() {
    let (api, _) = with_a_port().await;
    api.enrol_with("m", json!({"shard": "North", "conductor_group": ""})).await;
    add(&api, json!({"node_ident": "m", "address": "52:54:00:00:00:02", "name": "q", "description": "spare"})).await;
    let listed = async |query: &str| {
        let answer = api.get(&format!("/v1/ports?fields=name&{query}")).await.is(200).json();
        names(&answer).join(" ")
    };
    assert_eq!(listed("").await, "p q");
    assert_eq!(listed("node=m").await, "q");
    assert_eq!(listed("shard=North").await, "q");
    assert_eq!(listed("description_contains=SPARE").await, "q");
    assert_eq!(listed(&format!("address={MAC}")).await, "p");
    assert_eq!(listed(&format!("node=m&address={MAC}")).await, "");
    assert_eq!(listed("sort_key=name&sort_dir=desc").await, "q p");
    assert_eq!(names(&api.get("/v1/nodes/n/ports?fields=name").await.is(200).json()), ["p"]);
    assert_eq!(api.get("/v1/ports/detail").await.is(200).json()["ports"][1]["description"], "spare");
    api.get("/v1/ports?node=n&shard=s").await.is(400);
    api.get("/v1/ports?sort_key=extra").await.is(400);
    api.post("/v1/nodes/n/ports", json!({"address": MAC})).await.refused(400, "Malformed request URI.");
}

#[tokio::test]
async fn the_link_to_the_next_page_leads_to_the_rest_of_the_same_list() {
    let (api, _) = with_a_port().await;
    api.enrol("m").await;
    for last in 2..5 {
        let node = if last == 3 { "m" } else { "n" };
        add(&api, json!({"node_ident": node, "address": format!("52:54:00:00:00:0{last}")})).await;
    }
    for first in ["/v1/ports?node=n&limit=1", "/v1/nodes/n/ports?limit=2"] {
        let (mut found, mut path) = (0, first.to_owned());
        loop {
            let page = api.get(&path).await.is(200).json();
            found += page["ports"].as_array().unwrap().len();
            match page["next"].as_str() {
                Some(next) => path = next.strip_prefix("http://api").unwrap().to_owned(),
                None => break,
            }
        }
        assert_eq!(found, 3, "{first}");
    }
}
