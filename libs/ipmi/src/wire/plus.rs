//! A packet of RMCP+: session header, payload, and the trailer that proves its origin.

use std::fmt;

use super::crypto::Keys;
use super::datagram::{AUTHENTICATION_PLUS, CLASS_IPMI, rmcp};
use super::reader::{Malformed, Reader};

const ENCRYPTED: u8 = 0x80;
const AUTHENTICATED: u8 = 0x40;

/// The size of RMCP's header, which no code covers.
const RMCP_HEADER: usize = 4;

/// What the standard wants in the trailer's last field but one.
const NEXT_HEADER: u8 = 0x07;

/// What a packet carries (IPMI 2.0 13.27.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayloadType {
    /// A [`super::Message`].
    Ipmi,
    /// Serial over LAN.
    SerialOverLan,
    /// A manufacturer's own, by enterprise number and its number there.
    Oem {
        /// The manufacturer (IANA).
        enterprise: u32,
        /// Which of its payloads.
        id: u16,
    },
    /// A [`super::OpenSessionRequest`].
    OpenSessionRequest,
    /// A [`super::OpenSessionResponse`].
    OpenSessionResponse,
    /// A [`super::Rakp1`].
    Rakp1,
    /// A [`super::Rakp2`].
    Rakp2,
    /// A [`super::Rakp3`].
    Rakp3,
    /// A [`super::Rakp4`].
    Rakp4,
    /// Another number, 0 to 63.
    Other(u8),
}

impl PayloadType {
    fn number(self) -> u8 {
        match self {
            Self::Ipmi => 0x00,
            Self::SerialOverLan => 0x01,
            Self::Oem { .. } => 0x02,
            Self::OpenSessionRequest => 0x10,
            Self::OpenSessionResponse => 0x11,
            Self::Rakp1 => 0x12,
            Self::Rakp2 => 0x13,
            Self::Rakp3 => 0x14,
            Self::Rakp4 => 0x15,
            Self::Other(number) => number & 0x3f,
        }
    }

    fn read(number: u8, reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match number {
            0x00 => Self::Ipmi,
            0x01 => Self::SerialOverLan,
            0x02 => {
                let (enterprise, _, id) = (reader.u24()?, reader.u8()?, reader.u16()?);
                Self::Oem { enterprise, id }
            }
            0x10 => Self::OpenSessionRequest,
            0x11 => Self::OpenSessionResponse,
            0x12 => Self::Rakp1,
            0x13 => Self::Rakp2,
            0x14 => Self::Rakp3,
            0x15 => Self::Rakp4,
            other => Self::Other(other),
        })
    }
}

/// A packet as it was received. Of what it carries nothing is to be believed before [`Plus::open`] has checked it.
#[derive(Clone, PartialEq, Eq)]
pub struct Plus<'a> {
    /// What it carries.
    pub payload_type: PayloadType,
    /// Whether the payload is encrypted.
    pub encrypted: bool,
    /// Whether there is a trailer with a code.
    pub authenticated: bool,
    /// The receiver's number of the session; 0 outside of sessions.
    pub session: u32,
    /// The sender's running number within the session; 0 outside of sessions.
    pub sequence: u32,
    payload: &'a [u8],
    /// From the session header on: what the code covers, and the code.
    whole: &'a [u8],
}

impl<'a> Plus<'a> {
    /// Reads what follows RMCP's header.
    pub(super) fn decode(whole: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("a session header of RMCP+", whole);
        let [_authentication, kind] = reader.array()?;
        let payload_type = PayloadType::read(kind & 0x3f, &mut reader)?;
        let (session, sequence) = (reader.u32()?, reader.u32()?);
        let length = reader.u16()?;
        let payload = reader.take(usize::from(length))?;
        Ok(Self {
            payload_type,
            encrypted: kind & ENCRYPTED != 0,
            authenticated: kind & AUTHENTICATED != 0,
            session,
            sequence,
            payload,
            whole,
        })
    }

    /// The payload of a packet that belongs to no session and has no protection.
    ///
    /// # Errors
    ///
    /// It says that it belongs to a session or is protected.
    pub fn clear(&self) -> Result<&'a [u8], Malformed> {
        if self.encrypted || self.authenticated {
            return Err(Malformed::Cipher("it is protected, and belongs to no session"));
        }
        if self.session != 0 {
            return Err(Malformed::Value { what: "the session of an unprotected packet", value: self.session });
        }
        Ok(self.payload)
    }

    /// The payload of a packet of a session, its origin checked and decrypted. The sequence number is for the caller to
    /// check, with a [`super::Window`], once this has succeeded.
    ///
    /// # Errors
    ///
    /// It is not protected, the code does not verify, or it cannot be decrypted.
    pub fn open(&self, keys: &Keys) -> Result<Vec<u8>, Malformed> {
        if !(self.encrypted && self.authenticated) {
            return Err(Malformed::Cipher("it is not protected, and belongs to a session"));
        }
        let at = self.whole.len().saturating_sub(keys.suite().integrity_code());
        let (covered, code) = self.whole.split_at(at);
        if !keys.verify(covered, code) {
            return Err(Malformed::AuthCode("the code of a packet"));
        }
        keys.decrypt(self.payload)
    }
}

/// Without the payload, which may hold a password that is being set.
impl fmt::Debug for Plus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plus")
            .field("payload_type", &self.payload_type)
            .field("session", &self.session)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

/// The datagram of a payload that belongs to no session: what opens one.
///
/// # Errors
///
/// The payload is longer than 65,535 bytes.
pub fn seal_clear(kind: PayloadType, payload: &[u8]) -> Result<Vec<u8>, Malformed> {
    packet(kind, 0, 0, 0, payload)
}

/// The datagram of a payload in a session, encrypted and with the code that proves its origin. `initial` is the
/// initialisation vector, random and never used twice; `session` is the receiver's number of the session.
///
/// # Errors
///
/// The payload is longer than fits.
pub fn seal(
    keys: &Keys,
    kind: PayloadType,
    session: u32,
    sequence: u32,
    initial: [u8; 16],
    payload: &[u8],
) -> Result<Vec<u8>, Malformed> {
    let mut bytes = packet(kind, ENCRYPTED | AUTHENTICATED, session, sequence, &keys.encrypt(initial, payload))?;
    // What the code covers, these two last bytes included, is a multiple of four long (13.28.4).
    let pad = (bytes.len() - RMCP_HEADER + 2).next_multiple_of(4) - (bytes.len() - RMCP_HEADER + 2);
    bytes.resize(bytes.len() + pad, 0xff);
    bytes.extend([pad as u8, NEXT_HEADER]);
    let code = keys.code(&bytes[RMCP_HEADER..]);
    bytes.extend(code);
    Ok(bytes)
}

fn packet(kind: PayloadType, flags: u8, session: u32, sequence: u32, payload: &[u8]) -> Result<Vec<u8>, Malformed> {
    let most = usize::from(u16::MAX);
    let long = Malformed::Long { what: "a payload", length: payload.len(), most };
    let length = u16::try_from(payload.len()).map_err(|_| long)?;
    let mut bytes = rmcp(CLASS_IPMI);
    bytes.extend([AUTHENTICATION_PLUS, flags | kind.number()]);
    if let PayloadType::Oem { enterprise, id } = kind {
        bytes.extend(&enterprise.to_le_bytes()[..3]);
        bytes.push(0);
        bytes.extend(id.to_le_bytes());
    }
    bytes.extend(session.to_le_bytes());
    bytes.extend(sequence.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(payload);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::crypto::tests::keys;
    use crate::wire::{CipherSuite, Datagram};

    const INITIAL: [u8; 16] = [0x5a; 16];

    fn plus(bytes: &[u8]) -> Plus<'_> {
        match Datagram::decode(bytes).unwrap() {
            Datagram::Plus(plus) => plus,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_sealed_is_opened_with_the_same_keys_only() {
        for suite in CipherSuite::ALL {
            for length in 0..70 {
                let payload = vec![0xa5; length];
                let bytes = seal(&keys(suite, b"secret"), PayloadType::Ipmi, 7, 9, INITIAL, &payload).unwrap();
                assert_eq!((bytes.len() - 4 - suite.integrity_code()) % 4, 0);
                let packet = plus(&bytes);
                assert_eq!((packet.session, packet.sequence, packet.payload_type), (7, 9, PayloadType::Ipmi));
                assert_eq!(packet.open(&keys(suite, b"secret")).unwrap(), payload);
                let e = packet.open(&keys(suite, b"Secret")).unwrap_err();
                assert_eq!(e, Malformed::AuthCode("the code of a packet"));
            }
        }
    }

    #[test]
    fn a_packet_that_was_changed_anywhere_is_refused() {
        let keys = keys(CipherSuite::HmacSha256, b"secret");
        let good = seal(&keys, PayloadType::Ipmi, 7, 9, INITIAL, b"payload").unwrap();
        for at in 4..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            let opened = match Datagram::decode(&bytes) {
                Ok(Datagram::Plus(packet)) => packet.open(&keys),
                Ok(_) => continue,
                Err(e) => Err(e),
            };
            assert!(opened.is_err(), "{at}");
        }
    }

    #[test]
    fn protection_is_neither_left_out_nor_made_up() {
        let keys = keys(CipherSuite::HmacSha1, b"secret");
        let clear = seal_clear(PayloadType::Rakp1, b"payload").unwrap();
        assert_eq!(plus(&clear).clear().unwrap(), b"payload");
        assert!(plus(&clear).open(&keys).is_err());
        let sealed = seal(&keys, PayloadType::Ipmi, 7, 9, INITIAL, b"payload").unwrap();
        assert!(plus(&sealed).clear().is_err());
        let mut claimed = clear;
        claimed[6] = 1;
        assert!(matches!(plus(&claimed).clear(), Err(Malformed::Value { value: 1, .. })));
    }

    #[test]
    fn every_type_of_payload_comes_back() {
        let types = [
            PayloadType::Ipmi,
            PayloadType::SerialOverLan,
            PayloadType::Oem { enterprise: 0x0001_0203, id: 0x0405 },
            PayloadType::OpenSessionRequest,
            PayloadType::OpenSessionResponse,
            PayloadType::Rakp1,
            PayloadType::Rakp2,
            PayloadType::Rakp3,
            PayloadType::Rakp4,
            PayloadType::Other(0x3f),
        ];
        for kind in types {
            let bytes = seal_clear(kind, &[1]).unwrap();
            assert_eq!(plus(&bytes).payload_type, kind);
        }
        assert!(seal_clear(PayloadType::Ipmi, &[0; 65_536]).is_err());
    }
}
