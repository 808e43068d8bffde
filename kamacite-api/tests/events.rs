//! `/kamacite/v1/events`: what happens, as it happens.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures::StreamExt as _;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::Api;

/// A client that follows.
struct Follower {
    stream: BodyDataStream,
    text: String,
}

/// One event as a client reads it.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    id: Option<u64>,
    event: String,
    data: Value,
}

impl Follower {
    async fn start(api: &Api, query: &str) -> Self {
        let response = api.call("GET", &format!("/kamacite/v1/events{query}"), "").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { stream: response.into_body().into_data_stream(), text: String::new() }
    }

    /// What is said next, heartbeats and all; `None` at the end.
    async fn block(&mut self) -> Option<Seen> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut seen = Seen::default();
                for line in block.lines() {
                    match line.split_once(": ") {
                        Some(("id", id)) => seen.id = Some(id.parse().unwrap()),
                        Some(("event", event)) => seen.event = event.to_owned(),
                        Some(("data", data)) => seen.data = serde_json::from_str(data).unwrap(),
                        Some(("", _) | ("retry", _)) => {}
                        other => panic!("{other:?} in {block:?}"),
                    }
                }
                self.text = rest.to_owned();
                return Some(seen);
            }
            let more =
                tokio::time::timeout(Duration::from_secs(30), self.stream.next()).await.expect("nothing is said");
            self.text.push_str(std::str::from_utf8(&more?.unwrap()).unwrap());
        }
    }

    /// The next event.
    async fn next(&mut self) -> Seen {
        let began = std::time::Instant::now();
        loop {
            // Heartbeats come without end.
            assert!(began.elapsed() < Duration::from_secs(20), "nothing happens");
            let seen = self.block().await.expect("nothing more is said");
            if !seen.event.is_empty() {
                return seen;
            }
        }
    }

    /// Events up to the end of an operation, each in a line.
    async fn until_ended(&mut self, name: &str) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let Seen { event, data, .. } = self.next().await;
            let (from, to) = (data["from"].as_str(), data["to"].as_str());
            all.push(
                [Some(event.as_str()), from, to, data["name"].as_str()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            if event == "operation.ended" && data["name"] == name {
                return all;
            }
        }
    }
}

/// What a test may compare: without what is different each time.
fn shown(seen: &Seen) -> Value {
    let mut data = seen.data.clone();
    for field in ["node", "at", "request_id", "operation"] {
        if data[field].is_string() {
            data[field] = json!(format!("<{field}>"));
        }
    }
    json!({ "event": seen.event, "data": data })
}

#[tokio::test]
async fn what_happens_to_a_node_is_told_in_order() {
    let api = Api::start().await;
    let mut follower = Follower::start(&api, "").await;
    api.enrol("n").await;
    api.provision("n", &["manage"]).await;
    let made = follower.next().await;
    assert_eq!((made.event.as_str(), &made.data["node_name"]), ("node.created", &json!("n")));
    let told = follower.until_ended("manage").await;
    assert_eq!(
        told,
        [
            "operation.begun manage",
            "node.provision_state enroll verifying",
            "node.provision_state verifying manageable",
            "operation.ended manage",
        ]
    );
    api.put("/v1/nodes/n/maintenance", json!({"reason": "a new fan"})).await.is(202);
    assert_json_snapshot!("maintenance", shown(&follower.next().await));
    api.delete("/v1/nodes/n/maintenance").await.is(202);
    assert_eq!(follower.next().await.data["to"], false);
    let answer = api.delete("/v1/nodes/n").await.is(204);
    let gone = follower.next().await;
    assert_eq!(gone.data["request_id"], answer.header("x-openstack-request-id"));
    assert_json_snapshot!("deleted", shown(&gone));
}

#[tokio::test]
async fn an_event_names_the_request_and_the_operation() {
    let api = Api::start().await;
    api.enrol("n").await;
    let mut follower = Follower::start(&api, "?node=n&type=node.provision_state,operation.ended").await;
    let answer = api.put("/v1/nodes/n/states/provision", json!({"target": "manage"})).await.is(202);
    let (request, operation) = (answer.header("x-openstack-request-id"), answer.header("x-kamacite-operation"));
    let mut last = 0;
    for event in ["node.provision_state", "node.provision_state", "operation.ended"] {
        let seen = follower.next().await;
        assert_eq!(seen.event, event);
        assert_eq!((&seen.data["request_id"], &seen.data["operation"]), (&json!(request), &json!(operation)));
        assert!(seen.id.unwrap() > last, "{seen:?}");
        last = seen.id.unwrap();
        if event == "operation.ended" {
            assert_json_snapshot!("ended", shown(&seen));
        }
    }
}

#[tokio::test]
async fn a_change_is_told_before_its_answer_and_one_that_is_refused_never() {
    let api = Api::start().await;
    let uuid = api.enrol("n").await;
    let mut follower = Follower::start(&api, "").await;
    follower.block().await;
    api.put("/v1/nodes/n/states/provision", json!({"target": "active"})).await.is(400);
    api.post("/v1/nodes", json!({"driver": "fake-hardware", "name": "n"})).await.is(409);
    // Who waits for the lock in vain has changed nothing.
    let fence = api.store.reserve(uuid, "somebody").await.unwrap().fence;
    api.put("/v1/nodes/n/maintenance", json!({})).await.is(409);
    api.store.release(uuid, fence).await.unwrap();
    api.put("/v1/nodes/n/maintenance", json!({})).await.is(202);
    let seen = follower.next().await;
    assert_eq!((seen.event.as_str(), &seen.data["to"]), ("node.maintenance", &json!(true)));
}

#[tokio::test]
async fn who_comes_back_goes_on_where_it_was_or_is_told_to_list() {
    let api = Api::configured(&[("kamacite", "events_kept", "4")]).await;
    let mut follower = Follower::start(&api, "").await;
    let beginning = follower.block().await.unwrap();
    assert_eq!((beginning.event.as_str(), beginning.id.is_some()), ("", true), "it is told where it is");
    for name in ["a", "b", "c"] {
        api.enrol(name).await;
    }
    let first = follower.next().await.id.unwrap();
    drop(follower);
    let back = api.with("last-event-id", &first.to_string());
    let mut follower = Follower::start(&back, "").await;
    for name in ["b", "c"] {
        assert_eq!(follower.next().await.data["node_name"], name);
    }
    for name in ["d", "e", "f", "g", "h"] {
        api.enrol(name).await;
    }
    // One that was not read from for too long is told so, and that is the end.
    let cut = follower.next().await;
    assert_eq!((cut.event.as_str(), cut.id), ("cut_off", None));
    assert_eq!(follower.block().await, None);
    for gone in [first.to_string(), "1".to_owned(), "none of ours".to_owned(), u64::MAX.to_string()] {
        let mut follower = Follower::start(&api.with("last-event-id", &gone), "").await;
        let reset = follower.next().await;
        assert_eq!(reset.event, "reset", "{gone}");
        assert!(reset.id.unwrap() > first && reset.data["why"].is_string());
        api.enrol(&format!("after-{}", gone.replace(' ', "-"))).await;
        assert_eq!(follower.next().await.event, "node.created");
    }
}

#[tokio::test]
async fn heartbeats_say_how_far_the_service_is() {
    let api = Api::start().await;
    // Naps pass at once on this clock.
    let mut follower = Follower::start(&api, "?type=node.deleted").await;
    let beginning = follower.block().await.unwrap().id;
    assert_eq!(follower.block().await, Some(Seen { id: beginning, ..Seen::default() }));
    api.enrol("n").await;
    let later = follower.block().await.unwrap();
    assert_eq!((later.id, later.event.as_str()), (beginning.map(|id| id + 1), ""));
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused() {
    let api = Api::configured(&[("kamacite", "event_followers", "1")]).await;
    api.get("/kamacite/v1/events?type=node.nope").await.is(400);
    api.get("/kamacite/v1/events?node=nope").await.refused(404, "Node nope could not be found.");
    api.get("/kamacite/v1/events?colour=red").await.is(400);
    api.post("/kamacite/v1/events", json!({})).await.is(405);
    let follower = Follower::start(&api, "").await;
    assert!(api.get("/kamacite/v1/events").await.is(503).words().contains("[kamacite]event_followers"));
    drop(follower);
    Follower::start(&api, "").await;
    // A node that is gone can be followed on: its end may not have been told yet.
    let gone = Follower::start(&api, "?node=11111111-2222-4333-8444-555555555555").await;
    drop(gone);
}

#[tokio::test]
async fn no_secret_is_told() {
    let api = Api::start().await;
    let mut follower = Follower::start(&api, "").await;
    api.enrol_with("n", json!({"driver_info": {"fake_password": "calvin"}})).await;
    let said = json!({"password": "hobbes", "message": "no iron"});
    let answer = api.post("/v1/nodes/n/vendor_passthru/fail_later", said).await.is(202);
    api.ended(answer.header("x-kamacite-operation")).await;
    let mut all = String::new();
    loop {
        let seen = follower.next().await;
        all.push_str(&seen.data.to_string());
        if seen.event == "operation.ended" {
            break;
        }
    }
    assert!(!all.contains("calvin") && !all.contains("hobbes"), "{all}");
}

#[tokio::test]
async fn a_service_that_stops_says_so() {
    let api = Api::start().await;
    let mut follower = Follower::start(&api, "").await;
    api.enrol("n").await;
    api.conductor.events().close();
    assert_eq!(follower.next().await.event, "node.created");
    assert_eq!(follower.next().await.event, "stopping");
    assert_eq!(follower.block().await, None);
}
