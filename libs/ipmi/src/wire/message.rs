//! One message, request or response, as it travels on a LAN and on the buses behind a BMC.

use std::fmt;

use super::reader::{Malformed, Reader};

/// The address of a BMC (IPMI 2.0 table 5-4 and IPMB's assignments).
pub const BMC_ADDRESS: u8 = 0x20;

/// The address of the first remote console's software (IPMI 2.0 5.5).
pub const CONSOLE_ADDRESS: u8 = 0x81;

/// Network function of chassis commands (IPMI 2.0 table 5-1).
pub const NETFN_CHASSIS: u8 = 0x00;
/// Network function of sensor and event commands.
pub const NETFN_SENSOR: u8 = 0x04;
/// Network function of application commands: the BMC itself, sessions, users.
pub const NETFN_APP: u8 = 0x06;
/// Network function of storage commands: SDR, FRU, SEL.
pub const NETFN_STORAGE: u8 = 0x0a;
/// Network function of transport commands: the LAN's configuration.
pub const NETFN_TRANSPORT: u8 = 0x0c;

/// Longer messages are refused. IPMI's own fit into 255 bytes; some manufacturers' are longer.
pub const LARGEST_MESSAGE: usize = 1024;

/// A message of IPMI (13.8). A request and its response have the same form: the response goes back to where the request
/// came from, has the next odd network function, and its data begins with a completion code.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The address it goes to.
    pub to: u8,
    /// The unit at that address, 0 to 3.
    pub to_lun: u8,
    /// What family of commands it belongs to, 0 to 63: even for requests, odd for responses.
    pub netfn: u8,
    /// The address it comes from.
    pub from: u8,
    /// The unit at that address, 0 to 3.
    pub from_lun: u8,
    /// Which request a response belongs to, 0 to 63.
    pub sequence: u8,
    /// The command.
    pub command: u8,
    /// The request's data; of a response, its completion code and its data.
    pub data: Vec<u8>,
}

impl Message {
    /// A console's request to a BMC.
    pub fn request(netfn: u8, lun: u8, command: u8, data: Vec<u8>) -> Self {
        Self { to: BMC_ADDRESS, to_lun: lun, netfn, from: CONSOLE_ADDRESS, from_lun: 0, sequence: 0, command, data }
    }

    /// The response to this request.
    pub fn response(&self, completion: u8, data: &[u8]) -> Self {
        Self {
            to: self.from,
            to_lun: self.from_lun,
            netfn: self.netfn | 1,
            from: self.to,
            from_lun: self.to_lun,
            sequence: self.sequence,
            command: self.command,
            data: [&[completion], data].concat(),
        }
    }

    /// Whether it is a response.
    pub fn is_response(&self) -> bool {
        self.netfn & 1 == 1
    }

    /// Whether it is the response to this request. Addresses are not compared: BMCs answer with others than they were
    /// asked at.
    pub fn answers(&self, request: &Self) -> bool {
        self.netfn == request.netfn | 1 && self.command == request.command && self.sequence == request.sequence
    }

    /// Completion code and data of a response.
    ///
    /// # Errors
    ///
    /// It has no completion code.
    pub fn completion(&self) -> Result<(u8, &[u8]), Malformed> {
        let (code, data) =
            self.data.split_first().ok_or(Malformed::Short { what: "a response", wanted: 1, left: 0 })?;
        Ok((*code, data))
    }

    /// Its bytes. Numbers that are too large for their field lose what does not fit.
    pub fn encode(&self) -> Vec<u8> {
        let head = [self.to, self.netfn << 2 | self.to_lun & 3];
        let body = [self.from, self.sequence << 2 | self.from_lun & 3, self.command];
        let mut bytes = Vec::with_capacity(7 + self.data.len());
        bytes.extend(head);
        bytes.push(checksum(&head));
        bytes.extend(body);
        bytes.extend(&self.data);
        bytes.push(checksum(&bytes[3..]));
        bytes
    }

    /// Reads a message that fills `bytes`.
    ///
    /// # Errors
    ///
    /// It is shorter than a message can be, longer than [`LARGEST_MESSAGE`], or a checksum is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > LARGEST_MESSAGE {
            return Err(Malformed::Long { what: "a message", length: bytes.len(), most: LARGEST_MESSAGE });
        }
        let mut reader = Reader::new("a message", bytes);
        let [to, netfn_lun, head_sum] = reader.array()?;
        let covered = reader.rest();
        let (body_sum, body) = covered.split_last().unwrap_or((&0, &[]));
        let mut reader = Reader::new("a message", body);
        let [from, sequence_lun, command] = reader.array()?;
        if checksum(&[to, netfn_lun]) != head_sum {
            return Err(Malformed::Checksum("a message's head"));
        }
        if checksum(body) != *body_sum {
            return Err(Malformed::Checksum("a message's data"));
        }
        Ok(Self {
            to,
            to_lun: netfn_lun & 3,
            netfn: netfn_lun >> 2,
            from,
            from_lun: sequence_lun & 3,
            sequence: sequence_lun >> 2,
            command,
            data: reader.rest().to_vec(),
        })
    }
}

/// Without the data: it may hold a password that is being set.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("to", &self.to)
            .field("netfn", &self.netfn)
            .field("sequence", &self.sequence)
            .field("command", &self.command)
            .field("data", &format_args!("{} bytes", self.data.len()))
            .finish_non_exhaustive()
    }
}

/// What makes the sum of all bytes 0, modulo 256.
fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Get Channel Authentication Capabilities and its response, worked out by hand.
    const REQUEST: [u8; 9] = [0x20, 0x18, 0xc8, 0x81, 0x04, 0x38, 0x8e, 0x04, 0xb1];

    #[test]
    fn a_request_is_as_worked_out_by_hand() {
        let message = Message { sequence: 1, ..Message::request(NETFN_APP, 0, 0x38, vec![0x8e, 0x04]) };
        assert_eq!(message.encode(), REQUEST);
        assert_eq!(Message::decode(&REQUEST).unwrap(), message);
        assert!(!message.is_response());
    }

    #[test]
    fn a_response_goes_back_and_answers_its_request_only() {
        let request = Message::decode(&REQUEST).unwrap();
        let response = request.response(0xc1, &[7]);
        assert_eq!((response.to, response.from, response.netfn), (CONSOLE_ADDRESS, BMC_ADDRESS, 7));
        assert_eq!(response.completion().unwrap(), (0xc1, &[7][..]));
        assert!(response.is_response() && response.answers(&request));
        assert!(!Message { sequence: 2, ..response.clone() }.answers(&request));
        assert!(!Message { command: 1, ..response.clone() }.answers(&request));
        assert!(!request.answers(&request));
        assert_eq!(Message::decode(&response.encode()).unwrap(), response);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        for at in 0..REQUEST.len() {
            let mut bytes = REQUEST;
            bytes[at] ^= 0x10;
            assert!(matches!(Message::decode(&bytes), Err(Malformed::Checksum(_))), "{at}");
        }
        for length in 0..7 {
            assert!(matches!(Message::decode(&REQUEST[..length]), Err(Malformed::Short { .. })), "{length}");
        }
        assert!(matches!(Message::decode(&[0; LARGEST_MESSAGE + 1]), Err(Malformed::Long { .. })));
    }

    #[test]
    fn data_is_not_printed() {
        let shown = format!("{:?}", Message::request(NETFN_APP, 0, 0x47, b"hunter2".to_vec()));
        assert!(shown.contains("7 bytes") && !shown.contains("104"), "{shown}");
    }
}
