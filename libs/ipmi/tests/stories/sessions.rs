//! How a session is used: packets lost, doubled, strayed; sessions dropped, idle, closed.

use std::time::Duration;

use ipmi::wire::Message;
use ipmi::{Bmc, ChassisControl, Client, Completion, Effect, Error, Limits};

use crate::scripted::{Act, CHASSIS_CONTROL, CHASSIS_STATUS, DEVICE_ID, Scripted, quick};

fn on() -> Act {
    Act::Answer(0, vec![1, 0, 0])
}

/// Waits until something holds, for as long as a slow machine may need.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn clones_share_a_session_and_take_turns() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let bmc = bmc.clone();
        tasks.spawn(async move { bmc.chassis_status().await.unwrap().power_on });
    }
    assert!(tasks.join_all().await.iter().all(|on| *on));
    assert_eq!((rack.opened(), rack.count(CHASSIS_STATUS)), (1, 20));
}

#[tokio::test]
async fn what_is_lost_is_sent_again() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    rack.change(|conduct| conduct.deaf_for = 2);
    bmc.chassis_status().await.unwrap();
    rack.change(|conduct| conduct.mute_for = 2);
    bmc.chassis_status().await.unwrap();
    assert_eq!((rack.opened(), rack.count(CHASSIS_STATUS)), (1, 5));
}

#[tokio::test]
async fn a_power_cycle_is_sent_once() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    // Whether the command is lost or its answer, nobody can tell.
    for answer_lost in [false, true] {
        let before = rack.count(CHASSIS_CONTROL);
        rack.change(|conduct| conduct.deaf_for = usize::from(!answer_lost));
        rack.on(CHASSIS_CONTROL, [Act::Silence]);
        let e = bmc.chassis_control(ChassisControl::Cycle).await.unwrap_err();
        assert!(matches!(e, Error::Timeout { attempts: 1, effect: Effect::Once, .. }) && e.is_transient(), "{e:?}");
        assert!(e.to_string().contains("it is not known whether it was carried out"), "{e}");
        assert_eq!(rack.count(CHASSIS_CONTROL) - before, usize::from(answer_lost));
    }
    // What settles is repeated.
    let before = rack.count(CHASSIS_CONTROL);
    rack.on(CHASSIS_CONTROL, [Act::Silence, Act::Answer(0, vec![])]);
    bmc.chassis_control(ChassisControl::On).await.unwrap();
    assert_eq!(rack.count(CHASSIS_CONTROL) - before, 2);
}

/// A BMC that takes its time, longer than it takes to lose patience with what may be repeated.
#[tokio::test]
async fn a_slow_power_cycle_is_waited_for() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    rack.on(CHASSIS_CONTROL, [Act::Late(Duration::from_millis(400), 0, vec![])]);
    bmc.chassis_control(ChassisControl::Cycle).await.unwrap();
    assert_eq!(rack.count(CHASSIS_CONTROL), 1);
}

#[tokio::test]
async fn strays_and_doubles_are_not_answers() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    let other = Message { sequence: 63, ..Message::request(0, 0, 1, vec![]) }.response(0, &[0, 0, 0]);
    let command = Message::request(0, 0, 2, vec![]).response(0, &[]);
    let off = Act::After(vec![other, command], 0, vec![0, 0, 0]);
    rack.on(CHASSIS_STATUS, [Act::Twice(0, vec![1, 0, 0]), off, on()]);
    let mut states = Vec::new();
    for _ in 0..3 {
        states.push(bmc.chassis_status().await.unwrap().power_on);
    }
    assert_eq!(states, [true, false, true]);
}

#[tokio::test]
async fn late_answers_belong_to_nobody() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    // The privilege had number 1, this one 2; number 3 is given up, and its answer comes with that to number 4.
    let late = Message { sequence: 3, ..Message::request(0, 0, 1, vec![]) }.response(0, &[1, 0, 0]);
    rack.on(CHASSIS_STATUS, [Act::Silence, Act::After(vec![late], 0, vec![0, 0, 0])]);
    let given_up = tokio::time::timeout(Duration::from_millis(20), bmc.chassis_status()).await;
    assert!(given_up.is_err());
    assert!(!bmc.chassis_status().await.unwrap().power_on);
    assert_eq!(rack.opened(), 1);
}

#[tokio::test]
async fn a_session_the_bmc_forgot_is_replaced() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    rack.forget_sessions();
    assert!(bmc.chassis_status().await.unwrap().power_on);
    assert_eq!(rack.opened(), 2);
}

/// A client that trusts no session it has not just used.
fn distrustful(rack: &Scripted) -> Bmc {
    Client::new(Limits { trust: Duration::ZERO, ..quick() }).bmc(rack.target()).unwrap()
}

#[tokio::test]
async fn a_session_is_tried_before_what_must_not_be_repeated() {
    let rack = Scripted::start().await;
    let bmc = distrustful(&rack);
    bmc.chassis_status().await.unwrap();
    bmc.chassis_control(ChassisControl::Reset).await.unwrap();
    assert_eq!(rack.count(DEVICE_ID), 1);
    rack.forget_sessions();
    bmc.chassis_control(ChassisControl::Reset).await.unwrap();
    assert_eq!((rack.opened(), rack.count(CHASSIS_CONTROL)), (2, 2));
}

#[tokio::test]
async fn a_bmc_that_dies_is_told_as_dead() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    rack.change(|conduct| conduct.deaf_for = usize::MAX);
    let e = bmc.chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Dead { .. }), "{e:?}");
    rack.change(|conduct| conduct.deaf_for = 0);
    bmc.chassis_status().await.unwrap();

    // A command that may have been carried out before it died is told as such.
    rack.change(|conduct| conduct.deaf_for = usize::MAX);
    let e = bmc.chassis_control(ChassisControl::Off).await.unwrap_err();
    assert!(matches!(e, Error::Timeout { attempts: 3, effect: Effect::Settles, .. }), "{e:?}");
    rack.change(|conduct| conduct.deaf_for = 0);
    bmc.chassis_status().await.unwrap();
}

#[tokio::test]
async fn a_hanging_command_ends_with_the_time_it_is_given() {
    let rack = Scripted::start().await;
    rack.on(CHASSIS_STATUS, [Act::Silence]);
    let limits = Limits { command_timeout: Duration::from_millis(500), attempts: 1000, ..quick() };
    let bmc = Client::new(limits).bmc(rack.target()).unwrap();
    let began = std::time::Instant::now();
    let e = bmc.chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Timeout { effect: Effect::Reads, .. }), "{e:?}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn busy_is_waited_for_and_other_codes_are_told() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    let busy = || Act::Answer(0xc0, vec![]);
    rack.on(CHASSIS_CONTROL, [busy(), busy(), Act::Answer(0, vec![])]);
    bmc.chassis_control(ChassisControl::Cycle).await.unwrap();
    assert_eq!(rack.count(CHASSIS_CONTROL), 3);

    rack.on(CHASSIS_CONTROL, [busy()]);
    let e = bmc.chassis_control(ChassisControl::Cycle).await.unwrap_err();
    assert!(e.completion() == Some(Completion::BUSY) && e.is_transient(), "{e:?}");

    rack.on(CHASSIS_CONTROL, [Act::Answer(0xd4, vec![])]);
    let e = bmc.chassis_control(ChassisControl::Cycle).await.unwrap_err();
    assert!(e.to_string().contains("insufficient privilege level (d4h); raise ipmi_priv_level"), "{e}");

    let e = bmc.raw(0x2e, 0, 0x77, &[1, 2]).await.unwrap_err();
    assert!(e.to_string().starts_with("a raw command (2eh 77h) of 127.0.0.1:"), "{e}");
    assert_eq!(e.completion(), Some(Completion::INVALID_COMMAND));
    let e = bmc.raw(0x2e, 0, 0x77, &[0; 255]).await.unwrap_err();
    assert!(matches!(e, Error::TooLong { .. }), "{e:?}");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_malformed() {
    let rack = Scripted::start().await;
    rack.on(CHASSIS_STATUS, [Act::Answer(0, vec![1])]);
    let e = rack.client().chassis_status().await.unwrap_err();
    assert!(matches!(e, Error::Malformed { .. }), "{e:?}");
    assert!(e.to_string().contains("the chassis status is cut off"), "{e}");
}

#[tokio::test]
async fn a_session_is_closed_by_close_by_the_last_clone_and_by_idleness() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    bmc.close().await;
    assert_eq!(rack.sessions(), 0);
    bmc.chassis_status().await.unwrap();
    let clone = bmc.clone();
    drop(bmc);
    clone.chassis_status().await.unwrap();
    assert_eq!(rack.sessions(), 1);
    drop(clone);
    until("the last clone closes", || rack.sessions() == 0).await;

    let idle = Client::new(Limits { idle: Duration::from_millis(100), ..quick() }).bmc(rack.target()).unwrap();
    idle.chassis_status().await.unwrap();
    until("idleness closes", || rack.sessions() == 0).await;
    idle.chassis_status().await.unwrap();
    assert_eq!(rack.opened(), 4);
}

#[tokio::test]
async fn a_dropped_command_leaves_the_session_usable() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    bmc.chassis_status().await.unwrap();
    rack.on(CHASSIS_STATUS, [Act::Silence, on()]);
    let dropped = tokio::time::timeout(Duration::from_millis(20), bmc.chassis_status()).await;
    assert!(dropped.is_err());
    bmc.chassis_status().await.unwrap();
    assert_eq!(rack.opened(), 1);
}

#[tokio::test]
async fn more_commands_than_there_are_numbers() {
    let rack = Scripted::start().await;
    let bmc = rack.client();
    // Numbers of messages go round after 64.
    for _ in 0..200 {
        bmc.chassis_status().await.unwrap();
    }
    assert_eq!((rack.opened(), rack.count(CHASSIS_STATUS)), (1, 200));
}
