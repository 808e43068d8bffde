//! `fake` management: a machine that always boots from the network.

use kamacite_driver::{
    Error, ExclusiveTask, Interface, Result, Services, SharedTask, async_trait,
    interfaces::{BootDeviceSetting, Management},
    model::BootDevice,
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
}
