//! The power sweep: mends, counts failures, brakes, and takes nodes back when their power can be read again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::BoxFuture;
use kamacite_driver::{Driver, Error, ExclusiveTask, Interface, Result, Services, SharedTask, interfaces::Power};
use kamacite_model::{Fault, Node, PowerState, PowerTarget, ProvisionState, Uuid, options::Options};
use support::{JumpClock, Life, options, who};

/// The machines of these tests: what their BMCs answer, by node.
static RACK: LazyLock<Mutex<HashMap<Uuid, Option<PowerState>>>> = LazyLock::new(Mutex::default);

/// What happens while the power of a machine is read, once.
static MEANWHILE: LazyLock<Mutex<HashMap<Uuid, BoxFuture<'static, ()>>>> = LazyLock::new(Mutex::default);

/// How often the power of a machine was set.
static SET: LazyLock<Mutex<HashMap<Uuid, u32>>> = LazyLock::new(Mutex::default);

/// A power interface whose machines stand in [`RACK`]; one that is not there does not answer.
struct RackPower;

#[async_trait]
impl Interface for RackPower {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for RackPower {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        let state = RACK.lock().unwrap().get(&task.node().uuid).copied().flatten();
        let meanwhile = MEANWHILE.lock().unwrap().remove(&task.node().uuid);
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        state.map(Some).ok_or_else(|| Error::hardware("the BMC does not answer"))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, _: Option<Duration>) -> Result<()> {
        RACK.lock().unwrap().insert(task.node().uuid, Some(target.reaches()));
        *SET.lock().unwrap().entry(task.node().uuid).or_default() += 1;
        Ok(())
    }
}

fn rack(_: &Services) -> Driver {
    Driver::new("rack").power("rack", Arc::new(RackPower))
}

fn sweeping(more: &[(&str, &str, &str)]) -> Options {
    let mut all = vec![
        ("DEFAULT", "enabled_power_interfaces", "fake,rack"),
        ("conductor", "sync_power_state_interval", "1"),
        ("conductor", "power_failure_recovery_interval", "1"),
    ];
    all.extend(more);
    options(&all)
}

async fn machine(life: &Life, recorded: PowerState, real: Option<PowerState>) -> Uuid {
    // In place before the node is: the sweep runs all the time.
    let uuid = Uuid::new_v4();
    RACK.lock().unwrap().insert(uuid, real);
    let mut node = Node::new(uuid, "fake-hardware", life.clock.now());
    node.interfaces[kamacite_model::InterfaceKind::Power] = Some("rack".into());
    node.provision_state = ProvisionState::Available;
    node.power_state = Some(recorded);
    life.conductor.create_node(node, &who()).await.unwrap().uuid
}

async fn until(life: &Life, node: Uuid, what: &str, holds: impl Fn(&Node) -> bool) -> Arc<Node> {
    for _ in 0..5_000 {
        let now = life.node(node).await;
        if now.reservation.is_none() && holds(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("never came to it: {what}; {:#?}", life.node(node).await);
}

fn real(node: Uuid) -> Option<PowerState> {
    RACK.lock().unwrap().get(&node).copied().flatten()
}

#[tokio::test]
async fn hardware_that_differs_is_brought_to_the_recorded_state() {
    let life = Life::start_with(None, JumpClock::new(), sweeping(&[]), &[rack]).await;
    let node = machine(&life, PowerState::On, Some(PowerState::Off)).await;
    until(&life, node, "powered on again", |_| real(node) == Some(PowerState::On)).await;
}

#[tokio::test]
async fn or_what_is_found_is_recorded() {
    let adopt = sweeping(&[("conductor", "force_power_state_during_sync", "false")]);
    let life = Life::start_with(None, JumpClock::new(), adopt, &[rack]).await;
    let node = machine(&life, PowerState::On, Some(PowerState::Off)).await;
    until(&life, node, "recorded as off", |node| node.power_state == Some(PowerState::Off)).await;
    assert_eq!(real(node), Some(PowerState::Off));
}

#[tokio::test]
async fn a_silent_bmc_leads_to_maintenance_and_back() {
    let life = Life::start_with(None, JumpClock::new(), sweeping(&[]), &[rack]).await;
    let node = machine(&life, PowerState::On, None).await;
    let failed = until(&life, node, "in maintenance", |node| node.maintenance).await;
    assert_eq!((failed.fault, failed.power_state), (Some(Fault::PowerFailure), None));
    assert!(failed.maintenance_reason.as_deref().unwrap().contains("the BMC does not answer"));
    RACK.lock().unwrap().insert(node, Some(PowerState::On));
    let back = until(&life, node, "back from maintenance", |node| !node.maintenance).await;
    assert_eq!((back.fault, back.power_state), (None, Some(PowerState::On)));
}

#[tokio::test]
async fn a_sweep_that_would_change_too_many_changes_none_and_says_so() {
    let sweep = sweeping(&[("kamacite", "power_sync_brake_nodes", "2"), ("kamacite", "power_sync_brake_percent", "0")]);
    let life = Life::start_with(None, JumpClock::new(), sweep, &[rack]).await;
    // All of a sudden three machines of the rack are found off.
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(machine(&life, PowerState::On, Some(PowerState::On)).await);
    }
    {
        let mut rack = RACK.lock().unwrap();
        for node in &nodes {
            rack.insert(*node, Some(PowerState::Off));
        }
    }
    for node in &nodes {
        let told = until(&life, *node, "told on the node", |node| node.last_error.is_some()).await;
        assert!(told.last_error.as_deref().unwrap().contains("power_sync_brake_nodes"), "{:?}", told.last_error);
        assert_eq!(real(*node), Some(PowerState::Off), "nothing was changed");
    }
}

#[tokio::test]
async fn what_was_read_of_a_node_that_has_changed_since_counts_for_nothing() {
    let life = Life::start_with(None, JumpClock::new(), sweeping(&[]), &[rack]).await;
    let node = machine(&life, PowerState::Off, Some(PowerState::Off)).await;
    // The machine was on when it was looked at, as a client wanted it; then the client turned it off again.
    let conductor = life.conductor.clone();
    let store = life.store.clone();
    let change = async move |target| {
        let id = conductor.set_power(node, target, None, &who()).await.unwrap();
        while !store.operation(id).await.unwrap().unwrap().state.is_final() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let (over, is_over) = tokio::sync::oneshot::channel();
    MEANWHILE.lock().unwrap().insert(
        node,
        Box::pin(async move {
            change(PowerTarget::On).await;
            change(PowerTarget::Off).await;
            SET.lock().unwrap().remove(&node);
            over.send(()).unwrap();
        }),
    );
    RACK.lock().unwrap().insert(node, Some(PowerState::On));
    is_over.await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!((real(node), SET.lock().unwrap().get(&node).copied()), (Some(PowerState::Off), None));
}

#[tokio::test]
async fn a_bmc_that_answers_with_an_error_has_not_recovered() {
    let life = Life::start_with(None, JumpClock::new(), sweeping(&[]), &[rack]).await;
    let node = machine(&life, PowerState::On, Some(PowerState::Error)).await;
    until(&life, node, "in maintenance", |node| node.maintenance).await;
    for _ in 0..50 {
        assert!(life.node(node).await.maintenance, "it was taken back");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
