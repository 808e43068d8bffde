//! How manufacturers' BMCs differ, as a table: a row for each, read by the faces.
//!
//! The rows are *like* what they are named after: the shapes clients stumble over, not anybody's firmware.

use crate::machine::Source;

/// What is peculiar to a manufacturer's BMC.
#[derive(Debug)]
pub struct Vendor {
    /// What the command line calls it.
    pub name: &'static str,
    /// Who made the machine.
    pub manufacturer: &'static str,
    /// What the machine is sold as.
    pub model: &'static str,
    /// What the BMC is sold as.
    pub bmc_model: &'static str,
    /// The version of the BMC's firmware it comes with.
    pub bmc_version: &'static str,
    /// The version of BIOS or UEFI it comes with.
    pub bios_version: &'static str,
    /// `RedfishVersion` of the service root.
    pub redfish_version: &'static str,
    /// The `Id` of the system.
    pub system: &'static str,
    /// The `Id` of the manager.
    pub manager: &'static str,
    /// The `Id` of the chassis.
    pub chassis: &'static str,
    /// Where virtual media are.
    pub media: MediaHome,
    /// How an image is put in and taken out.
    pub media_by: MediaBy,
    /// The slots for virtual media.
    pub slots: &'static [Slot],
    /// The members that set the locator light.
    pub light: LightMember,
    /// What happens to a write of `BootSourceOverrideMode`.
    pub boot_mode: BootModeRule,
    /// Whether a change of secure boot is shown no earlier than the next boot.
    pub secure_boot_waits: bool,
    /// What the boot override can point to.
    pub targets: &'static [Source],
    /// Whether writes must name the ETag of what they change.
    pub etag: EtagRule,
    /// Where a change of the system's boot override is written to instead of the system: the last part of the path of
    /// its settings resource.
    pub settings: Option<&'static str>,
    /// The last part of the path of the pending firmware settings.
    pub bios_settings: &'static str,
    /// The values of `ResetType` it takes.
    pub resets: &'static [&'static str],
    /// Whether those are told by an ActionInfo resource and not by an annotation.
    pub action_info: bool,
    /// What it says to turning on what is on, and off what is off.
    pub same_state: SameState,
    /// Whether `PowerState` shows transitions; if not, the old state until the new one is reached.
    pub transitions: bool,
    /// What a reset is answered with: 200, 202 (with a task) or 204.
    pub reset_status: u16,
    /// Which generation of sensors it has.
    pub sensors: SensorModel,
    /// How many members of a collection come on one page.
    pub page: usize,
    /// How many sessions there can be.
    pub sessions: usize,
    /// Failed log-ins before the account is locked, and for how many seconds; 0 never locks.
    pub lockout: (u32, u32),
    /// Whether an action with an empty body is refused, where DSP0266 wants an empty object.
    pub strict_body: bool,
    /// What IPMI shows of it.
    pub ipmi: Controller,
}

/// A BMC as IPMI shows it (IPMI 2.0 table 20-2).
#[derive(Clone, Copy, Debug)]
pub struct Controller {
    /// The manufacturer (IANA); 0 is nobody's.
    pub manufacturer: u32,
    /// The manufacturer's number of the product.
    pub product: u16,
    /// The firmware's major and minor number; the latter's digits count, so that 10 is `.10`.
    pub version: (u8, u8),
    /// How many sessions there can be.
    pub sessions: u8,
    /// How many bytes of a sensor record it hands out at once.
    pub sdr_bytes: u8,
}

/// Whose virtual media are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaHome {
    /// The manager's, as of old.
    Manager,
    /// The system's, as since ComputerSystem 1.13.
    System,
}

/// How an image is put in and taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaBy {
    /// By the actions InsertMedia and EjectMedia.
    Action,
    /// By those, and InsertMedia insists on TransferProtocolType.
    ActionWithProtocol,
    /// By writing `Image`.
    Patch,
}

/// A slot for virtual media.
#[derive(Debug)]
pub struct Slot {
    /// Its `Id`.
    pub id: &'static str,
    /// Its `MediaTypes`.
    pub types: &'static [&'static str],
}

/// Which members set the locator light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LightMember {
    /// `IndicatorLED`, of old.
    Indicator,
    /// `LocationIndicatorActive`, since 2020.
    Location,
    /// Either.
    Both,
}

/// What happens to a write of `BootSourceOverrideMode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootModeRule {
    /// It is taken.
    Writable,
    /// It is refused: the mode is the firmware setting `BootMode`.
    ReadOnly,
}

/// Whether writes must name an ETag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EtagRule {
    /// There are none.
    None,
    /// They may: one that does not match is refused (412).
    Offered,
    /// They must (428).
    Required,
}

/// What is said to turning on what is on, and off what is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameState {
    /// All is well.
    Accepted,
    /// A conflict (409).
    Conflict,
    /// A bad request (400).
    Bad,
}

/// Which generation of sensors there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SensorModel {
    /// Power and Thermal.
    Old,
    /// Sensors, PowerSubsystem, ThermalSubsystem.
    New,
    /// Both.
    Both,
}

impl Vendor {
    /// The row of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        VENDORS.iter().find(|vendor| vendor.name == name)
    }
}

const RESETS: &[&str] = &[
    "On",
    "ForceOff",
    "GracefulShutdown",
    "GracefulRestart",
    "ForceRestart",
    "Nmi",
    "ForceOn",
    "PushPowerButton",
    "PowerCycle",
];

const TARGETS: &[Source] =
    &[Source::Usual, Source::Network, Source::Cd, Source::Usb, Source::Disk, Source::Setup, Source::Http];

const CD: Slot = Slot { id: "Cd", types: &["CD", "DVD"] };

/// Every manufacturer known here; the first is nobody in particular.
pub const VENDORS: &[Vendor] = &[GENERIC, DELL, HPE, SUPERMICRO, AMI, LENOVO];

const GENERIC: Vendor = Vendor {
    name: "generic",
    manufacturer: "Kamacite",
    model: "Octahedrite 1",
    bmc_model: "Simulated BMC",
    bmc_version: "1.0.0",
    bios_version: "1.0.0",
    redfish_version: "1.18.0",
    system: "1",
    manager: "1",
    chassis: "1",
    media: MediaHome::Manager,
    media_by: MediaBy::Action,
    slots: &[CD, Slot { id: "Floppy", types: &["Floppy", "USBStick"] }],
    light: LightMember::Both,
    boot_mode: BootModeRule::Writable,
    secure_boot_waits: false,
    targets: TARGETS,
    etag: EtagRule::Offered,
    settings: None,
    bios_settings: "Settings",
    resets: RESETS,
    action_info: false,
    same_state: SameState::Accepted,
    transitions: true,
    reset_status: 204,
    sensors: SensorModel::Both,
    page: 50,
    sessions: 16,
    lockout: (0, 0),
    strict_body: false,
    ipmi: Controller { manufacturer: 0, product: 1, version: (1, 0), sessions: 8, sdr_bytes: 32 },
};

const DELL: Vendor = Vendor {
    name: "dell",
    manufacturer: "Dell Inc.",
    model: "PowerEdge R650",
    bmc_model: "15G Monolithic",
    bmc_version: "7.10.30.00",
    bios_version: "1.12.1",
    redfish_version: "1.17.0",
    system: "System.Embedded.1",
    manager: "iDRAC.Embedded.1",
    chassis: "System.Embedded.1",
    media: MediaHome::System,
    slots: &[Slot { id: "1", types: &["CD", "DVD", "USBStick"] }, Slot { id: "2", types: &["CD", "DVD", "USBStick"] }],
    boot_mode: BootModeRule::ReadOnly,
    secure_boot_waits: true,
    resets: &[
        "On",
        "ForceOff",
        "ForceRestart",
        "GracefulRestart",
        "GracefulShutdown",
        "PushPowerButton",
        "Nmi",
        "PowerCycle",
    ],
    same_state: SameState::Conflict,
    transitions: false,
    sessions: 8,
    ipmi: Controller { manufacturer: 674, product: 256, version: (7, 10), sessions: 4, sdr_bytes: 64 },
    ..GENERIC
};

const HPE: Vendor = Vendor {
    name: "hpe",
    manufacturer: "HPE",
    model: "ProLiant DL360 Gen10",
    bmc_model: "iLO 5",
    bmc_version: "iLO 5 v3.01",
    bios_version: "U32 v2.90",
    redfish_version: "1.13.0",
    slots: &[Slot { id: "1", types: &["Floppy", "USBStick"] }, Slot { id: "2", types: &["CD", "DVD"] }],
    light: LightMember::Indicator,
    bios_settings: "settings",
    resets: &["On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "PushPowerButton", "GracefulRestart"],
    same_state: SameState::Bad,
    transitions: false,
    reset_status: 200,
    sensors: SensorModel::Old,
    sessions: 12,
    strict_body: true,
    ipmi: Controller { manufacturer: 47_196, product: 8192, version: (3, 1), sessions: 5, sdr_bytes: 16 },
    ..GENERIC
};

const SUPERMICRO: Vendor = Vendor {
    name: "supermicro",
    manufacturer: "Supermicro",
    model: "SYS-620U-TNR",
    bmc_model: "AST2600",
    bmc_version: "01.03.24",
    bios_version: "1.8a",
    redfish_version: "1.11.0",
    media_by: MediaBy::ActionWithProtocol,
    slots: &[Slot { id: "VirtualMedia1", types: &["CD", "DVD"] }],
    light: LightMember::Indicator,
    targets: &[
        Source::Usual,
        Source::Network,
        Source::Cd,
        Source::UsbCd,
        Source::Usb,
        Source::Disk,
        Source::Setup,
        Source::DevicePath,
    ],
    etag: EtagRule::Required,
    bios_settings: "SD",
    action_info: true,
    reset_status: 200,
    sensors: SensorModel::Old,
    lockout: (5, 30),
    ipmi: Controller { manufacturer: 10_876, product: 6957, version: (1, 3), sessions: 10, sdr_bytes: 64 },
    ..GENERIC
};

const AMI: Vendor = Vendor {
    name: "ami",
    manufacturer: "American Megatrends International",
    model: "MegaRAC Board",
    bmc_model: "410810600",
    bmc_version: "13.04.01",
    bios_version: "5.22",
    redfish_version: "1.15.1",
    system: "Self",
    manager: "Self",
    chassis: "Self",
    slots: &[Slot { id: "CD1", types: &["CD", "DVD"] }, Slot { id: "HD1", types: &["USBStick"] }],
    light: LightMember::Indicator,
    etag: EtagRule::Required,
    settings: Some("SD"),
    bios_settings: "SD",
    action_info: true,
    reset_status: 202,
    page: 5,
    ipmi: Controller { manufacturer: 20_974, product: 3904, version: (13, 4), sessions: 15, sdr_bytes: 20 },
    ..GENERIC
};

const LENOVO: Vendor = Vendor {
    name: "lenovo",
    manufacturer: "Lenovo",
    model: "ThinkSystem SR650 V2",
    bmc_model: "Lenovo XClarity Controller",
    bmc_version: "AFBT58B 5.10",
    bios_version: "AFE134H 4.10",
    redfish_version: "1.16.0",
    media_by: MediaBy::Patch,
    slots: &[Slot { id: "EXT1", types: &["CD", "DVD"] }, Slot { id: "EXT2", types: &["CD", "DVD"] }],
    light: LightMember::Location,
    bios_settings: "Pending",
    same_state: SameState::Accepted,
    sensors: SensorModel::New,
    ipmi: Controller { manufacturer: 19_046, product: 1110, version: (5, 10), sessions: 4, sdr_bytes: 64 },
    ..GENERIC
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_of_its_own_and_what_a_client_needs() {
        for (i, vendor) in VENDORS.iter().enumerate() {
            assert_eq!(VENDORS.iter().position(|other| other.name == vendor.name), Some(i));
            assert!(vendor.slots.iter().any(|slot| slot.types.contains(&"CD")), "{}", vendor.name);
            assert!(vendor.targets.contains(&Source::Network) && vendor.resets.contains(&"On"), "{}", vendor.name);
            assert!(vendor.page > 0 && vendor.sessions > 0, "{}", vendor.name);
        }
        assert_eq!(Vendor::named("hpe").map(|vendor| vendor.manufacturer), Some("HPE"));
        assert!(Vendor::named("acme").is_none());
    }
}
