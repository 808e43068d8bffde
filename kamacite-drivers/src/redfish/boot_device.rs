//! Boot devices: between the model's words and Redfish's, and past the peculiarities of BMCs.

use kamacite_driver::{
    Error, ExclusiveTask, Result,
    model::{BootDevice, InterfaceKind, Node},
    serde_json::Value,
};
use redfish::{Boot, BootChange, BootEnabled, BootMode, BootTarget, System};

use super::{
    bmcs::failed,
    quirks::Write,
    read_back::{ReadBack, Seen, Written},
};

/// The devices that can be chosen, in the reference's order.
pub const SUPPORTED: [BootDevice; 5] =
    [BootDevice::Pxe, BootDevice::Disk, BootDevice::Cdrom, BootDevice::Bios, BootDevice::UefiHttp];

/// Where the device is kept that must be chosen anew before each boot, because the BMC keeps none for longer.
const KEPT: &str = "redfish_boot_device";

/// The device a BMC reports; `None` for one that the model has no word for.
pub fn from_redfish(target: &BootTarget) -> Option<BootDevice> {
    match target {
        BootTarget::Pxe => Some(BootDevice::Pxe),
        BootTarget::Hdd => Some(BootDevice::Disk),
        BootTarget::Cd | BootTarget::UsbCd => Some(BootDevice::Cdrom),
        BootTarget::BiosSetup => Some(BootDevice::Bios),
        BootTarget::UefiHttp => Some(BootDevice::UefiHttp),
        BootTarget::Floppy => Some(BootDevice::Floppy),
        BootTarget::None
        | BootTarget::Usb
        | BootTarget::Utilities
        | BootTarget::Diags
        | BootTarget::UefiShell
        | BootTarget::UefiTarget
        | BootTarget::SdCard
        | BootTarget::RemoteDrive
        | BootTarget::UefiBootNext
        | BootTarget::Other(_) => None,
    }
}

/// Chooses the device. Where the BMC refuses to keep one beyond the next boot, as newer standards let it, the device is
/// kept with the node, and [`restore`] chooses it before each boot.
///
/// # Errors
/// A device that cannot be chosen, or whatever the BMC says.
pub async fn choose(
    task: &mut ExclusiveTask,
    system: &System,
    read_back: &ReadBack,
    device: BootDevice,
    persistent: bool,
) -> Result<()> {
    let node = task.node();
    let target = to_redfish(device)?;
    if node.driver_internal_info.contains_key(KEPT) {
        task.forget(KEPT).await?;
    }
    let change = change(&node, &system.boot(), target.clone(), persistent);
    let refused = match system.set_boot(&change).await {
        Ok(()) => false,
        Err(why @ redfish::Error::Rejected { .. }) if change.enabled == Some(BootEnabled::Continuous) => {
            let once = BootChange { enabled: Some(BootEnabled::Once), ..change };
            system.set_boot(&once).await.map_err(failed)?;
            tracing::debug!(node = %node.uuid, %device, %why, "the BMC refuses to keep a boot device");
            true
        }
        Err(why) => return Err(failed(why)),
    };
    let chosen = Chosen { system: system.clone(), device, persistent: persistent && !refused, only_once: false };
    let chosen = read_back.confirm(&node, system, chosen).await?;
    if refused || chosen.only_once {
        tracing::info!(node = %node.uuid, %device, "the BMC keeps no boot device; it is chosen before each boot");
        task.remember(KEPT, device.as_str()).await?;
    }
    Ok(())
}

/// What the machine boots from, as it was chosen: with a BMC that shows it no earlier than the boot, what waits for that.
pub async fn read(system: &System) -> Boot {
    let overrides = |boot: &Boot| matches!(boot.enabled, Some(BootEnabled::Once | BootEnabled::Continuous));
    system.pending_boot().await.filter(overrides).unwrap_or_else(|| system.boot())
}

/// A boot device that was chosen, to be read back.
struct Chosen {
    system: System,
    device: BootDevice,
    persistent: bool,
    /// The BMC was told to keep it, and shows it for the next boot only.
    only_once: bool,
}

impl Written for Chosen {
    const WRITE: Write = Write::BootDevice;

    fn wanted(&self) -> String {
        let time = if self.persistent { "for good" } else { "for the next boot" };
        format!("boot device {} {time}", self.device)
    }

    async fn look(&mut self) -> redfish::Result<Seen> {
        self.system.refresh().await?;
        let seen = self.judge(&self.system.boot());
        if seen == Seen::Holds {
            return Ok(seen);
        }
        let pending = self.system.pending_boot().await.map(|boot| self.judge(&boot));
        let seen = pending.filter(|pending| matches!(pending, Seen::Holds | Seen::Nearly(_))).unwrap_or(seen);
        self.only_once = self.persistent && matches!(seen, Seen::Nearly(_));
        Ok(seen)
    }
}

impl Chosen {
    /// The device matters; for how long it is chosen, BMCs are seen to have their own way with.
    fn judge(&self, boot: &Boot) -> Seen {
        let (Some(target), Some(enabled)) = (&boot.target, &boot.enabled) else { return Seen::Untold };
        let shown = format!("{target} ({enabled})");
        let is_it = from_redfish(target) == Some(self.device);
        match (enabled, self.persistent) {
            (BootEnabled::Once, false) | (BootEnabled::Continuous, true) if is_it => Seen::Holds,
            (BootEnabled::Once | BootEnabled::Continuous, _) if is_it => Seen::Nearly(shown),
            _ => Seen::Differs(shown),
        }
    }
}

/// Chooses the device that [`choose`] kept with the node, if any. A boot from elsewhere is better than none, so that a
/// failure is only logged, and nobody waits to read it back.
pub async fn restore(node: &Node, system: &System) {
    let ours = node.interface(InterfaceKind::Management).is_some_and(|name| &**name == "redfish");
    let Some(kept) = node.driver_internal_info.get(KEPT).and_then(Value::as_str).filter(|_| ours) else { return };
    let outcome = match kept.parse().ok().and_then(|device| to_redfish(device).ok()) {
        Some(target) => system.set_boot(&change(node, &system.boot(), target, false)).await.map_err(failed),
        None => Err(Error::internal(format!("{KEPT} is {kept:?}, which is no boot device that can be chosen"))),
    };
    if let Err(why) = outcome {
        tracing::warn!(node = %node.uuid, device = kept, %why, "the boot device could not be chosen anew for this boot");
    }
}

fn to_redfish(device: BootDevice) -> Result<BootTarget> {
    match device {
        BootDevice::Pxe => Ok(BootTarget::Pxe),
        BootDevice::Disk => Ok(BootTarget::Hdd),
        BootDevice::Cdrom => Ok(BootTarget::Cd),
        BootDevice::Bios => Ok(BootTarget::BiosSetup),
        BootDevice::UefiHttp => Ok(BootTarget::UefiHttp),
        BootDevice::Safe | BootDevice::Wanboot | BootDevice::IscsiBoot | BootDevice::Floppy => {
            let choice = SUPPORTED.map(BootDevice::as_str).join(", ");
            Err(Error::invalid(format!("Invalid boot device {device} specified; choose one of: {choice}")))
        }
    }
}

/// What to tell the BMC. Most want to hear no more than what changes; some want the whole every time.
fn change(node: &Node, now: &Boot, target: BootTarget, persistent: bool) -> BootChange {
    let enabled = if persistent { BootEnabled::Continuous } else { BootEnabled::Once };
    let (enabled, mode) = match manners(node) {
        Manners::Terse => ((now.enabled.as_ref() != Some(&enabled)).then_some(enabled), None),
        Manners::Enabled => (Some(enabled), None),
        Manners::Whole => (Some(enabled), Some(now.mode.clone().unwrap_or(BootMode::Uefi))),
    };
    BootChange { target: Some(target), enabled, mode }
}

/// What a BMC wants to hear besides the device.
enum Manners {
    /// For how long, if that changes: some refuse to be told what is so already.
    Terse,
    /// For how long, always.
    Enabled,
    /// For how long and in which mode, always.
    Whole,
}

fn manners(node: &Node) -> Manners {
    const WHOLE: [&str; 4] = ["american megatrends international", "ami", "asrockrack", "redfish_compatible"];
    let vendor = node.properties.get("vendor").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    if WHOLE.iter().any(|part| vendor.contains(part)) {
        Manners::Whole
    } else if vendor == "supermicro" {
        Manners::Enabled
    } else {
        Manners::Terse
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{
        model::{Timestamp, Uuid},
        serde_json::json,
    };

    use super::*;

    #[track_caller]
    fn check(vendor: &str, now: (BootEnabled, Option<BootMode>), persistent: bool, expected: serde_json::Value) {
        let mut node = Node::new(Uuid::nil(), "redfish", Timestamp::UNIX_EPOCH);
        node.properties.insert("vendor".to_owned(), vendor.into());
        let boot = Boot { target: None, enabled: Some(now.0), mode: now.1, targets: None, modes: None };
        let change = change(&node, &boot, BootTarget::Pxe, persistent);
        let told = [change.enabled.map(|one| one.to_string()), change.mode.map(|one| one.to_string())];
        assert_eq!((change.target, json!(told)), (Some(BootTarget::Pxe), expected), "{vendor}");
    }

    #[test]
    fn a_bmc_hears_what_its_maker_wants_it_to_hear() {
        use BootEnabled::{Continuous, Disabled, Once};

        check("Dell Inc.", (Disabled, None), false, json!(["Once", null]));
        check("Dell Inc.", (Once, Some(BootMode::Uefi)), false, json!([null, null]));
        check("Dell Inc.", (Once, None), true, json!(["Continuous", null]));
        check("Supermicro", (Continuous, None), true, json!(["Continuous", null]));
        check("AMI", (Once, Some(BootMode::Legacy)), false, json!(["Once", "Legacy"]));
        check("American Megatrends International LLC.", (Once, None), false, json!(["Once", "UEFI"]));
        check("", (Disabled, None), true, json!(["Continuous", null]));
    }

    #[test]
    fn what_can_be_chosen_is_read_back_as_chosen() {
        for device in SUPPORTED {
            assert_eq!(from_redfish(&to_redfish(device).unwrap()), Some(device));
        }
        assert_eq!(from_redfish(&BootTarget::UsbCd), Some(BootDevice::Cdrom));
        assert_eq!(from_redfish(&BootTarget::Other("Tape".to_owned())), None);
        let refused = to_redfish(BootDevice::Wanboot).unwrap_err();
        assert_eq!(
            refused.message(),
            "Invalid boot device wanboot specified; choose one of: pxe, disk, cdrom, bios, uefihttp"
        );
    }
}
