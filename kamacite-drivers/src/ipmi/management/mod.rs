//! `ipmitool` management: what a machine boots from, and whatever else its BMC manages: a file for each ability.

mod nmi;
mod sensors;
mod vendor_name;

use std::sync::Arc;

use kamacite_driver::{
    ExclusiveTask, Interface, Property, Result, SharedTask, async_trait,
    interfaces::{BootDeviceSetting, DetectVendor, InjectNmi, Management, Sensors},
    model::BootDevice,
};

use super::{bmcs::Bmcs, boot_device, driver_info};

/// Chooses boot devices by the boot flags (IPMI 2.0 table 28-14, parameter 5).
pub struct IpmiManagement {
    bmcs: Arc<Bmcs>,
}

impl IpmiManagement {
    pub fn new(bmcs: &Arc<Bmcs>) -> Self {
        Self { bmcs: bmcs.clone() }
    }
}

#[async_trait]
impl Interface for IpmiManagement {
    fn properties(&self) -> Vec<Property> {
        driver_info::properties()
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.bmcs.of(&task.node()).map(drop)
    }
}

#[async_trait]
impl Management for IpmiManagement {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(boot_device::SUPPORTED.to_vec())
    }

    async fn boot_device(&self, task: &SharedTask) -> Result<BootDeviceSetting> {
        let node = task.node();
        boot_device::read(&node, &*self.bmcs.of(&node)?).await
    }

    async fn set_boot_device(&self, task: &mut ExclusiveTask, device: BootDevice, persistent: bool) -> Result<()> {
        let bmc = self.bmcs.of(&task.node())?;
        boot_device::choose(task, &bmc, &self.bmcs, device, persistent).await
    }

    fn nmi(&self) -> Option<&dyn InjectNmi> {
        Some(self)
    }

    fn sensors(&self) -> Option<&dyn Sensors> {
        Some(self)
    }

    fn vendor_name(&self) -> Option<&dyn DetectVendor> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        ErrorKind,
        model::{InterfaceKind, PowerTarget},
    };
    use serde_json::json;

    use super::*;
    use crate::ipmi::bench::{
        Act, BOOT_FLAGS, Bench, CHASSIS_CONTROL, SET_BOOT_OPTIONS, Scripted, boot_options, node_with_bmc, refusal,
        shows,
    };

    async fn chooses(bench: &Bench, device: BootDevice, persistent: bool) -> Result<()> {
        bench.on().management.set_boot_device(&mut bench.exclusive(), device, persistent).await
    }

    async fn read(bench: &Bench) -> Result<BootDeviceSetting> {
        bench.on().management.boot_device(&bench.shared()).await
    }

    /// The flags that were set, without those that frame them.
    fn flags(bmc: &Scripted) -> Vec<Vec<u8>> {
        boot_options(bmc).into_iter().filter(|data| data[0] == 5).map(|data| data[1..3].to_vec()).collect()
    }

    #[tokio::test]
    async fn the_boot_device_is_read() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for (how, selector, device, persistent) in [
            (0x80, 0x04, Some(BootDevice::Pxe), false),
            (0xe0, 0x08, Some(BootDevice::Disk), true),
            (0x80, 0x0c, Some(BootDevice::Safe), false),
            (0x00, 0x00, None, false),
        ] {
            bmc.on(BOOT_FLAGS, [Act::Answer(0, vec![1, 5, how, selector, 0, 0, 0])]);
            assert_eq!(read(&bench).await.unwrap(), BootDeviceSetting { device, persistent: Some(persistent) });
        }
        bmc.on(BOOT_FLAGS, [Act::Answer(0x80, vec![])]);
        assert_eq!(refusal(read(&bench).await).0, ErrorKind::Hardware);
    }

    #[tokio::test]
    async fn the_boot_device_is_chosen_for_the_nodes_boot_mode() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        chooses(&bench, BootDevice::Pxe, false).await.unwrap();
        assert_eq!(boot_options(&bmc)[0], [3, 8], "it is not to be forgotten after a minute");
        chooses(&bench, BootDevice::Disk, true).await.unwrap();
        bench.machine.change(|node| {
            node.properties.insert("capabilities".to_owned(), "boot_mode:bios".into());
        });
        chooses(&bench, BootDevice::Cdrom, true).await.unwrap();
        assert_eq!(flags(&bmc), [[0xa0, 0x04], [0xe0, 0x08], [0xc0, 0x14]]);
        assert!(bench.machine.effects().is_empty());
        let (kind, words) = refusal(chooses(&bench, BootDevice::Floppy, false).await);
        assert!(kind == ErrorKind::Invalid && words.contains("Invalid boot device floppy specified"), "{words}");
    }

    #[tokio::test]
    async fn the_boot_timeout_is_left_alone_where_the_node_or_the_option_says_so() {
        for (options, said, expected) in [
            (&[][..], None, 1),
            (&[][..], Some("False"), 0),
            (&[("ipmi", "disable_boot_timeout", "false")][..], None, 0),
            (&[("ipmi", "disable_boot_timeout", "false")][..], Some("true"), 1),
        ] {
            let (bench, bmc) = node_with_bmc(options).await;
            if let Some(said) = said {
                bench.machine.change(|node| {
                    node.driver_info.insert("ipmi_disable_boot_timeout".to_owned(), said.into());
                });
            }
            chooses(&bench, BootDevice::Pxe, false).await.unwrap();
            assert_eq!(boot_options(&bmc).iter().filter(|data| data[0] == 3).count(), expected);
        }
    }

    #[tokio::test]
    async fn a_bmc_that_knows_flags_only_is_told_them_all_the_same() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        let no = || Act::Answer(0x80, vec![]);
        bmc.on(SET_BOOT_OPTIONS, [no(), no(), no(), Act::Answer(0, vec![]), no()]);
        chooses(&bench, BootDevice::Pxe, false).await.unwrap();
        bmc.on(SET_BOOT_OPTIONS, [Act::Answer(0xd4, vec![])]);
        assert!(refusal(chooses(&bench, BootDevice::Pxe, false).await).1.contains("ipmi_priv_level"));
    }

    #[tokio::test]
    async fn a_forced_device_is_chosen_before_each_boot() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        bmc.on(CHASSIS_CONTROL, [Act::Answer(0, vec![])]);
        bench.machine.change(|node| {
            node.interfaces[InterfaceKind::Management] = Some("ipmitool".into());
            node.driver_info.insert("ipmi_force_boot_device".to_owned(), "True".into());
        });
        chooses(&bench, BootDevice::Pxe, true).await.unwrap();
        assert_eq!(flags(&bmc), [[0xa0, 0x04]], "for once");
        assert_eq!(
            read(&bench).await.unwrap(),
            BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(true) }
        );
        let power = async |target| {
            shows(&bmc, &[false, true]);
            bench.on().power.set_power(&mut bench.exclusive(), target, None).await.unwrap();
        };
        power(PowerTarget::On).await;
        power(PowerTarget::Reboot).await;
        assert_eq!(flags(&bmc), [[0xa0, 0x04]; 3]);
        // Once from elsewhere, then as before.
        chooses(&bench, BootDevice::Cdrom, false).await.unwrap();
        assert_eq!(bench.node().driver_internal_info["is_next_boot_persistent"], json!(false));
        power(PowerTarget::On).await;
        power(PowerTarget::On).await;
        assert_eq!(flags(&bmc)[3..], [[0xa0, 0x14], [0xa0, 0x04]]);
        // It cannot: a boot from elsewhere is better than none.
        bmc.on(SET_BOOT_OPTIONS, [Act::Answer(0xff, vec![])]);
        power(PowerTarget::On).await;
        shows(&bmc, &[true, false]);
        bench.on().power.set_power(&mut bench.exclusive(), PowerTarget::SoftOff, None).await.unwrap();
        assert_eq!(flags(&bmc).len(), 6, "it is not a boot");
    }
}
