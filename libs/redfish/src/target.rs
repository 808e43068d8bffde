//! What must be known of a BMC before the first request: where, who, and whom to trust.

use std::fmt;
use std::path::PathBuf;

/// One BMC, as an operator describes it. The names in brackets are Ironic's `driver_info` keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name, IP address or URL (`redfish_address`); https is assumed when no scheme is
    /// given, IPv6 brackets may be left out, and a path other than `/` is the service root's.
    pub address: String,
    /// Account for basic authentication (`redfish_username`); `None` sends no credentials.
    pub username: Option<String>,
    /// The account's password (`redfish_password`).
    pub password: Password,
    /// Whether the BMC must prove who it is (`redfish_verify_ca`). Of no effect on plain http.
    pub verify: Verify,
    /// The oldest TLS to speak (`redfish_tls_minimum_version`); `None` leaves it to the TLS library.
    pub minimum_tls: Option<TlsVersion>,
    /// The ciphers of TLS 1.2 and older (`redfish_tls_ciphers`), as OpenSSL's list; `None` leaves them to OpenSSL.
    pub ciphers: Option<String>,
    /// How to log in (`redfish_auth_type`). Of no effect without a `username`.
    pub auth: Auth,
    /// Which system to manage (`redfish_system_id`): a path such as `/redfish/v1/Systems/1`, or
    /// a bare `Id`. `None` takes the only one there is.
    pub system_id: Option<String>,
}

/// Whether and against what the BMC's certificate is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Against the certificate authorities this host trusts.
    Yes,
    /// Not at all: encrypted, but whoever answers is believed.
    No,
    /// Against these authorities alone: a PEM file, or a directory of them.
    Ca(PathBuf),
}

/// How to log in to a BMC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Auth {
    /// With a session (DSP0266, "Redfish session login authentication") where the BMC has them and a place for one,
    /// else with basic authentication.
    #[default]
    Auto,
    /// With user name and password in each request (RFC 7617).
    Basic,
    /// With a session, or not at all.
    Session,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TlsVersion {
    /// TLS 1.1 (RFC 4346). Most TLS libraries no longer speak it unless their own settings allow it.
    V1_1,
    /// TLS 1.2 (RFC 5246).
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

/// A secret that can be used but not printed.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Password(Box<str>);

impl Password {
    /// Wraps a password; what it came from should not outlive this call by much.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The text with every occurrence of the password blotted out: a BMC may quote it back.
    pub(crate) fn scrub(&self, text: String) -> String {
        if self.0.is_empty() || !text.contains(&*self.0) {
            return text;
        }
        text.replace(&*self.0, "***")
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_print() {
        let target = Target {
            address: "bmc".to_owned(),
            username: Some("root".to_owned()),
            password: Password::new("hunter2"),
            verify: Verify::Yes,
            minimum_tls: None,
            ciphers: None,
            auth: Auth::Auto,
            system_id: None,
        };
        let shown = format!("{target:?}");
        assert!(shown.contains("root") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_password_quoted_back_is_blotted_out() {
        let password = Password::new("hunter2");
        assert_eq!(password.scrub("bad login root/hunter2".to_owned()), "bad login root/***");
        assert_eq!(Password::default().scrub("as it was".to_owned()), "as it was");
    }
}
