//! Abilities of management cross a wire: there where they are here, absent where they are not, with the same values.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::sync::Arc;

use kamacite_driver::{
    Driver, ErrorKind, ExclusiveTask, Implementation, Interface, Offer, Result, SharedTask, async_trait,
    contract::{Effects, Server, Wire, proxied},
    interfaces::{
        BootDeviceSetting, DetectVendor, HealthReport, Indicator, Indicators, InjectNmi, Management, MediaSlot, Nic,
        Nics, Sensor, Sensors, SwitchIndicators, Thresholds, VirtualMedia,
    },
    model::{BootDevice, Component, Health, IndicatorState, MediaDevice, MediaType, SensorKind},
};
use serde_json::json;
use support::{Bench, kind_of};

/// A BMC with every ability, which writes down what it was told.
struct Able;

/// A BMC with none.
struct Plain;

macro_rules! boot_devices {
    ($($Bmc:ident { $($ability:ident: $Ability:ident,)* })+) => {$(
        #[async_trait]
        impl Interface for $Bmc {
            async fn validate(&self, _: &SharedTask) -> Result<()> {
                Ok(())
            }
        }

        #[async_trait]
        impl Management for $Bmc {
            async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
                Ok(Vec::new())
            }

            async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
                Ok(BootDeviceSetting { device: None, persistent: None })
            }

            async fn set_boot_device(&self, _: &mut ExclusiveTask, _: BootDevice, _: bool) -> Result<()> {
                Ok(())
            }

            $(fn $ability(&self) -> Option<&dyn $Ability> {
                Some(self)
            })*
        }
    )+};
}

boot_devices! {
    Able {
        nmi: InjectNmi,
        indicators: Indicators,
        switch_indicators: SwitchIndicators,
        sensors: Sensors,
        health: HealthReport,
        virtual_media: VirtualMedia,
        vendor_name: DetectVendor,
        nics: Nics,
    }
    Plain {}
}

#[async_trait]
impl InjectNmi for Able {
    async fn inject_nmi(&self, task: &mut ExclusiveTask) -> Result<()> {
        task.remember("nmi", true).await
    }
}

fn lamp() -> Indicator {
    let states = vec![IndicatorState::Off, IndicatorState::Blinking];
    Indicator { component: Component::Disk, name: "1:2".to_owned(), read_only: false, states }
}

#[async_trait]
impl Indicators for Able {
    async fn supported_indicators(&self, _: &SharedTask) -> Result<Vec<Indicator>> {
        Ok(vec![lamp()])
    }

    async fn indicator_state(&self, _: &SharedTask, component: Component, name: String) -> Result<IndicatorState> {
        let is_it = component == lamp().component && name == lamp().name;
        Ok(if is_it { IndicatorState::Blinking } else { IndicatorState::Unknown })
    }
}

#[async_trait]
impl SwitchIndicators for Able {
    async fn set_indicator(
        &self,
        task: &mut ExclusiveTask,
        component: Component,
        name: String,
        state: IndicatorState,
    ) -> Result<()> {
        task.remember("lamp", json!([component, name, state])).await
    }
}

fn warm() -> Sensor {
    Sensor {
        kind: SensorKind::Temperature,
        name: "inlet".to_owned(),
        reading: Some(21.5),
        unit: Some("Cel".to_owned()),
        thresholds: Thresholds { upper_critical: Some(45.0), ..Thresholds::default() },
        status: Some(Health::Ok),
    }
}

#[async_trait]
impl Sensors for Able {
    async fn readings(&self, _: &SharedTask) -> Result<Vec<Sensor>> {
        Ok(vec![warm()])
    }
}

fn port() -> Nic {
    Nic {
        name: Some("NIC.1".to_owned()),
        mac: "02:00:00:00:00:01".to_owned(),
        link: Some(true),
        speed_mbps: Some(25_000),
    }
}

#[async_trait]
impl Nics for Able {
    async fn nics(&self, _: &SharedTask) -> Result<Vec<Nic>> {
        Ok(vec![port()])
    }
}

#[async_trait]
impl HealthReport for Able {
    async fn read_health(&self, _: &SharedTask) -> Result<Option<Health>> {
        Ok(Some(Health::Critical))
    }
}

fn slot() -> MediaSlot {
    MediaSlot { media_types: vec![MediaType::Cd, MediaType::Dvd], inserted: Some(false), image: None }
}

#[async_trait]
impl VirtualMedia for Able {
    async fn media_slots(&self, _: &SharedTask) -> Result<Vec<MediaSlot>> {
        Ok(vec![slot()])
    }

    async fn attach_media(&self, task: &mut ExclusiveTask, device: MediaDevice, image_url: String) -> Result<()> {
        task.remember("attached", json!([device, image_url])).await
    }

    async fn detach_media(&self, task: &mut ExclusiveTask, devices: Option<Vec<MediaDevice>>) -> Result<()> {
        task.remember("detached", json!(devices)).await
    }
}

#[async_trait]
impl DetectVendor for Able {
    async fn detect_vendor(&self, _: &SharedTask) -> Result<Option<String>> {
        Ok(Some("Acme".to_owned()))
    }
}

/// Carries bytes within the process.
struct InMemory(Server);

#[async_trait]
impl Wire for InMemory {
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>> {
        self.0.answer(&request, effects).await
    }
}

/// The two BMCs on the far side of a wire.
fn far() -> [Implementation; 2] {
    let driver = || Driver::new("d").management("able", Offer::of(Able)).management("plain", Offer::of(Plain));
    let wire: Arc<dyn Wire> = Arc::new(InMemory(Server::new(driver())));
    proxied(&driver(), &wire).expect("it can be described").implementations.try_into().ok().expect("two of them")
}

#[tokio::test]
async fn what_a_bmc_cannot_do_is_absent_on_both_sides() {
    let [_, plain] = far();
    let plain = plain.interface.management().expect("its kind");
    assert!(plain.nmi().is_none() && plain.sensors().is_none() && plain.health().is_none());
    assert!(plain.indicators().is_none() && plain.switch_indicators().is_none());
    assert!(plain.virtual_media().is_none() && plain.vendor_name().is_none() && plain.nics().is_none());
}

#[tokio::test]
async fn what_it_tells_is_the_same_on_both_sides() {
    let [able, _] = far();
    let able = able.interface.management().expect("its kind");
    let bench = Bench::new("d");
    let task = bench.shared();
    let indicators = able.indicators().expect("the ability");
    assert_eq!(indicators.supported_indicators(&task).await.unwrap(), [lamp()]);
    let state = indicators.indicator_state(&task, Component::Disk, "1:2".to_owned()).await.unwrap();
    assert_eq!(state, IndicatorState::Blinking);
    assert_eq!(able.sensors().expect("the ability").readings(&task).await.unwrap(), [warm()]);
    assert_eq!(able.nics().expect("the ability").nics(&task).await.unwrap(), [port()]);
    assert_eq!(able.health().expect("the ability").read_health(&task).await.unwrap(), Some(Health::Critical));
    assert_eq!(able.virtual_media().expect("the ability").media_slots(&task).await.unwrap(), [slot()]);
    let vendor = able.vendor_name().expect("the ability").detect_vendor(&task).await.unwrap();
    assert_eq!(vendor.as_deref(), Some("Acme"));
    assert_eq!(bench.effects(), []);
}

#[tokio::test]
async fn what_it_is_told_is_the_same_on_both_sides() {
    let [able, _] = far();
    let able = able.interface.management().expect("its kind");
    let bench = Bench::new("d");
    let mut task = bench.exclusive();
    able.nmi().expect("the ability").inject_nmi(&mut task).await.unwrap();
    let switches = able.switch_indicators().expect("the ability");
    switches.set_indicator(&mut task, Component::Disk, "1:2".to_owned(), IndicatorState::Off).await.unwrap();
    let media = able.virtual_media().expect("the ability");
    media.attach_media(&mut task, MediaDevice::Cdrom, "http://h/i.iso".to_owned()).await.unwrap();
    media.detach_media(&mut task, Some(vec![MediaDevice::Floppy])).await.unwrap();
    let told = task.node().driver_internal_info.clone();
    assert_eq!(told["nmi"], json!(true));
    assert_eq!(told["lamp"], json!(["disk", "1:2", "off"]));
    assert_eq!(told["attached"], json!(["cdrom", "http://h/i.iso"]));
    assert_eq!(told["detached"], json!(["floppy"]));
    media.detach_media(&mut task, None).await.unwrap();
    assert_eq!(task.node().driver_internal_info["detached"], json!(null));
}

/// Says of every management interface that it has every ability.
struct Boastful(InMemory);

#[async_trait]
impl Wire for Boastful {
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>> {
        let request = String::from_utf8(request).unwrap().replace("\"able\"", "\"plain\"");
        self.0.exchange(request.into_bytes(), effects).await
    }
}

#[tokio::test]
async fn an_ability_that_the_far_side_lacks_is_an_error_not_an_end() {
    let driver = || Driver::new("d").management("able", Offer::of(Able)).management("plain", Offer::of(Plain));
    let wire: Arc<dyn Wire> = Arc::new(Boastful(InMemory(Server::new(driver()))));
    let boasting = proxied(&driver(), &wire).expect("it can be described");
    let able = boasting.implementations[0].interface.management().expect("its kind");
    let outcome = able.nmi().expect("so it says").inject_nmi(&mut Bench::new("d").exclusive()).await;
    assert_eq!(kind_of(outcome), ErrorKind::Internal);
}
