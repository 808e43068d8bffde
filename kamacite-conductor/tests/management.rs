//! What a BMC manages beside power and booting: who needs the lock, what is refused, what becomes of what began.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use kamacite_conductor::{Error, IndicatorChange};
use kamacite_driver::{
    Driver, Error as DriverError, ExclusiveTask, Interface, Result, Services, SharedTask,
    interfaces::{
        BootDeviceSetting, Indicator, Indicators, InjectNmi, Management, MediaSlot, Sensor, Sensors, SwitchIndicators,
        Thresholds, VirtualMedia,
    },
};
use kamacite_model::{
    BootDevice, Component, Fault, IndicatorState, InterfaceKind, MediaDevice, MediaType, Node, OperationId, SensorKind,
    Uuid, operation::OperationState,
};
use serde_json::{Value, json};
use support::{JumpClock, Life, options, who};

/// A BMC that keeps what it was told in the node.
struct Bmc;

#[async_trait]
impl Interface for Bmc {
    async fn validate(&self, task: &SharedTask) -> Result<()> {
        let node = task.node();
        node.driver_info.text("address").map(|_| ()).ok_or_else(|| DriverError::missing("say the address"))
    }
}

#[async_trait]
impl Management for Bmc {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(Vec::new())
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        Ok(BootDeviceSetting { device: None, persistent: None })
    }

    async fn set_boot_device(&self, _: &mut ExclusiveTask, _: BootDevice, _: bool) -> Result<()> {
        Ok(())
    }

    fn nmi(&self) -> Option<&dyn InjectNmi> {
        Some(self)
    }

    fn indicators(&self) -> Option<&dyn Indicators> {
        Some(self)
    }

    fn switch_indicators(&self) -> Option<&dyn SwitchIndicators> {
        Some(self)
    }

    fn sensors(&self) -> Option<&dyn Sensors> {
        Some(self)
    }

    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        Some(self)
    }
}

#[async_trait]
impl InjectNmi for Bmc {
    async fn inject_nmi(&self, task: &mut ExclusiveTask) -> Result<()> {
        task.remember("interrupted", true).await
    }
}

#[async_trait]
impl Indicators for Bmc {
    async fn supported_indicators(&self, _: &SharedTask) -> Result<Vec<Indicator>> {
        let states = vec![IndicatorState::Off, IndicatorState::On];
        Ok(vec![Indicator { component: Component::System, name: "id".to_owned(), read_only: false, states }])
    }

    async fn indicator_state(&self, task: &SharedTask, _: Component, name: String) -> Result<IndicatorState> {
        let shown = task.node().driver_internal_info.get(&name).cloned().unwrap_or(json!("unknown"));
        Ok(serde_json::from_value(shown).unwrap())
    }
}

#[async_trait]
impl SwitchIndicators for Bmc {
    async fn set_indicator(
        &self,
        task: &mut ExclusiveTask,
        _: Component,
        name: String,
        state: IndicatorState,
    ) -> Result<()> {
        task.remember(&name, json!(state)).await
    }
}

#[async_trait]
impl Sensors for Bmc {
    async fn readings(&self, _: &SharedTask) -> Result<Vec<Sensor>> {
        let (name, reading) = ("fan 1".to_owned(), Some(5400.0));
        let thresholds = Thresholds::default();
        Ok(vec![Sensor { kind: SensorKind::Fan, name, reading, unit: None, thresholds, status: None }])
    }
}

#[async_trait]
impl VirtualMedia for Bmc {
    async fn media_slots(&self, task: &SharedTask) -> Result<Vec<MediaSlot>> {
        let image = task.node().driver_internal_info.get("image").and_then(Value::as_str).map(str::to_owned);
        Ok(vec![MediaSlot { media_types: vec![MediaType::Cd], inserted: Some(image.is_some()), image }])
    }

    async fn attach_media(&self, task: &mut ExclusiveTask, device: MediaDevice, image_url: String) -> Result<()> {
        match device {
            MediaDevice::Cdrom => task.remember("image", image_url).await,
            // Hangs once.
            MediaDevice::Disk if task.node().driver_internal_info.contains_key("tried") => {
                task.remember("image", image_url).await
            }
            MediaDevice::Disk => {
                task.remember("tried", true).await?;
                std::future::pending().await
            }
            MediaDevice::Floppy => Err(DriverError::invalid("there is no such slot")),
        }
    }

    async fn detach_media(&self, task: &mut ExclusiveTask, devices: Option<Vec<MediaDevice>>) -> Result<()> {
        match devices {
            Some(devices) if !devices.contains(&MediaDevice::Cdrom) => Ok(()),
            Some(_) | None => task.forget("image").await,
        }
    }
}

fn rack(_: &Services) -> Driver {
    Driver::new("rack").management("rack", Arc::new(Bmc))
}

async fn life() -> Life {
    life_on(None).await
}

async fn life_on(file: Option<&Path>) -> Life {
    let options = options(&[
        ("DEFAULT", "enabled_management_interfaces", "fake,noop,rack"),
        ("conductor", "node_locked_retry_attempts", "1"),
    ]);
    Life::start_with(file, JumpClock::new(), options, &[rack]).await
}

/// Enrols a node that has such a BMC.
async fn machine(life: &Life, edit: impl FnOnce(&mut Node)) -> Uuid {
    life.enrol(|node| {
        node.interfaces[InterfaceKind::Management] = Some("rack".into());
        node.driver_info.insert("address".to_owned(), json!("10.0.0.1"));
        edit(node);
    })
    .await
}

async fn ended(life: &Life, operation: OperationId) -> kamacite_model::Operation {
    for _ in 0..5_000 {
        let now = life.store.operation(operation).await.unwrap().unwrap();
        if now.state.is_final() {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it does not end");
}

fn light(component: &str, state: &str) -> IndicatorChange {
    IndicatorChange { component: component.to_owned(), name: "id".to_owned(), state: state.to_owned() }
}

const ISO: &str = "http://user:calvin@images/i.iso";

#[tokio::test]
async fn an_interrupt_takes_the_lock_and_gives_it_back() {
    let life = life().await;
    let node = machine(&life, |_| ()).await;
    life.store.reserve(node, "somebody").await.unwrap();
    let refused = life.conductor.inject_nmi(node, &who()).await.unwrap_err();
    assert!(matches!(refused, Error::NodeLocked { .. }), "{refused}");
    life.store.release(node, life.node(node).await.fence).await.unwrap();
    life.conductor.inject_nmi(node, &who()).await.unwrap();
    let after = life.node(node).await;
    assert_eq!((after.reservation.as_deref(), &after.driver_internal_info["interrupted"]), (None, &json!(true)));
}

#[tokio::test]
async fn hardware_that_cannot_and_nodes_that_do_not_say_enough_are_told_so() {
    let life = life().await;
    let fake = life.enrol(|_| ()).await;
    let refused = life.conductor.inject_nmi(fake, &who()).await.unwrap_err();
    assert_eq!(refused.words(), "Driver fake-hardware does not support inject_nmi (disabled or not implemented).");
    assert_eq!(life.node(fake).await.reservation, None);
    let mute = machine(&life, |node| drop(node.driver_info.remove("address"))).await;
    let refused = [
        life.conductor.inject_nmi(mute, &who()).await.unwrap_err(),
        life.conductor.set_indicator(mute, light("system", "on"), &who()).await.unwrap_err(),
        life.conductor.indicator_state(mute, "system", "id").await.unwrap_err(),
        life.conductor.sensors(mute).await.unwrap_err(),
        life.conductor.media_slots(mute).await.unwrap_err(),
        life.conductor.attach_media(mute, MediaDevice::Cdrom, ISO.to_owned(), &who()).await.unwrap_err(),
        life.conductor.detach_media(mute, None, &who()).await.unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.words() == "say the address"), "{refused:?}");
    assert_eq!(life.node(mute).await.reservation, None);
}

#[tokio::test]
async fn what_is_only_read_needs_no_lock() {
    let life = life().await;
    let node = machine(&life, |_| ()).await;
    life.store.reserve(node, "somebody").await.unwrap();
    assert_eq!(life.conductor.indicators(node).await.unwrap()[0].name, "id");
    assert_eq!(life.conductor.indicator_state(node, "system", "id").await.unwrap(), IndicatorState::Unknown);
    assert_eq!(life.conductor.sensors(node).await.unwrap()[0].reading, Some(5400.0));
    assert_eq!(life.conductor.media_slots(node).await.unwrap()[0].inserted, Some(false));
    let refused = life.conductor.set_indicator(node, light("system", "on"), &who()).await.unwrap_err();
    assert!(matches!(refused, Error::NodeLocked { .. }), "{refused}");
}

#[tokio::test]
async fn an_indicator_shows_what_it_was_told() {
    let life = life().await;
    let node = machine(&life, |_| ()).await;
    life.conductor.set_indicator(node, light("system", "on"), &who()).await.unwrap();
    assert_eq!(life.conductor.indicator_state(node, "system", "id").await.unwrap(), IndicatorState::On);
    for (change, words) in [
        (light("roof", "on"), "Invalid component roof specified."),
        (light("system", "green"), "Invalid indicator state green specified; say off, on or blinking."),
        (light("system", "unknown"), "Invalid indicator state unknown specified; say off, on or blinking."),
    ] {
        let refused = life.conductor.set_indicator(node, change, &who()).await.unwrap_err();
        assert_eq!(refused.words(), words);
    }
}

#[tokio::test]
async fn media_are_attached_and_detached_in_the_background() {
    let life = life().await;
    let node = machine(&life, |node| node.last_error = Some("something else".to_owned())).await;
    let attach = life.conductor.attach_media(node, MediaDevice::Cdrom, ISO.to_owned(), &who()).await.unwrap();
    let operation = ended(&life, attach).await;
    assert_eq!((operation.name.as_str(), operation.state), ("attach virtual media", OperationState::Succeeded));
    assert!(!operation.intent.to_string().contains("calvin"), "an address may hold a password: {}", operation.intent);
    assert_eq!(life.settled(node).await.last_error, None, "what went wrong before is past");
    assert_eq!(life.conductor.media_slots(node).await.unwrap()[0].image.as_deref(), Some(ISO));

    // What is attached as something else stays.
    for (devices, still_there) in [(Some(vec![]), true), (Some(vec![MediaDevice::Floppy]), true), (None, false)] {
        let detach = life.conductor.detach_media(node, devices, &who()).await.unwrap();
        assert_eq!(ended(&life, detach).await.state, OperationState::Succeeded);
        life.settled(node).await;
        assert_eq!(life.conductor.media_slots(node).await.unwrap()[0].inserted, Some(still_there));
    }
}

#[tokio::test]
async fn what_goes_wrong_with_media_stands_in_the_node_its_history_and_the_operation() {
    let life = life().await;
    let node = machine(&life, |_| ()).await;
    let attach = life.conductor.attach_media(node, MediaDevice::Floppy, ISO.to_owned(), &who()).await.unwrap();
    let words = format!("Could not attach device floppy to node {node}: there is no such slot");
    let operation = ended(&life, attach).await;
    assert_eq!((operation.state, operation.error.as_deref()), (OperationState::Failed, Some(words.as_str())));
    assert_eq!(life.settled(node).await.last_error.as_deref(), Some(words.as_str()));
    let history = life.store.history(node, &kamacite_store::HistoryQuery::default()).await.unwrap();
    assert!(history.iter().any(|entry| entry.event == words), "{history:?}");
}

#[tokio::test]
async fn a_node_whose_bmc_is_silent_is_left_alone() {
    let life = life().await;
    let node = machine(&life, |node| {
        node.maintenance = true;
        node.fault = Some(Fault::PowerFailure);
    })
    .await;
    let attach = life.conductor.attach_media(node, MediaDevice::Cdrom, ISO.to_owned(), &who()).await.unwrap_err();
    let detach = life.conductor.detach_media(node, None, &who()).await.unwrap_err();
    for (refused, doing) in [(attach, "attach"), (detach, "detach")] {
        assert!(matches!(refused, Error::Busy(_)));
        let words = format!("Unable to {doing} virtual media for node {node} due to power failure state");
        assert_eq!(refused.words(), words);
    }
    assert_eq!(life.node(node).await.reservation, None);
}

#[test]
fn what_was_being_attached_when_the_process_died_is_attached_after_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ironic.sqlite");
    let first = tokio::runtime::Runtime::new().unwrap();
    let (node, attach) = first.block_on(async {
        let life = life_on(Some(&file)).await;
        let node = machine(&life, |_| ()).await;
        let attach = life.conductor.attach_media(node, MediaDevice::Disk, ISO.to_owned(), &who()).await.unwrap();
        while !life.node(node).await.driver_internal_info.contains_key("tried") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        life.store.cut_power_after(0);
        (node, attach)
    });
    // As `kill -9` does.
    first.shutdown_background();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let life = life_on(Some(&file)).await;
        let operation = ended(&life, attach).await;
        assert_eq!((operation.state, operation.attempt), (OperationState::Succeeded, 2));
        assert_eq!(life.settled(node).await.driver_internal_info["image"], json!(ISO));
    });
}
