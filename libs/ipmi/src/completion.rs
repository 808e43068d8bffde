//! Completion codes, by which a BMC says how a command ended.

use std::fmt;

/// How a command ended (IPMI 2.0 table 5-2). What the standard does not name is kept as its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Completion(pub u8);

/// Numbers and the standard's words.
const WORDS: &[(Completion, &str)] = &[
    (Completion::OK, "command completed normally"),
    (Completion::BUSY, "node busy"),
    (Completion::INVALID_COMMAND, "invalid command"),
    (Completion::INVALID_FOR_LUN, "command invalid for given LUN"),
    (Completion::TIMEOUT, "timeout while processing command"),
    (Completion::OUT_OF_SPACE, "out of space"),
    (Completion::RESERVATION, "reservation canceled or invalid reservation ID"),
    (Completion::TRUNCATED, "request data truncated"),
    (Completion::LENGTH, "request data length invalid"),
    (Completion::LIMIT, "request data field length limit exceeded"),
    (Completion::OUT_OF_RANGE, "parameter out of range"),
    (Completion::CANNOT_RETURN, "cannot return number of requested data bytes"),
    (Completion::NOT_PRESENT, "requested sensor, data, or record not present"),
    (Completion::INVALID_FIELD, "invalid data field in request"),
    (Completion::ILLEGAL, "command illegal for specified sensor or record type"),
    (Completion::NO_RESPONSE, "command response could not be provided"),
    (Completion::DUPLICATE, "cannot execute duplicated request"),
    (Completion::SDR_UPDATE, "command response could not be provided: SDR repository in update mode"),
    (Completion::FIRMWARE_UPDATE, "command response could not be provided: device in firmware update mode"),
    (Completion::INITIALIZING, "command response could not be provided: BMC initialization in progress"),
    (Completion::UNAVAILABLE, "destination unavailable"),
    (Completion::PRIVILEGE, "cannot execute command due to insufficient privilege level"),
    (Completion::STATE, "cannot execute command: command, or request parameter, not supported in present state"),
    (Completion::DISABLED, "cannot execute command: parameter is illegal because sub-function is disabled"),
    (Completion::UNSPECIFIED, "unspecified error"),
];

/// The names of table 5-2.
impl Completion {
    /// It was done.
    pub const OK: Self = Self(0x00);
    /// The BMC has no resources for it now.
    pub const BUSY: Self = Self(0xc0);
    /// The BMC does not know the command.
    pub const INVALID_COMMAND: Self = Self(0xc1);
    /// The unit does not know the command.
    pub const INVALID_FOR_LUN: Self = Self(0xc2);
    /// It took too long; there is no telling whether it was done.
    pub const TIMEOUT: Self = Self(0xc3);
    /// There is no room.
    pub const OUT_OF_SPACE: Self = Self(0xc4);
    /// Somebody else has changed what was reserved.
    pub const RESERVATION: Self = Self(0xc5);
    /// The request was cut off.
    pub const TRUNCATED: Self = Self(0xc6);
    /// The request has the wrong length.
    pub const LENGTH: Self = Self(0xc7);
    /// A part of the request is too long.
    pub const LIMIT: Self = Self(0xc8);
    /// A value is out of its range.
    pub const OUT_OF_RANGE: Self = Self(0xc9);
    /// So many bytes cannot be returned at once.
    pub const CANNOT_RETURN: Self = Self(0xca);
    /// There is no such sensor, data, or record.
    pub const NOT_PRESENT: Self = Self(0xcb);
    /// A field of the request has a wrong value.
    pub const INVALID_FIELD: Self = Self(0xcc);
    /// This kind of sensor or record does not have the command.
    pub const ILLEGAL: Self = Self(0xcd);
    /// There is no response to be had.
    pub const NO_RESPONSE: Self = Self(0xce);
    /// It has been carried out before.
    pub const DUPLICATE: Self = Self(0xcf);
    /// The repository of sensor records is being written.
    pub const SDR_UPDATE: Self = Self(0xd0);
    /// The BMC's firmware is being written.
    pub const FIRMWARE_UPDATE: Self = Self(0xd1);
    /// The BMC is starting.
    pub const INITIALIZING: Self = Self(0xd2);
    /// What it was sent to is not there.
    pub const UNAVAILABLE: Self = Self(0xd3);
    /// The session may not do it.
    pub const PRIVILEGE: Self = Self(0xd4);
    /// It is not possible in the present state.
    pub const STATE: Self = Self(0xd5);
    /// What it concerns is switched off.
    pub const DISABLED: Self = Self(0xd6);
    /// Something else.
    pub const UNSPECIFIED: Self = Self(0xff);

    /// Whether it was done.
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// Whether the BMC says that it did nothing and may do it a little later.
    pub fn is_busy(self) -> bool {
        [Self::BUSY, Self::OUT_OF_SPACE, Self::SDR_UPDATE, Self::FIRMWARE_UPDATE, Self::INITIALIZING].contains(&self)
    }

    /// Whether the BMC does not have the command, or not the part of it that was asked for.
    pub fn is_unsupported(self) -> bool {
        let codes = [
            Self::INVALID_COMMAND,
            Self::INVALID_FOR_LUN,
            Self::INVALID_FIELD,
            Self::ILLEGAL,
            Self::OUT_OF_RANGE,
            Self::NOT_PRESENT,
            Self::DISABLED,
        ];
        codes.contains(&self)
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::PRIVILEGE => {
                "raise ipmi_priv_level in driver_info as far as the user's own limit on the BMC allows, or raise that"
            }
            code if code.is_busy() => "the BMC is busy: try again later",
            code if code.is_unsupported() => "the BMC does not support it",
            Self::TIMEOUT | Self::NO_RESPONSE => {
                "it is not known whether it was carried out: read the state before repeating it"
            }
            Self::STATE => "look at the state of the machine and of the BMC before trying again",
            _ => "look at the BMC's own log and its firmware's release notes",
        }
    }
}

impl fmt::Display for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match WORDS.iter().find(|(code, _)| code == self) {
            Some((_, words)) => write!(f, "{words} ({:02x}h)", self.0),
            None => match self.0 {
                0x01..=0x7e => write!(f, "the manufacturer's own code {:02x}h", self.0),
                0x80..=0xbe => write!(f, "the command's own code {:02x}h", self.0),
                _ => write!(f, "the reserved code {:02x}h", self.0),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: u8, expected: &str) {
        assert_eq!(Completion(code).to_string(), expected);
    }

    #[test]
    fn codes_have_the_standards_words() {
        check(0x00, "command completed normally (00h)");
        check(0xc1, "invalid command (c1h)");
        check(0xd4, "cannot execute command due to insufficient privilege level (d4h)");
        check(0x80, "the command's own code 80h");
        check(0x01, "the manufacturer's own code 01h");
        check(0xe0, "the reserved code e0h");
    }

    #[test]
    fn every_code_has_a_remedy() {
        assert!((0..=u8::MAX).all(|code| !Completion(code).remedy().is_empty()));
        assert!(Completion::PRIVILEGE.remedy().contains("ipmi_priv_level"));
        assert!(Completion::BUSY.is_busy() && !Completion::INVALID_COMMAND.is_busy());
        assert!(Completion::INVALID_COMMAND.is_unsupported() && !Completion::PRIVILEGE.is_unsupported());
    }
}
