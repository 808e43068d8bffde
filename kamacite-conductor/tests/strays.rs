//! What nobody works on any more although the process lives is picked up, freed or ended by the next sweep.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kamacite_conductor::{Error, PassthruCall, PassthruReply};
use kamacite_driver::{
    Driver, ExclusiveTask, Interface, Offer, Progress, Result, Services, SharedTask,
    interfaces::{Power, Vendor},
    passthru, step,
};
use kamacite_model::{
    InterfaceKind, Json, Node, Operation, OperationId, PowerState, PowerTarget, ProvisionState, Timestamp, Uuid, Verb,
    operation::{OperationKind, OperationState},
};
use kamacite_store::{Change, NodeChange, Store};
use serde_json::{Value, json};
use support::{JumpClock, Life, options, steps, verb, who};
use tokio::runtime::Runtime;

/// Whose lock is stolen in the middle of the next call, and out of which store.
static VICTIMS: LazyLock<Mutex<HashMap<Uuid, Store>>> = LazyLock::new(Mutex::default);

/// How often the step was called, by node.
static CALLS: LazyLock<Mutex<HashMap<Uuid, u32>>> = LazyLock::new(Mutex::default);

/// A driver in whose calls another conductor takes the node, and lets it go again: what the call's flow writes
/// afterwards is refused, as it is when the database fails.
struct Robbed;

async fn perhaps_rob(node: Uuid) {
    *CALLS.lock().unwrap().entry(node).or_default() += 1;
    let victim = VICTIMS.lock().unwrap().remove(&node);
    if let Some(store) = victim {
        let taken = store.take_over(node, "thief").await.unwrap();
        store.release(node, taken.fence).await.unwrap();
    }
}

fn calls(node: Uuid) -> u32 {
    CALLS.lock().unwrap().get(&node).copied().unwrap_or_default()
}

#[async_trait]
impl Interface for Robbed {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Robbed {
    async fn power_state(&self, _: &SharedTask) -> Result<Option<PowerState>> {
        Ok(Some(PowerState::Off))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        perhaps_rob(task.node().uuid).await;
        Ok(())
    }
}

impl Vendor for Robbed {}

/// Is called and may be robbed.
#[step(clean, resume = again)]
async fn rob(_: &Robbed, task: &mut ExclusiveTask) -> Result<Progress> {
    perhaps_rob(task.node().uuid).await;
    Ok(Progress::Done)
}

/// Says more than can be kept, under the lock.
#[passthru(POST)]
async fn deep(_: &Robbed, _: &mut ExclusiveTask) -> Result<Value> {
    Ok((0..200).fold(json!(1), |inner, _| json!([inner])))
}

/// The same without the lock.
#[passthru(POST)]
async fn deep_shared(_: &Robbed, _: &SharedTask) -> Result<Value> {
    Ok((0..200).fold(json!(1), |inner, _| json!([inner])))
}

fn robbed(_: &Services) -> Driver {
    let vendor = Offer::of(Robbed).with::<rob>().with::<deep>().with::<deep_shared>();
    Driver::new("robbed").power("robbed", Arc::new(Robbed)).vendor("robbed", vendor)
}

async fn life_on(file: Option<&Path>, sweep: &str) -> Life {
    let options = options(&[
        ("DEFAULT", "enabled_power_interfaces", "fake,robbed"),
        ("DEFAULT", "enabled_vendor_interfaces", "fake,fake-extra,robbed,no-vendor"),
        ("conductor", "check_provision_state_interval", sweep),
    ]);
    Life::start_with(file, JumpClock::new(), options, &[robbed]).await
}

const SWEEPING: &str = "60";
const NEVER: &str = "0";

async fn node_in(life: &Life, state: ProvisionState) -> Uuid {
    life.enrol(|node| {
        node.enter(state, Timestamp::UNIX_EPOCH);
        node.interfaces[InterfaceKind::Power] = Some("robbed".into());
        node.interfaces[InterfaceKind::Vendor] = Some("robbed".into());
    })
    .await
}

fn rob_next(life: &Life, node: Uuid) {
    VICTIMS.lock().unwrap().insert(node, life.store.clone());
}

/// Changes a node behind the conductor's back.
async fn put(store: &Store, node: Uuid, edit: impl FnOnce(&mut Node)) {
    let before = store.reserve(node, "hand").await.unwrap();
    let mut after = (*before).clone();
    edit(&mut after);
    let change = NodeChange { before, after, release: true };
    store.save(Change { node: Some(change), ..Change::default() }).await.unwrap();
}

fn operation(life: &Life, kind: OperationKind, state: OperationState, node: Uuid, progress: Value) -> Operation {
    Operation {
        id: Uuid::new_v4(),
        kind,
        name: "made up".to_owned(),
        node: Some(node),
        driver: Some("fake-hardware".to_owned()),
        state,
        schema: 1,
        intent: json!({}),
        progress,
        attempt: 1,
        deadline: None,
        requester: who(),
        conductor: "tester".to_owned(),
        result: None,
        error: None,
        created_at: life.clock.now(),
        updated_at: life.clock.now(),
        finished_at: None,
    }
}

async fn until_ended(life: &Life, id: OperationId) -> Operation {
    for _ in 0..3_000 {
        let operation = life.store.operation(id).await.unwrap().unwrap();
        if operation.state.is_final() {
            return operation;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it does not end: {:#?}", life.store.operation(id).await);
}

#[tokio::test]
async fn a_flow_whose_write_was_refused_goes_on() {
    let life = life_on(None, SWEEPING).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    rob_next(&life, node);
    let request = steps(Verb::Clean, &[("vendor", "rob")]);
    let id = life.conductor.provision(node, request, &who()).await.unwrap().unwrap();
    let ended = until_ended(&life, id).await;
    assert_eq!((ended.state, ended.attempt), (OperationState::Succeeded, 2));
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Manageable);
    assert_eq!(calls(node), 2);
}

#[tokio::test]
async fn so_does_a_change_of_power() {
    let life = life_on(None, SWEEPING).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    rob_next(&life, node);
    let id = life.conductor.set_power(node, PowerTarget::On, None, &who()).await.unwrap();
    assert_eq!(until_ended(&life, id).await.state, OperationState::Succeeded);
    let after = life.settled(node).await;
    assert_eq!((after.power_state, after.target_power_state), (Some(PowerState::On), None));
}

#[tokio::test]
async fn a_lock_that_nobody_holds_is_freed() {
    let life = life_on(None, SWEEPING).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    life.store.reserve(node, "tester").await.unwrap();
    for _ in 0..3_000 {
        if life.node(node).await.reservation.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it stays locked");
}

#[tokio::test]
async fn a_lock_that_somebody_holds_stays() {
    let life = life_on(None, SWEEPING).await;
    let held = life.enrol(|node| node.interfaces[InterfaceKind::Vendor] = Some("fake-extra".into())).await;
    let others = node_in(&life, ProvisionState::Manageable).await;
    let call = PassthruCall { method: "hang".to_owned(), verb: kamacite_driver::Verb::POST, args: Json::new() };
    life.conductor.node_passthru(held, call, &who()).await.unwrap();
    life.store.reserve(others, "another conductor").await.unwrap();
    let began = life.clock.now();
    while life.clock.now().duration_since(began).as_secs() < 6_000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(life.node(held).await.reservation.as_deref(), Some("tester"));
    assert_eq!(life.node(others).await.reservation.as_deref(), Some("another conductor"));
    assert_eq!(life.store.unfinished_operations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_whose_outcome_was_lost_ends_and_one_under_way_does_not() {
    let life = life_on(None, SWEEPING).await;
    let node = life.enrol(|node| node.interfaces[InterfaceKind::Vendor] = Some("fake-extra".into())).await;
    let call = PassthruCall { method: "hang_shared".to_owned(), verb: kamacite_driver::Verb::POST, args: Json::new() };
    let reply = life.conductor.node_passthru(node, call, &who()).await.unwrap();
    let PassthruReply::Accepted(under_way) = reply else { panic!("no operation") };
    let lost = operation(&life, OperationKind::NodePassthru, OperationState::Running, node, Value::Null);
    life.store.insert_operation(&lost).await.unwrap();
    let ended = until_ended(&life, lost.id).await;
    assert!(ended.error.unwrap().contains("whether it took effect is not known"));
    assert_eq!(life.store.operation(under_way).await.unwrap().unwrap().state, OperationState::Running);
}

#[tokio::test]
async fn a_reply_that_cannot_be_kept_is_told() {
    let life = life_on(None, NEVER).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    for method in ["deep", "deep_shared"] {
        let call = PassthruCall { method: method.to_owned(), verb: kamacite_driver::Verb::POST, args: Json::new() };
        let reply = life.conductor.node_passthru(node, call, &who()).await.unwrap();
        let PassthruReply::Accepted(id) = reply else { panic!("no operation") };
        let ended = until_ended(&life, id).await;
        assert_eq!(ended.state, OperationState::Succeeded, "{method}: the method did what it should");
        assert!(ended.result.unwrap()["not kept"].as_str().unwrap().contains("nested"), "{method}");
        life.settled(node).await;
    }
}

#[tokio::test]
async fn what_waits_on_a_node_that_went_elsewhere_ends() {
    let life = life_on(None, SWEEPING).await;
    let node = node_in(&life, ProvisionState::Active).await;
    let waiting = operation(&life, OperationKind::Provision, OperationState::Waiting, node, Value::Null);
    let of_none = operation(&life, OperationKind::Provision, OperationState::Waiting, Uuid::new_v4(), Value::Null);
    for operation in [&waiting, &of_none] {
        life.store.insert_operation(operation).await.unwrap();
    }
    for operation in [waiting, of_none] {
        assert_eq!(until_ended(&life, operation.id).await.state, OperationState::Aborted);
    }
    let after = life.settled(node).await;
    assert_eq!((after.provision_state, after.last_error.as_ref()), (ProvisionState::Active, None));
}

#[tokio::test]
async fn a_plan_that_cannot_be_read_fails_its_node() {
    let life = life_on(None, SWEEPING).await;
    let node = node_in(&life, ProvisionState::Deploying).await;
    let broken = operation(&life, OperationKind::Provision, OperationState::Running, node, json!({"no": "plan"}));
    life.store.insert_operation(&broken).await.unwrap();
    assert_eq!(until_ended(&life, broken.id).await.state, OperationState::Failed);
    let after = life.settled(node).await;
    assert_eq!(after.provision_state, ProvisionState::DeployFail);
    assert!(after.last_error.as_deref().unwrap().contains("cannot be continued"), "{:?}", after.last_error);
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_left_to_it() {
    let life = life_on(None, SWEEPING).await;
    let node = node_in(&life, ProvisionState::Deploying).await;
    let newer = operation(&life, OperationKind::Provision, OperationState::Running, node, json!({"new": "plan"}));
    let newer = Operation { schema: 1000, ..newer };
    life.store.insert_operation(&newer).await.unwrap();
    let began = life.clock.now();
    while life.clock.now().duration_since(began).as_secs() < 6_000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(life.node(node).await.provision_state, ProvisionState::Deploying);
    assert_eq!(life.store.operation(newer.id).await.unwrap().unwrap().state, OperationState::Running);
}

#[tokio::test]
async fn a_wait_that_cannot_be_given_up_does_not_keep_others_waiting() {
    let life = life_on(None, SWEEPING).await;
    let (stuck, node) =
        (node_in(&life, ProvisionState::ServiceWait).await, node_in(&life, ProvisionState::ServiceWait).await);
    let waiting = |schema, node| Operation {
        schema,
        deadline: Some(Timestamp::UNIX_EPOCH),
        ..operation(&life, OperationKind::Provision, OperationState::Waiting, node, json!({"left_in": "service wait"}))
    };
    let (newer, over) = (waiting(1000, stuck), waiting(1, node));
    for operation in [&newer, &over] {
        life.store.insert_operation(operation).await.unwrap();
    }
    assert_eq!(until_ended(&life, over.id).await.state, OperationState::Failed);
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::ServiceFail);
    assert_eq!(life.store.operation(newer.id).await.unwrap().unwrap().state, OperationState::Waiting);
}

#[tokio::test]
async fn a_flow_on_hardware_that_is_no_longer_enabled_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = life_on(Some(&file), NEVER).await;
    let node = node_in(&life, ProvisionState::Deploying).await;
    let flow = operation(&life, OperationKind::Provision, OperationState::Running, node, a_plan());
    let power = Operation {
        intent: json!({"target": "power on", "timeout_s": null}),
        ..operation(&life, OperationKind::Power, OperationState::Running, node, Value::Null)
    };
    for operation in [&flow, &power] {
        life.store.insert_operation(operation).await.unwrap();
    }
    life.store.reserve(node, "tester").await.unwrap();
    life.conductor.stop().await.unwrap();
    life.store.close().await.unwrap();

    let other = options(&[
        ("DEFAULT", "enabled_hardware_types", "manual-management"),
        ("conductor", "check_provision_state_interval", SWEEPING),
    ]);
    let life = Life::start(Some(&file), JumpClock::new(), other).await;
    for id in [flow.id, power.id] {
        let ended = until_ended(&life, id).await;
        assert_eq!(ended.state, OperationState::Failed);
        assert!(ended.error.as_deref().unwrap().contains("fake-hardware"), "{:?}", ended.error);
    }
    let after = life.settled(node).await;
    assert_eq!((after.provision_state, after.target_power_state), (ProvisionState::DeployFail, None));
}

/// A plan at its first call, as the journal keeps it.
fn a_plan() -> Value {
    json!({
        "actions": ["PrepareDeploy", {"Turn": "done"}],
        "at": 0,
        "started": false,
        "failure": null,
        "abort_after": false,
        "words": null,
    })
}

#[tokio::test]
async fn a_verb_does_not_get_between_a_flow_and_its_going_on() {
    let life = life_on(None, NEVER).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    rob_next(&life, node);
    life.conductor.provision(node, steps(Verb::Clean, &[("vendor", "rob")]), &who()).await.unwrap();
    until_robbed(&life, node).await;
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Cleaning);
    // The state machine lets a flow leave cleaning by this event; clients may not use it.
    let error = life.conductor.provision(node, verb(Verb::Manage), &who()).await.unwrap_err();
    assert!(matches!(error, Error::WrongState { .. }), "{error}");
}

async fn until_robbed(life: &Life, node: Uuid) {
    while calls(node) == 0 || life.node(node).await.reservation.is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_flow_whose_node_went_elsewhere_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = life_on(Some(&file), NEVER).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    rob_next(&life, node);
    let request = steps(Verb::Clean, &[("vendor", "rob")]);
    let id = life.conductor.provision(node, request, &who()).await.unwrap().unwrap();
    until_robbed(&life, node).await;
    put(&life.store, node, |node| node.enter(ProvisionState::Active, Timestamp::UNIX_EPOCH)).await;
    life.conductor.stop().await.unwrap();
    life.store.close().await.unwrap();

    let life = life_on(Some(&file), NEVER).await;
    assert_eq!(until_ended(&life, id).await.state, OperationState::Aborted);
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Active);
    assert_eq!(calls(node), 1, "a machine in use was cleaned");
}

#[tokio::test]
async fn two_operations_on_one_node_are_picked_up_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = life_on(Some(&file), NEVER).await;
    let node = node_in(&life, ProvisionState::Manageable).await;
    rob_next(&life, node);
    let flow = life.conductor.provision(node, steps(Verb::Clean, &[("vendor", "rob")]), &who()).await.unwrap().unwrap();
    until_robbed(&life, node).await;
    put(&life.store, node, |node| node.target_power_state = Some(PowerState::On)).await;
    let power = Operation {
        intent: json!({"target": "power on", "timeout_s": null}),
        ..operation(&life, OperationKind::Power, OperationState::Running, node, Value::Null)
    };
    life.store.insert_operation(&power).await.unwrap();
    life.conductor.stop().await.unwrap();
    life.store.close().await.unwrap();

    let life = life_on(Some(&file), SWEEPING).await;
    for id in [flow, power.id] {
        assert_eq!(until_ended(&life, id).await.state, OperationState::Succeeded);
    }
    let after = life.settled(node).await;
    assert_eq!((after.provision_state, after.target_power_state), (ProvisionState::Manageable, None));
}

#[test]
fn an_abort_of_what_has_failed_is_journalled_as_a_whole() {
    for cut in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ironic.sqlite");
        let runtime = Runtime::new().unwrap();
        let (node, finished) = runtime.block_on(async {
            let life = life_on(Some(&file), NEVER).await;
            let node = node_in(&life, ProvisionState::ServiceFail).await;
            let before = life.store.commits();
            life.store.cut_power_after(cut);
            let story = async {
                life.conductor.provision(node, verb(Verb::Abort), &who()).await.unwrap();
                life.settled(node).await;
                life.store.conductors().await.unwrap();
            };
            let power_fails = async {
                while life.store.commits() - before < cut {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            };
            (node, tokio::select! { biased; () = story => true, () = power_fails => false })
        });
        runtime.shutdown_background();
        Runtime::new().unwrap().block_on(async {
            let life = life_on(Some(&file), NEVER).await;
            let after = life.settled(node).await.provision_state;
            let told = !life.store.operations_of(node, 1).await.unwrap().is_empty();
            let expected = if told { ProvisionState::Active } else { ProvisionState::ServiceFail };
            assert_eq!(after, expected, "ended after write {cut}");
            let unfinished = life.store.unfinished_operations().await.unwrap();
            assert!(unfinished.is_empty(), "ended after write {cut}: {unfinished:#?}");
        });
        if finished {
            return;
        }
    }
}
