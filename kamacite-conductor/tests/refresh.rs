//! What the power sweep learns beside the power, and what it does not let itself be held up by.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kamacite_driver::{
    Driver, Error, ExclusiveTask, Interface, Result, Services, SharedTask,
    interfaces::{BootDeviceSetting, BootModes, DetectVendor, HealthReport, Management, Power, SecureBoot},
};
use kamacite_model::{
    BootDevice, BootMode, Health, InterfaceKind, Node, PowerState, PowerTarget, ProvisionState, Severity, Uuid,
};
use kamacite_store::{HistoryQuery, Store};
use serde_json::json;
use support::{JumpClock, Life, options, who};

/// What a BMC does when it is asked something.
#[derive(Debug, Clone)]
enum Answer<T> {
    Says(T),
    Fails,
    Hangs,
}
use Answer::{Fails, Hangs, Says};

/// A BMC.
#[derive(Clone)]
struct Bmc {
    power: Answer<PowerState>,
    vendor: Answer<Option<String>>,
    boot_mode: Answer<BootMode>,
    secure_boot: Answer<bool>,
    health: Answer<Option<Health>>,
    /// How often it was asked who made it, and how the machine is.
    asked: (u32, u32),
    /// Taken and given back while the boot mode is read, once.
    meanwhile: Option<Store>,
}

impl Default for Bmc {
    fn default() -> Self {
        Self {
            power: Says(PowerState::On),
            vendor: Says(Some("Acme".to_owned())),
            boot_mode: Says(BootMode::Uefi),
            secure_boot: Says(true),
            health: Says(Some(Health::Warning)),
            asked: (0, 0),
            meanwhile: None,
        }
    }
}

/// The machines of these tests, by node.
static RACK: LazyLock<Mutex<HashMap<Uuid, Bmc>>> = LazyLock::new(Mutex::default);

fn bmc<T>(node: Uuid, of: impl FnOnce(&mut Bmc) -> T) -> T {
    of(RACK.lock().unwrap().get_mut(&node).expect("a machine of the test"))
}

async fn answer<T>(answer: Answer<T>) -> Result<T> {
    match answer {
        Says(what) => Ok(what),
        Fails => Err(Error::hardware("the BMC has lost its mind")),
        Hangs => std::future::pending().await,
    }
}

struct Rack;

#[async_trait]
impl Interface for Rack {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Rack {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        answer(bmc(task.node().uuid, |bmc| bmc.power.clone())).await.map(Some)
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, _: Option<Duration>) -> Result<()> {
        bmc(task.node().uuid, |bmc| bmc.power = Says(target.reaches()));
        Ok(())
    }
}

#[async_trait]
impl Management for Rack {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(Vec::new())
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        Ok(BootDeviceSetting { device: None, persistent: None })
    }

    async fn set_boot_device(&self, _: &mut ExclusiveTask, _: BootDevice, _: bool) -> Result<()> {
        Ok(())
    }

    fn boot_modes(&self) -> Option<&dyn BootModes> {
        Some(self)
    }

    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        Some(self)
    }

    fn health(&self) -> Option<&dyn HealthReport> {
        Some(self)
    }

    fn vendor_name(&self) -> Option<&dyn DetectVendor> {
        Some(self)
    }
}

#[async_trait]
impl BootModes for Rack {
    async fn supported_boot_modes(&self, _: &SharedTask) -> Result<Vec<BootMode>> {
        Ok(Vec::new())
    }

    async fn boot_mode(&self, task: &SharedTask) -> Result<BootMode> {
        let node = task.node().uuid;
        let (says, meanwhile) = bmc(node, |bmc| (bmc.boot_mode.clone(), bmc.meanwhile.take()));
        if let Some(store) = meanwhile {
            let taken = store.reserve(node, "tester").await.unwrap();
            store.release(node, taken.fence).await.unwrap();
        }
        answer(says).await
    }

    async fn set_boot_mode(&self, _: &mut ExclusiveTask, _: BootMode) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl SecureBoot for Rack {
    async fn secure_boot_state(&self, task: &SharedTask) -> Result<bool> {
        answer(bmc(task.node().uuid, |bmc| bmc.secure_boot.clone())).await
    }

    async fn set_secure_boot(&self, _: &mut ExclusiveTask, _: bool) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl HealthReport for Rack {
    async fn read_health(&self, task: &SharedTask) -> Result<Option<Health>> {
        let says = bmc(task.node().uuid, |bmc| {
            bmc.asked.1 += 1;
            bmc.health.clone()
        });
        answer(says).await
    }
}

#[async_trait]
impl DetectVendor for Rack {
    async fn detect_vendor(&self, task: &SharedTask) -> Result<Option<String>> {
        let says = bmc(task.node().uuid, |bmc| {
            bmc.asked.0 += 1;
            bmc.vendor.clone()
        });
        answer(says).await
    }
}

fn rack(_: &Services) -> Driver {
    Driver::new("rack").power("rack", Arc::new(Rack)).management("rack", Arc::new(Rack))
}

/// A service that sweeps all the time. An hour of patience passes at once here, a day never.
async fn life(more: &[(&str, &str, &str)]) -> Life {
    let mut all = vec![
        ("DEFAULT", "enabled_power_interfaces", "fake,rack"),
        ("DEFAULT", "enabled_management_interfaces", "fake,noop,rack"),
        ("conductor", "sync_power_state_interval", "1"),
    ];
    all.extend(more);
    Life::start_with(None, JumpClock::new(), options(&all), &[rack]).await
}

async fn machine(life: &Life, of: Bmc) -> Uuid {
    let uuid = Uuid::new_v4();
    RACK.lock().unwrap().insert(uuid, of);
    let mut node = Node::new(uuid, "fake-hardware", life.clock.now());
    node.interfaces[InterfaceKind::Power] = Some("rack".into());
    node.interfaces[InterfaceKind::Management] = Some("rack".into());
    node.provision_state = ProvisionState::Available;
    node.power_state = Some(PowerState::On);
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

/// Switches a machine off behind the service's back, and waits until the sweep has mended that.
async fn switched_on_again(node: Uuid) {
    bmc(node, |bmc| bmc.power = Says(PowerState::Off));
    for _ in 0..5_000 {
        if bmc(node, |bmc| matches!(bmc.power, Says(PowerState::On))) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("its power is not seen to");
}

fn warned(node: &Node) -> bool {
    node.health.as_deref() == Some("Warning")
}

#[tokio::test]
async fn what_the_bmc_tells_is_recorded_and_the_history_speaks_of_health() {
    let life = life(&[]).await;
    let node = machine(&life, Bmc::default()).await;
    let known = until(&life, node, "known", warned).await;
    assert_eq!(known.properties["vendor"], json!("Acme"));
    assert_eq!((known.boot_mode, known.secure_boot), (Some(BootMode::Uefi), Some(true)));

    bmc(node, |bmc| (bmc.health, bmc.vendor) = (Says(None), Says(Some("Other".to_owned()))));
    let known = until(&life, node, "no longer known", |node| node.health.is_none()).await;
    assert_eq!(known.properties["vendor"], json!("Acme"), "makers do not change");
    assert_eq!(bmc(node, |bmc| bmc.asked.0), 1, "so it is asked for once");
    let history = life.store.history(node, &HistoryQuery::default()).await.unwrap();
    let told: Vec<_> = history.iter().map(|entry| (entry.severity, &*entry.event_type, &*entry.event)).collect();
    let entry = |words| (Severity::Info, "monitoring", words);
    let first = entry("Node health status changed: health='Warning' (previously 'None')");
    let second = entry("Node health status changed: health='None' (previously 'Warning')");
    assert_eq!(told, [first, second]);
}

#[tokio::test]
async fn one_question_without_an_answer_costs_the_others_and_the_power_nothing() {
    let life = life(&[]).await;
    let node = machine(&life, Bmc { vendor: Fails, boot_mode: Fails, secure_boot: Fails, ..Bmc::default() }).await;
    let known = until(&life, node, "known", warned).await;
    assert_eq!((known.boot_mode, known.secure_boot, known.last_error.as_deref()), (None, None, None));
    assert!(!known.properties.contains_key("vendor"));
    switched_on_again(node).await;
}

#[tokio::test]
async fn bmcs_that_hang_keep_nobody_waiting() {
    // They hang for a day, and there is one place.
    let life = life(&[("conductor", "sync_power_state_workers", "1")]).await;
    let mut stuck = Vec::new();
    for _ in 0..10 {
        stuck.push(machine(&life, Bmc { health: Hangs, ..Bmc::default() }).await);
    }
    let node = machine(&life, Bmc::default()).await;
    until(&life, node, "known", warned).await;
    // The sweep goes on: it sees to the power of those that hang as well, and asks them nothing anew meanwhile.
    switched_on_again(stuck[0]).await;
    bmc(node, |bmc| bmc.health = Says(Some(Health::Critical)));
    until(&life, node, "known anew", |node| node.health.as_deref() == Some("Critical")).await;
    for stuck in stuck {
        assert_eq!(bmc(stuck, |bmc| bmc.asked.1), 1);
    }
}

#[tokio::test]
async fn what_was_told_before_a_bmc_hung_is_kept() {
    let life = life(&[("kamacite", "power_sync_patience", "3600")]).await;
    let node = machine(&life, Bmc { health: Hangs, ..Bmc::default() }).await;
    let known = until(&life, node, "known in part", |node| node.boot_mode.is_some()).await;
    assert_eq!((known.secure_boot, known.health.as_deref()), (Some(true), None));
    bmc(node, |bmc| bmc.health = Says(Some(Health::Warning)));
    until(&life, node, "asked again", warned).await;
}

#[tokio::test]
async fn a_bmc_that_hangs_over_its_power_counts_as_silent() {
    let life = life(&[("kamacite", "power_sync_patience", "3600")]).await;
    let node = machine(&life, Bmc { power: Hangs, ..Bmc::default() }).await;
    let failed = until(&life, node, "in maintenance", |node| node.maintenance).await;
    let reason = failed.maintenance_reason.as_deref().unwrap();
    assert!(reason.contains("the BMC does not answer within 3600 seconds"), "{reason}");
    assert_eq!(bmc(node, |bmc| bmc.asked), (0, 0), "it is asked nothing else");
}

#[tokio::test]
async fn a_bmc_that_hangs_over_its_power_holds_up_nobody() {
    // It hangs for a day, and is waited for as long; the others are seen to again and again.
    let life = life(&[("kamacite", "power_sync_patience", "86400")]).await;
    let stuck = machine(&life, Bmc { power: Hangs, ..Bmc::default() }).await;
    let node = machine(&life, Bmc::default()).await;
    for _ in 0..3 {
        switched_on_again(node).await;
    }
    assert!(!life.node(stuck).await.maintenance);
}

#[tokio::test]
async fn health_is_left_alone_where_nobody_wants_it() {
    let life = life(&[("conductor", "enable_health_monitoring", "false")]).await;
    let node = machine(&life, Bmc::default()).await;
    until(&life, node, "known in part", |node| node.boot_mode.is_some()).await;
    assert_eq!((life.node(node).await.health.clone(), bmc(node, |bmc| bmc.asked.1)), (None, 0));
}

#[tokio::test]
async fn what_was_read_of_a_node_that_somebody_had_meanwhile_counts_for_nothing() {
    let life = life(&[]).await;
    let node = machine(&life, Bmc { meanwhile: Some(life.store.clone()), ..Bmc::default() }).await;
    until(&life, node, "known", warned).await;
    assert_eq!(bmc(node, |bmc| bmc.asked.0), 2, "it was asked again");
}
