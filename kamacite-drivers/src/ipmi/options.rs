//! The options of the IPMI driver, with the reference's names and defaults.

use std::time::Duration;

use ipmi::CipherSuite;
use kamacite_driver::model::{
    BootMode,
    options::{Opt, OptionSpec, OptionValue},
};

macro_rules! options {
    ($($NAME:ident: $Type:ty = [$group:literal] $name:literal, $default:literal, $help:literal;)+) => {
        $(pub const $NAME: Opt<$Type> = Opt::new($group, $name, $default, $help);)+

        /// The options of the IPMI driver.
        pub fn all() -> Vec<OptionSpec> {
            vec![$($NAME.spec()),+]
        }
    };
}

options! {
    CIPHER_SUITE_VERSIONS: Suites = ["ipmi"] "cipher_suite_versions", "",
        "The cipher suites to try with BMCs whose nodes do not say ipmi_cipher_suite. Of those listed, the native client tries \
         17 before 3 and passes over all others, which do without encryption or use weak ciphers; without a list it tries \
         both. The program ipmitool gets the last one.";
    COMMAND_RETRY_TIMEOUT: Duration = ["ipmi"] "command_retry_timeout", "60",
        "How long one command may take in all, in seconds: opening a session, sending lost packets again, and waiting for a BMC \
         that is busy. The program ipmitool is ended after this time.";
    DISABLE_BOOT_TIMEOUT: bool = ["ipmi"] "disable_boot_timeout", "true",
        "Whether BMCs whose nodes do not say ipmi_disable_boot_timeout are told to keep a boot device until the machine boots, \
         and not to forget it after 60 seconds. BMCs that do not know this are left as they are.";
    MIN_COMMAND_INTERVAL: Duration = ["ipmi"] "min_command_interval", "5",
        "The least time between two runs of the program ipmitool for the same BMC, in seconds: each opens a session. The native \
         client keeps its session and sends one command at a time, so that it need not wait.";
    DEFAULT_BOOT_MODE: Mode = ["deploy"] "default_boot_mode", "uefi",
        "Whether a boot device is chosen for UEFI or for a BIOS, uefi or bios, where a node's capabilities do not say boot_mode.";
}

/// Some cipher suites by number, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Suites(pub Vec<u8>);

impl OptionValue for Suites {
    const KIND: &'static str = "list of cipher suites";

    fn parse(text: &str) -> Result<Self, String> {
        let numbers = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let numbers = numbers.map(|item| item.parse().map_err(|_| "expected numbers of cipher suites, such as 3,17"));
        numbers.collect::<Result<_, _>>().map(Self).map_err(str::to_owned)
    }
}

impl Suites {
    /// What the native client is to use: one, or whatever of its own the BMC has.
    ///
    /// # Errors
    /// None of them is one of its own.
    pub fn native(&self) -> Result<Option<CipherSuite>, String> {
        let mut spoken = self.0.iter().filter_map(|number| CipherSuite::from_id(*number));
        match (self.0.is_empty(), spoken.next()) {
            (true, _) => Ok(None),
            (false, Some(first)) => Ok(spoken.all(|other| other == first).then_some(first)),
            (false, None) => {
                Err("of [ipmi]cipher_suite_versions the native client speaks none: add 17 or 3".to_owned())
            }
        }
    }
}

/// A boot mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode(pub BootMode);

impl OptionValue for Mode {
    const KIND: &'static str = "uefi or bios";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "expected uefi or bios".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, expected: Result<Option<CipherSuite>, ()>) {
        assert_eq!(Suites::parse(list).unwrap().native().map_err(drop), expected, "{list}");
    }

    #[test]
    fn of_a_list_of_suites_the_client_takes_its_own() {
        check("", Ok(None));
        check("3, 17", Ok(None));
        check("17,3", Ok(None));
        check("0,1,2,3,8", Ok(Some(CipherSuite::HmacSha1)));
        check("17", Ok(Some(CipherSuite::HmacSha256)));
        check("0,8", Err(()));
        assert!(Suites::parse("17,strong").is_err());
    }
}
