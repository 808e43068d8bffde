//! Requests passed on for somebody else, and whatever comes of them.

use redfish::{Auth, Forward, Forwarded, Password, Target, Verb};
use serde_json::json;

use crate::scripted::{Scripted, ok, status, text};

fn ask(verb: Verb, path: &str, headers: &[(&str, &str)], body: &str) -> Forward {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Forward { verb, path: path.to_owned(), headers, body: body.into() }
}

/// Passed on without credentials but those in the headers.
async fn as_a_stranger(rack: &Scripted, forward: Forward) -> Forwarded {
    let target = Target { username: None, password: Password::default(), ..rack.target() };
    rack.client_of(target).forward(&forward).await.unwrap_or_else(|e| panic!("{e}"))
}

#[tokio::test]
async fn a_request_and_its_answer_stay_as_they_are() {
    let rack = Scripted::start().await;
    rack.on(
        "PUT /redfish/v1/A?b=c",
        [status(202, json!({"Id": "1"})).header("Location", "/t/1").header("ETag", "\"7\"")],
    );
    let headers =
        [("Authorization", "Basic eDp5"), ("If-Match", "*"), ("Host", "elsewhere"), ("Accept-Encoding", "br")];
    let answer = as_a_stranger(&rack, ask(Verb::Put, "/redfish/v1/A?b=c", &headers, "{\"a\":1}")).await;
    assert_eq!((answer.status, answer.header("location"), answer.header("etag")), (202, Some("/t/1"), Some("\"7\"")));
    assert_eq!(answer.body, b"{\"Id\":\"1\"}");
    assert_eq!(answer.header("content-length"), None);
    let call = rack.last("PUT /redfish/v1/A?b=c");
    assert_eq!((call.body.as_str(), call.headers["authorization"].as_str()), ("{\"a\":1}", "Basic eDp5"));
    assert_eq!((call.headers["if-match"].as_str(), call.headers.get("accept-encoding")), ("*", None));
    assert_ne!(call.headers["host"], "elsewhere");
}

#[tokio::test]
async fn a_path_is_no_link() {
    let rack = Scripted::start().await;
    rack.on("GET /redfish/v1/A?next=http://elsewhere/x", [ok(json!({}))]);
    let answer = as_a_stranger(&rack, ask(Verb::Get, "/redfish/v1/A?next=http://elsewhere/x", &[], "")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn every_answer_is_one() {
    let rack = Scripted::start().await;
    rack.on("GET /moved", [text(308, "").header("Location", "/redfish/v1/")]);
    for (code, path) in [(308, "/moved"), (404, "/nowhere")] {
        assert_eq!(as_a_stranger(&rack, ask(Verb::Get, path, &[], "")).await.status, code);
    }
    for code in [401, 403, 429, 500, 503] {
        rack.on("GET /redfish/v1/A", [text(code, "no")]);
        let answer = as_a_stranger(&rack, ask(Verb::Get, "/redfish/v1/A", &[], "")).await;
        assert_eq!((answer.status, answer.body.as_slice()), (code, b"no".as_slice()));
    }
    assert_eq!(rack.count("GET /redfish/v1/A"), 5, "nothing is tried again");
}

#[tokio::test]
async fn one_with_an_account_is_logged_in() {
    let rack = Scripted::start().await;
    rack.has("/redfish/v1/", json!({"Links": {"Sessions": {"@odata.id": "/sessions"}}}));
    rack.on(
        "POST /sessions",
        [ok(json!({})).header("X-Auth-Token", "one"), ok(json!({})).header("X-Auth-Token", "two")],
    );
    rack.on("GET /redfish/v1/A", [text(401, ""), ok(json!({}))]);
    let client = rack.client_of(Target { auth: Auth::Auto, ..rack.target() });
    let theirs = ask(Verb::Get, "/redfish/v1/A", &[("X-Auth-Token", "theirs")], "");
    let answer = client.forward(&theirs).await.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.credentials, [("x-auth-token".to_owned(), "two".to_owned())], "whoever keeps secrets knows it");
    assert_eq!(rack.last("GET /redfish/v1/A").headers["x-auth-token"], "two", "a session that ended is renewed");
}
