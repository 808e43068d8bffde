//! What must be known of a BMC before the first packet: where, who, with which secrets, and what lies behind it.

use std::fmt;

use crate::error::{Error, Result};
use crate::wire::{BMC_ADDRESS, CipherSuite, LARGEST_KEY, LONGEST_NAME, PORT, Privilege};

/// One BMC, as an operator describes it. The names in brackets are Ironic's `driver_info` keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name or IP address (`ipmi_address`); brackets around an IPv6 address may be left out.
    pub address: String,
    /// UDP port (`ipmi_port`), usually 623.
    pub port: u16,
    /// The user (`ipmi_username`), at most 16 bytes; empty is the user without a name.
    pub username: String,
    /// The user's password (`ipmi_password`), at most 20 bytes.
    pub password: Password,
    /// What the session may do (`ipmi_priv_level`).
    pub privilege: Privilege,
    /// The cipher suite (`ipmi_cipher_suite`); `None` takes 17 where the BMC has it, else 3.
    pub suite: Option<CipherSuite>,
    /// The BMC's own key K_g (`ipmi_hex_kg_key`), for a BMC that has one.
    pub key: Option<BmcKey>,
    /// Where behind the BMC the machine is (`ipmi_bridging`); `None` means the BMC itself.
    pub bridging: Option<Bridging>,
}

impl Target {
    /// A BMC on the usual port, as ADMINISTRATOR, with whatever suite it has.
    pub fn new(address: impl Into<String>, username: impl Into<String>, password: Password) -> Self {
        Self {
            address: address.into(),
            port: PORT,
            username: username.into(),
            password,
            privilege: Privilege::Administrator,
            suite: None,
            key: None,
            bridging: None,
        }
    }

    /// Looks for what can be told without asking the BMC.
    pub(crate) fn check(&self) -> Result<()> {
        let option = |key, problem: &str, remedy| Err(Error::Option { key, problem: problem.to_owned(), remedy });
        if self.host().is_empty() {
            return option("ipmi_address", "it is empty", "give the BMC's host name or IP address");
        }
        if self.host().chars().any(|c| c.is_whitespace() || c == '/') {
            return option(
                "ipmi_address",
                "it is no host name and no IP address",
                "leave out everything else: a scheme, a path, spaces",
            );
        }
        if self.port == 0 {
            return option("ipmi_port", "0 is no port", "leave it out for the usual one, 623");
        }
        if self.username.len() > LONGEST_NAME {
            let remedy = "IPMI has names of up to 16 bytes: give the one the BMC knows";
            return option("ipmi_username", "it is longer than 16 bytes", remedy);
        }
        if self.password.0.len() > LARGEST_KEY {
            let remedy = "IPMI has passwords of up to 20 bytes: set a shorter one on the BMC and here";
            return option("ipmi_password", "it is longer than 20 bytes", remedy);
        }
        if let Some(bridging) = self.bridging {
            let hops = [bridging.transit, Some(bridging.target)];
            if hops.into_iter().flatten().any(|hop| hop.channel > 0x0f) {
                let remedy = "give channels of 0 to 15 as ipmi_target_channel and ipmi_transit_channel";
                return option("ipmi_bridging", "a channel is greater than 15", remedy);
            }
        }
        Ok(())
    }

    /// The host without brackets.
    pub(crate) fn host(&self) -> &str {
        let host = self.address.trim();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// Host and port, for people.
    pub(crate) fn shown(&self) -> String {
        if self.host().contains(':') {
            format!("[{}]:{}", self.host(), self.port)
        } else {
            format!("{}:{}", self.host(), self.port)
        }
    }
}

/// A controller on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The channel that leads to it, 0 to 15 (`ipmi_target_channel`, `ipmi_transit_channel`).
    pub channel: u8,
    /// Its address there (`ipmi_target_address`, `ipmi_transit_address`).
    pub address: u8,
}

/// The way to a machine whose controller is not on the network (IPMI 2.0 6.13): every command goes through the BMC, in
/// Send Message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridging {
    /// The controller between the BMC and the machine's, of `dual` bridging; `None` is `single`.
    pub transit: Option<Hop>,
    /// The machine's controller.
    pub target: Hop,
    /// The BMC's address on the bus behind it (`ipmi_local_address`), usually [`Bridging::LOCAL`].
    pub local_address: u8,
}

impl Bridging {
    /// The address BMCs usually have on the buses behind them.
    pub const LOCAL: u8 = BMC_ADDRESS;
}

/// A secret that can be used but not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    /// Wraps a password; what it came from should not outlive this call by much.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().into())
    }

    /// The password itself, for whoever has to hand it on. It must not be printed.
    pub fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

/// A BMC's own key, K_g (IPMI 2.0 13.31): a second secret, of 20 bytes, that can be used but not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct BmcKey([u8; LARGEST_KEY]);

impl BmcKey {
    /// Reads the 40 hexadecimal digits of `ipmi_hex_kg_key`.
    ///
    /// # Errors
    ///
    /// [`Error::Option`], which does not quote them.
    pub fn from_hex(text: &str) -> Result<Self> {
        let wrong = |problem: String| Error::Option {
            key: "ipmi_hex_kg_key",
            problem,
            remedy: "give the BMC's K_g as 40 hexadecimal digits, or leave it out if the BMC has none",
        };
        let text = text.trim();
        let text = text.strip_prefix("0x").unwrap_or(text);
        let length = text.chars().count();
        if length != 2 * LARGEST_KEY {
            return Err(wrong(format!("it has {length} characters")));
        }
        let mut key = [0; LARGEST_KEY];
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let value = |digit: u8| char::from(digit).to_digit(16);
            let (Some(high), Some(low)) = (value(digits[0]), digits.get(1).copied().and_then(value)) else {
                return Err(wrong("a character is no hexadecimal digit".to_owned()));
            };
            // Both are below 16.
            *byte = (high << 4 | low) as u8;
        }
        Ok(Self(key))
    }

    /// The key itself, for whoever has to hand it on. It must not be printed.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for BmcKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BmcKey(***)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn target() -> Target {
        Target::new("10.0.0.5", "root", Password::new("hunter2"))
    }

    #[track_caller]
    fn check(target: Target, expected: &str) {
        let e = target.check().unwrap_err().to_string();
        assert!(e.starts_with(expected), "{e}");
        assert!(!e.contains("hunter2"), "{e}");
    }

    #[test]
    fn what_cannot_be_is_told_by_its_key() {
        target().check().unwrap();
        let long = "a".repeat(17);
        check(Target { address: " ".to_owned(), ..target() }, "cannot use ipmi_address: it is empty");
        check(Target { address: "https://bmc".to_owned(), ..target() }, "cannot use ipmi_address: it is no host");
        check(Target { port: 0, ..target() }, "cannot use ipmi_port: 0 is no port");
        check(Target { username: long, ..target() }, "cannot use ipmi_username: it is longer than 16 bytes");
        let password = Password::new("hunter2hunter2hunter2");
        check(Target { password, ..target() }, "cannot use ipmi_password: it is longer than 20 bytes");
        let hop = Hop { channel: 16, address: 0x24 };
        let bridging = Some(Bridging { transit: None, target: hop, local_address: Bridging::LOCAL });
        check(Target { bridging, ..target() }, "cannot use ipmi_bridging: a channel is greater than 15");
    }

    #[test]
    fn an_address_is_shown_with_its_port() {
        assert_eq!(target().shown(), "10.0.0.5:623");
        for address in ["[::1]", "::1"] {
            let target = Target { address: address.to_owned(), ..target() };
            assert_eq!((target.host(), &*target.shown()), ("::1", "[::1]:623"));
        }
    }

    #[test]
    fn a_key_is_read_and_not_quoted() {
        let key = BmcKey::from_hex("000102030405060708090a0b0c0d0e0f10111213").unwrap();
        assert_eq!(key.reveal()[19], 0x13);
        for text in ["", "hunter2", "000102030405060708090a0b0c0d0e0f1011121g", "äääääääääääääääääääää"]
        {
            let e = BmcKey::from_hex(text).unwrap_err().to_string();
            assert!(e.contains("ipmi_hex_kg_key") && (text.is_empty() || !e.contains(text)), "{e}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let key = Some(BmcKey([0x7b; 20]));
        let shown = format!("{:?}", Target { key, ..target() });
        assert!(shown.contains("root") && !shown.contains("hunter2") && !shown.contains("123"), "{shown}");
    }
}
