//! Everything that can go wrong with a BMC, told so that a person knows what to do next.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use governor::Refusal;

/// The result of everything that talks to a BMC.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Texts are complete sentences' worth on their own, causes included, and never
/// contain the password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be one.
    #[error(
        "cannot use {given:?} as the address of a BMC: {problem}; give a host name, an IP address or a URL \
         such as https://10.0.0.5"
    )]
    Address {
        /// The text as given, unless it might hold a password.
        given: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The certificate authorities to verify the BMC against cannot be read.
    #[error(
        "cannot read the CA certificates in {}: {problem}; name a PEM file, or a directory of them, in \
         redfish_verify_ca",
        path.display()
    )]
    CaCertificates {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The TLS library could not be set up on this host.
    #[error("cannot set up a client for {address}: {}; check this host's OpenSSL installation", innermost(&**source))]
    Setup {
        /// The BMC.
        address: String,
        /// Why not.
        source: Cause,
    },
    /// OpenSSL knows none of these ciphers.
    #[error(
        "cannot use {given:?} as redfish_tls_ciphers: {problem}; give a list as `openssl ciphers` takes it, such as \
         HIGH:!aNULL"
    )]
    Ciphers {
        /// The list as given.
        given: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nothing was sent: the BMC has been silent, or has refused these credentials.
    #[error("{asked}: not sent: {refusal}")]
    Withheld {
        /// The request.
        asked: Asked,
        /// Why.
        #[source]
        refusal: Box<Refusal>,
    },
    /// The BMC has no place for another session.
    #[error(
        "{asked}: the BMC has no place for another session{}; end some of those it has, or set redfish_auth_type to \
         auto or basic",
        said(message)
    )]
    SessionsFull {
        /// The request.
        asked: Asked,
        /// What the BMC says about it; may be empty.
        message: String,
    },
    /// No connection came about, at the last of `attempts`. Nothing was sent.
    #[error(
        "{asked}: cannot connect ({}): {}; check the address, that the BMC has power, and the network in between",
        times(*attempts),
        innermost(&**source)
    )]
    Unreachable {
        /// The request.
        asked: Asked,
        /// How often it was tried.
        attempts: u32,
        /// Why not.
        source: Cause,
    },
    /// The BMC's certificate does not verify. Nothing was sent.
    #[error(
        "{asked}: the BMC's certificate is not trusted: {}; name the authority that signed it in \
         redfish_verify_ca, or set that to false to trust whoever answers",
        innermost(&**source)
    )]
    Untrusted {
        /// The request.
        asked: Asked,
        /// Why not.
        source: Cause,
    },
    /// The BMC took the request, or part of it, and did not answer in time.
    #[error(
        "{asked}: no answer within {} s ({}); {}",
        limit.as_secs_f64(),
        times(*attempts),
        asked.after_silence()
    )]
    Timeout {
        /// The request.
        asked: Asked,
        /// How often it was tried.
        attempts: u32,
        /// How long each attempt was given.
        limit: Duration,
    },
    /// The connection was lost before the whole reply had arrived.
    #[error(
        "{asked}: the connection was lost ({}): {}; {}",
        times(*attempts),
        innermost(&**source),
        asked.after_silence()
    )]
    Interrupted {
        /// The request.
        asked: Asked,
        /// How often it was tried.
        attempts: u32,
        /// How.
        source: Cause,
    },
    /// The BMC refuses these credentials (401), or this to them (403).
    #[error("{asked}: refused with {status}{}; {}", said(message), after_refusal(*status))]
    Refused {
        /// The request.
        asked: Asked,
        /// 401 or 403.
        status: u16,
        /// What the BMC says about it; may be empty.
        message: String,
    },
    /// There is no such resource (404).
    #[error("{asked}: not found{}; the BMC does not have it, or no longer", said(message))]
    NotFound {
        /// The request.
        asked: Asked,
        /// What the BMC says about it; may be empty.
        message: String,
    },
    /// The BMC points elsewhere, where credentials are not taken.
    #[error(
        "{asked}: redirected with {status} to {location:?}, which is not followed; if that is the BMC, give \
         its address as redfish_address"
    )]
    Redirected {
        /// The request.
        asked: Asked,
        /// The 3xx status.
        status: u16,
        /// Where to, as the BMC wrote it; may be empty.
        location: String,
    },
    /// Any other status of failure.
    #[error(
        "{asked}: rejected with {status} ({}){}; {}",
        times(*attempts),
        said(message),
        after_rejection(*status)
    )]
    Rejected {
        /// The request.
        asked: Asked,
        /// How often it was tried.
        attempts: u32,
        /// The HTTP status.
        status: u16,
        /// What the BMC says about it; may be empty.
        message: String,
    },
    /// What a write began in the background has failed there.
    #[error("{asked}: the task ended as {state}{}; look at what the BMC says, and at its own log", said(message))]
    TaskFailed {
        /// The look at the task.
        asked: Asked,
        /// Its `TaskState`.
        state: Box<str>,
        /// What the BMC says about it; may be empty.
        message: String,
    },
    /// What a write began in the background has not ended.
    #[error("{asked}: the task has not ended within {} s; it may still: read the state", limit.as_secs_f64())]
    TaskEndless {
        /// The look at the task.
        asked: Asked,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The reply is no JSON object: cut off, empty, or a page for people, as BMCs send while
    /// they start.
    #[error("{asked}: the reply cannot be read: {problem}; the BMC may be starting: try again, or reset it")]
    Unreadable {
        /// The request.
        asked: Asked,
        /// What is wrong with it.
        problem: String,
    },
    /// The reply is readable and lacks something that cannot be done without.
    #[error("{asked}: the reply is not what Redfish prescribes: {what}; look for newer firmware for the BMC")]
    Malformed {
        /// The request.
        asked: Asked,
        /// What is missing or wrong.
        what: String,
    },
    /// The system asked for does not exist, or there is none at all.
    #[error("{address} has {}; {}", no_system(wanted), choose_system(members))]
    NoSystem {
        /// The BMC.
        address: String,
        /// What was asked for; `None` when there are no systems.
        wanted: Option<String>,
        /// The paths of the systems there are.
        members: Vec<String>,
    },
    /// There are several systems, and none was asked for.
    #[error("{address} has {} systems; {}", members.len(), choose_system(members))]
    ManySystems {
        /// The BMC.
        address: String,
        /// Their paths.
        members: Vec<String>,
    },
    /// The BMC does not offer this at all.
    #[error("{address} does not offer {what}; look for newer firmware or a licence for the BMC, or do without")]
    Unsupported {
        /// The BMC.
        address: String,
        /// What it lacks.
        what: String,
    },
}

/// Why a connection failed.
pub type Cause = Box<dyn StdError + Send + Sync>;

impl Error {
    /// For a request that its governor refuses.
    pub(crate) fn withheld(asked: &Asked, refusal: Refusal) -> Self {
        Self::Withheld { asked: asked.clone(), refusal: Box::new(refusal) }
    }

    /// Whether the same request may well succeed a little later, nobody having done anything.
    ///
    /// True does not mean that it is safe to repeat: after a [`Error::Timeout`] or
    /// [`Error::Interrupted`] a write may have been carried out, so read first.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Interrupted { .. } | Self::Unreadable { .. } => {
                true
            }
            Self::SessionsFull { .. } | Self::TaskEndless { .. } => true,
            Self::Withheld { refusal, .. } => match **refusal {
                Refusal::Silent { .. } => true,
                Refusal::LockedOut { .. } => false,
            },
            Self::Rejected { status, .. } => matches!(status, 408 | 423 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::Address { .. }
            | Self::CaCertificates { .. }
            | Self::Ciphers { .. }
            | Self::Setup { .. }
            | Self::Untrusted { .. }
            | Self::Refused { .. }
            | Self::NotFound { .. }
            | Self::Redirected { .. }
            | Self::TaskFailed { .. }
            | Self::Malformed { .. }
            | Self::NoSystem { .. }
            | Self::ManySystems { .. }
            | Self::Unsupported { .. } => false,
        }
    }

    /// The HTTP status of the reply, if there was one and it tells of a failure.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Redirected { status, .. } | Self::Rejected { status, .. } => {
                Some(*status)
            }
            Self::NotFound { .. } => Some(404),
            Self::Address { .. }
            | Self::CaCertificates { .. }
            | Self::Ciphers { .. }
            | Self::Withheld { .. }
            | Self::SessionsFull { .. }
            | Self::Setup { .. }
            | Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::Timeout { .. }
            | Self::Interrupted { .. }
            | Self::TaskFailed { .. }
            | Self::TaskEndless { .. }
            | Self::Unreadable { .. }
            | Self::Malformed { .. }
            | Self::NoSystem { .. }
            | Self::ManySystems { .. }
            | Self::Unsupported { .. } => None,
        }
    }
}

/// What was asked of which BMC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The HTTP method.
    pub verb: Verb,
    /// The BMC: scheme, host and port.
    pub address: String,
    /// The path on it.
    pub path: String,
}

impl Asked {
    /// Whether the machine is as it was, carried out or not: it reads, or logs in (DSP0266, "Session login").
    pub fn is_harmless(&self) -> bool {
        let logs_in = self.verb == Verb::Post && self.path.trim_end_matches('/').ends_with("/Sessions");
        self.verb.reads() || logs_in
    }

    fn after_silence(&self) -> &'static str {
        if self.is_harmless() {
            "the BMC may be overloaded or starting: try again, or reset it"
        } else {
            "it is not known whether it was carried out: read the state before repeating it"
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.verb, self.address, self.path)
    }
}

/// The HTTP methods Redfish needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads a resource.
    Get,
    /// Creates a resource, or runs an action.
    Post,
    /// Changes members of a resource.
    Patch,
    /// Replaces a resource.
    Put,
    /// Removes a resource.
    Delete,
}

impl Verb {
    /// Whether it changes nothing, however often it is sent.
    pub fn reads(self) -> bool {
        match self {
            Self::Get => true,
            Self::Post | Self::Patch | Self::Put | Self::Delete => false,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        })
    }
}

/// The innermost cause: "connection refused" rather than "error sending request".
pub(crate) fn innermost<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}

fn times(attempts: u32) -> String {
    if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") }
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {}", message.trim_end_matches('.')) }
}

fn after_refusal(status: u16) -> &'static str {
    if status == 401 {
        "check redfish_username and redfish_password, and that the account is not locked"
    } else {
        "give the account the privilege on the BMC, or change its password there if it has expired"
    }
}

fn after_rejection(status: u16) -> &'static str {
    match status {
        405 | 501 => "the BMC does not support it",
        409 | 412 | 423 | 428 => "look at the state of the machine and of the BMC before trying again",
        408 | 425 | 429 | 503 => "the BMC is busy: try again later",
        500.. => "try again; if it lasts, look at the BMC's own log, or reset it",
        _ => "the BMC does not accept it as it stands: look at what it says, and at its firmware's release notes",
    }
}

fn no_system(wanted: &Option<String>) -> String {
    match wanted {
        Some(wanted) => format!("no system {wanted}"),
        None => "no systems".to_owned(),
    }
}

fn choose_system(members: &[String]) -> String {
    if members.is_empty() {
        "check that the address is that of a server's BMC, and that the account may see systems".to_owned()
    } else {
        format!("set redfish_system_id in driver_info to one of: {}", members.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(verb: Verb) -> Asked {
        Asked { verb, address: "https://bmc".to_owned(), path: "/redfish/v1/Systems/1".to_owned() }
    }

    #[track_caller]
    fn check(error: Error, transient: bool, expected: &str) {
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.is_transient(), transient, "{expected}");
    }

    #[test]
    fn errors_say_what_was_asked_what_came_back_and_what_to_do() {
        let rejected = |status, message: &str| Error::Rejected {
            asked: asked(Verb::Patch),
            attempts: 1,
            status,
            message: message.to_owned(),
        };
        check(
            rejected(400, "The property Foo is unknown."),
            false,
            "PATCH https://bmc/redfish/v1/Systems/1: rejected with 400 (1 attempt): The property Foo is unknown; \
             the BMC does not accept it as it stands: look at what it says, and at its firmware's release notes",
        );
        check(
            rejected(503, ""),
            true,
            "PATCH https://bmc/redfish/v1/Systems/1: rejected with 503 (1 attempt); the BMC is busy: try again later",
        );
        check(
            Error::Refused { asked: asked(Verb::Get), status: 401, message: String::new() },
            false,
            "GET https://bmc/redfish/v1/Systems/1: refused with 401; check redfish_username and redfish_password, \
             and that the account is not locked",
        );
        check(
            Error::Unreachable { asked: asked(Verb::Get), attempts: 5, source: "connection refused".into() },
            true,
            "GET https://bmc/redfish/v1/Systems/1: cannot connect (5 attempts): connection refused; check the \
             address, that the BMC has power, and the network in between",
        );
    }

    #[test]
    fn an_unanswered_write_warns_of_its_effect() {
        let timeout = |verb| Error::Timeout { asked: asked(verb), attempts: 1, limit: Duration::from_secs(60) };
        check(
            timeout(Verb::Post),
            true,
            "POST https://bmc/redfish/v1/Systems/1: no answer within 60 s (1 attempt); it is not known whether it \
             was carried out: read the state before repeating it",
        );
        assert!(timeout(Verb::Get).to_string().ends_with("try again, or reset it"));
        // There is no state to read after a log-in.
        let asked = Asked { path: "/redfish/v1/SessionService/Sessions/".to_owned(), ..asked(Verb::Post) };
        let log_in = Error::Timeout { asked, attempts: 1, limit: Duration::from_secs(60) };
        assert!(log_in.to_string().ends_with("try again, or reset it"), "{log_in}");
    }

    #[test]
    fn an_unclear_system_names_the_choice() {
        let members = vec!["/redfish/v1/Systems/1".to_owned(), "/redfish/v1/Systems/2".to_owned()];
        let address = "https://bmc".to_owned();
        check(
            Error::ManySystems { address: address.clone(), members: members.clone() },
            false,
            "https://bmc has 2 systems; set redfish_system_id in driver_info to one of: /redfish/v1/Systems/1, \
             /redfish/v1/Systems/2",
        );
        check(
            Error::NoSystem { address: address.clone(), wanted: Some("/redfish/v1/Systems/9".to_owned()), members },
            false,
            "https://bmc has no system /redfish/v1/Systems/9; set redfish_system_id in driver_info to one of: \
             /redfish/v1/Systems/1, /redfish/v1/Systems/2",
        );
        check(
            Error::NoSystem { address, wanted: None, members: vec![] },
            false,
            "https://bmc has no systems; check that the address is that of a server's BMC, and that the account may \
             see systems",
        );
    }
}
