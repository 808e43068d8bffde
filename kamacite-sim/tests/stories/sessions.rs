//! Who gets in: sessions, basic authentication, full tables, locked accounts.

use kamacite_model::Timestamp;
use kamacite_sim::{Bmc, Fault, Request, Setup, Vendor, redfish::answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    plain::{anonymous, ask, header, message, read, send, write},
    rack::{client_of, one, target},
};

const SESSIONS: &str = "/redfish/v1/SessionService/Sessions";

async fn log_in(bmc: &kamacite_sim::SimBmc) -> reqwest::Response {
    anonymous(bmc, Method::POST, SESSIONS)
        .json(&json!({"UserName": "admin", "Password": "password"}))
        .send()
        .await
        .unwrap()
}

async fn status_with(bmc: &kamacite_sim::SimBmc, token: &str) -> u16 {
    let request = anonymous(bmc, Method::GET, "/redfish/v1/Systems").header("X-Auth-Token", token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_session_is_opened_used_and_closed() {
    let (_rack, bmc) = one("generic").await;
    let opened = log_in(&bmc).await;
    assert_eq!(opened.status(), 201);
    let (token, location) = (header(&opened, "x-auth-token").to_owned(), header(&opened, "location").to_owned());
    assert_eq!(status_with(&bmc, &token).await, 200);
    assert_eq!(status_with(&bmc, "wrong").await, 401);
    let body: Value = opened.json().await.unwrap();
    assert_eq!((body["@odata.id"].as_str(), body["UserName"].as_str()), (Some(&*location), Some("admin")));
    let closed = anonymous(&bmc, Method::DELETE, &location).header("X-Auth-Token", &token).send().await.unwrap();
    assert_eq!(closed.status(), 204);
    assert_eq!(status_with(&bmc, &token).await, 401);
}

#[tokio::test]
async fn only_the_root_is_open_to_everybody() {
    let (_rack, bmc) = one("generic").await;
    for (path, status) in [
        ("/redfish", 200),
        ("/redfish/v1", 200),
        ("/redfish/v1/", 200),
        ("/redfish/v1/odata", 200),
        ("/redfish/v1/$metadata", 200),
        ("/redfish/v1/Systems", 401),
        ("/redfish/v1/Nonsense", 401),
        (SESSIONS, 401),
        ("/nonsense", 404),
    ] {
        assert_eq!(anonymous(&bmc, Method::GET, path).send().await.unwrap().status(), status, "{path}");
    }
    let wrong = anonymous(&bmc, Method::GET, "/redfish/v1/Systems").basic_auth("admin", Some("guess"));
    let refused = wrong.send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "www-authenticate")), (401, "Basic realm=\"Redfish\""));
}

#[tokio::test]
async fn a_full_table_takes_no_more_until_somebody_leaves() {
    let (_rack, bmc) = one("dell").await;
    bmc.fault(Fault::SessionsFull);
    let full = log_in(&bmc).await;
    assert_eq!(full.status(), 503);
    assert_eq!(message(full).await, "SessionLimitExceeded");
    // Basic authentication needs no place.
    let list = read(&bmc, SESSIONS).await;
    assert_eq!(list["Members@odata.count"], Vendor::named("dell").unwrap().sessions);
    let first = list["Members"][0]["@odata.id"].as_str().unwrap();
    assert_eq!(write(&bmc, Method::DELETE, first, json!({})).await, 204);
    assert_eq!(log_in(&bmc).await.status(), 201);
}

#[tokio::test]
async fn a_restart_of_the_bmc_ends_sessions() {
    let (_rack, bmc) = one("generic").await;
    let token = header(&log_in(&bmc).await, "x-auth-token").to_owned();
    let reset =
        send(&bmc, Method::POST, "/redfish/v1/Managers/1/Actions/Manager.Reset", json!({"ResetType": "ForceRestart"}));
    assert_eq!(reset.await.status(), 204);
    assert_eq!(status_with(&bmc, &token).await, 401);
}

#[tokio::test]
async fn guessing_locks_the_account_for_a_while() {
    let (_rack, bmc) = one("supermicro").await;
    for _ in 0..5 {
        let guess = anonymous(&bmc, Method::GET, "/redfish/v1/Systems").basic_auth("admin", Some("guess"));
        assert_eq!(guess.send().await.unwrap().status(), 401);
    }
    let right = ask(&bmc, Method::GET, "/redfish/v1/Systems").send().await.unwrap();
    assert_eq!(right.status(), 401, "locked");
}

/// A moment so many seconds after the first.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

#[test]
fn a_session_that_is_silent_for_too_long_ends() {
    let mut bmc = Bmc::new(0, &Setup::default());
    let credentials = json!({"UserName": "admin", "Password": "password"});
    let opened = answer(&mut bmc, &Request::new(kamacite_sim::Method::Post, SESSIONS, &credentials), at(0));
    let token = opened.header("X-Auth-Token").unwrap().to_owned();
    let timeout = json!({"SessionTimeout": 60});
    let mut status = |method, path: &str, body: &Value, seconds| {
        answer(&mut bmc, &Request::new(method, path, body).with("x-auth-token", &token), at(seconds)).status
    };
    assert_eq!(status(kamacite_sim::Method::Patch, "/redfish/v1/SessionService", &timeout, 1), 204);
    assert_eq!(
        status(kamacite_sim::Method::Patch, "/redfish/v1/SessionService", &json!({"SessionTimeout": 5}), 1),
        400
    );
    // Every use counts.
    for (seconds, expected) in [(60, 200), (119, 200), (178, 200), (238, 401)] {
        assert_eq!(status(kamacite_sim::Method::Get, SESSIONS, &Value::Null, seconds), expected, "after {seconds} s");
    }
}

#[test]
fn a_locked_account_opens_by_itself() {
    let vendor = Vendor::named("supermicro").unwrap();
    let mut bmc = Bmc::new(0, &Setup { vendor, ..Setup::default() });
    let mut status = |password: &str, seconds| {
        let credentials = json!({"UserName": "admin", "Password": password});
        answer(&mut bmc, &Request::new(kamacite_sim::Method::Post, SESSIONS, &credentials), at(seconds)).status
    };
    let (most, locked_s) = vendor.lockout;
    for _ in 0..most {
        assert_eq!(status("guess", 0), 401);
    }
    assert_eq!(status("password", i64::from(locked_s) - 1), 401);
    assert_eq!(status("password", i64::from(locked_s)), 201);
}

#[tokio::test]
async fn a_changed_password_lets_the_old_one_in_no_more() {
    let (_rack, bmc) = one("generic").await;
    let account = "/redfish/v1/AccountService/Accounts/1";
    assert_eq!(read(&bmc, account).await["Password"], Value::Null);
    assert_eq!(write(&bmc, Method::PATCH, account, json!({"Password": "other"})).await, 204);
    let old = client_of(target(&bmc)).system().await.unwrap_err();
    assert_eq!(old.status(), Some(401));
    let new = redfish::Target { password: redfish::Password::new("other"), ..target(&bmc) };
    client_of(new).system().await.unwrap();
}
