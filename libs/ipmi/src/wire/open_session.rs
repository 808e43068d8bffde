//! The first exchange of a session: the two sides tell their numbers of it and agree on algorithms.

use super::rakp::Status;
use super::reader::{Malformed, Reader};
use super::suite::Algorithms;

/// RMCP+ Open Session Request (IPMI 2.0 13.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSessionRequest {
    /// Comes back in the response.
    pub tag: u8,
    /// The highest privilege that will be asked for, as a [`super::Privilege`]'s number; 0 is the highest there is.
    pub privilege: u8,
    /// The console's number of the session, not 0.
    pub console_session: u32,
    /// What the console proposes.
    pub algorithms: Algorithms,
}

/// RMCP+ Open Session Response (IPMI 2.0 13.18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSessionResponse {
    /// The request's.
    pub tag: u8,
    /// What the BMC agrees to, or why it refuses.
    pub outcome: Result<OpenSession, Status>,
}

/// What a BMC agrees to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The highest privilege with these algorithms, as a number.
    pub privilege: u8,
    /// The console's number of the session.
    pub console_session: u32,
    /// The BMC's number of the session, not 0.
    pub bmc_session: u32,
    /// What it chose.
    pub algorithms: Algorithms,
}

impl OpenSessionRequest {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.tag, self.privilege & 0x0f, 0, 0];
        bytes.extend(self.console_session.to_le_bytes());
        encode_algorithms(self.algorithms, &mut bytes);
        bytes
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It is cut off, or a proposal is of the wrong kind.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("an Open Session Request", bytes);
        let [tag, privilege, _, _] = reader.array()?;
        let console_session = reader.u32()?;
        let algorithms = decode_algorithms(&mut reader)?;
        Ok(Self { tag, privilege: privilege & 0x0f, console_session, algorithms })
    }
}

impl OpenSessionResponse {
    /// The payload.
    pub fn encode(&self) -> Vec<u8> {
        match self.outcome {
            Ok(open) => {
                let mut bytes = vec![self.tag, Status::Ok.number(), open.privilege & 0x0f, 0];
                bytes.extend(open.console_session.to_le_bytes());
                bytes.extend(open.bmc_session.to_le_bytes());
                encode_algorithms(open.algorithms, &mut bytes);
                bytes
            }
            Err(status) => vec![self.tag, status.number(), 0, 0, 0, 0, 0, 0],
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It is cut off, or a chosen algorithm is of the wrong kind.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("an Open Session Response", bytes);
        let (tag, status) = (reader.u8()?, Status::from_number(reader.u8()?));
        if status != Status::Ok {
            // What follows differs from BMC to BMC, and says nothing.
            return Ok(Self { tag, outcome: Err(status) });
        }
        let [privilege, _] = reader.array()?;
        let (console_session, bmc_session) = (reader.u32()?, reader.u32()?);
        let algorithms = decode_algorithms(&mut reader)?;
        let open = OpenSession { privilege: privilege & 0x0f, console_session, bmc_session, algorithms };
        Ok(Self { tag, outcome: Ok(open) })
    }
}

/// How long a proposal is, which it says itself.
const PROPOSAL: u8 = 8;

fn encode_algorithms(algorithms: Algorithms, bytes: &mut Vec<u8>) {
    let numbers = [algorithms.authentication, algorithms.integrity, algorithms.confidentiality];
    for (kind, number) in (0..).zip(numbers) {
        bytes.extend([kind, 0, 0, PROPOSAL, number, 0, 0, 0]);
    }
}

fn decode_algorithms(reader: &mut Reader<'_>) -> Result<Algorithms, Malformed> {
    let mut numbers = [0; 3];
    for (kind, number) in (0u8..).zip(&mut numbers) {
        let [found, _, _, length, value, _, _, _] = reader.array()?;
        if found != kind {
            return Err(Malformed::Value { what: "the kind of a proposed algorithm", value: u32::from(found) });
        }
        // Length 0 leaves the choice to the BMC (table 13-9); it reads as "none", which no suite here has.
        *number = if length == 0 { 0 } else { value & 0x3f };
    }
    let [authentication, integrity, confidentiality] = numbers;
    Ok(Algorithms { authentication, integrity, confidentiality })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::CipherSuite;

    #[test]
    fn a_request_is_as_the_standard_has_it() {
        let request = OpenSessionRequest {
            tag: 1,
            privilege: 4,
            console_session: 0xa0a1_a2a3,
            algorithms: CipherSuite::HmacSha256.algorithms(),
        };
        #[rustfmt::skip]
        let expected = [
            1, 4, 0, 0, 0xa3, 0xa2, 0xa1, 0xa0,
            0, 0, 0, 8, 3, 0, 0, 0,
            1, 0, 0, 8, 4, 0, 0, 0,
            2, 0, 0, 8, 1, 0, 0, 0,
        ];
        assert_eq!(request.encode(), expected);
        assert_eq!(OpenSessionRequest::decode(&expected).unwrap(), request);
    }

    #[test]
    fn a_response_agrees_or_refuses() {
        let open = OpenSession {
            privilege: 4,
            console_session: 1,
            bmc_session: 2,
            algorithms: CipherSuite::HmacSha1.algorithms(),
        };
        for outcome in [Ok(open), Err(Status::NoCipherSuite), Err(Status::Other(0xee))] {
            let response = OpenSessionResponse { tag: 3, outcome };
            assert_eq!(OpenSessionResponse::decode(&response.encode()).unwrap(), response);
        }
        // The shortest refusal met.
        let refusal = OpenSessionResponse::decode(&[3, 0x11]).unwrap();
        assert_eq!(refusal.outcome, Err(Status::NoCipherSuite));
        assert!(OpenSessionResponse::decode(&[3, 0, 4, 0, 1]).is_err());
    }
}
