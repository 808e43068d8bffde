//! A driver that panics harms the call at hand and nothing else: locks are freed, operations end, clients are answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kamacite_conductor::{Error, PassthruCall, PassthruReply};
use kamacite_driver::{
    Driver, ExclusiveTask, Interface, Offer, Result, Services, SharedTask, Verb as HttpVerb, driver_passthru,
    interfaces::{Power, Vendor},
    passthru,
};
use kamacite_model::{
    InterfaceKind, Json, Node, Operation, PowerState, PowerTarget, ProvisionState, Requester, Uuid, Verb,
    operation::OperationState, options::Options,
};
use support::{JumpClock, Life, options, verb, who};

/// A driver that panics where the node's `driver_info` says so.
struct Brittle;

fn perhaps(task: &SharedTask, place: &str) {
    assert!(!task.node().driver_info.contains_key(place), "the driver broke in {place}");
}

#[async_trait]
impl Interface for Brittle {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        perhaps(task, "validate");
        Ok(())
    }
}

#[async_trait]
impl Power for Brittle {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        perhaps(task, "power_state");
        Ok(Some(PowerState::Off))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        perhaps(task, "set_power");
        Ok(())
    }
}

impl Vendor for Brittle {}

/// Panics under the lock, after the client has gone.
#[passthru(POST)]
async fn locked(_: &Brittle, _: &mut ExclusiveTask) -> Result<()> {
    panic!("broke under the lock")
}

/// Panics without the lock, after the client has gone.
#[passthru(POST)]
async fn shared(_: &Brittle, _: &SharedTask) -> Result<()> {
    panic!("broke without the lock")
}

/// Panics while the client waits.
#[passthru(POST, sync)]
async fn at_once(_: &Brittle, _: &mut ExclusiveTask) -> Result<()> {
    panic!("broke while the client waited")
}

/// Panics on the hardware type.
#[driver_passthru(POST)]
async fn of_type(_: &Brittle, _: &Requester) -> Result<()> {
    panic!("broke without a node")
}

fn brittle(_: &Services) -> Driver {
    let vendor = Offer::of(Brittle).with::<locked>().with::<shared>().with::<at_once>().with::<of_type>();
    Driver::new("brittle").power("brittle", Arc::new(Brittle)).vendor("brittle", vendor)
}

fn enabled(more: &[(&str, &str, &str)]) -> Options {
    let mut all = vec![
        ("DEFAULT", "enabled_power_interfaces", "fake,brittle"),
        ("DEFAULT", "enabled_vendor_interfaces", "fake,brittle,no-vendor"),
    ];
    all.extend(more);
    options(&all)
}

async fn life() -> Life {
    Life::start_with(None, JumpClock::new(), enabled(&[]), &[brittle]).await
}

async fn node_broken_in(life: &Life, place: &str) -> Uuid {
    life.enrol(|node| {
        node.driver_info.insert(place.to_owned(), true.into());
        for kind in [InterfaceKind::Power, InterfaceKind::Vendor] {
            node.interfaces[kind] = Some("brittle".into());
        }
    })
    .await
}

async fn last_ended(life: &Life, node: Uuid) -> Operation {
    for _ in 0..5_000 {
        let last = life.store.operations_of(node, 1).await.unwrap().remove(0);
        if last.state.is_final() {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the operation does not end: {:?}", life.store.operations_of(node, 1).await);
}

fn call(method: &str) -> PassthruCall {
    PassthruCall { method: method.to_owned(), verb: HttpVerb::POST, args: Json::new() }
}

#[tokio::test]
async fn a_flow_ends_in_its_failed_state() {
    let life = life().await;
    let node = node_broken_in(&life, "power_state").await;
    life.conductor.provision(node, verb(Verb::Manage), &who()).await.unwrap();
    assert_eq!(last_ended(&life, node).await.state, OperationState::Failed);
    let after = life.settled(node).await;
    assert_eq!(after.provision_state, ProvisionState::Enroll);
    assert!(after.last_error.as_deref().unwrap().contains("broke off"), "{:?}", after.last_error);
}

#[tokio::test]
async fn a_change_of_power_fails() {
    let life = life().await;
    let node = node_broken_in(&life, "set_power").await;
    life.conductor.set_power(node, PowerTarget::On, None, &who()).await.unwrap();
    assert_eq!(last_ended(&life, node).await.state, OperationState::Failed);
    assert_eq!(life.settled(node).await.target_power_state, None);
}

#[tokio::test]
async fn vendor_methods_fail_with_and_without_the_lock() {
    let life = life().await;
    let node = node_broken_in(&life, "nowhere").await;
    for method in ["locked", "shared"] {
        let reply = life.conductor.node_passthru(node, call(method), &who()).await.unwrap();
        assert!(matches!(reply, PassthruReply::Accepted(_)), "{reply:?}");
        assert_eq!(last_ended(&life, node).await.state, OperationState::Failed, "{method}");
        life.settled(node).await;
    }
    let error = life.conductor.node_passthru(node, call("at_once"), &who()).await.unwrap_err();
    assert!(matches!(error, Error::Broken), "{error}");
    assert_eq!(life.node(node).await.reservation, None, "released before the reply");
}

#[tokio::test]
async fn a_method_of_a_hardware_type_fails() {
    let life = life().await;
    let reply = life.conductor.driver_passthru("fake-hardware", Some("brittle"), call("of_type"), &who()).await;
    let PassthruReply::Accepted(id) = reply.unwrap() else { panic!("no operation") };
    for _ in 0..5_000 {
        if life.store.operation(id).await.unwrap().unwrap().state == OperationState::Failed {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the operation does not end");
}

#[tokio::test]
async fn who_only_asks_is_answered_all_the_same() {
    let life = life().await;
    let node = node_broken_in(&life, "validate").await;
    let error = life.conductor.validate_node(node).await.unwrap_err();
    assert!(matches!(error, Error::Broken), "{error}");
}

#[tokio::test]
async fn the_power_sweep_goes_on_with_the_other_nodes() {
    let sweeping = enabled(&[("conductor", "sync_power_state_interval", "1")]);
    let life = Life::start_with(None, JumpClock::new(), sweeping, &[brittle]).await;
    let broken = node_broken_in(&life, "power_state").await;
    let well = node_broken_in(&life, "nowhere").await;
    for node in [broken, well] {
        life.conductor.set_maintenance(node, true, None, &who()).await.unwrap();
        let before = life.node(node).await;
        assert_eq!(before.power_state, None);
    }
    for node in [broken, well] {
        make_available(&life, node).await;
    }
    for _ in 0..5_000 {
        let now: Arc<Node> = life.node(well).await;
        if now.power_state == Some(PowerState::Off) && life.node(broken).await.maintenance {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the sweep has ended: {:?} {:?}", life.node(well).await, life.node(broken).await);
}

async fn make_available(life: &Life, node: Uuid) {
    let before = life.store.reserve(node, "tester").await.unwrap();
    let after = Node { provision_state: ProvisionState::Available, maintenance: false, ..(*before).clone() };
    let change = kamacite_store::NodeChange { before, after, release: true };
    life.store.save(kamacite_store::Change { node: Some(change), ..Default::default() }).await.unwrap();
}
