//! Every fault that IPMI can have, as clients see it.

use std::time::{Duration, Instant};

use ipmi::{ChassisControl, Client, Completion, Error, Limits, Password, Target};
use kamacite_model::Secret;
use kamacite_sim::{Config, Fault, Rack, Rule, SimBmc, machine::PowerState};
use serde_json::json;

use crate::{
    plain::http,
    rack::{clock, instant},
};

use super::{client, ipmi, one, started, target, tool::Tool};

fn on(command: &str, fault: Fault) -> Rule {
    Rule::from(fault).on_command(command)
}

/// Gives up after three attempts in half a second.
fn impatient(bmc: &SimBmc) -> ipmi::Bmc {
    let limits = Limits {
        attempts: 3,
        first_wait: Duration::from_millis(100),
        longest_wait: Duration::from_millis(100),
        command_timeout: Duration::from_secs(5),
        ..Limits::default()
    };
    Client::new(limits).bmc(target(bmc)).unwrap()
}

fn boots(bmc: &SimBmc) -> u32 {
    bmc.with(|bmc, _| bmc.machine.boots())
}

#[tokio::test]
async fn lost_requests_are_sent_again() {
    let (_rack, bmc) = one().await;
    let client = client(&bmc);
    for step in
        ["get-channel-authentication", "open-session", "rakp-1", "rakp-3", "set-session-privilege", "get-device"]
    {
        bmc.fault(on(step, Fault::Drop));
        client.device_id().await.unwrap();
        client.close().await;
        assert_eq!(bmc.with(|bmc, _| bmc.faults.rules().count()), 0, "{step}");
    }
    // A second's wait for each.
    bmc.fault(on("get-chassis-status", Fault::Drop));
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is off");
}

#[tokio::test]
async fn lost_answers_are_asked_for_again_and_nothing_is_done_twice() {
    let (_rack, bmc) = one().await;
    let client = client(&bmc);
    for step in
        ["get-channel-authentication", "open-session", "rakp-1", "rakp-3", "set-session-privilege", "get-device"]
    {
        bmc.fault(on(step, Fault::LostAnswer));
        client.device_id().await.unwrap();
        client.close().await;
        assert_eq!(bmc.with(|bmc, _| bmc.faults.rules().count()), 0, "{step}");
    }
    client.chassis_control(ChassisControl::On).await.unwrap();
    bmc.fault(on("chassis-control", Fault::LostAnswer));
    let unknown = impatient(&bmc).chassis_control(ChassisControl::Reset).await.unwrap_err();
    assert!(matches!(unknown, Error::Timeout { .. }), "{unknown:?}");
    assert_eq!(boots(&bmc), 2);
    bmc.fault(on("get-chassis-status", Fault::LostAnswer));
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is on");
}

#[tokio::test]
async fn doubled_and_reordered_answers_do_no_harm() {
    let (_rack, bmc) = one().await;
    bmc.fault(Rule::from(Fault::Twice).times(0));
    let client = client(&bmc);
    client.chassis_control(ChassisControl::On).await.unwrap();
    assert!(client.chassis_status().await.unwrap().power_on);
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is on");
    bmc.with(|bmc, _| bmc.faults.clear());
    for command in ["get-chassis-status", "get-device-id"] {
        bmc.fault(on(command, Fault::Reordered));
        assert!(client.chassis_status().await.unwrap().power_on);
        assert_eq!(client.device_id().await.unwrap().device, 0x20);
        assert_eq!(bmc.with(|bmc, _| bmc.faults.rules().count()), 0, "{command}");
    }
    bmc.fault(on("get-chassis-status", Fault::Reordered));
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is on");
}

#[tokio::test]
async fn a_late_answer_is_an_answer() {
    let (_rack, bmc) = one().await;
    let client = client(&bmc);
    client.device_id().await.unwrap();
    bmc.fault(on("get-chassis-status", Fault::Delay { ms: 100 }));
    let began = Instant::now();
    client.chassis_status().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(100));
    bmc.fault(on("get-chassis-status", Fault::Delay { ms: 300 }));
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is off");
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let (_rack, bmc) = one().await;
    bmc.fault(Rule::from(Fault::Hang).times(0));
    let dead = impatient(&bmc).chassis_status().await.unwrap_err();
    assert!(matches!(dead, Error::Dead { attempts: 3, refused: false, .. }), "{dead:?}");
    let said = Tool { options: &["-R", "1"], ..Tool::of(&bmc) }.run(&["power", "status"]).await;
    assert!(!said.well && said.err.contains("Unable to establish"), "{said:?}");
}

#[tokio::test]
async fn a_busy_bmc_is_asked_again() {
    for fault in [Fault::Unavailable { retry_after_s: None }, Fault::TooMany { retry_after_s: None }] {
        let (_rack, bmc) = one().await;
        bmc.fault(on("chassis-control", fault).times(2));
        client(&bmc).chassis_control(ChassisControl::On).await.unwrap();
        assert_eq!((boots(&bmc), bmc.with(|bmc, _| bmc.faults.rules().count())), (1, 0));
    }
    let (_rack, bmc) = one().await;
    bmc.fault(on("chassis-control", Fault::Unavailable { retry_after_s: None }).times(0));
    let said = Tool::of(&bmc).run(&["power", "on"]).await;
    assert!(!said.well && said.err.contains("busy") && boots(&bmc) == 0, "{said:?}");
    bmc.with(|bmc, _| bmc.faults.clear());
    bmc.fault(on("chassis-control", Fault::Completion { code: 0xd6 }));
    let refused = client(&bmc).chassis_control(ChassisControl::On).await.unwrap_err();
    assert_eq!(refused.completion(), Some(Completion::DISABLED));
}

#[tokio::test]
async fn another_password_keeps_clients_out() {
    let (_rack, bmc) = one().await;
    let client = client(&bmc);
    client.device_id().await.unwrap();
    bmc.fault(Fault::Password { password: Secret::new("other".to_owned()) });
    // Whoever is in stays in.
    client.device_id().await.unwrap();
    client.close().await;
    assert!(matches!(client.device_id().await, Err(Error::Password { .. })));
    let said = Tool { options: &["-v"], ..Tool::of(&bmc) }.run(&["power", "status"]).await;
    assert!(!said.well && said.everything().contains("HMAC is invalid"), "{said:?}");
    super::client_of(Target { password: Password::new("other"), ..target(&bmc) }).device_id().await.unwrap();
}

#[tokio::test]
async fn no_session_is_free() {
    let (_rack, bmc) = one().await;
    bmc.fault(on("open-session", Fault::SessionsFull));
    assert!(matches!(impatient(&bmc).device_id().await, Err(Error::NoFreeSession { .. })));
    let said = Tool::of(&bmc).run(&["power", "status"]).await;
    assert!(!said.well && said.err.contains("nsufficient resources"), "{said:?}");
}

#[tokio::test]
async fn a_bmc_that_is_away_is_silent_and_forgets() {
    let (_rack, bmc) = one().await;
    let client = impatient(&bmc);
    client.device_id().await.unwrap();
    bmc.fault(Fault::Away { seconds: 3600 });
    assert!(client.device_id().await.is_err());
    bmc.with(|bmc, _| bmc.come_back());
    client.device_id().await.unwrap();
    assert_eq!(bmc.with(|bmc, _| bmc.ipmi_sessions()), 1);
}

#[tokio::test]
async fn power_that_is_stuck_never_gets_there() {
    let (_rack, bmc) = one().await;
    bmc.fault(on("chassis-control", Fault::PowerStuck { seconds: 3600 }));
    let tool = Tool::of(&bmc);
    assert_eq!(tool.well(&["power", "on"]).await, "Chassis Power Control: Up/On");
    assert_eq!(tool.well(&["power", "status"]).await, "Chassis Power is off");
    assert!(!client(&bmc).chassis_status().await.unwrap().power_on);
    assert_eq!(bmc.with(|bmc, _| bmc.machine.power()), PowerState::PoweringOn);
}

#[tokio::test]
async fn half_an_answer_cannot_be_read() {
    let (_rack, bmc) = one().await;
    bmc.fault(on("get-device-id", Fault::Truncated).times(0));
    let cut = client(&bmc).device_id().await.unwrap_err();
    assert!(matches!(cut, Error::Malformed { .. }), "{cut:?}");
    bmc.with(|bmc, _| bmc.faults.clear());
    // A datagram that breaks off is none, and asked for again.
    bmc.fault(on("get-device-id", Fault::Cut));
    client(&bmc).device_id().await.unwrap();
    bmc.fault(on("get-chassis-status", Fault::Cut));
    assert_eq!(Tool::of(&bmc).well(&["power", "status"]).await, "Chassis Power is off");
}

#[tokio::test]
async fn a_rule_is_of_one_face() {
    let (_rack, bmc) = started(Config { both: 1, ..instant(0) }).await;
    bmc.fault(Rule::from(Fault::Status { status: 500 }));
    bmc.fault(Rule::from(Fault::Hang).on(kamacite_sim::Method::Get, "/Systems"));
    let client = client(&bmc);
    client.device_id().await.unwrap();
    client.close().await;
    assert_eq!(bmc.with(|bmc, _| bmc.faults.rules().count()), 2);
    bmc.with(|bmc, _| bmc.faults.clear());
    bmc.fault(Rule::from(Fault::Twice));
    bmc.fault(on("get-device-id", Fault::Drop));
    crate::rack::system(&bmc).await;
    assert_eq!(bmc.with(|bmc, _| bmc.faults.rules().count()), 2);
    // An answer that is lost is lost with Redfish, too.
    bmc.with(|bmc, _| bmc.faults.clear());
    bmc.fault(Rule::from(Fault::LostAnswer).on(kamacite_sim::Method::Post, "ComputerSystem.Reset"));
    let system = crate::rack::system(&bmc).await;
    assert!(system.reset(&redfish::ResetType::On).await.is_err());
    assert_eq!(boots(&bmc), 1);
}

#[tokio::test]
async fn the_control_listener_knows_ipmi() {
    let config = Config { control: Some("127.0.0.1:0".parse().unwrap()), both: 1, ..ipmi(1) };
    let rack = Rack::start(config, clock()).await.unwrap();
    let control = format!("http://{}/sim", rack.control().unwrap());
    let rule = json!({"fault": "completion", "code": 0xd5, "command": "chassis-control"});
    let faults = format!("{control}/bmcs/0/faults");
    assert_eq!(http().post(&faults).json(&rule).send().await.unwrap().status(), 200);
    let refused = client(&rack.bmcs()[0]).chassis_control(ChassisControl::On).await.unwrap_err();
    assert_eq!(refused.completion(), Some(Completion::STATE));
    let shown: serde_json::Value = http().get(format!("{control}/bmcs/1")).send().await.unwrap().json().await.unwrap();
    let both = &rack.bmcs()[1];
    assert_eq!(shown["address"], json!(both.redfish_address()));
    assert_eq!(shown["ipmi_address"], json!(both.ipmi_address().unwrap().to_string()));
    assert!(rack.bmcs()[0].redfish_address().is_none());
    rack.stop().await;
}

#[tokio::test]
async fn a_bad_network_is_survived() {
    let mut config = ipmi(4);
    config.setup.faults = "drop:0.1, lost-answer:0.1, twice:0.1, reordered:0.05, delay=20:0.1".parse().unwrap();
    let rack = Rack::start(config, clock()).await.unwrap();
    for bmc in rack.bmcs() {
        let client = client(bmc);
        for _ in 0..10 {
            client.chassis_control(ChassisControl::On).await.unwrap();
            assert!(client.chassis_status().await.unwrap().power_on);
        }
        assert_eq!(boots(bmc), 1);
    }
}
