//! Power, by both clients and both faces.

use ipmi::{ChassisControl, Completion, Identify, IdentifyState, RestorePolicy};
use kamacite_sim::{Config, Setup, machine};
use redfish::ResetType;

use crate::rack::{eventually, instant, system};

use super::{client, ipmi, one, started, tool::Tool};

#[tokio::test]
async fn the_tool_turns_machines_on_and_off_with_both_suites() {
    for suite in ["17", "3"] {
        let (_rack, bmc) = one().await;
        let tool = Tool { suite, ..Tool::of(&bmc) };
        assert_eq!(tool.well(&["power", "status"]).await, "Chassis Power is off");
        assert_eq!(tool.well(&["power", "on"]).await, "Chassis Power Control: Up/On");
        assert_eq!(tool.well(&["power", "status"]).await, "Chassis Power is on");
        assert_eq!(tool.well(&["power", "cycle"]).await, "Chassis Power Control: Cycle");
        assert_eq!(tool.well(&["power", "reset"]).await, "Chassis Power Control: Reset");
        assert_eq!(tool.well(&["power", "diag"]).await, "Chassis Power Control: Diag");
        assert_eq!(tool.well(&["power", "soft"]).await, "Chassis Power Control: Soft");
        assert_eq!(tool.well(&["power", "status"]).await, "Chassis Power is off");
        let seen = bmc.with(|bmc, _| (bmc.machine.boots(), bmc.machine.interrupts(), bmc.ipmi_sessions()));
        assert_eq!(seen, (3, 1, 0), "suite {suite}: every session was closed");
    }
}

#[tokio::test]
async fn a_machine_that_is_off_cannot_be_reset() {
    let (_rack, bmc) = one().await;
    let tool = Tool::of(&bmc);
    for action in ["cycle", "reset", "diag"] {
        let said = tool.run(&["power", action]).await;
        assert!(!said.well && said.err.contains("not supported in present state"), "{action}: {said:?}");
    }
    let client = client(&bmc);
    for control in [ChassisControl::Cycle, ChassisControl::Reset, ChassisControl::DiagnosticInterrupt] {
        let refused = client.chassis_control(control).await.unwrap_err();
        assert_eq!(refused.completion(), Some(Completion::STATE), "{control}");
    }
    client.chassis_control(ChassisControl::Off).await.unwrap();
    assert_eq!(bmc.with(|bmc, _| bmc.machine.boots()), 0);
}

#[tokio::test]
async fn power_takes_its_time_and_shows_what_was() {
    let pace = machine::Pace { on_ms: 400, off_ms: 300, ..machine::Pace::INSTANT };
    let (_rack, bmc) = started(Config { setup: Setup { pace, ..Setup::default() }, ..ipmi(1) }).await;
    let client = client(&bmc);
    client.chassis_control(ChassisControl::On).await.unwrap();
    assert!(!client.chassis_status().await.unwrap().power_on);
    eventually("it is on", || bmc.machine(|machine| machine.power() == machine::PowerState::On)).await;
    let status = client.chassis_status().await.unwrap();
    assert!(status.power_on && status.restore_policy == RestorePolicy::Previous);
    client.chassis_control(ChassisControl::Cycle).await.unwrap();
    eventually("it has booted again", || bmc.machine(|machine| machine.boots() == 2)).await;
}

#[tokio::test]
async fn what_one_face_does_the_other_sees() {
    let (_rack, bmc) = started(Config { both: 1, ..instant(0) }).await;
    let tool = Tool::of(&bmc);
    let mut system = system(&bmc).await;
    system.reset(&ResetType::On).await.unwrap();
    assert_eq!(tool.well(&["power", "status"]).await, "Chassis Power is on");
    tool.well(&["power", "off"]).await;
    system.refresh().await.unwrap();
    assert_eq!(system.power_state(), Some(redfish::PowerState::Off));
    let seen = system.boot().target.clone();
    tool.well(&["chassis", "bootdev", "pxe"]).await;
    system.refresh().await.unwrap();
    assert_ne!(system.boot().target, seen);
    assert_eq!(system.boot().target, Some(redfish::BootTarget::Pxe));
}

#[tokio::test]
async fn it_blinks_for_a_while_or_for_ever() {
    let (_rack, bmc) = one().await;
    let (tool, client) = (Tool::of(&bmc), client(&bmc));
    let shown = async || client.chassis_status().await.unwrap().identify;
    assert_eq!(shown().await, Some(IdentifyState::Off));
    tool.well(&["chassis", "identify"]).await;
    assert_eq!(shown().await, Some(IdentifyState::Temporary));
    assert_eq!(bmc.with(|bmc, _| bmc.machine.light()), machine::Light::Blinking);
    client.identify(Identify::Indefinitely).await.unwrap();
    assert_eq!(shown().await, Some(IdentifyState::Indefinite));
    client.identify(Identify::Seconds(1)).await.unwrap();
    eventually("it is dark", || bmc.machine(|machine| machine.light() == machine::Light::Off)).await;
    assert_eq!(shown().await, Some(IdentifyState::Off));
}
