//! Logging in: one session for all who use an account, renewed when it ends, left when nobody needs it.

use std::time::Duration;

use redfish::{Auth, Bmc, Client, Error, Password, Target};
use serde_json::json;

use crate::scripted::{Act, Scripted, error, ok, quick, status, text};

const ROOT: &str = "/redfish/v1/";
const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";
const LOG_IN: &str = "POST /redfish/v1/SessionService/Sessions";
const LOG_OUT: &str = "DELETE /redfish/v1/SessionService/Sessions/1";
const SYSTEM: &str = "/redfish/v1/Systems/1";
const GET: &str = "GET /redfish/v1/Systems/1";

fn session(token: &str) -> Act {
    status(201, json!({"Id": "1"})).header("X-Auth-Token", token).header("Location", &format!("{SESSIONS}/1"))
}

/// A BMC that has sessions.
async fn with_sessions() -> Scripted {
    let bmc = Scripted::start().await;
    bmc.has(ROOT, json!({"Links": {"Sessions": {"@odata.id": SESSIONS}}}));
    bmc.has(SYSTEM, json!({"Id": "1"}));
    bmc.on(LOG_IN, [session("first"), session("second")]).on(LOG_OUT, [text(204, "")]);
    bmc
}

fn target(bmc: &Scripted, auth: Auth) -> Target {
    Target { auth, ..bmc.target() }
}

fn client(bmc: &Scripted, auth: Auth) -> Bmc {
    bmc.client_of(target(bmc, auth))
}

fn tokens(bmc: &Scripted) -> Vec<Option<String>> {
    let reads = bmc.calls().into_iter().filter(|call| call.what == GET);
    reads.map(|call| call.headers.get("x-auth-token").cloned()).collect()
}

#[tokio::test]
async fn all_who_use_an_account_share_a_session() {
    let bmc = with_sessions().await;
    let client = Client::new(quick());
    let ours: Vec<_> = (0..5).map(|_| client.bmc(target(&bmc, Auth::Auto)).unwrap()).collect();
    for done in futures::future::join_all(ours.iter().map(|one| one.get(SYSTEM))).await {
        done.unwrap();
    }
    assert_eq!(bmc.count(LOG_IN), 1);
    assert_eq!(bmc.last(LOG_IN).json(), json!({"UserName": "admin", "Password": "correct horse"}));
    assert_eq!(tokens(&bmc), vec![Some("first".to_owned()); 5]);
    assert!(bmc.calls().iter().all(|call| !call.headers.contains_key("authorization")));
    // Another account is another session.
    client
        .bmc(Target { username: Some("other".to_owned()), ..target(&bmc, Auth::Auto) })
        .unwrap()
        .get(SYSTEM)
        .await
        .unwrap();
    assert_eq!(bmc.count(LOG_IN), 2);
}

#[tokio::test]
async fn a_session_that_has_ended_is_renewed_once() {
    let bmc = with_sessions().await;
    let ours = client(&bmc, Auth::Session);
    ours.get(SYSTEM).await.unwrap();
    bmc.on(GET, [error(401, "The session has expired."), ok(json!({"Id": "1"}))]);
    ours.get(SYSTEM).await.unwrap();
    assert_eq!(tokens(&bmc), ["first", "first", "second"].map(|token| Some(token.to_owned())));
    // A new session that is refused too is told, and not tried for ever.
    bmc.on(GET, [error(401, "No.")]);
    let e = ours.get(SYSTEM).await.unwrap_err();
    assert!(matches!(e, Error::Refused { status: 401, .. }), "{e}");
    assert_eq!(bmc.count(LOG_IN), 3);
}

#[tokio::test]
async fn a_session_is_left_when_nobody_needs_it() {
    let bmc = with_sessions().await;
    let all = Client::new(quick());
    let ours = all.bmc(target(&bmc, Auth::Auto)).unwrap();
    ours.get(SYSTEM).await.unwrap();
    all.close().await;
    assert_eq!((bmc.count(LOG_OUT), bmc.last(LOG_OUT).headers["x-auth-token"].as_str()), (1, "first"));
    ours.get(SYSTEM).await.unwrap();
    drop(ours);
    while bmc.count(LOG_OUT) < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(bmc.last(LOG_OUT).headers["x-auth-token"], "second");
}

#[tokio::test]
async fn basic_authentication_serves_where_there_are_no_sessions() {
    let bmc = with_sessions().await;
    bmc.has(ROOT, json!({"Systems": {"@odata.id": "/redfish/v1/Systems"}}));
    let ours = client(&bmc, Auth::Auto);
    ours.get(SYSTEM).await.unwrap();
    ours.get(SYSTEM).await.unwrap();
    assert_eq!((bmc.count(LOG_IN), bmc.count("GET /redfish/v1/")), (0, 1), "it is remembered");
    assert!(bmc.last(GET).headers["authorization"].starts_with("Basic "));
    let e = client(&bmc, Auth::Session).get(SYSTEM).await.unwrap_err();
    assert!(matches!(e, Error::Unsupported { .. }) && e.to_string().contains("sessions"), "{e}");

    // Where the root is silent about them, and they are not there.
    bmc.on("GET /redfish/v1/", [error(401, "Who are you?")]).on(LOG_IN, [error(405, "")]);
    let ours = client(&bmc, Auth::Auto);
    ours.get(SYSTEM).await.unwrap();
    assert_eq!(bmc.count(LOG_IN), 1);
    // A session without a token is none.
    bmc.on(LOG_IN, [status(201, json!({}))]);
    client(&bmc, Auth::Auto).get(SYSTEM).await.unwrap();
    assert!(matches!(client(&bmc, Auth::Session).get(SYSTEM).await.unwrap_err(), Error::Malformed { .. }));
}

#[tokio::test]
async fn a_full_table_of_sessions_is_told_or_done_without() {
    for (code, id) in [(503, "Base.1.8.SessionLimitExceeded"), (400, "iLO.2.14.CreateLimitReachedForResource")] {
        let bmc = with_sessions().await;
        let full = json!({"error": {"@Message.ExtendedInfo": [{"MessageId": id, "Message": "Too many sessions."}]}});
        bmc.on(LOG_IN, [status(code, full)]);
        let ours = client(&bmc, Auth::Auto);
        ours.get(SYSTEM).await.unwrap();
        ours.get(SYSTEM).await.unwrap();
        assert_eq!(bmc.count(LOG_IN), 1, "not asked for again for a while");
        let e = client(&bmc, Auth::Session).get(SYSTEM).await.unwrap_err();
        assert!(matches!(e, Error::SessionsFull { .. }) && e.is_transient(), "{e}");
        assert!(e.to_string().contains("Too many sessions") && e.to_string().contains("redfish_auth_type"), "{e}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_tried_once_and_right_ones_at_once() {
    for auth in [Auth::Auto, Auth::Session] {
        let (bmc, all) = (with_sessions().await, Client::new(quick()));
        bmc.on(LOG_IN, [error(401, "No: correct horse is wrong."), session("first")]);
        let ours = all.bmc(target(&bmc, auth)).unwrap();
        let e = ours.get(SYSTEM).await.unwrap_err();
        assert!(matches!(e, Error::Refused { status: 401, .. }), "{e}");
        assert!(!e.to_string().contains("correct horse"), "{e}");
        let e = ours.get(SYSTEM).await.unwrap_err();
        assert!(matches!(e, Error::Withheld { .. }) && e.to_string().contains("refused these credentials"), "{e}");
        assert_eq!((bmc.count(LOG_IN), bmc.count(GET)), (1, 0));
        let corrected = Target { password: Password::new("battery staple"), ..target(&bmc, auth) };
        all.bmc(corrected).unwrap().get(SYSTEM).await.unwrap();
        assert_eq!(tokens(&bmc), [Some("first".to_owned())]);
    }
}

#[tokio::test]
async fn no_login_storm_with_basic_authentication_either() {
    let bmc = with_sessions().await;
    bmc.on(GET, [error(401, "No.")]);
    let ours = client(&bmc, Auth::Basic);
    for _ in 0..10 {
        ours.get(SYSTEM).await.unwrap_err();
    }
    assert_eq!(bmc.count(GET), 1);
}

#[tokio::test]
async fn a_connection_that_closes_while_logging_out_leaves_no_session() {
    let bmc = with_sessions().await;
    bmc.on(LOG_OUT, [Act::Drop, text(204, "")]);
    let client = Client::new(quick());
    let one = client.bmc(target(&bmc, Auth::Session)).unwrap();
    one.get(SYSTEM).await.unwrap();
    client.close().await;
    assert_eq!(bmc.count(LOG_OUT), 2);
}

#[tokio::test]
async fn a_client_closes_although_somebody_is_logging_in_for_ever() {
    let bmc = with_sessions().await;
    bmc.on(LOG_IN, [Act::Hang]);
    let limits = redfish::Limits { request_timeout: Duration::from_secs(3600), ..quick() };
    let all = Client::new(limits);
    let ours = all.bmc(target(&bmc, Auth::Session)).unwrap();
    let waits = tokio::spawn(async move { ours.get(SYSTEM).await.map(drop) });
    while bmc.count(LOG_IN) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::timeout(Duration::from_secs(30), all.close()).await.expect("it closes");
    waits.abort();
}
