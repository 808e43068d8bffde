//! ASF's presence ping and pong, which tell who listens before anything of IPMI is spoken.

use super::datagram::{CLASS_ASF, rmcp};
use super::reader::{Malformed, Reader};

/// ASF's number among enterprises (IPMI 2.0 13.2.3).
pub const ASF_IANA: u32 = 4542;

const PING: u8 = 0x80;
const PONG: u8 = 0x40;

/// "Who is there?" (IPMI 2.0 13.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// Comes back in the [`Pong`]; 255 asks for none.
    pub tag: u8,
}

/// "I am." (IPMI 2.0 13.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pong {
    /// The ping's.
    pub tag: u8,
    /// Whose the next field is: [`ASF_IANA`] when it means nothing.
    pub enterprise: u32,
    /// The manufacturer's own.
    pub oem: u32,
    /// Whether IPMI is spoken here.
    pub ipmi: bool,
}

impl Ping {
    /// The whole datagram.
    pub fn encode(&self) -> Vec<u8> {
        asf(PING, self.tag, &[])
    }
}

impl Pong {
    /// The whole datagram.
    pub fn encode(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(16);
        data.extend(self.enterprise.to_be_bytes());
        data.extend(self.oem.to_be_bytes());
        // Version 1.0 of ASF, and no interactions that need RMCP's own security.
        data.extend([if self.ipmi { 0x81 } else { 0x01 }, 0, 0, 0, 0, 0, 0, 0]);
        asf(PONG, self.tag, &data)
    }
}

fn asf(kind: u8, tag: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = rmcp(CLASS_ASF);
    bytes.extend(ASF_IANA.to_be_bytes());
    // Nothing is sent with more than the 16 bytes of a pong.
    bytes.extend([kind, tag, 0, data.len() as u8]);
    bytes.extend(data);
    bytes
}

/// A ping or a pong.
pub(super) enum Asf {
    Ping(Ping),
    Pong(Pong),
}

/// Reads what follows RMCP's header.
pub(super) fn decode(bytes: &[u8]) -> Result<Asf, Malformed> {
    let mut reader = Reader::new("a message of ASF", bytes);
    let enterprise = u32::from_be_bytes(reader.array()?);
    if enterprise != ASF_IANA {
        return Err(Malformed::Value { what: "ASF's enterprise number", value: enterprise });
    }
    let [kind, tag, _, length] = reader.array()?;
    let mut data = Reader::new("a message of ASF", reader.take(usize::from(length))?);
    match kind {
        PING => Ok(Asf::Ping(Ping { tag })),
        PONG => {
            let (enterprise, oem) = (u32::from_be_bytes(data.array()?), u32::from_be_bytes(data.array()?));
            Ok(Asf::Pong(Pong { tag, enterprise, oem, ipmi: data.u8()? & 0x80 != 0 }))
        }
        other => Err(Malformed::Value { what: "the type of a message of ASF", value: u32::from(other) }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::Datagram;

    #[test]
    fn a_ping_is_as_the_standard_has_it() {
        let bytes = Ping { tag: 7 }.encode();
        assert_eq!(bytes, [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 7, 0, 0]);
        assert_eq!(Datagram::decode(&bytes).unwrap(), Datagram::Ping(Ping { tag: 7 }));
    }

    #[test]
    fn a_pong_comes_back() {
        let pong = Pong { tag: 7, enterprise: ASF_IANA, oem: 0, ipmi: true };
        assert_eq!(Datagram::decode(&pong.encode()).unwrap(), Datagram::Pong(pong));
        let cut = &pong.encode()[..20];
        assert!(matches!(Datagram::decode(cut), Err(Malformed::Short { .. })));
    }
}
