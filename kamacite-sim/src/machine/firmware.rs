//! The parts of a machine that have firmware, and its versions.

/// A part with firmware of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The BMC.
    Bmc,
    /// BIOS or UEFI.
    Bios,
    /// The network adapter.
    Nic,
}

impl Part {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Bmc, Self::Bios, Self::Nic];

    /// Its name, which is also its `Id` in inventories.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bmc => "BMC",
            Self::Bios => "BIOS",
            Self::Nic => "NIC",
        }
    }
}

/// The versions that are not those it came with.
#[derive(Clone, Debug, Default)]
pub(super) struct Firmware(Vec<(Part, Box<str>)>);

impl Firmware {
    pub(super) fn version(&self, part: Part) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == part).map(|(_, version)| &**version)
    }

    pub(super) fn set(&mut self, part: Part, version: Box<str>) {
        self.0.retain(|(known, _)| *known != part);
        self.0.push((part, version));
    }
}
