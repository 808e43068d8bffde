//! The boot override: what the machine starts from next, for how long, and in which mode.

/// What a machine can start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The usual device.
    Usual,
    /// The network, by PXE.
    Network,
    /// Optical media, virtual ones included.
    Cd,
    /// The same, where firmware knows it as a USB drive.
    UsbCd,
    /// A floppy disk.
    Floppy,
    /// A USB stick.
    Usb,
    /// The first disk.
    Disk,
    /// The set-up screen.
    Setup,
    /// The manufacturer's utilities.
    Utilities,
    /// Diagnostics.
    Diagnostics,
    /// An SD card.
    SdCard,
    /// The UEFI shell.
    Shell,
    /// The network, by UEFI HTTP.
    Http,
    /// The UEFI device path in [`Boot::uefi_target`].
    DevicePath,
}

/// For how long an override holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enabled {
    /// Not at all.
    Disabled,
    /// For one boot.
    Once,
    /// Until it is taken back.
    Continuous,
}

/// How firmware starts an operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// As a BIOS.
    Legacy,
    /// As UEFI.
    Uefi,
}

/// The boot override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// What to start from.
    pub target: Source,
    /// For how long.
    pub enabled: Enabled,
    /// In which mode; `None` is the mode it is in.
    pub mode: Option<Mode>,
    /// The device path that [`Source::DevicePath`] means.
    pub uefi_target: Option<Box<str>>,
    /// The URL that [`Source::Http`] fetches; `None` asks DHCP.
    pub http_uri: Option<Box<str>>,
}

/// A change of the boot override; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootChange {
    /// What to start from.
    pub target: Option<Source>,
    /// For how long.
    pub enabled: Option<Enabled>,
    /// In which mode.
    pub mode: Option<Mode>,
    /// The device path; `Some(None)` clears it.
    pub uefi_target: Option<Option<Box<str>>>,
    /// The URL; `Some(None)` clears it.
    pub http_uri: Option<Option<Box<str>>>,
}

impl Default for Boot {
    fn default() -> Self {
        Self { target: Source::Usual, enabled: Enabled::Disabled, mode: None, uefi_target: None, http_uri: None }
    }
}

impl Boot {
    pub(super) fn change(&mut self, change: BootChange) {
        let BootChange { target, enabled, mode, uefi_target, http_uri } = change;
        self.target = target.unwrap_or(self.target);
        self.enabled = enabled.unwrap_or(self.enabled);
        self.mode = mode.or(self.mode);
        self.uefi_target = uefi_target.unwrap_or(self.uefi_target.take());
        self.http_uri = http_uri.unwrap_or(self.http_uri.take());
        if self.enabled == Enabled::Disabled {
            self.target = Source::Usual;
        }
    }

    /// What a boot is from, now; an override for one boot is over thereby. Optical media that are not there are passed
    /// over.
    pub(super) fn use_up(&mut self, media: bool) -> Source {
        let wanted = match self.enabled {
            Enabled::Disabled => Source::Usual,
            Enabled::Once | Enabled::Continuous => self.target,
        };
        if self.enabled == Enabled::Once {
            self.enabled = Enabled::Disabled;
            self.target = Source::Usual;
        }
        match wanted {
            Source::Usual => Source::Disk,
            Source::Cd | Source::UsbCd if !media => Source::Disk,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(target: Source, enabled: Enabled) -> Boot {
        let mut boot = Boot::default();
        boot.change(BootChange { target: Some(target), enabled: Some(enabled), ..BootChange::default() });
        boot
    }

    #[test]
    fn once_is_for_one_boot() {
        let mut boot = over(Source::Network, Enabled::Once);
        assert_eq!(boot.use_up(false), Source::Network);
        assert_eq!((boot.enabled, boot.target), (Enabled::Disabled, Source::Usual));
        assert_eq!(boot.use_up(false), Source::Disk);
    }

    #[test]
    fn continuous_stays() {
        let mut boot = over(Source::Network, Enabled::Continuous);
        for _ in 0..3 {
            assert_eq!(boot.use_up(false), Source::Network);
        }
        boot.change(BootChange { enabled: Some(Enabled::Disabled), ..BootChange::default() });
        assert_eq!((boot.target, boot.use_up(false)), (Source::Usual, Source::Disk));
    }

    #[test]
    fn an_empty_drive_is_passed_over() {
        assert_eq!(over(Source::Cd, Enabled::Once).use_up(true), Source::Cd);
        assert_eq!(over(Source::Cd, Enabled::Once).use_up(false), Source::Disk);
    }
}
