//! Subscriptions as BMCs keep them.

use redfish::{Error, EventService, NewSubscription};
use serde_json::{Value, json};

use crate::scripted::{Act, Scripted, error, ok, status, text};

const SERVICE: &str = "/redfish/v1/EventService";
const COLLECTION: &str = "/redfish/v1/EventService/Subscriptions";
const CREATE: &str = "POST /redfish/v1/EventService/Subscriptions";

async fn rack_with_events() -> (Scripted, EventService) {
    let rack = Scripted::start().await;
    rack.has("/redfish/v1/", json!({"EventService": {"@odata.id": SERVICE}}));
    let types = json!(["Alert", "StatusChange"]);
    let subscriptions = json!({"@odata.id": COLLECTION});
    rack.has(SERVICE, json!({"EventTypesForSubscription": types, "Subscriptions": subscriptions}));
    let service = rack.client().event_service().await.unwrap();
    (rack, service)
}

fn subscription(id: &str) -> Value {
    json!({
        "Id": id, "Name": "whatever", "Destination": "https://listener/events", "Context": "rack 7",
        "Protocol": "Redfish", "EventTypes": ["Alert"],
    })
}

fn wanted() -> NewSubscription {
    NewSubscription {
        destination: "https://listener/events".to_owned(),
        protocol: "Redfish".to_owned(),
        context: "rack 7".to_owned(),
        event_types: vec!["Alert".to_owned()],
        http_headers: vec![json!({"X-Token": "s3cret"})],
    }
}

#[tokio::test]
async fn the_service_tells_its_event_types() {
    let (rack, service) = rack_with_events().await;
    assert_eq!(service.event_types().unwrap(), ["Alert", "StatusChange"]);
    rack.has(SERVICE, json!({"Subscriptions": {"@odata.id": COLLECTION}}));
    assert_eq!(rack.client().event_service().await.unwrap().event_types(), None);
}

#[tokio::test]
async fn a_bmc_may_have_no_events() {
    let rack = Scripted::start().await;
    rack.has("/redfish/v1/", json!({}));
    let e = rack.client().event_service().await.unwrap_err();
    assert!(matches!(e, Error::Unsupported { .. }) && e.to_string().contains("does not offer an event service"), "{e}");

    rack.has(SERVICE, json!({}));
    let service = rack.client().event_service().await.unwrap();
    for e in [service.subscriptions().await.unwrap_err(), service.subscription("1").await.unwrap_err()] {
        assert!(matches!(e, Error::Unsupported { .. }), "{e:?}");
    }
}

#[tokio::test]
async fn subscriptions_are_listed_and_read() {
    let (rack, service) = rack_with_events().await;
    let members = json!([{"@odata.id": format!("{COLLECTION}/1")}, {"@odata.id": format!("{COLLECTION}/2")}]);
    rack.has(COLLECTION, json!({"Name": "all", "Members@odata.count": 2, "Members": members}));
    rack.has(&format!("{COLLECTION}/2"), subscription("2"));
    let collection = service.subscriptions().await.unwrap();
    assert_eq!(collection.body()["Members@odata.count"], 2);
    assert_eq!(collection.members().len(), 2);

    let one = service.subscription("2").await.unwrap();
    assert_eq!(one.id(), "2");
    assert_eq!(one.destination().as_deref(), Some("https://listener/events"));
    assert_eq!(one.context().as_deref(), Some("rack 7"));
    assert_eq!(one.protocol().as_deref(), Some("Redfish"));
    assert_eq!(one.event_types().unwrap(), ["Alert"]);
    assert_eq!(one.resource().body()["Name"], "whatever");
}

#[tokio::test]
async fn an_id_that_is_none_is_not_found() {
    let (rack, service) = rack_with_events().await;
    for id in ["9", "", "..", "../../Systems/1"] {
        let e = service.subscription(id).await.unwrap_err();
        assert!(matches!(e, Error::NotFound { .. }), "{id}: {e:?}");
        let e = service.unsubscribe(id).await.unwrap_err();
        assert!(matches!(e, Error::NotFound { .. }), "{id}: {e:?}");
    }
    let deletes: Vec<_> = rack.calls().into_iter().filter(|call| call.what.starts_with("DELETE")).collect();
    assert!(deletes.iter().all(|call| call.what.starts_with(&format!("DELETE {COLLECTION}/"))), "{deletes:?}");
    assert_eq!(deletes.len(), 2, "{deletes:?}");
}

/// Subscribes at a BMC that answers so, and sees the id that comes of it.
async fn check_created(reply: Act) {
    let (rack, service) = rack_with_events().await;
    let label = format!("{reply:?}");
    rack.on(CREATE, [reply]);
    rack.has(&format!("{COLLECTION}/7"), subscription("7"));
    rack.has(&format!("{COLLECTION}/6"), subscription("6"));
    let others = json!({"Id": "8", "Destination": "https://other/"});
    rack.has(&format!("{COLLECTION}/8"), others);
    let members: Vec<Value> = ["6", "7", "8"].map(|id| json!({"@odata.id": format!("{COLLECTION}/{id}")})).into();
    rack.has(COLLECTION, json!({"Members": members}));
    let created = service.subscribe(&wanted()).await.unwrap_or_else(|e| panic!("{label}: {e}"));
    assert_eq!(created.id(), "7", "{label}");
    assert_eq!(
        rack.last(CREATE).json(),
        json!({
            "Destination": "https://listener/events", "Protocol": "Redfish", "Context": "rack 7",
            "EventTypes": ["Alert"], "HttpHeaders": [{"X-Token": "s3cret"}],
        })
    );
}

#[tokio::test]
async fn what_was_created_is_found_whatever_the_bmc_says() {
    let path = format!("{COLLECTION}/7");
    check_created(text(201, "").header("Location", &path)).await;
    check_created(text(201, "").header("Location", &format!("https://bmc.internal{path}"))).await;
    check_created(status(201, json!({"@odata.id": path}))).await;
    check_created(status(200, json!({"Id": "7"}))).await;
    check_created(ok(json!({"error": {"message": "Created."}}))).await;
    check_created(text(204, "")).await;
}

#[tokio::test]
async fn a_subscription_nobody_can_find_is_an_error() {
    let (rack, service) = rack_with_events().await;
    rack.on(CREATE, [text(204, "")]).has(COLLECTION, json!({"Members": []}));
    let e = service.subscribe(&wanted()).await.unwrap_err();
    assert!(matches!(e, Error::Malformed { .. }), "{e:?}");
}

#[tokio::test]
async fn a_refused_subscription_is_told_in_the_bmcs_words() {
    let (rack, service) = rack_with_events().await;
    rack.on(CREATE, [error(400, "The limit of 4 subscriptions is reached.")]);
    let e = service.subscribe(&wanted()).await.unwrap_err();
    assert!(e.to_string().contains("The limit of 4 subscriptions is reached"), "{e}");
    assert_eq!(rack.count(CREATE), 1);
}

#[tokio::test]
async fn a_subscription_ends() {
    let (rack, service) = rack_with_events().await;
    let delete = format!("DELETE {COLLECTION}/7");
    rack.on(&delete, [text(204, ""), error(404, "Gone.")]);
    service.unsubscribe("7").await.unwrap();
    assert_eq!(rack.last(&delete).body, "");
    assert!(matches!(service.unsubscribe("7").await.unwrap_err(), Error::NotFound { .. }));
}
