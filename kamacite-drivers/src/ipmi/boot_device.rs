//! Boot devices: between the model's words and IPMI's, and for BMCs that keep none.

use ipmi::{BootDevice as Device, BootFlags, BootMode as Mode, Completion};
use kamacite_driver::{
    Error, ExclusiveTask, Result,
    interfaces::BootDeviceSetting,
    model::{BootDevice, BootMode, InterfaceKind, Node},
    serde_json::Value,
};

use super::{bmc::Bmc, bmcs::Bmcs, boot_mode, driver_info};

/// The devices that can be chosen, in the reference's order.
pub const SUPPORTED: [BootDevice; 5] =
    [BootDevice::Pxe, BootDevice::Disk, BootDevice::Cdrom, BootDevice::Bios, BootDevice::Safe];

/// Where the device is kept that is chosen anew before each boot, and that the next boot is from elsewhere. Both are the
/// reference's keys.
const KEPT: &str = "persistent_boot_device";
const NEXT_IS_KEPT: &str = "is_next_boot_persistent";

/// Chooses the device. Where the node asks for it (`ipmi_force_boot_device`), a device for good is kept with the node, and
/// [`restore`] chooses it before each boot.
///
/// # Errors
/// A device that cannot be chosen, or whatever the BMC says.
pub async fn choose(
    task: &mut ExclusiveTask,
    bmc: &Bmc,
    bmcs: &Bmcs,
    device: BootDevice,
    persistent: bool,
) -> Result<()> {
    let node = task.node();
    let forced = driver_info::forces_boot_device(&node);
    tell(&node, bmc, bmcs, device, persistent && !forced).await?;
    match (forced, persistent) {
        (false, _) => Ok(()),
        (true, false) => task.remember(NEXT_IS_KEPT, false).await,
        (true, true) => {
            if node.driver_internal_info.contains_key(NEXT_IS_KEPT) {
                task.forget(NEXT_IS_KEPT).await?;
            }
            task.remember(KEPT, device.as_str()).await
        }
    }
}

/// Chooses the device that [`choose`] kept with the node, if any. A boot from elsewhere is better than none, so that a
/// failure is only logged.
pub async fn restore(task: &mut ExclusiveTask, bmc: &Bmc, bmcs: &Bmcs) {
    let node = task.node();
    let ours = node.interface(InterfaceKind::Management).is_some_and(|name| &**name == "ipmitool");
    if !ours || !driver_info::forces_boot_device(&node) {
        return;
    }
    let outcome = if next_is_another(&node) {
        // Whatever was chosen for this boot stays so; the one after it is as before.
        task.forget(NEXT_IS_KEPT).await
    } else {
        match kept(&node) {
            Some(device) => tell(&node, bmc, bmcs, device, false).await,
            None => Ok(()),
        }
    };
    if let Err(why) = outcome {
        tracing::warn!(node = %node.uuid, %why, "the boot device could not be chosen anew for this boot");
    }
}

/// Reads what the machine boots from.
///
/// # Errors
/// Whatever the BMC says.
pub async fn read(node: &Node, bmc: &Bmc) -> Result<BootDeviceSetting> {
    if driver_info::forces_boot_device(node)
        && !next_is_another(node)
        && let Some(device) = kept(node)
    {
        return Ok(BootDeviceSetting { device: Some(device), persistent: Some(true) });
    }
    let flags = bmc.boot_flags().await?;
    Ok(BootDeviceSetting { device: from_ipmi(node, &flags), persistent: Some(flags.persistent) })
}

fn next_is_another(node: &Node) -> bool {
    node.driver_internal_info.get(NEXT_IS_KEPT) == Some(&Value::Bool(false))
}

fn kept(node: &Node) -> Option<BootDevice> {
    node.driver_internal_info.text(KEPT)?.parse().ok().filter(|device| SUPPORTED.contains(device))
}

async fn tell(node: &Node, bmc: &Bmc, bmcs: &Bmcs, device: BootDevice, persistent: bool) -> Result<()> {
    let flags = flags(node, boot_mode::of(node, bmcs.default_boot_mode.0), device, persistent)?;
    if driver_info::disables_boot_timeout(node, &bmcs.defaults) {
        match bmc.keep_boot_flags().await {
            // Some do not know of it, and forget nothing either.
            Err(why) if why.completion().is_some_and(|code| code != Completion::PRIVILEGE) => {
                tracing::debug!(node = %node.uuid, %why, "the BMC takes no word on when it forgets a boot device");
            }
            told => told?,
        }
    }
    Ok(bmc.set_boot_flags(&flags).await?)
}

fn flags(node: &Node, mode: BootMode, device: BootDevice, persistent: bool) -> Result<BootFlags> {
    let mode = match mode {
        BootMode::Bios => Mode::Legacy,
        BootMode::Uefi => Mode::Efi,
    };
    let device = match device {
        BootDevice::Pxe => Device::Pxe,
        BootDevice::Disk if mode == Mode::Efi && is_supermicro(node) => SUPERMICRO_DISK,
        BootDevice::Disk => Device::Disk,
        BootDevice::Cdrom => Device::CdRom,
        BootDevice::Bios => Device::BiosSetup,
        BootDevice::Safe => Device::SafeMode,
        BootDevice::UefiHttp | BootDevice::Wanboot | BootDevice::IscsiBoot | BootDevice::Floppy => {
            let choice = SUPPORTED.map(BootDevice::as_str).join(", ");
            return Err(Error::invalid(format!("Invalid boot device {device} specified; choose one of: {choice}")));
        }
    };
    Ok(BootFlags { valid: true, persistent, mode, device })
}

/// What Supermicro takes for the disk where the firmware is UEFI.
const SUPERMICRO_DISK: Device = Device::RemoteMedia;

fn is_supermicro(node: &Node) -> bool {
    let vendor = node.properties.get("vendor").and_then(Value::as_str).unwrap_or_default();
    vendor.eq_ignore_ascii_case("supermicro")
}

fn from_ipmi(node: &Node, flags: &BootFlags) -> Option<BootDevice> {
    match flags.device {
        Device::Pxe => Some(BootDevice::Pxe),
        Device::Disk => Some(BootDevice::Disk),
        SUPERMICRO_DISK if flags.mode == Mode::Efi && is_supermicro(node) => Some(BootDevice::Disk),
        Device::SafeMode => Some(BootDevice::Safe),
        Device::CdRom | Device::RemoteCdRom => Some(BootDevice::Cdrom),
        Device::BiosSetup => Some(BootDevice::Bios),
        Device::Floppy | Device::RemoteFloppy => Some(BootDevice::Floppy),
        Device::NoOverride | Device::Diagnostics | Device::RemoteMedia | Device::RemoteDisk | Device::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::model::{Timestamp, Uuid};

    use super::*;

    #[test]
    fn what_can_be_chosen_is_read_back_as_chosen() {
        let mut node = Node::new(Uuid::nil(), "ipmi", Timestamp::UNIX_EPOCH);
        for vendor in ["", "Supermicro"] {
            node.properties.insert("vendor".to_owned(), vendor.into());
            for mode in [BootMode::Bios, BootMode::Uefi] {
                for device in SUPPORTED {
                    assert_eq!(from_ipmi(&node, &flags(&node, mode, device, true).unwrap()), Some(device));
                }
            }
        }
        // As the reference tells it.
        let disk = |mode| flags(&node, mode, BootDevice::Disk, false).unwrap().encode();
        assert_eq!([disk(BootMode::Uefi), disk(BootMode::Bios)], [[0xa0, 0x24, 0, 0, 0], [0x80, 0x08, 0, 0, 0]]);
        let refused = flags(&node, BootMode::Uefi, BootDevice::Wanboot, true).unwrap_err();
        assert_eq!(
            refused.message(),
            "Invalid boot device wanboot specified; choose one of: pxe, disk, cdrom, bios, safe"
        );
    }
}
