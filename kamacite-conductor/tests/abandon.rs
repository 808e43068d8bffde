//! The way out of every state, on a BMC that never answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kamacite_conductor::{AbandonRequest, Abandoned, Error, PassthruCall, PassthruReply, ProvisionRequest, UserStep};
use kamacite_driver::{
    Cursor, Driver, ExclusiveTask, Interface, Offer, Progress, Result, Services, SharedTask,
    interfaces::{BootDeviceSetting, Deploy, Inspect, Management, Power, Rescue, Vendor, Vif},
    passthru,
};
use kamacite_model::{
    BootDevice, InterfaceKind, Json, Mac, Node, OperationId, Port, Portgroup, PowerState, PowerTarget, ProvisionState,
    Requester, Severity, Timestamp, Uuid, Verb,
    machine::{self, Phase},
    operation::OperationState,
};
use kamacite_store::HistoryQuery;
use serde_json::json;
use support::{JumpClock, Life, SlowClock, options, steps, verb};

/// Nodes whose BMC answers.
static WELL: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

/// Calls that wait for an answer, by node.
static HANGING: LazyLock<Mutex<HashMap<Uuid, usize>>> = LazyLock::new(Mutex::default);

fn hanging(node: Uuid) -> usize {
    HANGING.lock().unwrap().get(&node).copied().unwrap_or_default()
}

/// A call that waits for an answer, for as long as it lives.
struct Hangs(Uuid);

impl Hangs {
    fn on(node: Uuid) -> Self {
        *HANGING.lock().unwrap().entry(node).or_default() += 1;
        Self(node)
    }
}

impl Drop for Hangs {
    fn drop(&mut self) {
        *HANGING.lock().unwrap().get_mut(&self.0).unwrap() -= 1;
    }
}

/// A BMC that never answers, unless it is well; or that has something begin for which is waited.
struct Dead;

async fn asked(task: &SharedTask) -> Progress {
    let node = task.node();
    if WELL.lock().unwrap().contains(&node.uuid) {
        return Progress::Done;
    }
    if node.driver_info.text("bmc") == Some("waits") {
        return Progress::Wait { until: None };
    }
    let _hangs = Hangs::on(node.uuid);
    std::future::pending().await
}

#[async_trait]
impl Interface for Dead {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Dead {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        if task.node().driver_info.text("bmc") != Some("reads") {
            asked(task).await;
        }
        Ok(Some(PowerState::Off))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        asked(task).await;
        Ok(())
    }
}

#[async_trait]
impl Deploy for Dead {
    async fn prepare(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }

    async fn tear_down(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }

    async fn clean_up(&self, task: &mut ExclusiveTask) -> Result<()> {
        asked(task).await;
        Ok(())
    }

    async fn take_over(&self, task: &mut ExclusiveTask) -> Result<()> {
        asked(task).await;
        Ok(())
    }

    async fn prepare_cleaning(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }

    async fn prepare_service(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }
}

#[async_trait]
impl Inspect for Dead {
    async fn inspect_hardware(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }
}

#[async_trait]
impl Rescue for Dead {
    async fn rescue(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }

    async fn unrescue(&self, task: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(asked(task).await)
    }
}

#[async_trait]
impl Management for Dead {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(vec![BootDevice::Disk])
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        Ok(BootDeviceSetting { device: None, persistent: None })
    }

    async fn set_boot_device(&self, task: &mut ExclusiveTask, _: BootDevice, _: bool) -> Result<()> {
        asked(task).await;
        Ok(())
    }
}

impl Vendor for Dead {}

/// Hangs with the lock.
#[passthru(POST)]
async fn hang(_: &Dead, task: &mut ExclusiveTask) -> Result<()> {
    asked(task).await;
    Ok(())
}

/// Hangs without the lock.
#[passthru(POST)]
async fn hang_shared(_: &Dead, task: &SharedTask) -> Result<()> {
    asked(task).await;
    Ok(())
}

/// Cannot be dropped while it works, and writes something down afterwards.
#[passthru(POST)]
async fn stubborn(_: &Dead, task: &mut ExclusiveTask) -> Result<()> {
    let hangs = Hangs::on(task.node().uuid);
    std::thread::sleep(Duration::from_millis(500));
    drop(hangs);
    task.remember("late", true).await
}

fn dead(_: &Services) -> Driver {
    let dead = Arc::new(Dead);
    let vendor = Offer::of(dead.clone()).with::<hang>().with::<hang_shared>().with::<stubborn>();
    Driver::new("dead")
        .power("dead", dead.clone())
        .deploy("dead", dead.clone())
        .inspect("dead", dead.clone())
        .rescue("dead", dead.clone())
        .management("dead", dead)
        .vendor("dead", vendor)
}

const KINDS: [InterfaceKind; 6] = [
    InterfaceKind::Power,
    InterfaceKind::Deploy,
    InterfaceKind::Inspect,
    InterfaceKind::Rescue,
    InterfaceKind::Management,
    InterfaceKind::Vendor,
];

async fn life_with(clock: Arc<dyn kamacite_model::Clock>, more: &[(&str, &str, &str)]) -> Life {
    let enabled = [
        ("DEFAULT", "enabled_deploy_interfaces", "fake,noop,dead"),
        ("DEFAULT", "enabled_inspect_interfaces", "fake,no-inspect,dead"),
        ("DEFAULT", "enabled_management_interfaces", "fake,noop,dead"),
        ("DEFAULT", "enabled_power_interfaces", "fake,dead"),
        ("DEFAULT", "enabled_rescue_interfaces", "fake,no-rescue,dead"),
        ("DEFAULT", "enabled_vendor_interfaces", "fake,no-vendor,dead"),
    ];
    let given: Vec<_> = enabled.iter().chain(more).copied().collect();
    Life::start_with(None, clock, options(&given), &[dead]).await
}

async fn life() -> Life {
    life_with(JumpClock::new(), &[]).await
}

async fn enrol(life: &Life, state: ProvisionState, bmc: &str) -> Uuid {
    life.enrol(|node| {
        node.enter(state, Timestamp::UNIX_EPOCH);
        node.driver_info.insert("bmc".to_owned(), bmc.into());
        for kind in KINDS {
            node.interfaces[kind] = Some("dead".into());
        }
    })
    .await
}

/// How a state is come to with something under way: from where, by what, on which BMC. Nothing for one in which nothing is.
fn way_to(state: ProvisionState) -> Option<(ProvisionState, ProvisionRequest, &'static str)> {
    use ProvisionState as S;
    let deploys = |step: &str| {
        let asked = steps(Verb::Active, &[("deploy", step)]);
        let first = |step: UserStep| UserStep { priority: Some(200), ..step };
        ProvisionRequest { steps: asked.steps.map(|steps| steps.into_iter().map(first).collect()), ..asked }
    };
    let without_ramdisk = |request: ProvisionRequest| ProvisionRequest { disable_ramdisk: true, ..request };
    let cleans = |step| without_ramdisk(steps(Verb::Clean, &[("power", step)]));
    let serves = |step| without_ramdisk(steps(Verb::Service, &[("power", step)]));
    Some(match state {
        S::Verifying => (S::Enroll, verb(Verb::Manage), "hangs"),
        S::Deploying => (S::Available, verb(Verb::Active), "hangs"),
        // Making ready is done in no time there.
        S::DeployWait => (S::Available, deploys("wait"), "well"),
        S::DeployHold => (S::Available, deploys("hold"), "well"),
        S::Deleting => (S::Active, verb(Verb::Deleted), "hangs"),
        S::Cleaning => (S::Manageable, verb(Verb::Provide), "hangs"),
        S::CleanWait => (S::Manageable, cleans("wait"), "hangs"),
        S::CleanHold => (S::Manageable, cleans("hold"), "hangs"),
        S::Inspecting => (S::Manageable, verb(Verb::Inspect), "hangs"),
        S::InspectWait => (S::Manageable, verb(Verb::Inspect), "waits"),
        S::Adopting => (S::Manageable, verb(Verb::Adopt), "hangs"),
        S::Rescuing => (S::Active, verb(Verb::Rescue), "hangs"),
        S::RescueWait => (S::Active, verb(Verb::Rescue), "waits"),
        S::Unrescuing => (S::Rescue, verb(Verb::Unrescue), "hangs"),
        S::Servicing => (S::Active, verb(Verb::Service), "hangs"),
        S::ServiceWait => (S::Active, serves("wait"), "hangs"),
        S::ServiceHold => (S::Active, serves("hold"), "hangs"),
        S::Enroll
        | S::Manageable
        | S::Available
        | S::DeployFail
        | S::Active
        | S::Error
        | S::CleanFail
        | S::InspectFail
        | S::AdoptFail
        | S::RescueFail
        | S::Rescue
        | S::UnrescueFail
        | S::ServiceFail => return None,
    })
}

/// Who hangs up early sees what they wait for.
async fn until(life: &Life, node: Uuid, wanted: impl Fn(&Node) -> bool) -> Arc<Node> {
    for _ in 0..10_000 {
        let now = life.node(node).await;
        if wanted(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it does not come to that: {:?}", life.node(node).await);
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it is done in time")
}

/// Brings a node into a state, with something under way where that is possible; which operation that is.
async fn node_in(life: &Life, state: ProvisionState) -> (Uuid, Option<OperationId>) {
    let Some((from, request, bmc)) = way_to(state) else { return (enrol(life, state, "hangs").await, None) };
    let node = enrol(life, from, bmc).await;
    if bmc == "well" {
        WELL.lock().unwrap().insert(node);
    }
    let operation = life.conductor.provision(node, request, &ada()).await.unwrap();
    let waits = matches!(state.facts().phase, Phase::Waiting | Phase::Holding);
    let there = |now: &Node| now.provision_state == state && (now.reservation.is_none() == waits);
    until(life, node, |now| there(now) && (waits || hanging(node) > 0)).await;
    WELL.lock().unwrap().remove(&node);
    (node, operation)
}

fn ada() -> Requester {
    Requester { user: Some("ada".to_owned()), request_id: Some("req-1".to_owned()), ..Requester::default() }
}

async fn abandon(life: &Life, node: Uuid, forget: bool) -> Abandoned {
    let request = AbandonRequest { reason: "the BMC is dead".to_owned(), forget };
    in_time(life.conductor.abandon(node, request, &ada())).await.unwrap()
}

/// Nobody holds the node and nothing is under way on it.
async fn is_at_rest(life: &Life, node: Uuid) {
    let now = life.node(node).await;
    assert!(now.reservation.is_none() && now.target_power_state.is_none(), "{now:?}");
    assert_eq!(life.store.unfinished_operations_of(node).await.unwrap(), []);
    until(life, node, |_| hanging(node) == 0).await;
}

async fn is_in_the_history(life: &Life, node: Uuid, state: ProvisionState) {
    let entries = life.store.history(node, &HistoryQuery::default()).await.unwrap();
    let entry = entries.iter().find(|entry| entry.event_type == "abandon").expect("it is in the history");
    assert_eq!((entry.severity, entry.state), (Severity::Error, Some(state)));
    assert_eq!(entry.user.as_deref(), Some("ada"));
    let words = format!("Abandoned in state '{state}' by user ada in request req-1: the BMC is dead.");
    assert!(entry.event.starts_with(&words), "{}", entry.event);
}

/// Where the state machine puts a node whose work went wrong.
fn rest_of(state: ProvisionState) -> ProvisionState {
    use machine::Event::{Abort, Fail};
    match state.facts().phase {
        Phase::Stable | Phase::Failed => state,
        Phase::Working | Phase::Waiting | Phase::Holding => {
            machine::next(state, Fail).or_else(|| machine::next(state, Abort)).unwrap()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_leads_out_of_every_state() {
    let life = life().await;
    for state in ProvisionState::ALL.iter().copied() {
        let (node, operation) = node_in(&life, state).await;
        let abandoned = abandon(&life, node, false).await;
        assert_eq!(abandoned.after.provision_state, rest_of(state), "{state}");
        is_at_rest(&life, node).await;
        is_in_the_history(&life, node, state).await;
        assert_eq!(abandoned.ended.first().map(|ended| ended.id), operation, "{state}");
        if let Some(id) = operation {
            let ended = life.store.operation(id).await.unwrap().unwrap();
            assert_eq!(ended.state, OperationState::Aborted, "{state}");
            let why = ended.error.unwrap();
            assert!(why.contains("by user ada") && why.contains("the BMC is dead"), "{state}: {why}");
            assert!(abandoned.after.maintenance && abandoned.after.last_error.is_some(), "{state}");
        }
        leads_on(&life, node).await;
    }
}

/// The BMC still hangs: all the same the node comes to where it can be used again or deleted.
async fn leads_on(life: &Life, node: Uuid) {
    use ProvisionState::{Available, Enroll, Manageable};
    let state = life.node(node).await.provision_state;
    let managed = machine::next(state, machine::Event::Manage).is_some() && state != Enroll;
    if managed {
        in_time(life.conductor.provision(node, verb(Verb::Manage), &ada())).await.unwrap();
        assert_eq!(life.node(node).await.provision_state, Manageable, "{state}");
    } else if !matches!(state, Enroll | Available | Manageable) {
        assert_eq!(abandon(life, node, true).await.after.provision_state, Enroll, "{state}");
    }
    is_at_rest(life, node).await;
    in_time(life.conductor.set_maintenance(node, false, None, &ada())).await.unwrap();
    in_time(life.conductor.delete_node(node, &ada())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_forgotten_from_every_state_and_used_again_when_its_bmc_is_well() {
    let life = life().await;
    for state in ProvisionState::ALL.iter().copied() {
        let (node, _) = node_in(&life, state).await;
        let after = abandon(&life, node, true).await.after;
        assert_eq!((after.provision_state, after.maintenance), (ProvisionState::Enroll, true), "{state}");
        is_at_rest(&life, node).await;
        WELL.lock().unwrap().insert(node);
        life.conductor.set_maintenance(node, false, None, &ada()).await.unwrap();
        let after = in_time(life.provision(node, verb(Verb::Manage))).await;
        assert_eq!((after.provision_state, &after.last_error), (ProvisionState::Manageable, &None), "{state}");
    }
}

/// The ports are free again for whoever uses the node next; what is abandoned and not forgotten keeps its network.
#[tokio::test(flavor = "multi_thread")]
async fn the_networks_of_what_is_forgotten_go_with_it() {
    let life = life_with(JumpClock::new(), &[("DEFAULT", "enabled_network_interfaces", "flat,noop")]).await;
    let node = life
        .enrol(|node| {
            node.enter(ProvisionState::Active, Timestamp::UNIX_EPOCH);
            node.interfaces[InterfaceKind::Network] = Some("flat".into());
        })
        .await;
    let group = Portgroup::new(Uuid::new_v4(), node, Timestamp::UNIX_EPOCH);
    let group = life.conductor.create_portgroup(group).await.unwrap();
    for (last, portgroup) in [(1, Some(group.uuid)), (2, None)] {
        let port = Port::new(Uuid::new_v4(), node, Mac([2, 0, 0, 0, 0, last]), Timestamp::UNIX_EPOCH);
        life.conductor.create_port(Port { portgroup, ..port }).await.unwrap();
    }
    for (id, portgroup) in [("on a group", Some(group.uuid.to_string())), ("on a port", None)] {
        let vif = Vif { id: id.to_owned(), port: None, portgroup, other: Json::new() };
        life.conductor.attach_vif(node, vif, &ada()).await.unwrap();
    }
    abandon(&life, node, false).await;
    assert_eq!(life.conductor.vifs(node).await.unwrap(), ["on a port", "on a group"]);
    abandon(&life, node, true).await;
    assert_eq!(life.conductor.vifs(node).await.unwrap(), Vec::<String>::new());
    is_at_rest(&life, node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_power_that_hangs_is_ended_and_the_power_unknown() {
    let life = life().await;
    let node = enrol(&life, ProvisionState::Active, "hangs").await;
    let operation = life.conductor.set_power(node, PowerTarget::On, None, &ada()).await.unwrap();
    until(&life, node, |_| hanging(node) > 0).await;
    let after = abandon(&life, node, false).await.after;
    assert_eq!((after.provision_state, after.power_state), (ProvisionState::Active, None));
    is_at_rest(&life, node).await;
    assert_eq!(life.store.operation(operation).await.unwrap().unwrap().state, OperationState::Aborted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_waits_for_the_bmc_is_told_and_the_lock_is_free() {
    let life = life().await;
    let node = enrol(&life, ProvisionState::Active, "hangs").await;
    let conductor = life.conductor.clone();
    let client = tokio::spawn(async move { conductor.set_boot_device(node, "disk", true, &ada()).await });
    until(&life, node, |_| hanging(node) > 0).await;
    assert!(abandon(&life, node, false).await.words.contains("The lock was taken from host tester."));
    let told = in_time(client).await.unwrap().unwrap_err();
    assert!(matches!(&told, Error::Conflict(words) if words.contains("abandoned")), "{told:?}");
    is_at_rest(&life, node).await;
}

fn call(method: &str) -> PassthruCall {
    PassthruCall { method: method.to_owned(), verb: kamacite_driver::Verb::POST, args: Json::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn vendor_calls_that_hang_are_ended_with_the_lock_and_without() {
    let life = life().await;
    let node = enrol(&life, ProvisionState::Active, "hangs").await;
    life.conductor.node_passthru(node, call("hang"), &ada()).await.unwrap();
    life.conductor.node_passthru(node, call("hang_shared"), &ada()).await.unwrap();
    until(&life, node, |_| hanging(node) == 2).await;
    assert_eq!(abandon(&life, node, false).await.ended.len(), 2);
    is_at_rest(&life, node).await;
    for operation in life.store.operations_of(node, 9).await.unwrap() {
        assert_eq!((operation.state, operation.name.starts_with("hang")), (OperationState::Aborted, true));
    }
}

/// The call is made, or it is ended: never both, at whichever moment it meets the abandonment.
#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_call_that_is_ended_before_it_began_is_not_made() {
    let life = life().await;
    let node = enrol(&life, ProvisionState::Active, "hangs").await;
    for round in 0..400 {
        let conductor = life.conductor.clone();
        let client = tokio::spawn(async move { conductor.node_passthru(node, call("hang_shared"), &ada()).await });
        for _ in 0..round % 20 {
            tokio::task::yield_now().await;
        }
        let ended = abandon(&life, node, false).await.ended;
        let Ok(PassthruReply::Accepted(id)) = in_time(client).await.unwrap() else { continue };
        if ended.iter().any(|ended| ended.id == id) {
            until(&life, node, |_| hanging(node) == 0).await;
        } else {
            abandon(&life, node, false).await;
        }
        assert_eq!(life.store.operation(id).await.unwrap().unwrap().state, OperationState::Aborted, "round {round}");
        is_at_rest(&life, node).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_dropped_writes_nothing_any_more() {
    let life = life_with(SlowClock::new(), &[]).await;
    let node = enrol(&life, ProvisionState::Active, "hangs").await;
    life.conductor.node_passthru(node, call("stubborn"), &ada()).await.unwrap();
    until(&life, node, |_| hanging(node) == 1).await;
    let after = abandon(&life, node, false).await.after;
    assert_eq!(hanging(node), 1, "it is still at it");
    until(&life, node, |_| hanging(node) == 0).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let now = life.node(node).await;
    assert!(!now.driver_internal_info.contains_key("late"));
    assert_eq!((now.reservation.as_ref(), &now.last_error), (None, &after.last_error));
    let operation = &life.store.operations_of(node, 1).await.unwrap()[0];
    assert_eq!(operation.state, OperationState::Aborted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_nobody_works_on_and_another_conductors_lock_are_no_obstacle() {
    let life = life().await;
    let node = enrol(&life, ProvisionState::Deploying, "hangs").await;
    life.store.reserve(node, "elsewhere").await.unwrap();
    let abandoned = abandon(&life, node, false).await;
    assert_eq!(abandoned.after.provision_state, ProvisionState::DeployFail);
    assert!(abandoned.words.contains("The lock was taken from host elsewhere."));
    is_at_rest(&life, node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_of_a_newer_program_is_ended_too() {
    let life = life().await;
    let (node, operation) = node_in(&life, ProvisionState::CleanHold).await;
    let mut newer = life.store.operation(operation.unwrap()).await.unwrap().unwrap();
    (newer.schema, newer.progress) = (99, json!({"shape": "unheard of"}));
    life.store.update_operation(&newer).await.unwrap();
    assert_eq!(abandon(&life, node, false).await.after.provision_state, ProvisionState::CleanFail);
    is_at_rest(&life, node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_all_have_their_way() {
    let life = life().await;
    let (node, _) = node_in(&life, ProvisionState::Deploying).await;
    let request = AbandonRequest { reason: "all at once".to_owned(), forget: false };
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let (conductor, request) = (life.conductor.clone(), request.clone());
            tokio::spawn(async move { conductor.abandon(node, request, &ada()).await })
        })
        .collect();
    for one in asked {
        in_time(one).await.unwrap().unwrap();
    }
    assert_eq!(life.node(node).await.provision_state, ProvisionState::DeployFail);
    is_at_rest(&life, node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_node_keeps_its_instance_until_it_is_protected_no_more() {
    let life = life().await;
    let node = life.enrol(|node| (node.protected, node.provision_state) = (true, ProvisionState::RescueFail)).await;
    let request = AbandonRequest { reason: "no".to_owned(), forget: true };
    let refused = life.conductor.abandon(node, request, &ada()).await.unwrap_err();
    assert!(matches!(refused, Error::Protected(_)), "{refused:?}");
    abandon(&life, node, false).await;
}

/// The sweep forces the power of a machine that differs, and its BMC, which told that, does not answer any more.
#[tokio::test(flavor = "multi_thread")]
async fn the_power_sweep_lets_go_and_goes_on() {
    let sweeping = [("conductor", "sync_power_state_interval", "0.2"), ("kamacite", "power_sync_brake_nodes", "0")];
    let life = life_with(SlowClock::new(), &sweeping).await;
    let differs = async |bmc: &str| {
        let node = enrol(&life, ProvisionState::Active, bmc).await;
        let before = life.store.reserve(node, "hand").await.unwrap();
        let after = Node { power_state: Some(PowerState::On), ..(*before).clone() };
        let change = kamacite_store::NodeChange { before, after, release: true };
        life.store.save(kamacite_store::Change { node: Some(change), ..Default::default() }).await.unwrap();
        node
    };
    let node = differs("reads").await;
    until(&life, node, |now| now.reservation.is_some() && hanging(node) > 0).await;
    abandon(&life, node, false).await;
    is_at_rest(&life, node).await;
    // The next one is seen to, so the sweep was not ended with it.
    let next = differs("reads").await;
    until(&life, next, |now| now.reservation.is_some() && hanging(next) > 0).await;
    abandon(&life, next, false).await;
    is_at_rest(&life, next).await;
}
