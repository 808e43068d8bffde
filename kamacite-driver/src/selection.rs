//! What is enabled: the options that choose hardware types and implementations, with the reference's names and defaults.

use kamacite_model::{
    InterfaceKind, InterfaceMap,
    options::{Opt, OptionSpec, Options},
};

/// What the configuration enables.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Hardware types.
    pub types: Choice,
    /// Implementations of each kind.
    pub interfaces: InterfaceMap<Choice>,
    /// The implementation that nodes get when they choose none.
    pub defaults: InterfaceMap<Option<String>>,
}

/// Names, and whether somebody chose them.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The option that says it, as `[group]name`.
    pub option: &'static str,
    /// The names, in order.
    pub names: Vec<String>,
    /// Whether the configuration gives them; a default passes over what the program does not contain.
    pub given: bool,
}

impl Selection {
    /// Reads what the configuration enables.
    pub fn from_options(options: &Options) -> Self {
        let choice = |option: &Opt<Vec<String>>| {
            let OptionSpec { group, name, .. } = option.spec();
            Choice { option: name, names: options.get(option), given: options.text(group, name).is_some() }
        };
        Self {
            types: choice(&ENABLED_HARDWARE_TYPES),
            interfaces: InterfaceMap::from_fn(|kind| choice(&rows(kind).0)),
            defaults: InterfaceMap::from_fn(|kind| options.get(&rows(kind).1)),
        }
    }
}

/// The options that choose.
pub fn options() -> Vec<OptionSpec> {
    let enabled = InterfaceKind::ALL.iter().map(|kind| rows(*kind).0.spec());
    let default = InterfaceKind::ALL.iter().map(|kind| rows(*kind).1.spec());
    [ENABLED_HARDWARE_TYPES.spec()].into_iter().chain(enabled).chain(default).collect()
}

/// The option that enables implementations of a kind.
pub const fn enabled_option(kind: InterfaceKind) -> &'static str {
    rows(kind).0.spec().name
}

/// The option that says which implementation of a kind is the default.
pub const fn default_option(kind: InterfaceKind) -> &'static str {
    rows(kind).1.spec().name
}

const ENABLED_HARDWARE_TYPES: Opt<Vec<String>> = Opt::new(
    "DEFAULT",
    "enabled_hardware_types",
    "ipmi,redfish",
    "Hardware types that nodes may have. A name given here that the program does not contain refuses the start.",
);

type Row = (Opt<Vec<String>>, Opt<Option<String>>);

macro_rules! rows {
    ($($Kind:ident, $kind:literal: $enabled:literal, $default:literal;)+) => {
        const fn rows(kind: InterfaceKind) -> &'static Row {
            match kind {$(
                InterfaceKind::$Kind => &const { (
                    Opt::new(
                        "DEFAULT",
                        concat!("enabled_", $kind, "_interfaces"),
                        $enabled,
                        concat!("Implementations of the ", $kind, " interface that nodes may have."),
                    ),
                    Opt::new(
                        "DEFAULT",
                        concat!("default_", $kind, "_interface"),
                        $default,
                        concat!(
                            "The implementation of the ", $kind, " interface for nodes that choose none. ",
                            "Without it, the first of the hardware type's list that is enabled.",
                        ),
                    ),
                ) },
            )+}
        }
    };
}

// The reference's defaults, then what Kamacite adds so that a kind it has no implementation of yet does not stop a type.
rows! {
    Bios,       "bios":       "no-bios,redfish", "";
    Boot,       "boot":       "ipxe,pxe,redfish-virtual-media,no-boot", "";
    Console,    "console":    "no-console", "";
    Deploy,     "deploy":     "autodetect,direct,ramdisk,bootc,no-deploy", "";
    Firmware,   "firmware":   "no-firmware,redfish", "";
    Inspect,    "inspect":    "no-inspect,redfish", "";
    Management, "management": "ipmitool,redfish", "";
    Network,    "network":    "flat,noop", "";
    Power,      "power":      "ipmitool,redfish", "";
    Raid,       "raid":       "agent,no-raid,redfish", "";
    Rescue,     "rescue":     "no-rescue", "";
    Storage,    "storage":    "cinder,noop", "noop";
    Vendor,     "vendor":     "ipmitool,redfish,no-vendor", "";
}
