//! A datagram: RMCP's header, and which of three languages follows it.

use super::asf::{self, Asf, Ping, Pong};
use super::plus::Plus;
use super::reader::{Malformed, Reader};

/// The port BMCs listen on (IPMI 2.0 13.1.2).
pub const PORT: u16 = 623;

pub(super) const CLASS_ASF: u8 = 0x06;
pub(super) const CLASS_IPMI: u8 = 0x07;
const VERSION: u8 = 0x06;
/// RMCP's own acknowledgement is not asked for: IPMI has responses.
const NO_ACKNOWLEDGEMENT: u8 = 0xff;

/// Session headers begin with the type of authentication: none, and RMCP+.
const AUTHENTICATION_NONE: u8 = 0x00;
pub(super) const AUTHENTICATION_PLUS: u8 = 0x06;

/// What a datagram is, as far as it can be told without keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// ASF: who is there?
    Ping(Ping),
    /// ASF: I am.
    Pong(Pong),
    /// A message under a header of IPMI 1.5 that belongs to no session: what [`super::Message::decode`] reads.
    Sessionless(&'a [u8]),
    /// A packet of IPMI 2.0.
    Plus(Plus<'a>),
}

impl<'a> Datagram<'a> {
    /// Reads a datagram.
    ///
    /// # Errors
    ///
    /// It is none of RMCP version 1, cut off, of another class than ASF and IPMI, or under an IPMI 1.5 header that asks
    /// for authentication: sessions are RMCP+ here.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("a datagram", bytes);
        let [version, _, _, class] = reader.array()?;
        if version != VERSION {
            return Err(Malformed::Value { what: "the version of RMCP", value: u32::from(version) });
        }
        let rest = reader.rest();
        match class {
            CLASS_ASF => Ok(match asf::decode(rest)? {
                Asf::Ping(ping) => Self::Ping(ping),
                Asf::Pong(pong) => Self::Pong(pong),
            }),
            CLASS_IPMI if rest.first() == Some(&AUTHENTICATION_PLUS) => Plus::decode(rest).map(Self::Plus),
            CLASS_IPMI => sessionless(rest).map(Self::Sessionless),
            other => Err(Malformed::Value { what: "the class of RMCP", value: u32::from(other) }),
        }
    }
}

/// The datagram of a message that belongs to no session, under a header of IPMI 1.5 (13.6): how Get Channel
/// Authentication Capabilities is asked, by a console that does not know yet what the BMC speaks.
///
/// # Errors
///
/// The message is longer than 255 bytes.
pub fn encode_sessionless(message: &[u8]) -> Result<Vec<u8>, Malformed> {
    let most = usize::from(u8::MAX);
    let long = Malformed::Long { what: "a message outside of sessions", length: message.len(), most };
    let length = u8::try_from(message.len()).map_err(|_| long)?;
    let mut bytes = rmcp(CLASS_IPMI);
    // No authentication, sequence number 0, session 0.
    bytes.extend([AUTHENTICATION_NONE, 0, 0, 0, 0, 0, 0, 0, 0, length]);
    bytes.extend(message);
    Ok(bytes)
}

fn sessionless(bytes: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new("a session header of IPMI 1.5", bytes);
    let authentication = reader.u8()?;
    if authentication != AUTHENTICATION_NONE {
        return Err(Malformed::Value { what: "the authentication type", value: u32::from(authentication) });
    }
    let (_sequence, session) = (reader.u32()?, reader.u32()?);
    if session != 0 {
        return Err(Malformed::Value { what: "the session of an IPMI 1.5 packet", value: session });
    }
    let length = reader.u8()?;
    // Old network controllers need a byte of padding after some lengths (13.6); it says nothing.
    reader.take(usize::from(length))
}

/// RMCP's header (13.1.3).
pub(super) fn rmcp(class: u8) -> Vec<u8> {
    vec![VERSION, 0, NO_ACKNOWLEDGEMENT, class]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_message_outside_of_sessions_comes_back() {
        let bytes = encode_sessionless(&[1, 2, 3]).unwrap();
        assert_eq!(bytes, [6, 0, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]);
        assert_eq!(Datagram::decode(&bytes).unwrap(), Datagram::Sessionless(&[1, 2, 3]));
        let padded = [&bytes[..], &[0]].concat();
        assert_eq!(Datagram::decode(&padded).unwrap(), Datagram::Sessionless(&[1, 2, 3]));
        assert!(encode_sessionless(&[0; 256]).is_err());
    }

    #[test]
    fn other_languages_are_refused() {
        for bytes in [&[5, 0, 0xff, 7, 0][..], &[6, 0, 0xff, 8], &[6, 0, 0xff, 7, 2, 0], &[6, 0, 0xff], &[]] {
            assert!(Datagram::decode(bytes).is_err(), "{bytes:?}");
        }
        let mut in_session = encode_sessionless(&[1]).unwrap();
        in_session[9] = 1;
        assert!(matches!(Datagram::decode(&in_session), Err(Malformed::Value { value: 1, .. })));
    }
}
