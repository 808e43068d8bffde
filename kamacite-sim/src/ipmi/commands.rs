//! Every command, as a table: its number, what it takes to be allowed to, and who carries it out.

use ipmi::{
    Privilege,
    wire::{NETFN_APP, NETFN_CHASSIS, NETFN_SENSOR, NETFN_STORAGE, NETFN_TRANSPORT},
};

use crate::bmc::Bmc;

use super::{Call, Outcome, app, boot, bridge, chassis, lan, sdr, sel, sensors, sessions, users};

/// A command.
pub(super) struct Command {
    netfn: u8,
    number: u8,
    /// What rules call it.
    pub name: &'static str,
    /// The least privilege (IPMI 2.0 appendix G); `None` also outside of sessions.
    pub privilege: Option<Privilege>,
    /// Whether it changes something of the machine or the BMC's settings.
    pub writes: bool,
    pub run: Run,
}

type Run = fn(&mut Bmc, &mut Call<'_>) -> Outcome;

const fn reads(netfn: u8, number: u8, name: &'static str, privilege: Option<Privilege>, run: Run) -> Command {
    Command { netfn, number, name, privilege, writes: false, run }
}

const fn writes(netfn: u8, number: u8, name: &'static str, privilege: Privilege, run: Run) -> Command {
    Command { netfn, number, name, privilege: Some(privilege), writes: true, run }
}

const ANYONE: Option<Privilege> = None;
const CALLBACK: Option<Privilege> = Some(Privilege::Callback);
const USER: Option<Privilege> = Some(Privilege::User);
const OPERATOR: Option<Privilege> = Some(Privilege::Operator);

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    reads(NETFN_CHASSIS, 0x00, "get-chassis-capabilities", USER, chassis::capabilities),
    reads(NETFN_CHASSIS, 0x01, "get-chassis-status", USER, chassis::status),
    writes(NETFN_CHASSIS, 0x02, "chassis-control", Privilege::Operator, chassis::control),
    writes(NETFN_CHASSIS, 0x04, "chassis-identify", Privilege::Operator, chassis::identify),
    reads(NETFN_CHASSIS, 0x07, "get-system-restart-cause", USER, chassis::restart_cause),
    writes(NETFN_CHASSIS, 0x08, "set-boot-options", Privilege::Operator, boot::set),
    reads(NETFN_CHASSIS, 0x09, "get-boot-options", OPERATOR, boot::get),
    reads(NETFN_SENSOR, 0x27, "get-sensor-thresholds", USER, sensors::thresholds),
    reads(NETFN_SENSOR, 0x2d, "get-sensor-reading", USER, sensors::reading),
    reads(NETFN_SENSOR, 0x2f, "get-sensor-type", USER, sensors::kind),
    reads(NETFN_APP, 0x01, "get-device-id", USER, app::device_id),
    writes(NETFN_APP, 0x02, "cold-reset", Privilege::Administrator, app::reset),
    writes(NETFN_APP, 0x03, "warm-reset", Privilege::Administrator, app::reset),
    reads(NETFN_APP, 0x04, "get-self-test-results", USER, app::self_test),
    reads(NETFN_APP, 0x08, "get-device-guid", USER, app::guid),
    reads(NETFN_APP, bridge::SEND_MESSAGE, "send-message", USER, bridge::nowhere),
    reads(NETFN_APP, 0x37, "get-system-guid", ANYONE, app::guid),
    reads(NETFN_APP, 0x38, "get-channel-authentication-capabilities", ANYONE, app::authentication),
    reads(NETFN_APP, 0x3b, "set-session-privilege-level", CALLBACK, sessions::set_privilege),
    reads(NETFN_APP, 0x3c, "close-session", CALLBACK, sessions::close),
    reads(NETFN_APP, 0x41, "get-channel-access", USER, app::channel_access),
    reads(NETFN_APP, 0x42, "get-channel-info", USER, app::channel_info),
    reads(NETFN_APP, 0x44, "get-user-access", OPERATOR, users::access),
    reads(NETFN_APP, 0x46, "get-user-name", OPERATOR, users::name),
    writes(NETFN_APP, 0x47, "set-user-password", Privilege::Administrator, users::set_password),
    reads(NETFN_APP, 0x54, "get-channel-cipher-suites", ANYONE, app::cipher_suites),
    reads(NETFN_STORAGE, 0x20, "get-sdr-repository-info", USER, sdr::info),
    reads(NETFN_STORAGE, 0x22, "reserve-sdr-repository", USER, sdr::reserve),
    reads(NETFN_STORAGE, 0x23, "get-sdr", USER, sdr::get),
    reads(NETFN_STORAGE, 0x40, "get-sel-info", USER, sel::info),
    reads(NETFN_STORAGE, 0x42, "reserve-sel", USER, sel::reserve),
    reads(NETFN_STORAGE, 0x43, "get-sel-entry", USER, sel::entry),
    writes(NETFN_STORAGE, 0x47, "clear-sel", Privilege::Operator, sel::clear),
    reads(NETFN_STORAGE, 0x48, "get-sel-time", USER, sel::time),
    reads(NETFN_TRANSPORT, 0x02, "get-lan-configuration", OPERATOR, lan::get),
];

/// The command of these numbers.
pub(super) fn find(netfn: u8, number: u8) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| (command.netfn, command.number) == (netfn, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_one_row_and_a_name_of_its_own() {
        for (at, command) in COMMANDS.iter().enumerate() {
            let first = |same: &dyn Fn(&Command) -> bool| COMMANDS.iter().position(same);
            assert_eq!(first(&|other| (other.netfn, other.number) == (command.netfn, command.number)), Some(at));
            assert_eq!(first(&|other| other.name == command.name), Some(at));
            // Nobody changes anything without a session.
            assert!(!command.writes || command.privilege >= Some(Privilege::Operator), "{}", command.name);
        }
        assert!(OPERATOR > USER && USER > ANYONE);
    }
}
