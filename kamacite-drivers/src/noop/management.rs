//! `noop` management: for machines whose firmware tries the network first and then the disk, by itself.

use kamacite_driver::{
    Error, ExclusiveTask, Interface, Result, SharedTask, async_trait,
    interfaces::{BootDeviceSetting, Management},
    model::BootDevice,
};

/// Accepts the two devices that the machine tries anyway, and changes nothing.
pub struct NoopManagement;

const TRIED: [BootDevice; 2] = [BootDevice::Pxe, BootDevice::Disk];

#[async_trait]
impl Interface for NoopManagement {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Management for NoopManagement {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(TRIED.to_vec())
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        Ok(BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(true) })
    }

    async fn set_boot_device(&self, _: &mut ExclusiveTask, device: BootDevice, _: bool) -> Result<()> {
        if TRIED.contains(&device) {
            return Ok(());
        }
        let known = TRIED.map(BootDevice::as_str).join(", ");
        // The reference's words.
        Err(Error::invalid(format!("Invalid boot device {device} specified, supported are {known}.")))
    }
}
