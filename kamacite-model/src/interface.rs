//! The thirteen kinds of hardware interface, and a map that holds something for each of them.

use std::ops::{Index, IndexMut};

use crate::named::named;

named! {
    /// What an implementation does for a node; each node picks one implementation of every kind.
    pub enum InterfaceKind ("interface kind") {
        /// Reads and applies firmware settings.
        Bios = "bios",
        /// Prepares what a machine boots.
        Boot = "boot",
        /// Gives access to the serial or graphical console.
        Console = "console",
        /// Puts an image on a machine and takes it off.
        Deploy = "deploy",
        /// Reads and updates firmware components.
        Firmware = "firmware",
        /// Finds out what is inside a machine.
        Inspect = "inspect",
        /// Boot device, boot mode, sensors, indicators.
        Management = "management",
        /// Plugs a machine into networks.
        Network = "network",
        /// Turns a machine on and off.
        Power = "power",
        /// Builds and removes logical disks.
        Raid = "raid",
        /// Boots a rescue environment.
        Rescue = "rescue",
        /// Attaches remote volumes.
        Storage = "storage",
        /// Exposes what no standard covers.
        Vendor = "vendor",
    }
}

impl InterfaceKind {
    /// Rank among steps of equal priority when cleaning, deploying and servicing: higher runs first; 0 has no steps.
    pub const fn step_rank(self) -> u8 {
        match self {
            Self::Vendor => 7,
            Self::Power => 6,
            Self::Management => 5,
            Self::Firmware => 4,
            Self::Deploy => 3,
            Self::Bios => 2,
            Self::Raid => 1,
            Self::Boot | Self::Console | Self::Inspect | Self::Network | Self::Rescue | Self::Storage => 0,
        }
    }

    /// Rank among verify steps of equal priority: higher runs first.
    pub const fn verify_rank(self) -> u8 {
        match self {
            Self::Power => 13,
            Self::Management => 12,
            Self::Firmware => 11,
            Self::Inspect => 10,
            Self::Deploy => 9,
            Self::Boot => 8,
            Self::Bios => 7,
            Self::Raid => 6,
            Self::Vendor => 5,
            Self::Network => 4,
            Self::Storage => 3,
            Self::Console => 2,
            Self::Rescue => 1,
        }
    }
}

/// One value for each kind of interface.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(bound(serialize = "T: serde::Serialize", deserialize = "T: serde::Deserialize<'de>"))]
pub struct InterfaceMap<T>([T; 13]);

impl<T> InterfaceMap<T> {
    /// Builds the map by asking for each kind's value.
    pub fn from_fn(mut value: impl FnMut(InterfaceKind) -> T) -> Self {
        Self(std::array::from_fn(|i| value(InterfaceKind::ALL[i])))
    }

    /// Each kind with its value, in alphabetical order of the kinds.
    pub fn iter(&self) -> impl Iterator<Item = (InterfaceKind, &T)> {
        InterfaceKind::ALL.iter().copied().zip(&self.0)
    }
}

impl<T> InterfaceMap<Option<T>> {
    /// The map of what is in the options, if all of them hold something.
    pub fn transpose(self) -> Option<InterfaceMap<T>> {
        let all: Vec<T> = self.0.into_iter().collect::<Option<_>>()?;
        all.try_into().ok().map(InterfaceMap)
    }
}

impl<T> Index<InterfaceKind> for InterfaceMap<T> {
    type Output = T;

    fn index(&self, kind: InterfaceKind) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<InterfaceKind> for InterfaceMap<T> {
    fn index_mut(&mut self, kind: InterfaceKind) -> &mut T {
        &mut self.0[kind as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_finds_the_value_of_its_kind() {
        let map = InterfaceMap::from_fn(InterfaceKind::as_str);
        for kind in InterfaceKind::ALL {
            assert_eq!(map[*kind], kind.as_str());
        }
    }
}
