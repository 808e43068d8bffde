//! Everything that can go wrong with a BMC, told so that a person knows what to do next.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::completion::Completion;
use crate::wire::{CipherSuite, Malformed, Privilege, Status};

/// The result of everything that talks to a BMC.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Texts are complete sentences' worth on their own, causes included, and never contain a password or a
/// key. They name the key of Ironic's `driver_info` to look at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A part of the target cannot be used. Nothing was sent.
    #[error("cannot use {key}: {problem}; {remedy}")]
    Option {
        /// Its key in `driver_info`.
        key: &'static str,
        /// What is wrong with it. A secret is not quoted.
        problem: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The host name has no address.
    #[error("cannot find the IP address of {address}: {source}; check ipmi_address, and this host's name resolution")]
    Unresolved {
        /// The BMC.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// This host cannot send to the BMC.
    #[error("cannot send to {address}: {source}; check the network of this host, and ipmi_address")]
    Network {
        /// The BMC.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// Nobody answers. Nothing but questions was sent.
    #[error(
        "{address} does not answer ({} within {} s{}); check ipmi_address and ipmi_port, that the BMC has power and \
         IPMI over LAN switched on, and that the network lets UDP through",
        times(*attempts),
        seconds(*waited),
        if *refused { ", and its host says that nothing listens on the port" } else { "" }
    )]
    Dead {
        /// The BMC.
        address: String,
        /// How often it was tried.
        attempts: u32,
        /// For how long in all.
        waited: Duration,
        /// Whether the host answered that the port is closed (ICMP).
        refused: bool,
    },
    /// The BMC speaks IPMI 1.5 only.
    #[error(
        "{address} does not speak IPMI 2.0, which is needed; switch it on, or look for newer firmware for the BMC \
         (ipmi_protocol_version 1.5 sends passwords that are easily found out)"
    )]
    OldProtocol {
        /// The BMC.
        address: String,
    },
    /// The BMC and this side have no cipher suite in common.
    #[error(
        "{address} refuses cipher suite {}{}; {}",
        listed(wanted),
        offering(offered),
        "switch one of them on in the BMC's settings, or set ipmi_cipher_suite to one it has, 17 or 3"
    )]
    Suite {
        /// The BMC.
        address: String,
        /// The suites that were tried.
        wanted: Vec<CipherSuite>,
        /// The numbers of the suites the BMC lists; empty when it does not list any.
        offered: Vec<u8>,
    },
    /// All sessions of the BMC are in use.
    #[error(
        "{address} has no free session ({}: {status}); close some, or wait a minute until the BMC drops those that \
         nobody uses; if none is in use, reset the BMC",
        times(*attempts)
    )]
    NoFreeSession {
        /// The BMC.
        address: String,
        /// How often it was tried.
        attempts: u32,
        /// What the BMC says.
        status: Status,
    },
    /// The BMC does not know the user, or does not let it in.
    #[error(
        "{address} does not let in the user {username:?}: {status}; check ipmi_username, and that the user may use \
         IPMI over LAN"
    )]
    Username {
        /// The BMC.
        address: String,
        /// The user.
        username: String,
        /// What the BMC says.
        status: Status,
    },
    /// The BMC and this side have different passwords for the user.
    #[error(
        "{address} has another password for the user {username:?}; check ipmi_password (the BMC may have cut it at \
         16 bytes), and ipmi_username: some BMCs say this of users they do not have"
    )]
    Password {
        /// The BMC.
        address: String,
        /// The user.
        username: String,
    },
    /// The password is right, and the keys of the session differ: the BMC has another key of its own.
    #[error(
        "{address} has another key K_g than {}; set ipmi_hex_kg_key to the BMC's, or leave it out if the BMC has none",
        if *given { "the one given" } else { "none, which was given" }
    )]
    BmcKey {
        /// The BMC.
        address: String,
        /// Whether there was a key.
        given: bool,
    },
    /// The user may not have the privilege asked for.
    #[error(
        "{address} refuses {privilege} to the user {username:?}: {why}; set ipmi_priv_level to what the user has, or \
         raise the user's limit, and that of the LAN channel, on the BMC"
    )]
    Privilege {
        /// The BMC.
        address: String,
        /// The user.
        username: String,
        /// What was asked for.
        privilege: Privilege,
        /// What the BMC says.
        why: String,
    },
    /// The BMC refuses a session for another reason.
    #[error("{address} refuses a session, at {stage}: {status}; try again; if it lasts, reset the BMC")]
    Refused {
        /// The BMC.
        address: String,
        /// How far it had come.
        stage: Stage,
        /// What the BMC says.
        status: Status,
    },
    /// The BMC answers questions, and falls silent while a session is opened.
    #[error(
        "{address} falls silent at {stage} ({}); {}",
        times(*attempts),
        stage.after_silence()
    )]
    Stalled {
        /// The BMC.
        address: String,
        /// How far it had come.
        stage: Stage,
        /// How often it was tried.
        attempts: u32,
    },
    /// The BMC did not answer a command.
    #[error("{asked}: no answer ({} within {} s); {}", times(*attempts), seconds(*waited), effect.after_silence())]
    Timeout {
        /// The command.
        asked: Asked,
        /// How often it was sent; 0 if time was over before.
        attempts: u32,
        /// For how long in all.
        waited: Duration,
        /// What it would have done.
        effect: Effect,
    },
    /// The BMC passed a command on, and the controller behind it did not answer.
    #[error(
        "{asked}: passed on, and no answer ({} within {} s); check ipmi_target_channel, ipmi_target_address, \
         ipmi_transit_channel and ipmi_transit_address; {}",
        times(*attempts),
        seconds(*waited),
        effect.after_silence()
    )]
    SilentBehind {
        /// The command.
        asked: Asked,
        /// How often it was sent.
        attempts: u32,
        /// For how long in all.
        waited: Duration,
        /// What it would have done.
        effect: Effect,
    },
    /// The BMC answered that it did not carry out the command, or not well.
    #[error("{asked}: {code}; {}", code.remedy())]
    Completion {
        /// The command.
        asked: Asked,
        /// How it ended.
        code: Completion,
    },
    /// The BMC does not pass the command on to the controller behind it.
    #[error(
        "{asked}: the BMC does not pass it on: {code}; check ipmi_bridging, ipmi_target_channel, ipmi_target_address, \
         ipmi_transit_channel, ipmi_transit_address and ipmi_local_address"
    )]
    Bridge {
        /// The command.
        asked: Asked,
        /// How passing it on ended.
        code: Completion,
    },
    /// The answer lacks something that cannot be done without.
    #[error("{asked}: the answer is not what IPMI prescribes: {problem}; look for newer firmware for the BMC")]
    Malformed {
        /// The command.
        asked: Asked,
        /// What is wrong with it.
        problem: Malformed,
    },
    /// The command cannot be sent as it is. Nothing was sent.
    #[error("{asked}: it cannot be sent: {problem}; send less at once")]
    TooLong {
        /// The command.
        asked: Asked,
        /// What is wrong with it.
        problem: Malformed,
    },
}

impl Error {
    /// Whether the same may well succeed a little later, nobody having done anything.
    ///
    /// True does not mean that it is safe to repeat: after an [`Error::Timeout`] or [`Error::SilentBehind`] a command
    /// may have been carried out, so read first.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unresolved { .. }
            | Self::Network { .. }
            | Self::Dead { .. }
            | Self::NoFreeSession { .. }
            | Self::Refused { .. }
            | Self::Stalled { .. }
            | Self::Timeout { .. }
            | Self::SilentBehind { .. } => true,
            Self::Completion { code, .. } | Self::Bridge { code, .. } => {
                code.is_busy() || [Completion::TIMEOUT, Completion::NO_RESPONSE, Completion::UNSPECIFIED].contains(code)
            }
            Self::Option { .. }
            | Self::OldProtocol { .. }
            | Self::Suite { .. }
            | Self::Username { .. }
            | Self::Password { .. }
            | Self::BmcKey { .. }
            | Self::Privilege { .. }
            | Self::Malformed { .. }
            | Self::TooLong { .. } => false,
        }
    }

    /// Whether the BMC refuses the credentials: more attempts may lock the user out.
    pub fn is_refused_login(&self) -> bool {
        matches!(self, Self::Username { .. } | Self::Password { .. } | Self::BmcKey { .. } | Self::Privilege { .. })
    }

    /// How the command ended, if the BMC carried it out badly or not at all.
    pub fn completion(&self) -> Option<Completion> {
        match self {
            Self::Completion { code, .. } => Some(*code),
            _ => None,
        }
    }
}

/// What was asked of which BMC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The standard's name of the command.
    pub what: &'static str,
    /// Its network function, 0 to 63.
    pub netfn: u8,
    /// Its number.
    pub command: u8,
    /// The BMC: host and port.
    pub address: String,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:02x}h {:02x}h) of {}", self.what, self.netfn, self.command, self.address)
    }
}

/// What a command does when it is carried out more than once, which is what may happen when an answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It changes nothing.
    Reads,
    /// It leaves the same state behind, however often it is carried out.
    Settles,
    /// Each time does something: it is sent once.
    Once,
}

impl Effect {
    fn after_silence(self) -> &'static str {
        match self {
            Self::Reads => "the BMC may be overloaded or starting: try again, or reset it",
            Self::Settles => "it is not known whether it was carried out: read the state, or do it again",
            Self::Once => "it is not known whether it was carried out: read the state before repeating it",
        }
    }
}

/// How far the opening of a session has come (IPMI 2.0 13.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The two sides agree on algorithms.
    OpenSession,
    /// The BMC looks up the user, and proves that it knows the password.
    Rakp1,
    /// The console proves that it knows the password.
    Rakp3,
    /// The session gets its privilege.
    Privilege,
}

impl Stage {
    fn after_silence(self) -> &'static str {
        match self {
            Self::Rakp1 | Self::Rakp3 => {
                "some BMCs do so when they do not accept the user: check ipmi_username, ipmi_password and \
                 ipmi_priv_level; else the BMC may be overloaded: try again, or reset it"
            }
            Self::OpenSession => {
                "some BMCs do so when they do not have the cipher suite: check ipmi_cipher_suite; else the BMC may be \
                 overloaded: try again, or reset it"
            }
            Self::Privilege => "the BMC may be overloaded: try again, or reset it",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenSession => "Open Session Request",
            Self::Rakp1 => "RAKP message 1",
            Self::Rakp3 => "RAKP message 3",
            Self::Privilege => "Set Session Privilege Level",
        })
    }
}

fn times(attempts: u32) -> String {
    if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") }
}

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

fn listed(suites: &[CipherSuite]) -> String {
    suites.iter().map(CipherSuite::to_string).collect::<Vec<_>>().join(" and ")
}

fn offering(offered: &[u8]) -> String {
    if offered.is_empty() {
        return String::new();
    }
    let numbers: Vec<String> = offered.iter().map(u8::to_string).collect();
    format!(" and offers {}", numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        Asked { what: "Chassis Control", netfn: 0, command: 2, address: "bmc:623".to_owned() }
    }

    #[track_caller]
    fn check(error: Error, transient: bool, expected: &str) {
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.is_transient(), transient, "{expected}");
    }

    fn bmc() -> String {
        "bmc:623".to_owned()
    }

    #[test]
    fn errors_say_what_happened_and_which_key_to_look_at() {
        check(
            Error::Dead { address: bmc(), attempts: 5, waited: Duration::from_millis(15_040), refused: true },
            true,
            "bmc:623 does not answer (5 attempts within 15.0 s, and its host says that nothing listens on the port); \
             check ipmi_address and ipmi_port, that the BMC has power and IPMI over LAN switched on, and that the \
             network lets UDP through",
        );
        check(
            Error::Password { address: bmc(), username: "root".to_owned() },
            false,
            "bmc:623 has another password for the user \"root\"; check ipmi_password (the BMC may have cut it at 16 \
             bytes), and ipmi_username: some BMCs say this of users they do not have",
        );
        check(
            Error::Suite { address: bmc(), wanted: CipherSuite::ALL.to_vec(), offered: vec![0, 8] },
            false,
            "bmc:623 refuses cipher suite 17 and 3 and offers 0, 8; switch one of them on in the BMC's settings, or \
             set ipmi_cipher_suite to one it has, 17 or 3",
        );
        check(
            Error::BmcKey { address: bmc(), given: false },
            false,
            "bmc:623 has another key K_g than none, which was given; set ipmi_hex_kg_key to the BMC's, or leave it \
             out if the BMC has none",
        );
        check(
            Error::Completion { asked: asked(), code: Completion::PRIVILEGE },
            false,
            "Chassis Control (00h 02h) of bmc:623: cannot execute command due to insufficient privilege level (d4h); \
             raise ipmi_priv_level in driver_info as far as the user's own limit on the BMC allows, or raise that",
        );
    }

    #[test]
    fn an_unanswered_command_warns_of_its_effect() {
        let timeout =
            |effect| Error::Timeout { asked: asked(), attempts: 1, waited: Duration::from_secs(1), effect }.to_string();
        assert_eq!(
            timeout(Effect::Once),
            "Chassis Control (00h 02h) of bmc:623: no answer (1 attempt within 1.0 s); it is not known whether it was \
             carried out: read the state before repeating it"
        );
        assert!(timeout(Effect::Settles).ends_with("or do it again"));
        assert!(timeout(Effect::Reads).ends_with("try again, or reset it"));
    }

    #[test]
    fn refused_logins_are_told_from_other_trouble() {
        assert!(Error::Password { address: bmc(), username: String::new() }.is_refused_login());
        assert!(!Error::OldProtocol { address: bmc() }.is_refused_login());
        let busy = Error::Completion { asked: asked(), code: Completion::BUSY };
        assert!(busy.is_transient() && busy.completion() == Some(Completion::BUSY));
    }
}
