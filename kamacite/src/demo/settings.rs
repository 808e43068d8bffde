//! How the demo's service is configured: the example of the README, in a folder of its own and in haste.

use super::{LOG, folder::Folder};
use crate::{
    Service,
    config::{self, ConfigError, Given, Loaded},
};

/// What enables the interfaces.
const EXAMPLE: &str = include_str!("../../../examples/try.conf");

/// A demo has no time for what helps a crowded network of real BMCs.
const HASTE: &[(&str, &str, &str)] = &[
    ("DEFAULT", "host", "demo"),
    ("DEFAULT", "graceful_shutdown_timeout", "5"),
    ("api", "host_ip", "127.0.0.1"),
    // A BMC on loopback that says nothing for so long will say nothing.
    ("redfish", "connect_timeout", "1.5"),
    ("redfish", "read_timeout", "1.5"),
    ("redfish", "connection_attempts", "1"),
    ("ipmi", "min_command_interval", "0"),
    ("kamacite", "bmc_silences", "2"),
    ("kamacite", "bmc_longest_pause", "5"),
    // The sweep finds a failing BMC, and finds it well again.
    ("conductor", "sync_power_state_interval", "1"),
    ("conductor", "power_failure_recovery_interval", "0.5"),
    ("conductor", "power_state_sync_max_retries", "1"),
];

/// The options, with database and log in `folder`.
pub(super) fn load(service: &Service, folder: &Folder) -> Result<Loaded, ConfigError> {
    let owned = |(group, name, text): &(&str, &str, &str)| ((*group).into(), (*name).into(), (*text).into());
    let mut more: Vec<Given> = HASTE.iter().map(owned).collect();
    let inside = |name| folder.join(name).display().to_string();
    let database = format!("sqlite:///{}", inside("kamacite.sqlite"));
    more.push(("database".into(), "connection".into(), database));
    more.push(("DEFAULT".into(), "log_file".into(), inside(LOG)));
    config::built_in(service, EXAMPLE, more)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_one() {
        let loaded = load(&Service::new(), &Folder::create().unwrap()).unwrap();
        assert_eq!(loaded.warnings, Vec::<String>::new());
    }
}
