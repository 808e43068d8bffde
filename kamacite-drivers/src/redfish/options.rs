//! The options of the redfish driver, with the reference's names and defaults.

use std::time::Duration;

use kamacite_driver::model::options::{Opt, OptionSpec, OptionValue};
use redfish::{Auth, TlsVersion};

use super::{quirks::Quirks, read_back::Policy};

macro_rules! options {
    ($($NAME:ident: $Type:ty = [$group:literal] $name:literal, $default:literal, $help:literal;)+) => {
        $(pub const $NAME: Opt<$Type> = Opt::new($group, $name, $default, $help);)+

        /// The options of the redfish driver.
        pub fn all() -> Vec<OptionSpec> {
            vec![$($NAME.spec()),+]
        }
    };
}

options! {
    AUTH_TYPE: AuthType = ["redfish"] "auth_type", "auto",
        "How to log in to BMCs whose nodes do not say redfish_auth_type: session, basic, or auto, which is a session where \
         the BMC has them and a place for one, else basic.";
    BOOT_MODE_TIMEOUT: Duration = ["redfish"] "boot_mode_config_timeout", "900",
        "How long a change of boot mode or secure boot may take to show after a restart, where the BMC takes it over with a boot \
         only, in seconds; 0 does not wait.";
    CONNECT_TIMEOUT: Duration = ["redfish"] "connect_timeout", "30",
        "How long to wait for a connection to a BMC, TLS included, in seconds.";
    CONNECTION_ATTEMPTS: u32 = ["redfish"] "connection_attempts", "5",
        "How often a request to a BMC is tried, where trying again does no harm.";
    CONNECTION_CACHE_SIZE: u32 = ["redfish"] "connection_cache_size", "10000",
        "For how many nodes the session with their BMC is kept, and which of its systems is theirs; 0 logs in and looks it up \
         for every operation.";
    CONNECTION_RETRY_INTERVAL: Duration = ["redfish"] "connection_retry_interval", "4",
        "The wait before a request to a BMC is tried again, in seconds. It doubles from try to try, up to four times.";
    POWER_ON_CONFLICT_ATTEMPTS: u32 = ["redfish"] "power_on_conflict_retry_attempts", "6",
        "How often powering on is tried again when the BMC answers 409, as some do for a while after a power-off.";
    POWER_ON_CONFLICT_INTERVAL: Duration = ["redfish"] "power_on_conflict_retry_interval", "10",
        "The wait between two such tries, in seconds.";
    QUIRKS: Option<Quirks> = ["kamacite"] "redfish_quirks", "",
        "A file with quirks of Redfish BMCs, which go before those the program knows: what to make of a BMC that shows \
         something else than what was written to it.";
    READ_BACK: Policy = ["kamacite"] "redfish_read_back", "judge",
        "What becomes of it when a Redfish BMC shows something else than what was written to it: judge lets the table of \
         quirks say whether it is a failure, warn logs it, off does not look.";
    READ_TIMEOUT: Duration = ["redfish"] "read_timeout", "60",
        "How long a BMC may take to answer one request, in seconds.";
    TLS_CIPHERS: Option<String> = ["redfish"] "tls_ciphers", "",
        "The ciphers of TLS 1.2 and older for BMCs whose nodes do not say redfish_tls_ciphers, as OpenSSL's list.";
    TLS_MINIMUM_VERSION: Option<MinimumTls> = ["redfish"] "tls_minimum_version", "",
        "The oldest TLS to speak to BMCs whose nodes do not say redfish_tls_minimum_version: 1.1, 1.2 or 1.3.";
    USE_PROXY: bool = ["kamacite"] "redfish_use_proxy", "false",
        "Whether BMCs are reached through the proxies that the environment names (https_proxy, no_proxy and so on), as tunnels.";
    VERIFY_CA: Option<String> = ["redfish"] "verify_ca", "",
        "A file or directory of certificate authorities, for nodes whose redfish_verify_ca is true or missing.";
}

/// How to log in to a BMC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthType(pub Auth);

impl OptionValue for AuthType {
    const KIND: &'static str = "basic, session or auto";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "basic" => Ok(Self(Auth::Basic)),
            "session" => Ok(Self(Auth::Session)),
            "auto" => Ok(Self(Auth::Auto)),
            _ => Err("expected basic, session or auto".to_owned()),
        }
    }
}

/// The oldest TLS to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinimumTls(pub TlsVersion);

impl OptionValue for MinimumTls {
    const KIND: &'static str = "1.1, 1.2 or 1.3";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "1.1" => Ok(Self(TlsVersion::V1_1)),
            "1.2" => Ok(Self(TlsVersion::V1_2)),
            "1.3" => Ok(Self(TlsVersion::V1_3)),
            _ => Err("expected 1.1, 1.2 or 1.3".to_owned()),
        }
    }
}
