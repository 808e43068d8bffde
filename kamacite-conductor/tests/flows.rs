//! Provision verbs on fake hardware: what waits, holds, is aborted, times out, fails and is limited.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::time::Duration;

use kamacite_conductor::{Error, PassthruCall, ProvisionRequest};
use kamacite_model::{ConductorInfo, PowerState, PowerTarget, ProvisionState, Uuid, Verb, operation::OperationState};
use kamacite_store::HistoryQuery;
use serde_json::json;
use support::{JumpClock, Life, SlowClock, options, steps, verb, way_to, who};

async fn life() -> Life {
    Life::start(None, JumpClock::new(), options(&[])).await
}

async fn node_in(life: &Life, state: ProvisionState) -> Uuid {
    let node = life.enrol(|_| {}).await;
    for step in way_to(state) {
        life.provision(node, verb(step)).await;
    }
    assert_eq!(life.node(node).await.provision_state, state);
    node
}

#[tokio::test]
async fn a_hold_stands_still_until_told_to_go_on() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    let request = steps(Verb::Clean, &[("bios", "factory_reset"), ("power", "hold"), ("power", "power_on")]);
    let held = life.provision(node, request).await;
    assert_eq!(held.provision_state, ProvisionState::CleanHold);
    assert_eq!(held.target_provision_state, Some(ProvisionState::Manageable));
    assert_ne!(held.power_state, Some(PowerState::On));

    let after = life.provision(node, verb(Verb::Unhold)).await;
    assert_eq!((after.provision_state, after.power_state), (ProvisionState::Manageable, Some(PowerState::On)));
}

#[tokio::test]
async fn a_hold_is_found_behind_whatever_else_was_done_meanwhile() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    life.provision(node, steps(Verb::Clean, &[("power", "hold")])).await;
    for _ in 0..60 {
        life.conductor.set_secure_boot(node, true, &who()).await.unwrap();
        life.settled(node).await;
    }
    let after = life.provision(node, verb(Verb::Unhold)).await;
    assert_eq!(after.provision_state, ProvisionState::Manageable);
}

#[tokio::test]
async fn a_hold_can_be_aborted() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    let request = steps(Verb::Clean, &[("power", "hold"), ("power", "power_on")]);
    life.provision(node, request).await;
    let after = life.provision(node, verb(Verb::Abort)).await;
    assert_eq!(after.provision_state, ProvisionState::CleanFail);
    assert!(after.last_error.as_deref().unwrap().starts_with("By request, the clean operation was aborted"));
    assert!(!after.maintenance && after.clean_step.is_empty());
    let operation = &life.store.operations_of(node, 1).await.unwrap()[0];
    assert_eq!(operation.state, OperationState::Aborted);
}

#[tokio::test]
async fn a_wait_is_given_up_when_its_time_is_over() {
    let clock = JumpClock::new();
    let fast = options(&[
        ("conductor", "check_provision_state_interval", "5"),
        ("conductor", "service_callback_timeout", "60"),
    ]);
    let life = Life::start(None, clock.clone(), fast).await;
    let node = node_in(&life, ProvisionState::Active).await;
    life.provision(node, steps(Verb::Service, &[("vendor", "trigger_servicewait")])).await;
    // The sweep's own naps let the time pass.
    for _ in 0..1000 {
        if life.node(node).await.provision_state == ProvisionState::ServiceFail {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let after = life.settled(node).await;
    assert_eq!(after.provision_state, ProvisionState::ServiceFail);
    assert!(after.last_error.as_deref().unwrap().contains("Timeout reached while waiting for callback"));
}

#[tokio::test]
async fn a_step_that_cannot_be_aborted_is_the_last_one() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Active).await;
    let waiting = life.provision(node, steps(Verb::Service, &[("vendor", "trigger_servicewait")])).await;
    assert_eq!(waiting.provision_state, ProvisionState::ServiceWait);
    let after = life.provision(node, verb(Verb::Abort)).await;
    assert_eq!(after.provision_state, ProvisionState::ServiceWait);
    assert_eq!(after.service_step["abort_after"], json!(true));
    // A node that waits may still be torn down; what waited is ended by that.
    let gone = life.provision(node, verb(Verb::Deleted)).await;
    assert_eq!(gone.provision_state, ProvisionState::Available);
    assert!(gone.service_step.is_empty(), "{:?}", gone.service_step);
    assert!(life.store.unfinished_operations().await.unwrap().is_empty());
}

#[tokio::test]
async fn steps_that_are_none_fail_in_the_references_words() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    let after = life.provision(node, steps(Verb::Clean, &[("deploy", "nope")])).await;
    assert_eq!(after.provision_state, ProvisionState::CleanFail);
    let words = format!(
        "Cannot clean node {node}: node does not support this clean step: {{'interface': 'deploy', 'step': 'nope'}}"
    );
    assert_eq!(after.last_error, Some(words));
    assert!(!after.maintenance, "nothing was done to the hardware");
    let back = life.provision(node, verb(Verb::Manage)).await;
    assert_eq!((back.provision_state, back.target_provision_state), (ProvisionState::Manageable, None));
}

#[tokio::test]
async fn every_verb_is_refused_where_the_machine_has_no_way() {
    let life = life().await;
    for state in [ProvisionState::Enroll, ProvisionState::Manageable, ProvisionState::Available, ProvisionState::Active]
    {
        let node = node_in(&life, state).await;
        for asked in Verb::ALL {
            if kamacite_model::machine::next(state, asked.event()).is_some() {
                continue;
            }
            let error = life.conductor.provision(node, verb(*asked), &who()).await.unwrap_err();
            assert!(matches!(error, Error::WrongState { .. }), "{state} {asked}: {error}");
        }
    }
}

#[tokio::test]
async fn what_waits_on_a_node_ends_with_the_node() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    life.provision(node, steps(Verb::Clean, &[("power", "hold")])).await;
    life.conductor.set_maintenance(node, true, None, &who()).await.unwrap();
    life.conductor.delete_node(node, &who()).await.unwrap();
    assert!(life.store.unfinished_operations().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_stop_waits_for_no_step_and_the_next_start_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let clock = SlowClock::new();
    let slow = || options(&[("fake", "deploy_delay", "3000")]);
    let life = Life::start(Some(&file), clock, slow()).await;
    let node = life.enrol(|node| node.provision_state = ProvisionState::Available).await;
    life.conductor.provision(node, verb(Verb::Active), &who()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(10), life.conductor.stop()).await.unwrap().unwrap();
    assert_eq!(life.node(node).await.provision_state, ProvisionState::Deploying);
    life.store.close().await.unwrap();

    let life = Life::start(Some(&file), JumpClock::new(), slow()).await;
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Active);
}

#[tokio::test]
async fn no_more_than_the_limit_deploy_at_the_same_time() {
    let life = Life::start(None, JumpClock::new(), options(&[("conductor", "max_concurrent_deploy", "1")])).await;
    let first = node_in(&life, ProvisionState::Available).await;
    let second = node_in(&life, ProvisionState::Available).await;
    let hold = kamacite_conductor::UserStep {
        priority: Some(200),
        ..steps(Verb::Active, &[("power", "wait")]).steps.unwrap().remove(0)
    };
    life.provision(first, ProvisionRequest { steps: Some(vec![hold]), ..verb(Verb::Active) }).await;
    assert_eq!(life.node(first).await.provision_state, ProvisionState::DeployWait);
    let error = life.conductor.provision(second, verb(Verb::Active), &who()).await.unwrap_err();
    assert!(matches!(error, Error::Busy(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_as_the_limit_may_begin_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let limited = options(&[("conductor", "max_concurrent_clean", "40")]);
    let life = Life::start(Some(&file), JumpClock::new(), limited).await;
    for _ in 0..5 {
        let mut nodes = Vec::new();
        for _ in 0..40 {
            nodes.push(life.enrol(|node| node.provision_state = ProvisionState::Manageable).await);
        }
        let begin = |node| {
            let conductor = life.conductor.clone();
            tokio::spawn(async move { conductor.provision(node, verb(Verb::Provide), &who()).await })
        };
        let asked: Vec<_> = nodes.iter().map(|node| begin(*node)).collect();
        for answer in asked {
            answer.await.unwrap().unwrap();
        }
        for node in nodes {
            life.settled(node).await;
        }
    }
}

#[tokio::test]
async fn power_is_changed_and_recorded() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    for (target, state) in [
        (PowerTarget::On, PowerState::On),
        (PowerTarget::SoftOff, PowerState::Off),
        (PowerTarget::Reboot, PowerState::On),
        (PowerTarget::Off, PowerState::Off),
    ] {
        life.conductor.set_power(node, target, None, &who()).await.unwrap();
        let after = life.settled(node).await;
        assert_eq!((after.power_state, after.target_power_state), (Some(state), None), "{target}");
    }
}

#[tokio::test]
async fn a_conductor_is_alive_while_it_says_so() {
    let clock = JumpClock::new();
    let life = Life::start(None, clock.clone(), options(&[])).await;
    let myself = |all: Vec<ConductorInfo>| all.into_iter().find(|one| one.hostname == "tester").unwrap();
    assert!(life.conductor.is_alive(&myself(life.store.conductors().await.unwrap())));
    clock.advance(Duration::from_secs(11 * 86_400));
    assert!(!life.conductor.is_alive(&myself(life.store.conductors().await.unwrap())));
}

fn secretive(verb: Verb, names: &[(&str, &str)]) -> ProvisionRequest {
    let mut request = steps(verb, names);
    for step in request.steps.iter_mut().flatten().filter(|step| step.interface == "vendor") {
        step.args = json!({"password": "calvin"}).as_object().cloned();
    }
    request
}

#[tokio::test]
async fn secrets_of_steps_do_not_outlive_their_flow() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Active).await;
    life.provision(node, secretive(Verb::Service, &[("vendor", "log_passthrough"), ("power", "hold")])).await;
    let held = &life.store.operations_of(node, 1).await.unwrap()[0];
    assert!(held.progress.to_string().contains("calvin"), "the flow needs it still");
    // Something else ends the one that waits; the other ends by itself.
    life.provision(node, secretive(Verb::Service, &[("vendor", "log_passthrough")])).await;
    for operation in life.store.operations_of(node, 2).await.unwrap() {
        assert!(operation.state.is_final());
        assert!(!operation.intent.to_string().contains("calvin"), "{}", operation.intent);
        assert!(!operation.progress.to_string().contains("calvin"), "{}", operation.progress);
    }
}

#[tokio::test]
async fn secrets_of_steps_are_not_told_when_they_go_wrong() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    for step in [("vendor", "nope"), ("vendor", "log_passthrough")] {
        let after = life.provision(node, secretive(Verb::Clean, &[step])).await;
        let operation = life.store.operations_of(node, 1).await.unwrap().remove(0);
        let history = life.store.history(node, &HistoryQuery::default()).await.unwrap();
        for told in [format!("{:?}", after.last_error), format!("{:?}", operation.error), format!("{history:?}")] {
            assert!(!told.contains("calvin"), "{told}");
        }
        if after.provision_state == ProvisionState::CleanFail {
            life.conductor.set_maintenance(node, false, None, &who()).await.unwrap();
            life.provision(node, verb(Verb::Manage)).await;
        }
    }
}

#[test]
fn requests_show_no_secrets() {
    let request = ProvisionRequest {
        configdrive: Some(json!({"user_data": "calvin"})),
        ..secretive(Verb::Active, &[("vendor", "log_passthrough")])
    };
    assert!(!format!("{request:?}").contains("calvin"), "{request:?}");
    let args = json!({"password": "calvin"}).as_object().cloned().unwrap();
    let call = PassthruCall { method: "m".to_owned(), verb: kamacite_driver::Verb::POST, args };
    assert!(!format!("{call:?}").contains("calvin"), "{call:?}");
}

#[tokio::test]
async fn a_rescue_password_that_takes_long_to_hash_is_refused() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Active).await;
    let password = kamacite_model::Secret::new("p".repeat(20_000));
    let request = ProvisionRequest { rescue_password: Some(password), ..verb(Verb::Rescue) };
    let error = life.conductor.provision(node, request, &who()).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Active);
}

#[tokio::test]
async fn a_timeout_longer_than_time_itself_is_none() {
    let long = [("conductor", "service_callback_timeout", "1e15"), ("kamacite", "operations_kept_days", "4000000000")];
    let purging = [("conductor", "node_history_cleanup_interval", "60")];
    let life = Life::start(None, JumpClock::new(), options(&[&long[..], &purging].concat())).await;
    let node = node_in(&life, ProvisionState::Active).await;
    let waiting = life.provision(node, steps(Verb::Service, &[("vendor", "trigger_servicewait")])).await;
    assert_eq!(waiting.provision_state, ProvisionState::ServiceWait);
    let operations = life.store.unfinished_operations().await.unwrap();
    assert_eq!(operations[0].state, OperationState::Waiting);
    assert!(operations[0].deadline.is_none_or(|deadline| deadline > life.clock.now()));
}

#[tokio::test]
async fn the_journal_does_not_keep_what_the_node_keeps() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Available).await;
    let mut request = steps(Verb::Active, &[("power", "wait")]);
    request.steps.as_mut().unwrap()[0].priority = Some(200);
    request.configdrive = Some(json!("calvin"));
    let waiting = life.provision(node, request).await;
    assert_eq!(waiting.provision_state, ProvisionState::DeployWait);
    assert_eq!(waiting.instance_info["configdrive"], json!("calvin"));
    let operation = &life.store.operations_of(node, 1).await.unwrap()[0];
    // It may be large, and the journal is written at every step.
    assert!(!operation.intent.to_string().contains("calvin"), "{}", operation.intent);
}
