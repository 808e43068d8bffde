//! Replies of every quality, and what requests look like on the wire.

use redfish::{Error, Target};
use serde_json::json;

use crate::scripted::{Act, Scripted, ok, quick, status, text};

const PATH: &str = "/redfish/v1/Systems/1";
const GET: &str = "GET /redfish/v1/Systems/1";

#[tokio::test]
async fn content_types_do_not_matter() {
    for kind in ["text/html", "application/octet-stream", "nonsense"] {
        let rack = Scripted::start().await;
        rack.on(GET, [ok(json!({"Id": "1"})).header("Content-Type", kind)]);
        assert_eq!(rack.client().get(PATH).await.unwrap().text("/Id").as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn what_is_no_object_is_unreadable() {
    for reply in ["", "{\"Id\": \"1\", \"Na", "<html>starting</html>", "[]", "\"ok\""] {
        let rack = Scripted::start().await;
        rack.on(GET, [text(200, reply)]);
        let e = rack.client().get(PATH).await.unwrap_err();
        assert!(matches!(e, Error::Unreadable { .. }) && e.is_transient(), "{reply}: {e:?}");
    }
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off() {
    let rack = Scripted::start().await;
    for act in [Act::Flood, text(200, &" ".repeat(quick().largest_reply + 1))] {
        rack.on(GET, [act]);
        let e = rack.client().get(PATH).await.unwrap_err();
        assert!(matches!(e, Error::Malformed { .. }) && !e.is_transient(), "{e:?}");
        assert!(e.to_string().contains("longer than 65536 bytes"), "{e}");
    }
    rack.on(GET, [text(200, &format!("{{}}{}", " ".repeat(quick().largest_reply - 2)))]);
    rack.client().get(PATH).await.unwrap();
}

#[tokio::test]
async fn a_flood_with_an_error_status_keeps_the_status() {
    let rack = Scripted::start().await;
    rack.on(GET, [text(500, &"x".repeat(1 << 20))]);
    let e = rack.client().get(PATH).await.unwrap_err();
    assert!(matches!(&e, Error::Rejected { status: 500, message, .. } if message.is_empty()), "{e:?}");
}

#[tokio::test]
async fn a_write_that_was_done_is_done_whatever_is_said_about_it() {
    let rack = Scripted::start().await;
    rack.on("PATCH /redfish/v1/Systems/1", [text(200, "<html>fine</html>"), status(202, json!({"Id": "42"}))]);
    let reply = rack.client().patch(PATH, &json!({"a": 1})).await.unwrap();
    assert_eq!((reply.status, reply.body), (200, None));
    let reply = rack.client().patch(PATH, &json!({"a": 1})).await.unwrap();
    assert_eq!((reply.status, reply.body), (202, Some(json!({"Id": "42"}))));
}

#[tokio::test]
async fn a_location_is_a_path_on_the_bmc() {
    let rack = Scripted::start().await;
    let created = text(201, "").header("Location", "https://bmc.internal/redfish/v1/TaskService/Tasks/7");
    rack.on("POST /x", [created]);
    let reply = rack.client().post("/x", &json!({})).await.unwrap();
    assert_eq!(reply.location.as_deref(), Some("/redfish/v1/TaskService/Tasks/7"));
}

#[tokio::test]
async fn requests_carry_what_redfish_wants() {
    let rack = Scripted::start().await;
    rack.has(PATH, json!({})).on("DELETE /x", [text(204, "")]).on("POST /x", [text(204, "")]);
    let bmc = rack.client();
    bmc.get(PATH).await.unwrap();
    bmc.delete("/x").await.unwrap();
    bmc.post("/x", &json!({})).await.unwrap();
    for call in rack.calls() {
        assert_eq!(call.headers["odata-version"], "4.0", "{call:?}");
        assert_eq!(call.headers["accept"], "application/json", "{call:?}");
        // admin:correct horse
        assert_eq!(call.headers["authorization"], "Basic YWRtaW46Y29ycmVjdCBob3JzZQ==", "{call:?}");
    }
    assert_eq!(rack.last("POST /x").headers["content-type"], "application/json");
    assert_eq!(rack.last("DELETE /x").body, "");
}

#[tokio::test]
async fn without_a_user_name_no_credentials_are_sent() {
    let rack = Scripted::start().await;
    rack.has(PATH, json!({}));
    let bmc = rack.client_of(Target { username: None, ..rack.target() });
    bmc.get(PATH).await.unwrap();
    assert!(!rack.last(GET).headers.contains_key("authorization"));
}

#[tokio::test]
async fn an_empty_link_is_no_request() {
    let rack = Scripted::start().await;
    let e = rack.client().get(" ").await.unwrap_err();
    assert!(matches!(e, Error::Malformed { .. }), "{e:?}");
    assert!(rack.calls().is_empty());
}

fn page(members: &[&str], next: Option<&str>) -> serde_json::Value {
    let members: Vec<_> = members.iter().map(|path| json!({"@odata.id": path})).collect();
    json!({"Members": members, "Members@odata.nextLink": next})
}

#[tokio::test]
async fn a_collection_is_read_to_its_last_page() {
    let rack = Scripted::start().await;
    rack.has("/c", page(&["/c/1", "/c/2"], Some("/c?$skip=2")));
    rack.has("/c?$skip=2", page(&["/c/2", "/c/3"], Some("/c?$skip=4")));
    rack.has("/c?$skip=4", page(&["/c/4"], None));
    let bmc = rack.client();
    let collection = bmc.get("/c").await.unwrap();
    assert_eq!(bmc.members(&collection).await.unwrap(), ["/c/1", "/c/2", "/c/3", "/c/4"]);
}

#[tokio::test]
async fn a_collection_that_bites_its_tail_is_malformed() {
    let rack = Scripted::start().await;
    rack.has("/c", page(&["/c/1"], Some("/c")));
    let bmc = rack.client();
    let collection = bmc.get("/c").await.unwrap();
    let e = bmc.members(&collection).await.unwrap_err();
    assert!(matches!(e, Error::Malformed { .. }), "{e:?}");
}
