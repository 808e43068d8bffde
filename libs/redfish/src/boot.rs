//! Boot: what a system starts from next, and in which mode.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::names::open_names;
use crate::resource::Resource;
use crate::system::System;

open_names! {
    /// What to boot from (DSP0268, `BootSource`).
    BootTarget {
        /// The usual device.
        None = "None",
        /// The network, by PXE.
        Pxe = "Pxe",
        /// A floppy disk.
        Floppy = "Floppy",
        /// A CD or DVD, virtual media included.
        Cd = "Cd",
        /// A USB device.
        Usb = "Usb",
        /// A disk.
        Hdd = "Hdd",
        /// The firmware's setup program.
        BiosSetup = "BiosSetup",
        /// The manufacturer's utilities.
        Utilities = "Utilities",
        /// The manufacturer's diagnostics.
        Diags = "Diags",
        /// The UEFI shell.
        UefiShell = "UefiShell",
        /// The UEFI device path in `UefiTargetBootSourceOverride`.
        UefiTarget = "UefiTarget",
        /// An SD card.
        SdCard = "SDCard",
        /// The network, by UEFI HTTP.
        UefiHttp = "UefiHttp",
        /// A disk elsewhere, such as iSCSI.
        RemoteDrive = "RemoteDrive",
        /// The device `BootNext` names.
        UefiBootNext = "UefiBootNext",
        /// Virtual media on Supermicro X11 and X12, where `Cd` does not boot from it. No schema
        /// has it.
        UsbCd = "UsbCd",
    }
}

open_names! {
    /// For how long an override holds (DSP0268, `BootSourceOverrideEnabled`).
    BootEnabled {
        /// Not at all.
        Disabled = "Disabled",
        /// For the next boot.
        Once = "Once",
        /// Until it is disabled.
        Continuous = "Continuous",
    }
}

open_names! {
    /// How firmware boots (DSP0268, `BootSourceOverrideMode`).
    BootMode {
        /// As a BIOS.
        Legacy = "Legacy",
        /// As UEFI.
        Uefi = "UEFI",
    }
}

/// The boot override of a system; what the BMC does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// What it would boot from, if enabled.
    pub target: Option<BootTarget>,
    /// Whether the override holds.
    pub enabled: Option<BootEnabled>,
    /// The mode it would boot in.
    pub mode: Option<BootMode>,
    /// The targets the BMC says it accepts; `None` when it does not say.
    pub targets: Option<Vec<BootTarget>>,
    /// The modes the BMC says it accepts; `None` when it does not say.
    pub modes: Option<Vec<BootMode>>,
}

/// A change of the boot override; `None` leaves a member as it is, and out of the request: some
/// BMCs refuse to be told the mode they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootChange {
    /// What to boot from.
    pub target: Option<BootTarget>,
    /// For how long.
    pub enabled: Option<BootEnabled>,
    /// In which mode.
    pub mode: Option<BootMode>,
}

impl System {
    /// The boot override when this was read.
    pub fn boot(&self) -> Boot {
        Boot::of(&self.resource)
    }

    /// The boot override that waits for the next boot, where the system names a resource for its future settings and that
    /// has one; it is told nowhere else until then. One that cannot be read is none: what the system shows is true, too.
    pub async fn pending_boot(&self) -> Option<Boot> {
        let settings = self.read_settings().await?;
        settings.body().get("Boot").is_some().then(|| Boot::of(&settings))
    }

    /// Changes the boot override. A change of nothing sends nothing.
    ///
    /// Where the system names a resource for its future settings (DSP0266, "Settings resource"), that is told what it has
    /// members for, and the system the rest. What the system takes none of goes there all the same.
    ///
    /// # Errors
    ///
    /// Those of [`crate::Bmc::patch`].
    pub async fn set_boot(&self, change: &BootChange) -> Result<()> {
        let settings = self.read_settings().await;
        let has =
            |name: &str| settings.as_ref().is_some_and(|all| all.body().pointer(&format!("/Boot/{name}")).is_some());
        let (later, now): (Map<_, _>, Map<_, _>) = change.members().into_iter().partition(|(name, _)| has(name));
        if let Some(settings) = settings.as_ref().filter(|_| !later.is_empty()) {
            self.tell(settings.path(), later).await?;
        }
        if now.is_empty() {
            return Ok(());
        }
        match (self.tell(self.path(), now.clone()).await, self.settings()) {
            (Err(Error::Rejected { status: 400 | 405 | 409, .. }), Some(settings)) => self.tell(&settings, now).await,
            (outcome, _) => outcome,
        }
    }

    async fn tell(&self, path: &str, members: Map<String, Value>) -> Result<()> {
        let reply = self.bmc.patch(path, &json!({ "Boot": members })).await?;
        self.bmc.finish(reply).await.map(drop)
    }

    async fn read_settings(&self) -> Option<Resource> {
        let settings = self.settings()?;
        let read = self.bmc.get(&settings).await;
        read.map_err(|why| tracing::debug!(%why, "the system's future settings cannot be read")).ok()
    }

    /// The resource of the system's future settings (DSP0266, "Settings resource").
    fn settings(&self) -> Option<String> {
        self.resource.link("/@Redfish.Settings/SettingsObject")
    }
}

impl Boot {
    fn of(resource: &Resource) -> Self {
        let text = |member: &str| resource.text(&format!("/Boot/{member}"));
        let allowed = |member: &str| resource.texts(&format!("/Boot/{member}@Redfish.AllowableValues"));
        Self {
            target: text("BootSourceOverrideTarget").map(|text| text.as_str().into()),
            enabled: text("BootSourceOverrideEnabled").map(|text| text.as_str().into()),
            mode: text("BootSourceOverrideMode").map(|text| text.as_str().into()),
            targets: allowed("BootSourceOverrideTarget").map(|all| all.iter().map(|one| one.as_str().into()).collect()),
            modes: allowed("BootSourceOverrideMode").map(|all| all.iter().map(|one| one.as_str().into()).collect()),
        }
    }
}

impl BootChange {
    fn members(&self) -> Map<String, Value> {
        let members = [
            ("BootSourceOverrideTarget", self.target.as_ref().map(BootTarget::as_str)),
            ("BootSourceOverrideEnabled", self.enabled.as_ref().map(BootEnabled::as_str)),
            ("BootSourceOverrideMode", self.mode.as_ref().map(BootMode::as_str)),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_sent() {
        let change = BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: None };
        assert_eq!(
            Value::Object(change.members()),
            json!({"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"})
        );
        assert!(BootChange::default().members().is_empty());
    }
}
