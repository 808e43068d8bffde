//! Boot options: what a machine starts from next, and for how long the BMC remembers it.

use crate::bmc::Bmc;
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::wire::{Malformed, NETFN_CHASSIS};

const SET_BOOT_OPTIONS: u8 = 0x08;
const GET_BOOT_OPTIONS: u8 = 0x09;

/// Parameters of boot options (IPMI 2.0 table 28-14).
const SET_IN_PROGRESS: u8 = 0;
const VALID_BIT_CLEARING: u8 = 3;
const INFO_ACKNOWLEDGE: u8 = 4;
const BOOT_FLAGS: u8 = 5;

/// The boot flags (IPMI 2.0 table 28-14, parameter 5), but for those that concern keyboard, screen and console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootFlags {
    /// Whether they are to be followed. BMCs take this back once they have been, or a minute after they were set.
    pub valid: bool,
    /// Whether they hold for every boot from now on, or for the next one only.
    pub persistent: bool,
    /// How firmware boots.
    pub mode: BootMode,
    /// What it boots from.
    pub device: BootDevice,
}

impl BootFlags {
    /// The data of the parameter.
    pub fn encode(&self) -> [u8; 5] {
        let bit = |set: bool, bit: u8| if set { 1 << bit } else { 0 };
        let how = bit(self.valid, 7) | bit(self.persistent, 6) | bit(self.mode == BootMode::Efi, 5);
        [how, self.device.number() << 2, 0, 0, 0]
    }

    /// Reads the data of the answer to Get System Boot Options.
    ///
    /// # Errors
    ///
    /// It is cut off, or of another parameter.
    pub fn decode(data: &[u8]) -> Result<Self, Malformed> {
        // The parameter's version and its number come first.
        let &[_version, parameter, how, device, ..] = data else {
            return Err(Malformed::Short { what: "the boot flags", wanted: 4, left: data.len() });
        };
        if parameter & 0x7f != BOOT_FLAGS {
            return Err(Malformed::Value { what: "the parameter", value: u32::from(parameter & 0x7f) });
        }
        Ok(Self {
            // The parameter as a whole can be marked as invalid, too.
            valid: how & 0x80 != 0 && parameter & 0x80 == 0,
            persistent: how & 0x40 != 0,
            mode: if how & 0x20 != 0 { BootMode::Efi } else { BootMode::Legacy },
            device: BootDevice::from_number(device >> 2 & 0x0f),
        })
    }
}

/// How firmware boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BootMode {
    /// As a BIOS.
    Legacy,
    /// As UEFI.
    Efi,
}

/// What a machine boots from (IPMI 2.0 table 28-14, parameter 5, data 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BootDevice {
    /// Whatever its firmware prefers.
    NoOverride,
    /// The network.
    Pxe,
    /// The first hard disk.
    Disk,
    /// The first hard disk, in safe mode.
    SafeMode,
    /// A partition with diagnostics.
    Diagnostics,
    /// A CD or DVD.
    CdRom,
    /// The firmware's setup program.
    BiosSetup,
    /// A remote floppy disk, or other removable media, that the BMC presents.
    RemoteFloppy,
    /// A remote CD or DVD that the BMC presents.
    RemoteCdRom,
    /// The first remote medium that the BMC presents.
    RemoteMedia,
    /// A remote hard disk that the BMC presents.
    RemoteDisk,
    /// The first floppy disk, or other removable medium.
    Floppy,
    /// A number the standard does not have: 10, 12, 13 or 14.
    Other(u8),
}

/// The numbers of devices.
const DEVICES: [(BootDevice, u8); 12] = [
    (BootDevice::NoOverride, 0),
    (BootDevice::Pxe, 1),
    (BootDevice::Disk, 2),
    (BootDevice::SafeMode, 3),
    (BootDevice::Diagnostics, 4),
    (BootDevice::CdRom, 5),
    (BootDevice::BiosSetup, 6),
    (BootDevice::RemoteFloppy, 7),
    (BootDevice::RemoteCdRom, 8),
    (BootDevice::RemoteMedia, 9),
    (BootDevice::RemoteDisk, 11),
    (BootDevice::Floppy, 15),
];

impl BootDevice {
    fn number(self) -> u8 {
        match self {
            Self::Other(number) => number & 0x0f,
            known => DEVICES.iter().find(|(device, _)| *device == known).map_or(0, |(_, number)| *number),
        }
    }

    fn from_number(number: u8) -> Self {
        DEVICES.iter().find(|(_, its)| *its == number).map_or(Self::Other(number), |(device, _)| *device)
    }
}

/// When a BMC takes back the validity of boot flags on its own (IPMI 2.0 table 28-14, parameter 3): the parts of it
/// that can be switched off. What is `true` is switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeepBootFlags {
    /// On a power-up by the button or by a wake event.
    pub power_up: bool,
    /// On a reset by the button.
    pub reset_button: bool,
    /// On a reset or power cycle by the watchdog.
    pub watchdog: bool,
    /// Sixty seconds after they were set without a Chassis Control since: the one Ironic's `ipmi_disable_boot_timeout`
    /// means.
    pub timeout: bool,
    /// On a reset or power cycle by a platform event filter.
    pub event_filter: bool,
}

impl Bmc {
    /// Reads the boot flags.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`]. Some BMCs can be told and not asked: [`Error::Completion`].
    pub async fn boot_flags(&self) -> Result<BootFlags> {
        let data = [BOOT_FLAGS, 0, 0];
        let request = Request::reading("Get System Boot Options: boot flags", NETFN_CHASSIS, GET_BOOT_OPTIONS, &data);
        let data = self.send(&request).await?;
        BootFlags::decode(&data).map_err(|problem| Error::Malformed { asked: request.asked(&self.address()), problem })
    }

    /// Sets the boot flags, in the order the standard asks for (28.12): that a change is under way, that what the last
    /// boot left behind does not matter any more, the flags, and that the change is complete. BMCs need the flags only:
    /// what they say of the rest does not count.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn set_boot_flags(&self, flags: &BootFlags) -> Result<()> {
        self.set_boot_option_if_known("set in progress", SET_IN_PROGRESS, &[1]).await?;
        // That firmware has handled the boot information, and the mask that says so.
        self.set_boot_option_if_known("boot info acknowledge", INFO_ACKNOWLEDGE, &[1, 1]).await?;
        let outcome = self.send(&set(WHAT_FLAGS, BOOT_FLAGS, &flags.encode())).await;
        // Also after a failure, lest nobody else can set anything.
        let completed = self.set_boot_option_if_known("set complete", SET_IN_PROGRESS, &[0]).await;
        outcome?;
        completed
    }

    /// Sets when the BMC takes back the validity of boot flags on its own.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn keep_boot_flags(&self, keep: KeepBootFlags) -> Result<()> {
        let bits = [keep.power_up, keep.reset_button, keep.watchdog, keep.timeout, keep.event_filter];
        let byte = (0..).zip(bits).fold(0u8, |byte, (bit, set)| byte | u8::from(set) << bit);
        let what = "Set System Boot Options: boot flag valid bit clearing";
        self.send(&set(what, VALID_BIT_CLEARING, &[byte])).await.map(drop)
    }

    async fn set_boot_option_if_known(&self, what: &'static str, parameter: u8, data: &[u8]) -> Result<()> {
        match self.send(&set(WHAT_OPTION, parameter, data)).await {
            Ok(_) => Ok(()),
            Err(Error::Completion { code, .. }) if code != Completion::PRIVILEGE => {
                tracing::debug!(bmc = %self.address(), option = what, %code, "the BMC does without a boot option");
                Ok(())
            }
            Err(e) => Err(e),
        }
    }
}

const WHAT_FLAGS: &str = "Set System Boot Options: boot flags";
const WHAT_OPTION: &str = "Set System Boot Options";

fn set(what: &'static str, parameter: u8, data: &[u8]) -> Request {
    Request::settling(what, NETFN_CHASSIS, SET_BOOT_OPTIONS, &[&[parameter], data].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn flags_are_as_the_standard_has_them() {
        let pxe_once = BootFlags { valid: true, persistent: false, mode: BootMode::Legacy, device: BootDevice::Pxe };
        assert_eq!(pxe_once.encode(), [0x80, 0x04, 0, 0, 0]);
        let efi_disk = BootFlags { valid: true, persistent: true, mode: BootMode::Efi, device: BootDevice::Disk };
        assert_eq!(efi_disk.encode(), [0xe0, 0x08, 0, 0, 0]);
    }

    #[test]
    fn flags_come_back() {
        for device in (0..16).map(BootDevice::from_number) {
            for (valid, persistent, mode) in
                [(true, false, BootMode::Efi), (false, true, BootMode::Legacy), (true, true, BootMode::Efi)]
            {
                let flags = BootFlags { valid, persistent, mode, device };
                let data = [&[1, BOOT_FLAGS], &flags.encode()[..]].concat();
                assert_eq!(BootFlags::decode(&data).unwrap(), flags);
            }
        }
        assert!(!BootFlags::decode(&[1, 0x85, 0x80, 0, 0, 0, 0]).unwrap().valid);
        assert!(BootFlags::decode(&[1, 5, 0x80]).is_err());
        assert!(BootFlags::decode(&[1, 4, 0x80, 0]).is_err());
    }
}
