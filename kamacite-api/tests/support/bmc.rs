//! A BMC with every ability of management, which keeps what it is told in its node.

use std::sync::Arc;

use kamacite_driver::{
    Driver, Error, ExclusiveTask, Interface, Result, Services, SharedTask, async_trait,
    interfaces::{
        BootDeviceSetting, Indicator, Indicators, InjectNmi, Management, MediaSlot, Nic, Nics, Sensor, Sensors,
        SwitchIndicators, Thresholds, VirtualMedia,
    },
};
use kamacite_model::{BootDevice, Component, Health, IndicatorState, MediaDevice, MediaType, SensorKind};
use serde_json::{Value, json};

/// The driver of such BMCs: a management interface named `bench`.
pub fn driver(_: &Services) -> Driver {
    Driver::new("bench").management("bench", Arc::new(Bmc))
}

struct Bmc;

#[async_trait]
impl Interface for Bmc {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
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

    fn nics(&self) -> Option<&dyn Nics> {
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
        let states = vec![IndicatorState::Off, IndicatorState::On, IndicatorState::Blinking];
        Ok(vec![Indicator { component: Component::Disk, name: "raid:0".to_owned(), read_only: false, states }])
    }

    async fn indicator_state(&self, task: &SharedTask, _: Component, name: String) -> Result<IndicatorState> {
        let shown = task.node().driver_internal_info.get(&name).cloned();
        Ok(shown.map_or(IndicatorState::Off, |shown| serde_json::from_value(shown).unwrap()))
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
        let warm = Sensor {
            kind: SensorKind::Temperature,
            name: "CPU 1".to_owned(),
            reading: Some(88.5),
            unit: Some("Cel".to_owned()),
            thresholds: Thresholds { upper_warning: Some(85.0), upper_critical: Some(95.0), ..Thresholds::default() },
            status: Some(Health::Warning),
        };
        let silent = Sensor {
            kind: SensorKind::Fan,
            name: "Fan 1".to_owned(),
            reading: None,
            unit: None,
            thresholds: Thresholds::default(),
            status: None,
        };
        Ok(vec![warm, silent])
    }
}

#[async_trait]
impl Nics for Bmc {
    async fn nics(&self, _: &SharedTask) -> Result<Vec<Nic>> {
        let mac = |last: u8| format!("02:00:00:00:00:{last:02x}");
        let first = Nic { name: Some("NIC.1".to_owned()), mac: mac(1), link: Some(true), speed_mbps: Some(25_000) };
        Ok(vec![first, Nic { name: None, mac: mac(2), link: None, speed_mbps: None }])
    }
}

#[async_trait]
impl VirtualMedia for Bmc {
    async fn media_slots(&self, task: &SharedTask) -> Result<Vec<MediaSlot>> {
        let image = task.node().driver_internal_info.get("image").and_then(Value::as_str).map(str::to_owned);
        let optical = vec![MediaType::Cd, MediaType::Dvd];
        Ok(vec![
            MediaSlot { media_types: optical, inserted: Some(image.is_some()), image },
            MediaSlot { media_types: vec![MediaType::UsbStick], inserted: None, image: None },
        ])
    }

    async fn attach_media(&self, task: &mut ExclusiveTask, device: MediaDevice, image_url: String) -> Result<()> {
        match device {
            MediaDevice::Cdrom => task.remember("image", image_url).await,
            MediaDevice::Disk | MediaDevice::Floppy => Err(Error::hardware("the BMC lost the image")),
        }
    }

    async fn detach_media(&self, task: &mut ExclusiveTask, _: Option<Vec<MediaDevice>>) -> Result<()> {
        task.forget("image").await
    }
}
