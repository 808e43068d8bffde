//! Hardware types: for each kind of interface, the names a node may choose from, most preferred first.

use std::sync::Arc;

use kamacite_model::{InterfaceKind, InterfaceMap};

/// A kind of hardware: names only.
///
/// The names need not come from the same driver, nor be there at all: a name that nothing registers is passed over.
#[derive(Debug, Clone)]
pub struct HardwareType {
    /// Its name, as nodes give it in `driver`.
    pub name: Arc<str>,
    /// For each kind, the names to choose from, most preferred first.
    pub supported: InterfaceMap<Vec<Arc<str>>>,
    /// Any enabled implementation will do, listed or not. For hardware that does not exist.
    pub takes_anything: bool,
    /// Shown only when asked for: it drives no hardware.
    pub fake: bool,
}

macro_rules! lists {
    ($($(#[$doc:meta])* $kind:ident: $Kind:ident;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $kind<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
            self.supports(InterfaceKind::$Kind, names)
        }
    )+};
}

impl HardwareType {
    /// A type with what most hardware has. Power and management are left to say, and vendor is `no-vendor`.
    pub fn generic(name: &str) -> Self {
        let nothing =
            Self { name: name.into(), supported: InterfaceMap::default(), takes_anything: false, fake: false };
        nothing
            .bios(["no-bios"])
            .boot(["ipxe", "pxe", "http-ipxe", "http", "no-boot"])
            .console(["no-console", "fake-graphical"])
            .deploy(["autodetect", "direct", "ansible", "ramdisk", "anaconda", "bootc", "custom-agent", "no-deploy"])
            .firmware(["no-firmware"])
            .inspect(["agent", "no-inspect"])
            .network(["flat", "neutron", "ironic-networking", "noop"])
            .raid(["no-raid", "agent"])
            .rescue(["no-rescue", "agent"])
            .storage(["noop", "cinder", "external"])
            .vendor(["no-vendor"])
    }

    lists! {
        /// Says which implementations of bios it takes.
        bios: Bios;
        /// Says which implementations of boot it takes.
        boot: Boot;
        /// Says which implementations of console it takes.
        console: Console;
        /// Says which implementations of deploy it takes.
        deploy: Deploy;
        /// Says which implementations of firmware it takes.
        firmware: Firmware;
        /// Says which implementations of inspect it takes.
        inspect: Inspect;
        /// Says which implementations of management it takes.
        management: Management;
        /// Says which implementations of network it takes.
        network: Network;
        /// Says which implementations of power it takes.
        power: Power;
        /// Says which implementations of raid it takes.
        raid: Raid;
        /// Says which implementations of rescue it takes.
        rescue: Rescue;
        /// Says which implementations of storage it takes.
        storage: Storage;
        /// Says which implementations of vendor it takes.
        vendor: Vendor;
    }

    /// Takes any enabled implementation, listed or not.
    #[must_use]
    pub fn take_anything(mut self) -> Self {
        self.takes_anything = true;
        self
    }

    /// Drives no hardware.
    #[must_use]
    pub fn fake(mut self) -> Self {
        self.fake = true;
        self
    }

    /// Whether the type lists an implementation.
    pub fn lists(&self, kind: InterfaceKind, name: &str) -> bool {
        self.supported[kind].iter().any(|listed| &**listed == name)
    }

    fn supports<'a>(mut self, kind: InterfaceKind, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.supported[kind] = names.into_iter().map(Arc::from).collect();
        self
    }
}
