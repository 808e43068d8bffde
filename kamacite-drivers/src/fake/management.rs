//! `fake` management: a machine that always boots from the network, with two lights that are always on and no sensors.

use kamacite_driver::{
    Error, ExclusiveTask, Interface, Result, Services, SharedTask, async_trait,
    interfaces::{BootDeviceSetting, Indicator, Indicators, Management, Sensor, Sensors},
    model::{BootDevice, Component, IndicatorState},
};

use super::delay::{MANAGEMENT_DELAY, Pace};

/// Knows the network as its one boot device.
pub struct FakeManagement(Pace);

impl FakeManagement {
    pub fn new(services: &Services) -> Self {
        Self(Pace::new(services, &MANAGEMENT_DELAY))
    }
}

#[async_trait]
impl Interface for FakeManagement {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Management for FakeManagement {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(vec![BootDevice::Pxe])
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        self.0.wait().await;
        Ok(BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(false) })
    }

    async fn set_boot_device(&self, _: &mut ExclusiveTask, device: BootDevice, _: bool) -> Result<()> {
        self.0.wait().await;
        match device {
            BootDevice::Pxe => Ok(()),
            // The reference's words.
            other => Err(Error::invalid(format!("Invalid boot device {other} specified."))),
        }
    }

    fn indicators(&self) -> Option<&dyn Indicators> {
        Some(self)
    }

    fn sensors(&self) -> Option<&dyn Sensors> {
        Some(self)
    }
}

#[async_trait]
impl Indicators for FakeManagement {
    async fn supported_indicators(&self, _: &SharedTask) -> Result<Vec<Indicator>> {
        self.0.wait().await;
        Ok(indicators())
    }

    async fn indicator_state(&self, _: &SharedTask, component: Component, name: String) -> Result<IndicatorState> {
        self.0.wait().await;
        // The reference's words.
        let on_it: Vec<_> = indicators().into_iter().filter(|known| known.component == component).collect();
        if on_it.is_empty() {
            return Err(Error::invalid(format!("Invalid component {component} specified.")));
        }
        if on_it.iter().all(|known| known.name != name) {
            return Err(Error::invalid(format!("Invalid indicator {name} specified.")));
        }
        Ok(IndicatorState::On)
    }
}

/// One of the two says that it can be told what to show, as in the reference, where nothing takes the call either.
fn indicators() -> Vec<Indicator> {
    use IndicatorState::{Blinking, Off, On};
    let light = |component, name: &str, read_only, states: &[_]| Indicator {
        component,
        name: name.to_owned(),
        read_only,
        states: states.to_vec(),
    };
    vec![
        light(Component::Chassis, "led-0", true, &[Off, On]),
        light(Component::System, "led", false, &[Blinking, Off, On]),
    ]
}

#[async_trait]
impl Sensors for FakeManagement {
    async fn readings(&self, _: &SharedTask) -> Result<Vec<Sensor>> {
        self.0.wait().await;
        Ok(Vec::new())
    }
}
