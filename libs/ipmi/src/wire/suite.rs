//! Cipher suites and privilege levels, which the two sides agree on while a session is opened.

use std::fmt;
use std::str::FromStr;

/// A cipher suite this crate speaks (IPMI 2.0 table 22-20, and its errata for SHA-256).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CipherSuite {
    /// Suite 3: RAKP-HMAC-SHA1, HMAC-SHA1-96, AES-CBC-128. What every BMC of IPMI 2.0 must have.
    HmacSha1,
    /// Suite 17: RAKP-HMAC-SHA256, HMAC-SHA256-128, AES-CBC-128.
    HmacSha256,
}

/// The numbers of a suite's algorithms (IPMI 2.0 13.28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Algorithms {
    /// How the two sides prove who they are: 1 is RAKP-HMAC-SHA1, 3 RAKP-HMAC-SHA256.
    pub authentication: u8,
    /// What protects packets from change: 1 is HMAC-SHA1-96, 4 HMAC-SHA256-128.
    pub integrity: u8,
    /// What hides their payload: 1 is AES-CBC-128.
    pub confidentiality: u8,
}

impl CipherSuite {
    /// Every suite, the best first.
    pub const ALL: [Self; 2] = [Self::HmacSha256, Self::HmacSha1];

    /// The suite's number: 3 or 17.
    pub fn id(self) -> u8 {
        match self {
            Self::HmacSha1 => 3,
            Self::HmacSha256 => 17,
        }
    }

    /// The suite of a number; `None` for those not spoken here. Of these, 0 to 2, 6, 7, 11, 15 and 16 do without
    /// encryption or authentication, 4, 5, 9, 10, 13, 14, 18 and 19 use RC4, 8 and 12 use MD5.
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.id() == id)
    }

    /// The numbers of its algorithms.
    pub fn algorithms(self) -> Algorithms {
        match self {
            Self::HmacSha1 => Algorithms { authentication: 1, integrity: 1, confidentiality: 1 },
            Self::HmacSha256 => Algorithms { authentication: 3, integrity: 4, confidentiality: 1 },
        }
    }

    /// The suite that has these algorithms, if it is spoken here.
    pub fn of(algorithms: Algorithms) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.algorithms() == algorithms)
    }

    /// How many bytes the code of RAKP messages 2 and 3 has: the whole HMAC.
    pub fn key_exchange_code(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 => 32,
        }
    }

    /// How many bytes the code of RAKP message 4 and of each packet has: the beginning of the HMAC.
    pub fn integrity_code(self) -> usize {
        match self {
            Self::HmacSha1 => 12,
            Self::HmacSha256 => 16,
        }
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id())
    }
}

/// What a session may do (IPMI 2.0 6.8), each level including those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// Enough to start a call-back, and no more.
    Callback,
    /// Reading.
    User,
    /// Operating the machine: power, boot device; not the BMC's own settings.
    Operator,
    /// Everything.
    Administrator,
}

impl Privilege {
    /// Every level, the lowest first.
    pub const ALL: [Self; 4] = [Self::Callback, Self::User, Self::Operator, Self::Administrator];

    /// The level's number on the wire, 1 to 4.
    pub fn number(self) -> u8 {
        match self {
            Self::Callback => 1,
            Self::User => 2,
            Self::Operator => 3,
            Self::Administrator => 4,
        }
    }

    /// The level of a number; `None` for 0 ("the highest there is"), 5 (a manufacturer's own) and what is no level.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// The standard's word for it, as `ipmi_priv_level` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Callback => "CALLBACK",
            Self::User => "USER",
            Self::Operator => "OPERATOR",
            Self::Administrator => "ADMINISTRATOR",
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Privilege {
    type Err = ();

    /// Reads the standard's word, in any case.
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(text.trim())).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_are_known_by_number_and_by_algorithms() {
        for suite in CipherSuite::ALL {
            assert_eq!(CipherSuite::from_id(suite.id()), Some(suite));
            assert_eq!(CipherSuite::of(suite.algorithms()), Some(suite));
        }
        assert_eq!(CipherSuite::from_id(0), None);
        assert_eq!(CipherSuite::of(Algorithms { authentication: 0, integrity: 0, confidentiality: 0 }), None);
    }

    #[test]
    fn privileges_are_known_by_number_and_by_word() {
        for level in Privilege::ALL {
            assert_eq!(Privilege::from_number(level.number()), Some(level));
            assert_eq!(level.as_str().to_lowercase().parse(), Ok(level));
        }
        assert_eq!(Privilege::from_number(0), None);
        assert_eq!("OEM".parse::<Privilege>(), Err(()));
        assert!(Privilege::User < Privilege::Administrator);
    }
}
