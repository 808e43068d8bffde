//! `redfish` management: what a machine boots from, and whatever else its BMC manages: a file for each ability.

mod boot_modes;
mod health;
mod indicators;
mod nics;
mod nmi;
mod secure_boot;
mod sensors;
mod virtual_media;

use std::sync::Arc;

use kamacite_driver::{
    ExclusiveTask, Interface, Property, Result, SharedTask, async_trait,
    interfaces::{
        BootDeviceSetting, BootModes, DetectVendor, HealthReport, Indicators, InjectNmi, Management, Nics, SecureBoot,
        Sensors, SwitchIndicators, VirtualMedia,
    },
    model::BootDevice,
};
use redfish::BootEnabled;

use super::{bmcs::Bmcs, boot_device, driver_info};

/// Chooses boot devices by the boot override (DSP0268, ComputerSystem `Boot`).
pub struct RedfishManagement {
    bmcs: Arc<Bmcs>,
}

impl RedfishManagement {
    pub fn new(bmcs: &Arc<Bmcs>) -> Self {
        Self { bmcs: bmcs.clone() }
    }
}

#[async_trait]
impl Interface for RedfishManagement {
    fn properties(&self) -> Vec<Property> {
        driver_info::properties()
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.bmcs.of(&task.node()).map(drop)
    }
}

#[async_trait]
impl Management for RedfishManagement {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(boot_device::SUPPORTED.to_vec())
    }

    async fn boot_device(&self, task: &SharedTask) -> Result<BootDeviceSetting> {
        let boot = boot_device::read(&self.bmcs.system(task).await?).await;
        Ok(BootDeviceSetting {
            device: boot.target.as_ref().and_then(boot_device::from_redfish),
            persistent: boot.enabled.and_then(|enabled| match enabled {
                BootEnabled::Continuous => Some(true),
                BootEnabled::Once => Some(false),
                BootEnabled::Disabled | BootEnabled::Other(_) => None,
            }),
        })
    }

    async fn set_boot_device(&self, task: &mut ExclusiveTask, device: BootDevice, persistent: bool) -> Result<()> {
        let system = self.bmcs.system(task).await?;
        boot_device::choose(task, &system, &self.bmcs.read_back, device, persistent).await
    }

    fn boot_modes(&self) -> Option<&dyn BootModes> {
        Some(self)
    }

    fn secure_boot(&self) -> Option<&dyn SecureBoot> {
        Some(self)
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

    fn health(&self) -> Option<&dyn HealthReport> {
        Some(self)
    }

    fn virtual_media(&self) -> Option<&dyn VirtualMedia> {
        Some(self)
    }

    fn vendor_name(&self) -> Option<&dyn DetectVendor> {
        Some(self)
    }

    fn nics(&self) -> Option<&dyn Nics> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        Effect,
        model::{InterfaceKind, PowerTarget},
    };
    use serde_json::json;

    use super::*;
    use crate::redfish::bench::{Bench, RESET, SYSTEM, Scripted, error, node_with_bmc, ok, system};

    async fn chooses(bench: &Bench, device: BootDevice, persistent: bool) -> Result<()> {
        bench.on().management.set_boot_device(&mut bench.exclusive(), device, persistent).await
    }

    fn told(bmc: &Scripted) -> Vec<serde_json::Value> {
        let what = format!("PATCH {SYSTEM}");
        bmc.calls().iter().filter(|call| call.what == what).map(|call| call.json()["Boot"].clone()).collect()
    }

    #[tokio::test]
    async fn the_boot_device_is_read() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (target, enabled, device, persistent) in [
            ("Pxe", "Once", Some(BootDevice::Pxe), Some(false)),
            ("Hdd", "Continuous", Some(BootDevice::Disk), Some(true)),
            ("None", "Disabled", None, None),
            ("Tape", "Sometimes", None, None),
        ] {
            let boot = json!({"BootSourceOverrideTarget": target, "BootSourceOverrideEnabled": enabled});
            bmc.has(SYSTEM, json!({ "Boot": boot }));
            let read = bench.on().management.boot_device(&bench.shared()).await.unwrap();
            assert_eq!(read, BootDeviceSetting { device, persistent }, "{target} {enabled}");
        }
        bmc.has(SYSTEM, json!({}));
        let read = bench.on().management.boot_device(&bench.shared()).await.unwrap();
        assert_eq!(read, BootDeviceSetting { device: None, persistent: None });
    }

    #[tokio::test]
    async fn the_boot_device_is_chosen_for_once_or_for_good() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        bmc.on(&format!("PATCH {SYSTEM}"), [ok(json!({}))]);
        chooses(&bench, BootDevice::Cdrom, false).await.unwrap();
        chooses(&bench, BootDevice::Disk, true).await.unwrap();
        assert_eq!(
            told(&bmc),
            [
                json!({"BootSourceOverrideTarget": "Cd", "BootSourceOverrideEnabled": "Once"}),
                json!({"BootSourceOverrideTarget": "Hdd", "BootSourceOverrideEnabled": "Continuous"}),
            ]
        );
        assert!(bench.machine.effects().is_empty());
        chooses(&bench, BootDevice::Floppy, false).await.unwrap_err();
        assert_eq!(told(&bmc).len(), 2);
    }

    #[tokio::test]
    async fn a_device_the_bmc_does_not_keep_is_chosen_before_each_boot() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        let patch = format!("PATCH {SYSTEM}");
        bmc.on(&patch, [error(400, "Continuous is not supported."), ok(json!({}))]);
        bmc.on(&format!("POST {RESET}"), [ok(json!({}))]);
        bench.machine.change(|node| node.interfaces[InterfaceKind::Management] = Some("redfish".into()));
        chooses(&bench, BootDevice::Pxe, true).await.unwrap();
        assert_eq!(bench.node().driver_internal_info.text("redfish_boot_device"), Some("pxe"));
        let once = json!({"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"});
        assert_eq!(told(&bmc)[1], once);

        let power = |target| {
            let bench = &bench;
            async move { bench.on().power.set_power(&mut bench.exclusive(), target, None).await.unwrap() }
        };
        bmc.has(SYSTEM, system("Off"));
        power(PowerTarget::SoftOff).await;
        assert_eq!(told(&bmc).len(), 2, "it is not a boot");
        bmc.has(SYSTEM, system("On"));
        power(PowerTarget::On).await;
        power(PowerTarget::Reboot).await;
        assert_eq!(told(&bmc)[2..], [once.clone(), once]);

        // It cannot: a boot from elsewhere is better than none.
        bmc.on(&patch, [error(500, "Out of order.")]);
        power(PowerTarget::On).await;

        bmc.on(&patch, [ok(json!({}))]);
        chooses(&bench, BootDevice::Disk, true).await.unwrap();
        assert_eq!(bench.machine.effects().last(), Some(&Effect::Forget { key: "redfish_boot_device".to_owned() }));
    }

    #[tokio::test]
    async fn a_refusal_of_one_boot_is_told() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        bmc.on(&format!("PATCH {SYSTEM}"), [error(400, "Cd is not supported.")]);
        for persistent in [false, true] {
            let why = chooses(&bench, BootDevice::Cdrom, persistent).await.unwrap_err();
            assert!(why.message().contains("Cd is not supported"), "{why}");
        }
        assert!(bench.node().driver_internal_info.is_empty());
    }
}
