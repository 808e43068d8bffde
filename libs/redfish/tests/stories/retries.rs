//! Failing attempts: which are made again, which must not be, and what is said in the end.

use std::time::Duration;

use redfish::{Client, Error, Limits};
use serde_json::json;
use tokio::net::TcpListener;

use crate::scripted::{Act, Scripted, error, ok, quick, status, target, text};

const GET: &str = "GET /redfish/v1/Systems/1";
const PATH: &str = "/redfish/v1/Systems/1";
const ACTION: &str = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";
const POST: &str = "POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset";

fn half() -> Act {
    Act::Half(json!({"Id": "1"}).to_string().into_bytes())
}

fn impatient() -> Limits {
    Limits { request_timeout: Duration::from_millis(200), ..quick() }
}

#[tokio::test]
async fn a_read_is_made_again_until_it_succeeds() {
    for fault in [error(502, ""), error(503, ""), error(504, ""), error(429, ""), Act::Drop, half()] {
        let rack = Scripted::start().await;
        rack.on(GET, [fault.clone(), fault.clone(), ok(json!({"Id": "1"}))]);
        let system = rack.client().get(PATH).await.unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        assert_eq!(system.text("/Id").as_deref(), Some("1"));
        assert_eq!(rack.count(GET), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn a_read_that_hangs_is_made_again() {
    let rack = Scripted::start().await;
    rack.on(GET, [Act::Hang, ok(json!({"Id": "1"}))]);
    let bmc = Client::new(impatient()).bmc(rack.target()).unwrap();
    bmc.get(PATH).await.unwrap();
    assert_eq!(rack.count(GET), 2);
}

#[tokio::test]
async fn a_read_gives_up_and_says_what_was_tried() {
    let rack = Scripted::start().await;
    rack.on(GET, [error(503, "Service is starting.")]);
    let e = rack.client().get(PATH).await.unwrap_err();
    assert!(matches!(e, Error::Rejected { status: 503, attempts: 3, .. }), "{e:?}");
    assert!(e.is_transient());
    assert_eq!(
        e.to_string(),
        format!(
            "GET http://127.0.0.1:{}/redfish/v1/Systems/1: rejected with 503 (3 attempts): Service is starting; \
             the BMC is busy: try again later",
            rack.port
        )
    );
    assert_eq!(rack.count(GET), 3);
}

#[tokio::test]
async fn silence_and_lost_lines_are_told_apart() {
    let rack = Scripted::start().await;
    let bmc = Client::new(impatient()).bmc(rack.target()).unwrap();
    rack.on(GET, [Act::Hang]);
    let e = bmc.get(PATH).await.unwrap_err();
    assert!(matches!(e, Error::Timeout { attempts: 3, .. }) && e.is_transient(), "{e:?}");
    rack.on(GET, [Act::Drop]);
    let e = bmc.get(PATH).await.unwrap_err();
    assert!(matches!(e, Error::Interrupted { attempts: 3, .. }) && e.is_transient(), "{e:?}");
    rack.on(GET, [half()]);
    let e = bmc.get(PATH).await.unwrap_err();
    assert!(matches!(e, Error::Interrupted { attempts: 3, .. }), "{e:?}");
}

#[tokio::test]
async fn a_write_the_bmc_turned_away_is_made_again() {
    for code in [503, 429] {
        let rack = Scripted::start().await;
        rack.on(POST, [error(code, ""), text(204, "")]);
        let reply = rack.client().post(ACTION, &json!({"ResetType": "On"})).await.unwrap();
        assert_eq!((reply.status, reply.body), (204, None));
        assert_eq!(rack.count(POST), 2);
        assert_eq!(rack.last(POST).json(), json!({"ResetType": "On"}));
    }
}

#[tokio::test]
async fn a_write_that_may_have_been_done_is_made_once() {
    for fault in [error(500, ""), error(502, ""), error(504, ""), Act::Drop, half(), Act::Hang] {
        let rack = Scripted::start().await;
        rack.on(POST, [fault.clone()]);
        let bmc = Client::new(impatient()).bmc(rack.target()).unwrap();
        let e = bmc.post(ACTION, &json!({})).await.unwrap_err();
        assert_eq!(rack.count(POST), 1, "{fault:?}");
        assert!(e.is_transient(), "{e}");
        if !matches!(fault, Act::Answer { .. }) {
            assert!(e.to_string().contains("not known whether it was carried out"), "{e}");
        }
    }
}

#[tokio::test]
async fn what_would_fail_the_same_way_is_made_once() {
    for code in [400, 401, 403, 404, 405, 409, 412, 500, 501] {
        let rack = Scripted::start().await;
        rack.on(GET, [error(code, "No.")]);
        let e = rack.client().get(PATH).await.unwrap_err();
        assert_eq!(e.status(), Some(code));
        assert_eq!(rack.count(GET), 1, "{code}");
        assert!(e.to_string().contains(": No; "), "{e}");
    }
}

#[tokio::test]
async fn wrong_credentials_are_sent_once_and_never_repeated_in_words() {
    let rack = Scripted::start().await;
    rack.on(GET, [error(401, "bad password 'correct horse' for admin")]);
    let e = rack.client().get(PATH).await.unwrap_err();
    assert!(matches!(e, Error::Refused { status: 401, .. }) && !e.is_transient(), "{e:?}");
    assert_eq!(rack.count(GET), 1);
    for words in [e.to_string(), format!("{e:?}")] {
        assert!(words.contains("bad password '***' for admin") && !words.contains("correct horse"), "{words}");
    }
}

/// A port nobody listens at.
async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn nobody_there_is_said_so_for_reads_and_writes() {
    let address = format!("http://127.0.0.1:{}", closed_port().await);
    // Apart: to one that is silent nothing more is sent for a while.
    let bmc = || Client::new(quick()).bmc(target(&address)).unwrap();
    for e in [bmc().get(PATH).await.unwrap_err(), bmc().post(ACTION, &json!({})).await.unwrap_err()] {
        assert!(matches!(e, Error::Unreachable { attempts: 3, .. }) && e.is_transient(), "{e:?}");
        assert!(e.to_string().contains("onnection refused"), "{e}");
    }
}

#[tokio::test]
async fn a_write_waits_for_a_bmc_that_comes_back() {
    let port = closed_port().await;
    let limits = Limits {
        attempts: 50,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(5),
        ..quick()
    };
    let bmc = Client::new(limits).bmc(target(&format!("http://127.0.0.1:{port}"))).unwrap();
    let patient = tokio::spawn(async move { bmc.post(ACTION, &json!({})).await });
    tokio::time::sleep(Duration::from_millis(15)).await;
    let rack = Scripted::serve(TcpListener::bind(("127.0.0.1", port)).await.unwrap());
    rack.on(POST, [status(200, json!({}))]);
    patient.await.unwrap().unwrap();
    assert_eq!(rack.count(POST), 1);
}

#[tokio::test]
async fn a_handshake_that_hangs_has_sent_nothing() {
    let rack = Scripted::start().await;
    let limits = Limits { connect_timeout: Duration::from_millis(40), ..quick() };
    let bmc = Client::new(limits).bmc(target(&format!("https://127.0.0.1:{}", rack.port))).unwrap();
    let e = bmc.post(ACTION, &json!({})).await.unwrap_err();
    assert!(matches!(e, Error::Unreachable { attempts: 3, .. }), "{e:?}");
    assert!(rack.calls().is_empty());
}
