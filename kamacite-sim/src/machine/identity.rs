//! Who a machine is: UUID, serial number and MACs, all of them made of its number.

use std::fmt;

use kamacite_model::Uuid;

use super::{Machine, PowerState};

/// How many network interfaces a machine has.
pub const NICS: u8 = 2;

/// A network interface of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nic {
    /// Which one, from 0.
    pub index: u8,
    /// Its address; `Display` writes it with colons. Locally administered, so that it is nobody's.
    pub mac: [u8; 6],
    /// Whether it has a link: the machine is on.
    pub up: bool,
}

impl Machine {
    /// The number it was made with.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Its UUID, of version 8 (RFC 9562, "made as its maker likes").
    pub fn uuid(&self) -> Uuid {
        const BASE: u128 = 0x6b61_6d61_6369_8465_8000_0000_0000_0000;
        Uuid::from_u128(BASE | u128::from(self.number))
    }

    /// Its serial number.
    pub fn serial(&self) -> String {
        format!("KMC{:07}", self.number)
    }

    /// Its network interfaces.
    pub fn nics(&self) -> impl Iterator<Item = Nic> {
        let [_, b, c, d] = self.number.to_be_bytes();
        let up = self.power() == PowerState::On;
        (0..NICS).map(move |index| Nic { index, mac: [0x02, 0x4b, b, c, d, index], up })
    }
}

impl fmt::Display for Nic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.mac;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Pace;

    #[test]
    fn an_identity_is_made_of_the_number() {
        let machine = Machine::new(70_000, Pace::INSTANT, 0);
        assert_eq!(machine.uuid().to_string(), "6b616d61-6369-8465-8000-000000011170");
        assert_eq!(machine.serial(), "KMC0070000");
        let macs: Vec<String> = machine.nics().map(|nic| nic.to_string()).collect();
        assert_eq!(macs, ["02:4b:01:11:70:00", "02:4b:01:11:70:01"]);
    }
}
