//! What a console may ask before there is a session: what the channel speaks, and with which cipher suites.

use super::reader::{Malformed, Reader};
use super::suite::{Algorithms, Privilege};

/// "The channel this came by" (IPMI 2.0 table 6-1).
pub const PRESENT_CHANNEL: u8 = 0x0e;

/// The request's and the response's bit for IPMI 2.0.
const EXTENDED: u8 = 0x80;

/// Get Channel Authentication Capabilities, the request (IPMI 2.0 22.13; network function 06h, command 38h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationCapabilitiesRequest {
    /// Whether the console wants to hear of IPMI 2.0.
    pub extended: bool,
    /// The channel, 0 to 15.
    pub channel: u8,
    /// The privilege it is asked for, as a number.
    pub privilege: u8,
}

impl AuthenticationCapabilitiesRequest {
    /// The command's number.
    pub const COMMAND: u8 = 0x38;

    /// The channel in use, IPMI 2.0, and this privilege.
    pub fn of(privilege: Privilege) -> Self {
        Self { extended: true, channel: PRESENT_CHANNEL, privilege: privilege.number() }
    }

    /// The request's data.
    pub fn encode(&self) -> Vec<u8> {
        vec![self.channel & 0x0f | if self.extended { EXTENDED } else { 0 }, self.privilege & 0x0f]
    }

    /// Reads the request's data.
    ///
    /// # Errors
    ///
    /// It is cut off.
    pub fn decode(data: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("Get Channel Authentication Capabilities", data);
        let [channel, privilege] = reader.array()?;
        Ok(Self { extended: channel & EXTENDED != 0, channel: channel & 0x0f, privilege: privilege & 0x0f })
    }
}

/// Get Channel Authentication Capabilities, the response without its completion code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationCapabilities {
    /// The channel it came by.
    pub channel: u8,
    /// The types of authentication of IPMI 1.5, a bit each (table 22-17); of no use to RMCP+.
    pub types: u8,
    /// Whether the BMC has a key of its own (K_g) that is not zero: `ipmi_hex_kg_key` is needed.
    pub bmc_key: bool,
    /// Whether there are users with a name.
    pub named_users: bool,
    /// Whether the user without a name has a password.
    pub null_user: bool,
    /// Whether the user without a name has none.
    pub anonymous: bool,
    /// Whether IPMI 2.0 is spoken.
    pub ipmi_2_0: bool,
    /// Whether IPMI 1.5 is spoken.
    pub ipmi_1_5: bool,
}

impl AuthenticationCapabilities {
    /// The response's data.
    pub fn encode(&self) -> Vec<u8> {
        let bit = |set: bool, bit: u8| if set { 1 << bit } else { 0 };
        let status = bit(self.bmc_key, 5) | bit(self.named_users, 2) | bit(self.null_user, 1) | bit(self.anonymous, 0);
        let versions = bit(self.ipmi_2_0, 1) | bit(self.ipmi_1_5, 0);
        vec![self.channel, self.types & 0x3f | EXTENDED, status, versions, 0, 0, 0, 0]
    }

    /// Reads the response's data.
    ///
    /// # Errors
    ///
    /// It is cut off.
    pub fn decode(data: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("the response to Get Channel Authentication Capabilities", data);
        let [channel, types, status] = reader.array()?;
        // BMCs of IPMI 1.5 leave out the rest, or do not mean it.
        let versions = if types & EXTENDED != 0 { reader.u8()? } else { 1 };
        Ok(Self {
            channel: channel & 0x0f,
            types: types & 0x3f,
            bmc_key: status & 0x20 != 0,
            named_users: status & 0x04 != 0,
            null_user: status & 0x02 != 0,
            anonymous: status & 0x01 != 0,
            ipmi_2_0: versions & 0x02 != 0,
            ipmi_1_5: versions & 0x01 != 0,
        })
    }
}

/// Get Channel Cipher Suites, the request (IPMI 2.0 22.15; network function 06h, command 54h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CipherSuitesRequest {
    /// The channel, 0 to 15.
    pub channel: u8,
    /// Which 16 bytes of the records, 0 to 63.
    pub part: u8,
}

impl CipherSuitesRequest {
    /// The command's number.
    pub const COMMAND: u8 = 0x54;

    /// The number of parts there can be.
    pub const MOST_PARTS: u8 = 64;

    /// The request's data.
    pub fn encode(&self) -> Vec<u8> {
        // For payloads of IPMI, and listed by suite.
        vec![self.channel & 0x0f, 0, 0x80 | self.part & 0x3f]
    }

    /// Reads the request's data.
    ///
    /// # Errors
    ///
    /// It is cut off.
    pub fn decode(data: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("Get Channel Cipher Suites", data);
        let [channel, _, part] = reader.array()?;
        Ok(Self { channel: channel & 0x0f, part: part & 0x3f })
    }
}

/// The cipher suites of a channel, as Get Channel Cipher Suites lists them (IPMI 2.0 table 22-18).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuiteRecords {
    /// The standard's suites: number and algorithms. A suite that offers several of a kind is here with the first.
    pub suites: Vec<(u8, Algorithms)>,
}

/// What a record of the standard's suites starts with, and one of a manufacturer's.
const STANDARD: u8 = 0xc0;
const OEM: u8 = 0xc1;

impl SuiteRecords {
    /// How many bytes a part has; a shorter one is the last.
    pub const PART: usize = 16;

    /// The records, to be handed out in parts.
    pub fn encode(&self) -> Vec<u8> {
        let record = |(id, algorithms): &(u8, Algorithms)| {
            let Algorithms { authentication, integrity, confidentiality } = algorithms;
            let tagged = [*authentication, 0x40 | integrity & 0x3f, 0x80 | confidentiality & 0x3f];
            [STANDARD, *id].into_iter().chain(tagged)
        };
        self.suites.iter().flat_map(record).collect()
    }

    /// The part of the records a request asks for; empty when it asks for more than there are.
    pub fn part(&self, part: u8) -> Vec<u8> {
        self.encode().chunks(Self::PART).nth(usize::from(part)).unwrap_or_default().to_vec()
    }

    /// Reads the records of all parts. What cannot be read is left out.
    pub fn decode(mut bytes: &[u8]) -> Self {
        let mut suites = Vec::new();
        while let Some(start) = bytes.iter().position(|byte| matches!(*byte, STANDARD | OEM)) {
            let standard = bytes[start] == STANDARD;
            // A manufacturer's number stands between the suite's and its algorithms.
            let head = if standard { 2 } else { 5 };
            let record = &bytes[start..];
            let algorithms = record.get(head..).unwrap_or_default();
            let length = algorithms.iter().position(|byte| *byte >= STANDARD).unwrap_or(algorithms.len());
            if let (true, Some(id)) = (standard, record.get(1)) {
                suites.push((*id, algorithms_of(&algorithms[..length])));
            }
            bytes = &algorithms[length..];
        }
        Self { suites }
    }

    /// Whether a suite with these algorithms is listed.
    pub fn offers(&self, algorithms: Algorithms) -> bool {
        self.suites.iter().any(|(_, offered)| *offered == algorithms)
    }
}

/// The first of each kind; 0, which is "none", where there is none.
fn algorithms_of(tagged: &[u8]) -> Algorithms {
    let first = |tag| tagged.iter().find(|byte| *byte >> 6 == tag).map_or(0, |byte| byte & 0x3f);
    Algorithms { authentication: first(0), integrity: first(1), confidentiality: first(2) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::CipherSuite;

    #[test]
    fn capabilities_come_back() {
        let request = AuthenticationCapabilitiesRequest::of(Privilege::Administrator);
        assert_eq!(request.encode(), [0x8e, 4]);
        assert_eq!(AuthenticationCapabilitiesRequest::decode(&[0x8e, 4]).unwrap(), request);
        let response = AuthenticationCapabilities {
            channel: 1,
            bmc_key: true,
            named_users: true,
            ipmi_2_0: true,
            ..AuthenticationCapabilities::default()
        };
        assert_eq!(AuthenticationCapabilities::decode(&response.encode()).unwrap(), response);
    }

    #[test]
    fn a_bmc_of_ipmi_1_5_says_so_by_saying_nothing() {
        let response = AuthenticationCapabilities::decode(&[1, 0x15, 4]).unwrap();
        assert!(response.ipmi_1_5 && !response.ipmi_2_0);
        assert!(AuthenticationCapabilities::decode(&[1, 0x95, 4]).is_err());
    }

    #[test]
    fn suites_are_listed_in_parts() {
        let all = [(3, CipherSuite::HmacSha1), (17, CipherSuite::HmacSha256)];
        let mut suites: Vec<_> = all.iter().map(|(id, suite)| (*id, suite.algorithms())).collect();
        suites.extend(suites.clone());
        let records = SuiteRecords { suites };
        let parts = [records.part(0), records.part(1), records.part(2)];
        assert_eq!(parts.each_ref().map(Vec::len), [16, 4, 0]);
        assert_eq!(SuiteRecords::decode(&parts.concat()), records);
        assert!(records.offers(CipherSuite::HmacSha256.algorithms()));
    }

    #[test]
    fn records_of_manufacturers_and_odd_ones_are_left_out() {
        let bytes = [0xc1, 0x80, 1, 2, 3, 0x03, 0x44, 0x81, 0xc0, 3, 0x01, 0x41, 0x81, 0xff, 0xc0, 0, 0xc0];
        let records = SuiteRecords::decode(&bytes);
        let none = Algorithms { authentication: 0, integrity: 0, confidentiality: 0 };
        assert_eq!(records.suites, [(3, CipherSuite::HmacSha1.algorithms()), (0, none)]);
        let request = CipherSuitesRequest { channel: 0x0e, part: 2 };
        assert_eq!(request.encode(), [0x0e, 0, 0x82]);
        assert_eq!(CipherSuitesRequest::decode(&request.encode()).unwrap(), request);
    }
}
