//! Hardware addresses of network ports.

use std::{fmt, str::FromStr};

/// A 48-bit hardware address (IEEE 802 EUI-48), written as `52:54:00:cf:2d:31`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mac(pub [u8; 6]);

/// A text that is no hardware address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no MAC address; write six pairs of hexadecimal digits with colons between them")]
pub struct NotAMac(pub String);

impl FromStr for Mac {
    type Err = NotAMac;

    /// Reads six pairs of digits, of either case, with colons between them and nothing else.
    fn from_str(text: &str) -> Result<Self, NotAMac> {
        let refuse = || NotAMac(text.to_owned());
        let mut octets = [0; 6];
        let mut pairs = text.split(':');
        for octet in &mut octets {
            let pair = pairs.next().filter(|pair| pair.len() == 2).ok_or_else(refuse)?;
            // The parser of numbers would take a sign as well.
            if !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(refuse());
            }
            *octet = u8::from_str_radix(pair, 16).map_err(|_| refuse())?;
        }
        if pairs.next().is_some() { Err(refuse()) } else { Ok(Self(octets)) }
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Mac {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Mac {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Mac>().ok().map(|mac| mac.to_string()).as_deref(), expected);
    }

    #[test]
    fn an_address_is_six_pairs_with_colons() {
        check("52:54:00:CF:2d:31", Some("52:54:00:cf:2d:31"));
        check("52:54:00:cf:2d", None);
        check("52:54:00:cf:2d:31:00", None);
        check("52-54-00-cf-2d-31", None);
        check("525400cf2d31", None);
        check("52:54:00:cf:2d:3g", None);
        check("+2:54:00:cf:2d:31", None);
        check("5:54:00:cf:2d:31", None);
        check("", None);
    }
}
