//! Power states, what may be asked of a machine's power, and boot devices.

use crate::named::named;

named! {
    /// The power of a machine as last seen.
    pub enum PowerState ("power state") {
        /// The machine runs.
        On = "power on",
        /// The machine is off.
        Off = "power off",
        /// The BMC answered with something that is neither.
        Error = "error",
    }
}

named! {
    /// What a client may ask of a machine's power.
    pub enum PowerTarget ("power target") {
        /// Turn on.
        On = "power on",
        /// Turn off at once.
        Off = "power off",
        /// Off and on again.
        Reboot = "rebooting",
        /// Ask the operating system to restart.
        SoftReboot = "soft rebooting",
        /// Ask the operating system to shut down.
        SoftOff = "soft power off",
    }
}

impl PowerTarget {
    /// The state the machine is in when the target has been reached.
    pub const fn reaches(self) -> PowerState {
        match self {
            Self::On | Self::Reboot | Self::SoftReboot => PowerState::On,
            Self::Off | Self::SoftOff => PowerState::Off,
        }
    }
}

named! {
    /// Where a machine may boot from.
    pub enum BootDevice ("boot device") {
        /// The network.
        Pxe = "pxe",
        /// The first disk.
        Disk = "disk",
        /// Virtual or physical optical media.
        Cdrom = "cdrom",
        /// The firmware's set-up screen.
        Bios = "bios",
        /// The firmware's diagnostic mode or safe mode.
        Safe = "safe",
        /// A wanboot-capable network.
        Wanboot = "wanboot",
        /// An iSCSI volume.
        IscsiBoot = "iscsiboot",
        /// A floppy or a USB stick that pretends to be one.
        Floppy = "floppy",
        /// UEFI HTTP boot.
        UefiHttp = "uefihttp",
    }
}

named! {
    /// How the firmware starts an operating system.
    pub enum BootMode ("boot mode") {
        /// Legacy BIOS.
        Bios = "bios",
        /// UEFI.
        Uefi = "uefi",
    }
}
