//! The four messages of RAKP, by which each side proves that it knows the user's password.

use std::fmt;

use super::reader::{Malformed, Reader};
use super::suite::Privilege;

/// The longest user name, in bytes (IPMI 2.0 22.28).
pub const LONGEST_NAME: usize = 16;

/// Codes longer than this are refused: the longest HMAC of the standard has 32 bytes.
const LONGEST_CODE: usize = 64;

/// Looks the user up by name alone, not by name and privilege (table 13-11).
const NAME_ONLY: u8 = 0x10;

/// How a session was refused (IPMI 2.0 table 13-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not at all.
    Ok,
    /// All sessions are in use.
    NoResources,
    /// The number of the session is wrong.
    InvalidSession,
    /// The payload is of the wrong type.
    InvalidPayload,
    /// The BMC lacks the algorithm of authentication.
    InvalidAuthentication,
    /// The BMC lacks the algorithm of integrity.
    InvalidIntegrity,
    /// No proposal of authentication fits.
    NoAuthentication,
    /// No proposal of integrity fits.
    NoIntegrity,
    /// The session is not being opened any more.
    InactiveSession,
    /// The privilege asked for is no privilege.
    InvalidRole,
    /// The user or the channel may not have the privilege asked for.
    UnauthorizedRole,
    /// All sessions of this privilege are in use.
    NoResourcesForRole,
    /// The user name is too long.
    InvalidNameLength,
    /// There is no such user, or it may not log in.
    UnauthorizedName,
    /// The BMC's identifier is not the one expected.
    UnauthorizedGuid,
    /// The code does not verify: the password differs.
    InvalidCode,
    /// The BMC lacks the algorithm of confidentiality.
    InvalidConfidentiality,
    /// The algorithms together are no cipher suite of this BMC.
    NoCipherSuite,
    /// A parameter is not understood.
    IllegalParameter,
    /// A number the standard does not have.
    Other(u8),
}

/// Numbers and words, in the standard's order. The number of a status is its place.
const STATUSES: [(Status, &str); 19] = [
    (Status::Ok, "no errors"),
    (Status::NoResources, "insufficient resources to create a session"),
    (Status::InvalidSession, "invalid session id"),
    (Status::InvalidPayload, "invalid payload type"),
    (Status::InvalidAuthentication, "invalid authentication algorithm"),
    (Status::InvalidIntegrity, "invalid integrity algorithm"),
    (Status::NoAuthentication, "no matching authentication payload"),
    (Status::NoIntegrity, "no matching integrity payload"),
    (Status::InactiveSession, "inactive session id"),
    (Status::InvalidRole, "invalid role"),
    (Status::UnauthorizedRole, "unauthorized role or privilege level requested"),
    (Status::NoResourcesForRole, "insufficient resources to create a session at the requested role"),
    (Status::InvalidNameLength, "invalid name length"),
    (Status::UnauthorizedName, "unauthorized name"),
    (Status::UnauthorizedGuid, "unauthorized GUID"),
    (Status::InvalidCode, "invalid integrity check value"),
    (Status::InvalidConfidentiality, "invalid confidentiality algorithm"),
    (Status::NoCipherSuite, "no cipher suite match with proposed security algorithms"),
    (Status::IllegalParameter, "illegal or unrecognized parameter"),
];

impl Status {
    /// Its number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Self::Other(number) => number,
            // The table has 19 rows.
            known => STATUSES.iter().position(|(status, _)| *status == known).unwrap_or_default() as u8,
        }
    }

    /// The status of a number.
    pub fn from_number(number: u8) -> Self {
        STATUSES.get(usize::from(number)).map_or(Self::Other(number), |(status, _)| *status)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(number) => write!(f, "status {number:#04x}"),
            known => f.write_str(STATUSES.iter().find(|(status, _)| status == known).map_or("", |(_, words)| words)),
        }
    }
}

/// What privilege a console asks for, and how it wants its user to be looked up. The byte it makes is part of what the
/// two sides prove to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// The highest privilege of the session; `None` is a number that is none.
    pub privilege: Option<Privilege>,
    byte: u8,
}

impl Role {
    /// This privilege, for the first user of the name, whatever may be the user's own highest privilege.
    pub fn of(privilege: Privilege) -> Self {
        Self::from_byte(privilege.number() | NAME_ONLY)
    }

    /// The role of a byte on the wire.
    pub fn from_byte(byte: u8) -> Self {
        Self { privilege: Privilege::from_number(byte & 0x0f), byte }
    }

    /// The byte on the wire.
    pub fn byte(self) -> u8 {
        self.byte
    }

    /// Whether the user is looked up by name alone.
    pub fn name_only(self) -> bool {
        self.byte & NAME_ONLY != 0
    }
}

/// RAKP message 1, the console's (IPMI 2.0 13.20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp1 {
    /// Comes back in message 2.
    pub tag: u8,
    /// The BMC's number of the session.
    pub bmc_session: u32,
    /// The console's random number.
    pub console_random: [u8; 16],
    /// The privilege asked for.
    pub role: Role,
    /// The user, at most 16 bytes.
    pub username: Vec<u8>,
}

/// RAKP message 2, the BMC's (IPMI 2.0 13.21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp2 {
    /// Message 1's.
    pub tag: u8,
    /// The console's number of the session.
    pub console_session: u32,
    /// What the BMC answers, or why it refuses.
    pub outcome: Result<Rakp2Answer, Status>,
}

/// What a BMC answers in RAKP message 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp2Answer {
    /// The BMC's random number.
    pub bmc_random: [u8; 16],
    /// The BMC's identifier.
    pub guid: [u8; 16],
    /// The proof that it knows the user's password.
    pub code: Vec<u8>,
}

/// RAKP message 3, the console's (IPMI 2.0 13.22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp3 {
    /// Comes back in message 4.
    pub tag: u8,
    /// The BMC's number of the session.
    pub bmc_session: u32,
    /// The proof that the console knows the user's password; or why it gives up, so that the BMC need not wait.
    pub outcome: Result<Vec<u8>, Status>,
}

/// RAKP message 4, the BMC's (IPMI 2.0 13.23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rakp4 {
    /// Message 3's.
    pub tag: u8,
    /// The console's number of the session.
    pub console_session: u32,
    /// The proof that both have the same keys; or why the BMC refuses.
    pub outcome: Result<Vec<u8>, Status>,
}

impl Rakp1 {
    /// The payload. Of a user name that is too long only the beginning goes out.
    pub fn encode(&self) -> Vec<u8> {
        let name = &self.username[..self.username.len().min(LONGEST_NAME)];
        let mut bytes = vec![self.tag, 0, 0, 0];
        bytes.extend(self.bmc_session.to_le_bytes());
        bytes.extend(self.console_random);
        bytes.extend([self.role.byte(), 0, 0, name.len() as u8]);
        bytes.extend(name);
        bytes
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It is cut off, or the user name longer than 16 bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("RAKP message 1", bytes);
        let [tag, _, _, _] = reader.array()?;
        let bmc_session = reader.u32()?;
        let console_random = reader.array()?;
        let [role, _, _, length] = reader.array()?;
        let length = usize::from(length);
        if length > LONGEST_NAME {
            return Err(Malformed::Long { what: "the user name", length, most: LONGEST_NAME });
        }
        let username = reader.take(length)?.to_vec();
        Ok(Self { tag, bmc_session, console_random, role: Role::from_byte(role), username })
    }
}

impl Rakp2 {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = head(self.tag, self.outcome.as_ref().err(), self.console_session);
        if let Ok(answer) = &self.outcome {
            bytes.extend(answer.bmc_random);
            bytes.extend(answer.guid);
            bytes.extend(&answer.code);
        }
        bytes
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It is cut off, or the code too long to be one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("RAKP message 2", bytes);
        let (tag, status, console_session) = read_head(&mut reader)?;
        if status != Status::Ok {
            return Ok(Self { tag, console_session, outcome: Err(status) });
        }
        let (bmc_random, guid) = (reader.array()?, reader.array()?);
        let answer = Rakp2Answer { bmc_random, guid, code: read_code(&mut reader)? };
        Ok(Self { tag, console_session, outcome: Ok(answer) })
    }
}

impl Rakp3 {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        [head(self.tag, self.outcome.as_ref().err(), self.bmc_session), self.outcome.clone().unwrap_or_default()]
            .concat()
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It is cut off, or the code too long to be one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("RAKP message 3", bytes);
        let (tag, status, bmc_session) = read_head(&mut reader)?;
        let outcome = if status == Status::Ok { Ok(read_code(&mut reader)?) } else { Err(status) };
        Ok(Self { tag, bmc_session, outcome })
    }
}

impl Rakp4 {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        [head(self.tag, self.outcome.as_ref().err(), self.console_session), self.outcome.clone().unwrap_or_default()]
            .concat()
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It is cut off, or the code too long to be one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("RAKP message 4", bytes);
        let (tag, status, console_session) = read_head(&mut reader)?;
        let outcome = if status == Status::Ok { Ok(read_code(&mut reader)?) } else { Err(status) };
        Ok(Self { tag, console_session, outcome })
    }
}

fn head(tag: u8, refusal: Option<&Status>, session: u32) -> Vec<u8> {
    let status = refusal.copied().unwrap_or(Status::Ok);
    let mut bytes = vec![tag, status.number(), 0, 0];
    bytes.extend(session.to_le_bytes());
    bytes
}

/// Tag, status and session; a refusal may end early.
fn read_head(reader: &mut Reader<'_>) -> Result<(u8, Status, u32), Malformed> {
    let (tag, status) = (reader.u8()?, Status::from_number(reader.u8()?));
    if status != Status::Ok && reader.left() < 6 {
        return Ok((tag, status, 0));
    }
    reader.take(2)?;
    Ok((tag, status, reader.u32()?))
}

fn read_code(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    let code = reader.rest();
    if code.len() > LONGEST_CODE {
        return Err(Malformed::Long { what: "the code of a RAKP message", length: code.len(), most: LONGEST_CODE });
    }
    Ok(code.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_status_table_is_in_the_standards_order() {
        for number in 0..=u8::MAX {
            assert_eq!(Status::from_number(number).number(), number);
        }
        assert_eq!(Status::NoCipherSuite.number(), 0x11);
        assert_eq!(Status::UnauthorizedName.to_string(), "unauthorized name");
        assert_eq!(Status::Other(0xc0).to_string(), "status 0xc0");
    }

    #[test]
    fn message_1_is_as_the_standard_has_it() {
        let message = Rakp1 {
            tag: 2,
            bmc_session: 0x0403_0201,
            console_random: [9; 16],
            role: Role::of(Privilege::Administrator),
            username: b"root".to_vec(),
        };
        let bytes = message.encode();
        assert_eq!(&bytes[..8], [2, 0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(&bytes[24..], [0x14, 0, 0, 4, b'r', b'o', b'o', b't']);
        assert_eq!(Rakp1::decode(&bytes).unwrap(), message);
        assert!(message.role.name_only());
    }

    #[test]
    fn the_other_messages_come_back_and_refusals_may_be_short() {
        let answer = Rakp2Answer { bmc_random: [1; 16], guid: [2; 16], code: vec![3; 20] };
        for outcome in [Ok(answer), Err(Status::UnauthorizedName)] {
            let message = Rakp2 { tag: 1, console_session: 5, outcome };
            assert_eq!(Rakp2::decode(&message.encode()).unwrap(), message);
        }
        for outcome in [Ok(vec![3; 32]), Err(Status::InvalidCode)] {
            let message = Rakp3 { tag: 1, bmc_session: 5, outcome: outcome.clone() };
            assert_eq!(Rakp3::decode(&message.encode()).unwrap(), message);
            let message = Rakp4 { tag: 1, console_session: 5, outcome };
            assert_eq!(Rakp4::decode(&message.encode()).unwrap(), message);
        }
        assert_eq!(Rakp2::decode(&[1, 0x0d]).unwrap().outcome, Err(Status::UnauthorizedName));
        assert!(Rakp2::decode(&[1, 0]).is_err());
        assert!(Rakp4::decode(&[0; 8 + LONGEST_CODE + 1]).is_err());
    }

    #[test]
    fn a_long_user_name_is_refused_on_the_way_in_and_cut_on_the_way_out() {
        let message = Rakp1 {
            tag: 0,
            bmc_session: 1,
            console_random: [0; 16],
            role: Role::of(Privilege::User),
            username: vec![b'a'; 17],
        };
        let mut bytes = message.encode();
        assert_eq!(bytes.len(), 28 + LONGEST_NAME);
        bytes[27] = 17;
        bytes.push(b'a');
        assert!(matches!(Rakp1::decode(&bytes), Err(Malformed::Long { .. })));
    }
}
