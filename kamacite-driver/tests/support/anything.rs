//! An implementation of every kind of interface at once, for tests of how names are resolved.

use std::time::Duration;

use kamacite_driver::{
    Cursor, Driver, ExclusiveTask, HardwareType, Interface, Json, Offer, Progress, Result, SharedTask, async_trait,
    interfaces::*,
    model::{BootDevice, InterfaceKind, PowerState, PowerTarget},
};

/// Does nothing, in every way.
pub struct Anything;

/// Adds an implementation of a kind to a driver.
pub fn offer(driver: Driver, kind: InterfaceKind, name: &str) -> Driver {
    let of = Offer::of(Anything);
    match kind {
        InterfaceKind::Bios => driver.bios(name, of),
        InterfaceKind::Boot => driver.boot(name, of),
        InterfaceKind::Console => driver.console(name, of),
        InterfaceKind::Deploy => driver.deploy(name, of),
        InterfaceKind::Firmware => driver.firmware(name, of),
        InterfaceKind::Inspect => driver.inspect(name, of),
        InterfaceKind::Management => driver.management(name, of),
        InterfaceKind::Network => driver.network(name, of),
        InterfaceKind::Power => driver.power(name, of),
        InterfaceKind::Raid => driver.raid(name, of),
        InterfaceKind::Rescue => driver.rescue(name, of),
        InterfaceKind::Storage => driver.storage(name, of),
        InterfaceKind::Vendor => driver.vendor(name, of),
    }
}

/// A type that takes the same names for every kind.
pub fn type_of(name: &str, names: &[&str]) -> HardwareType {
    let mut of = HardwareType::generic(name);
    for kind in InterfaceKind::ALL {
        of.supported[*kind] = names.iter().map(|name| (*name).into()).collect();
    }
    of
}

#[async_trait]
impl Interface for Anything {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Bios for Anything {}
impl Boot for Anything {}
impl Firmware for Anything {}
impl Vendor for Anything {}

#[async_trait]
impl Network for Anything {
    async fn attach_vif(&self, _: &mut ExclusiveTask, _: Vif) -> Result<()> {
        Ok(())
    }

    async fn detach_vif(&self, _: &mut ExclusiveTask, _: String) -> Result<()> {
        Ok(())
    }

    async fn vifs(&self, _: &SharedTask) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Console for Anything {
    async fn access(&self, _: &SharedTask) -> Result<ConsoleAccess> {
        Ok(ConsoleAccess { kind: String::new(), url: String::new() })
    }

    async fn start(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }

    async fn stop(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Deploy for Anything {
    async fn prepare(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }

    async fn tear_down(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }

    async fn clean_up(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }

    async fn take_over(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Inspect for Anything {
    async fn inspect_hardware(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }
}

#[async_trait]
impl Management for Anything {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(Vec::new())
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        Ok(BootDeviceSetting { device: None, persistent: None })
    }

    async fn set_boot_device(&self, _: &mut ExclusiveTask, _: BootDevice, _: bool) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Anything {
    async fn power_state(&self, _: &SharedTask) -> Result<Option<PowerState>> {
        Ok(None)
    }

    async fn set_power(&self, _: &mut ExclusiveTask, _: PowerTarget, _: Option<Duration>) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Raid for Anything {
    async fn validate_raid_config(&self, _: &SharedTask, _: Json) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Rescue for Anything {
    async fn rescue(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }

    async fn unrescue(&self, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<Progress> {
        Ok(Progress::Done)
    }
}

#[async_trait]
impl Storage for Anything {
    async fn attach_volumes(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }

    async fn detach_volumes(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}
