//! How steps go on: reboots between two calls, stops in the middle, and what must not be called twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kamacite_conductor::PassthruCall;
use kamacite_driver::{
    Cursor, Driver, ExclusiveTask, Interface, Offer, Progress, Result, Services, SharedTask,
    interfaces::{Power, Storage, Vendor},
    passthru, step,
};
use kamacite_model::{
    Clock, InterfaceKind, Json, Node, PowerState, PowerTarget, ProvisionState, Timestamp, Uuid, Verb,
    operation::OperationState,
};
use serde_json::json;
use support::{JumpClock, Life, SlowClock, options, steps, who};
use tokio::{runtime::Runtime, sync::Notify};

/// What was done to each machine, over all lives.
static DONE: LazyLock<Mutex<HashMap<Uuid, Vec<&'static str>>>> = LazyLock::new(Mutex::default);

/// Lets go on what a step holds up, by node.
static GATES: LazyLock<Mutex<HashMap<Uuid, Arc<Gate>>>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Gate {
    reached: Notify,
    open: Notify,
}

fn gate(node: Uuid) -> Arc<Gate> {
    GATES.lock().unwrap().entry(node).or_default().clone()
}

/// Says that a step has come here, and waits to be let on.
async fn pass(node: Uuid) {
    let gate = gate(node);
    gate.reached.notify_one();
    gate.open.notified().await;
}

fn note(task: &SharedTask, what: &'static str) {
    DONE.lock().unwrap().entry(task.node().uuid).or_default().push(what);
}

fn done(node: Uuid) -> Vec<&'static str> {
    DONE.lock().unwrap().get(&node).cloned().unwrap_or_default()
}

struct Machine;

#[async_trait]
impl Interface for Machine {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Machine {
    async fn power_state(&self, _: &SharedTask) -> Result<Option<PowerState>> {
        Ok(Some(PowerState::On))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, _: Option<Duration>) -> Result<()> {
        note(task, target.as_str());
        Ok(())
    }
}

impl Vendor for Machine {}

#[async_trait]
impl Storage for Machine {
    async fn attach_volumes(&self, task: &mut ExclusiveTask) -> Result<()> {
        note(task, "attached");
        Ok(())
    }

    async fn detach_volumes(&self, task: &mut ExclusiveTask) -> Result<()> {
        note(task, "detached");
        Ok(())
    }
}

/// Turns the machine off and on by way of its own power interface.
#[passthru(POST, sync)]
async fn cycle(_: &Machine, task: &mut ExclusiveTask) -> Result<()> {
    task.set_power(PowerTarget::Off).await?;
    task.set_power(PowerTarget::On).await
}

/// Stages something that a reboot applies, and looks at it afterwards.
#[step(clean, resume = cursor)]
async fn stage(_: &Machine, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    note(task, if cursor.is_none() { "staged" } else { "looked" });
    Ok(if cursor.is_none() { Progress::Reboot { cursor: Cursor(json!("staged")) } } else { Progress::Done })
}

/// Takes as long as the test wants.
#[step(clean, resume = again)]
async fn pause(_: &Machine, task: &mut ExclusiveTask) -> Result<Progress> {
    pass(task.node().uuid).await;
    Ok(Progress::Done)
}

/// Must not be called twice from the beginning.
#[step(clean, resume = never)]
async fn once(_: &Machine, task: &mut ExclusiveTask) -> Result<Progress> {
    note(task, "once");
    Ok(Progress::Done)
}

/// The same, and it has to be asked how far it is.
#[step(clean, resume = never)]
async fn once_slowly(_: &Machine, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    note(task, if cursor.is_none() { "begun" } else { "ended" });
    if cursor.is_some() {
        return Ok(Progress::Done);
    }
    pass(task.node().uuid).await;
    Ok(Progress::Poll { after: Duration::from_millis(20), cursor: Cursor(json!("begun")) })
}

/// Has begun, and has nothing more to say of where it stands.
#[step(clean, resume = cursor)]
async fn vague(_: &Machine, task: &mut ExclusiveTask, cursor: Option<Cursor>) -> Result<Progress> {
    note(task, if cursor.is_none() { "begun" } else { "ended" });
    if cursor.is_some() {
        return Ok(Progress::Done);
    }
    pass(task.node().uuid).await;
    Ok(Progress::Poll { after: Duration::from_secs(60), cursor: Cursor(json!(null)) })
}

/// Wants to go on from where no journal can lead.
#[step(clean, resume = cursor)]
async fn lost(_: &Machine, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    Ok(Progress::Poll { after: Duration::from_millis(1), cursor: Cursor(deep) })
}

fn machine(_: &Services) -> Driver {
    let vendor = Offer::of(Machine).with::<stage>().with::<pause>().with::<once>().with::<once_slowly>().with::<lost>();
    Driver::new("machine")
        .power("machine", Arc::new(Machine))
        .storage("machine", Arc::new(Machine))
        .vendor("machine", vendor.with::<cycle>().with::<vague>())
}

async fn life_on(file: &Path, clock: Arc<dyn Clock>) -> Life {
    let options = options(&[
        ("DEFAULT", "enabled_power_interfaces", "fake,machine"),
        ("DEFAULT", "enabled_storage_interfaces", "fake,machine,noop"),
        ("DEFAULT", "enabled_vendor_interfaces", "fake,machine,no-vendor"),
    ]);
    Life::start_with(Some(file), clock, options, &[machine]).await
}

async fn manageable(life: &Life) -> Uuid {
    node_in(life, ProvisionState::Manageable, |_| {}).await
}

async fn node_in(life: &Life, state: ProvisionState, edit: impl FnOnce(&mut Node)) -> Uuid {
    life.enrol(|node| {
        node.enter(state, Timestamp::UNIX_EPOCH);
        for kind in [InterfaceKind::Power, InterfaceKind::Storage, InterfaceKind::Vendor] {
            node.interfaces[kind] = Some("machine".into());
        }
        edit(node);
    })
    .await
}

#[test]
fn a_reboot_that_a_step_asked_for_happens_before_the_step_is_called_again() {
    for cut in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ironic.sqlite");
        let runtime = Runtime::new().unwrap();
        let (node, finished) = runtime.block_on(async {
            let life = life_on(&file, JumpClock::new()).await;
            let node = manageable(&life).await;
            let before = life.store.commits();
            life.store.cut_power_after(cut);
            let story = async {
                life.provision(node, steps(Verb::Clean, &[("vendor", "stage")])).await;
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
            let life = life_on(&file, JumpClock::new()).await;
            assert_eq!(life.settled(node).await.provision_state, ProvisionState::Manageable);
        });
        let done = done(node);
        if let Some(looked) = done.iter().position(|what| *what == "looked") {
            assert!(done[..looked].contains(&"rebooting"), "ended after write {cut}: {done:?}");
        }
        if finished {
            return;
        }
    }
}

#[tokio::test]
async fn a_step_that_was_not_called_before_a_stop_is_called_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = life_on(&file, SlowClock::new()).await;
    let node = manageable(&life).await;
    let request = steps(Verb::Clean, &[("vendor", "pause"), ("vendor", "once")]);
    let id = life.conductor.provision(node, request, &who()).await.unwrap().unwrap();
    stop_at_the_gate(&life, node).await;
    assert!(done(node).is_empty(), "{:?}", done(node));

    let life = life_on(&file, JumpClock::new()).await;
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Manageable);
    assert_eq!(life.store.operation(id).await.unwrap().unwrap().state, OperationState::Succeeded);
    assert_eq!(done(node), ["once"]);
}

#[tokio::test]
async fn a_stop_waits_for_a_step_that_cannot_be_called_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = life_on(&file, SlowClock::new()).await;
    let node = manageable(&life).await;
    let request = steps(Verb::Clean, &[("vendor", "once_slowly"), ("vendor", "once")]);
    let id = life.conductor.provision(node, request, &who()).await.unwrap().unwrap();
    stop_at_the_gate(&life, node).await;
    assert_eq!(done(node), ["begun", "ended"]);

    let life = life_on(&file, JumpClock::new()).await;
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Manageable);
    assert_eq!(life.store.operation(id).await.unwrap().unwrap().state, OperationState::Succeeded);
    assert_eq!(done(node), ["begun", "ended", "once"]);
}

#[tokio::test]
async fn a_cursor_that_says_nothing_is_a_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let life = life_on(&file, SlowClock::new()).await;
    let node = manageable(&life).await;
    life.conductor.provision(node, steps(Verb::Clean, &[("vendor", "vague")]), &who()).await.unwrap();
    stop_at_the_gate(&life, node).await;

    let life = life_on(&file, JumpClock::new()).await;
    assert_eq!(life.settled(node).await.provision_state, ProvisionState::Manageable);
    assert_eq!(done(node), ["begun", "ended"]);
}

#[tokio::test]
async fn a_step_whose_place_cannot_be_stored_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    let life = life_on(&folder.path().join("ironic.sqlite"), JumpClock::new()).await;
    let node = manageable(&life).await;
    let request = steps(Verb::Clean, &[("vendor", "lost")]);
    let id = life.conductor.provision(node, request, &who()).await.unwrap().unwrap();
    let after = life.settled(node).await;
    assert_eq!(after.provision_state, ProvisionState::CleanFail);
    assert!(after.last_error.as_deref().unwrap().contains("nested"), "{:?}", after.last_error);
    assert_eq!(life.store.operation(id).await.unwrap().unwrap().state, OperationState::Failed);
}

#[tokio::test]
async fn a_driver_changes_the_power_by_the_rules_of_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let life = life_on(&folder.path().join("ironic.sqlite"), JumpClock::new()).await;
    let cycle = || PassthruCall { method: "cycle".to_owned(), verb: kamacite_driver::Verb::POST, args: Json::new() };

    let node = node_in(&life, ProvisionState::Active, |_| {}).await;
    life.conductor.node_passthru(node, cycle(), &who()).await.unwrap();
    assert_eq!(done(node), ["power off", "detached", "attached", "power on"]);

    let node = node_in(&life, ProvisionState::Active, |node| node.disable_power_off = true).await;
    life.conductor.node_passthru(node, cycle(), &who()).await.unwrap_err();
    assert!(done(node).is_empty(), "{:?}", done(node));
}

/// Stops while a step is in its call, then lets the call go on.
async fn stop_at_the_gate(life: &Life, node: Uuid) {
    gate(node).reached.notified().await;
    let open = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        gate(node).open.notify_one();
    };
    let (stopped, ()) = tokio::join!(life.conductor.stop(), open);
    stopped.unwrap();
    life.store.close().await.unwrap();
}
