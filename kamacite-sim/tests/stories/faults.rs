//! Every fault, as a client sees it; and the control listener that calls for them.

use std::time::{Duration, Instant};

use kamacite_model::Secret;
use kamacite_sim::{Config, Fault, Method, Rack, Rule, SimBmc};
use redfish::{BootChange, BootEnabled, BootTarget, Error, PowerState, ResetType};
use serde_json::{Value, json};

use crate::{
    plain::{ask, http, read},
    rack::{client, client_of, clock, instant, one, system, target},
};

/// What becomes of reading the service root; the client makes three attempts.
async fn root(bmc: &SimBmc) -> Result<u16, Error> {
    client(bmc).get("/redfish/v1/").await.map(|_| 200)
}

/// For every attempt the client makes.
fn always(fault: Fault) -> Rule {
    Rule::from(fault).times(0)
}

#[tokio::test]
async fn a_late_answer_is_an_answer() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(Fault::Delay { ms: 150 });
    let began = Instant::now();
    root(&bmc).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(always(Fault::Hang));
    let limits =
        redfish::Limits { request_timeout: Duration::from_millis(200), attempts: 1, ..redfish::Limits::default() };
    let hung = redfish::Client::new(limits).bmc(target(&bmc)).unwrap().root().await;
    assert!(matches!(hung, Err(Error::Timeout { .. })), "{hung:?}");
}

#[tokio::test]
async fn a_dropped_connection_is_tried_again() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(Rule::from(Fault::Drop).times(2));
    root(&bmc).await.unwrap();
    bmc.fault(always(Fault::Drop));
    assert!(matches!(root(&bmc).await, Err(Error::Interrupted { attempts: 3, .. })));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(always(Fault::Cut));
    assert!(matches!(root(&bmc).await, Err(Error::Interrupted { .. })));
}

#[tokio::test]
async fn a_busy_bmc_is_asked_again() {
    for fault in [Fault::Unavailable { retry_after_s: Some(1) }, Fault::TooMany { retry_after_s: None }] {
        let (_rack, bmc) = one("generic").await;
        bmc.fault(Rule::from(fault.clone()).times(2));
        root(&bmc).await.unwrap();
        bmc.fault(always(fault.clone()));
        let status = root(&bmc).await.unwrap_err().status();
        assert!(matches!(status, Some(503 | 429)), "{fault:?}: {status:?}");
    }
    let (_rack, bmc) = one("generic").await;
    bmc.fault(Fault::Unavailable { retry_after_s: Some(7) });
    let answer = ask(&bmc, reqwest::Method::GET, "/redfish/v1").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    bmc.fault(always(Fault::Status { status: 500 }));
    assert_eq!(root(&bmc).await.unwrap_err().status(), Some(500));
}

#[tokio::test]
async fn half_a_json_and_no_object_cannot_be_read() {
    for fault in [Fault::Truncated, Fault::WrongJson] {
        let (_rack, bmc) = one("generic").await;
        bmc.fault(always(fault));
        assert!(matches!(root(&bmc).await, Err(Error::Unreadable { .. })));
    }
}

#[tokio::test]
async fn a_wrong_content_type_is_forgiven_by_this_client() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(always(Fault::WrongType));
    let answer = ask(&bmc, reqwest::Method::GET, "/redfish/v1").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html");
    root(&bmc).await.unwrap();
}

#[tokio::test]
async fn an_ignored_write_looks_like_a_success() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(Rule::from(Fault::IgnoredWrite).on(Method::Patch, "/Systems/"));
    let mut system = system(&bmc).await;
    let change = BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: None };
    system.set_boot(&change).await.unwrap();
    system.refresh().await.unwrap();
    assert_eq!(system.boot().target, Some(BootTarget::None));
    system.set_boot(&change).await.unwrap();
    system.refresh().await.unwrap();
    assert_eq!(system.boot().target, Some(BootTarget::Pxe));
}

#[tokio::test]
async fn a_bmc_that_restarts_is_away_and_comes_back() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(Fault::Away { seconds: 3600 });
    assert!(matches!(root(&bmc).await, Err(Error::Interrupted { .. })));
    assert!(bmc.with(|bmc, now| bmc.is_away(now)));
    bmc.with(|bmc, _| bmc.come_back());
    root(&bmc).await.unwrap();
}

#[tokio::test]
async fn another_password_keeps_the_client_out() {
    let (_rack, bmc) = one("generic").await;
    let client = client(&bmc);
    client.system().await.unwrap();
    bmc.fault(Fault::Password { password: Secret::new("other".to_owned()) });
    // Whoever is in stays in.
    client.system().await.unwrap();
    assert_eq!(client_of(target(&bmc)).system().await.unwrap_err().status(), Some(401));
    let new = redfish::Target { password: redfish::Password::new("other"), ..target(&bmc) };
    client_of(new).system().await.unwrap();
}

#[tokio::test]
async fn power_that_is_stuck_never_gets_there() {
    let (_rack, bmc) = one("generic").await;
    bmc.fault(Rule::from(Fault::PowerStuck { seconds: 3600 }).on(Method::Post, "ComputerSystem.Reset"));
    let mut system = system(&bmc).await;
    system.reset(&ResetType::On).await.unwrap();
    system.refresh().await.unwrap();
    assert_eq!(system.power_state(), Some(PowerState::PoweringOn));
}

#[tokio::test]
async fn the_control_listener_tells_and_takes_faults() {
    let config = Config { control: Some("127.0.0.1:0".parse().unwrap()), ..instant(3) };
    let rack = Rack::start(config, clock()).await.unwrap();
    let control = format!("http://{}/sim", rack.control().unwrap());
    let get = async |path: &str| -> Value {
        http().get(format!("{control}{path}")).send().await.unwrap().json().await.unwrap()
    };
    let overview = get("").await;
    assert_eq!((&overview["bmcs"], &overview["first"]), (&json!(3), &json!(rack.bmcs()[0].address())));
    let faults = format!("{control}/bmcs/1/faults");
    let rule = json!({"fault": "status", "status": 507, "method": "GET", "path": "/Systems", "times": 0});
    assert_eq!(http().post(&faults).json(&rule).send().await.unwrap().status(), 200);
    assert_eq!(system_status(&rack.bmcs()[1]).await, 507);
    assert_eq!(system_status(&rack.bmcs()[2]).await, 200);
    assert_eq!(get("/requests").await, json!([0, 1, 1]));
    let shown = get("/bmcs/1").await;
    assert_eq!(
        (&shown["power"], &shown["vendor"], &shown["faults"][0]["hits"]),
        (&json!("Off"), &json!("generic"), &json!(1))
    );
    assert_eq!(http().delete(&faults).send().await.unwrap().status(), 204);
    assert_eq!(system_status(&rack.bmcs()[1]).await, 200);
    // To all of them.
    let all = http().post(format!("{control}/faults")).json(&json!([{"fault": "drop"}])).send().await.unwrap();
    assert_eq!(all.status(), 204);
    for bmc in rack.bmcs() {
        assert_eq!(bmc.with(|bmc, _| bmc.faults.rules().count()), 1);
    }
    for (body, why) in [(json!({"fault": "drop", "nht": 2}), "no nht"), (json!({"fault": "explode"}), "explode")] {
        let refused = http().post(&faults).json(&body).send().await.unwrap();
        assert_eq!(refused.status(), 400);
        let text = refused.text().await.unwrap();
        assert!(text.contains(why), "{text}");
    }
    assert_eq!(http().get(format!("{control}/bmcs/3")).send().await.unwrap().status(), 404);
    let dropped = ask(&rack.bmcs()[2], reqwest::Method::GET, "/redfish/v1").send().await;
    assert!(dropped.is_err());
    assert_eq!(read(&rack.bmcs()[2], "/redfish/v1").await["Id"], "RootService");
    rack.stop().await;
}

async fn system_status(bmc: &SimBmc) -> u16 {
    ask(bmc, reqwest::Method::GET, "/redfish/v1/Systems/1").send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_rack_that_stops_answers_no_more() {
    let rack = Rack::start(instant(2), clock()).await.unwrap();
    let bmc = rack.bmcs()[0].clone();
    root(&bmc).await.unwrap();
    // Even with somebody still waiting.
    // Not of the client's log-out, which comes when it will.
    bmc.fault(Rule::from(Fault::Hang).on(Method::Get, "/redfish/v1"));
    let waits = tokio::spawn(ask(&bmc, reqwest::Method::GET, "/redfish/v1").send());
    while bmc.with(|bmc, _| bmc.faults.rules().count()) > 0 {
        tokio::task::yield_now().await;
    }
    rack.stop().await;
    assert!(waits.await.unwrap().is_err());
    assert!(matches!(root(&bmc).await, Err(Error::Unreachable { .. })));
}
