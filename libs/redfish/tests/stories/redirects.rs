//! Redirects: followed on the same host, never with credentials to another.

use redfish::Error;
use serde_json::json;

use crate::scripted::{Act, Scripted, ok, text};

fn to(status: u16, location: &str) -> Act {
    text(status, "<html>moved</html>").header("Location", location)
}

#[tokio::test]
async fn a_read_is_led_on_by_the_same_host() {
    for status in [301, 302, 303, 307, 308] {
        let rack = Scripted::start().await;
        rack.on("GET /redfish/v1", [to(status, "/redfish/v1/")]);
        rack.has("/redfish/v1/", json!({"Id": "RootService", "Systems": {"@odata.id": "Systems"}}));
        let root = rack.client().get("/redfish/v1").await.unwrap();
        assert_eq!(root.path(), "/redfish/v1/");
        assert_eq!(root.link("/Systems").as_deref(), Some("/redfish/v1/Systems"));
        assert!(rack.last("GET /redfish/v1/").headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn a_write_keeps_its_verb_and_body_or_is_not_led_on() {
    for status in [307, 308] {
        let rack = Scripted::start().await;
        rack.on("PATCH /alias", [to(status, &format!("http://127.0.0.1:{}/real", rack.port))]);
        rack.on("PATCH /real", [text(204, "")]);
        rack.client().patch("/alias", &json!({"a": 1})).await.unwrap();
        assert_eq!(rack.last("PATCH /real").json(), json!({"a": 1}));
    }
    for status in [301, 302, 303] {
        let rack = Scripted::start().await;
        rack.on("PATCH /alias", [to(status, "/real")]);
        rack.has("/real", json!({}));
        let e = rack.client().patch("/alias", &json!({"a": 1})).await.unwrap_err();
        assert!(matches!(e, Error::Redirected { .. }) && e.status() == Some(status), "{e:?}");
        assert_eq!(rack.calls().len(), 1);
    }
}

#[tokio::test]
async fn credentials_go_to_no_other_host() {
    let (rack, stranger) = (Scripted::start().await, Scripted::start().await);
    stranger.on("GET /redfish/v1/", [ok(json!({}))]);
    let elsewhere = format!("http://127.0.0.1:{}/redfish/v1/", stranger.port);
    let secure = format!("https://127.0.0.1:{}/redfish/v1/", rack.port);
    for location in [elsewhere.as_str(), secure.as_str(), &elsewhere.replace("http:", ""), ""] {
        rack.on("GET /redfish/v1/", [to(308, location)]);
        let e = rack.client().root().await.unwrap_err();
        assert!(matches!(&e, Error::Redirected { location: said, .. } if said == location), "{e:?}");
        assert!(!e.is_transient() && e.to_string().contains("redfish_address"), "{e}");
    }
    assert!(stranger.calls().is_empty());
}

#[tokio::test]
async fn a_link_to_another_host_is_read_from_the_bmc() {
    let (rack, stranger) = (Scripted::start().await, Scripted::start().await);
    rack.has("/redfish/v1/Systems/1", json!({"Id": "1"}));
    let link = format!("http://127.0.0.1:{}/redfish/v1/Systems/1", stranger.port);
    rack.client().get(&link).await.unwrap();
    assert!(stranger.calls().is_empty());
}

#[tokio::test]
async fn a_circle_ends() {
    let rack = Scripted::start().await;
    rack.on("GET /a", [to(302, "/b")]).on("GET /b", [to(302, "/a")]);
    let e = rack.client().get("/a").await.unwrap_err();
    assert!(matches!(e, Error::Redirected { status: 302, .. }), "{e:?}");
    assert_eq!(rack.calls().len(), 6);
}
