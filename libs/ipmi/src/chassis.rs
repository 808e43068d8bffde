//! The chassis: whether the machine has power, how to change that, and how to make it blink.

use std::fmt;

use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::wire::{Malformed, NETFN_CHASSIS};

const GET_STATUS: u8 = 0x01;
const CONTROL: u8 = 0x02;
const IDENTIFY: u8 = 0x04;

/// The state of a chassis (IPMI 2.0 28.2, table 28-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChassisStatus {
    /// Whether the machine has power.
    pub power_on: bool,
    /// Whether it was switched off because it took too much.
    pub power_overload: bool,
    /// Whether a switch on the panel, or a lock, keeps power off.
    pub interlock: bool,
    /// Whether the main supply has a fault.
    pub power_fault: bool,
    /// Whether the control of power has a fault: it did not do what it was told.
    pub power_control_fault: bool,
    /// What happens when power comes back after an outage.
    pub restore_policy: RestorePolicy,
    /// Whether the chassis is open.
    pub intrusion: bool,
    /// Whether the front panel is locked.
    pub panel_lockout: bool,
    /// Whether a drive has a fault.
    pub drive_fault: bool,
    /// Whether a fan, or cooling, has a fault.
    pub cooling_fault: bool,
    /// Whether the chassis identifies itself; `None` when the BMC does not tell.
    pub identify: Option<IdentifyState>,
}

impl ChassisStatus {
    /// Reads the data of the answer to Get Chassis Status.
    ///
    /// # Errors
    ///
    /// It is cut off.
    pub fn decode(data: &[u8]) -> Result<Self, Malformed> {
        let &[power, _last_event, misc, ..] = data else {
            return Err(Malformed::Short { what: "the chassis status", wanted: 3, left: data.len() });
        };
        let restore_policy = match power >> 5 & 3 {
            0 => RestorePolicy::AlwaysOff,
            1 => RestorePolicy::Previous,
            2 => RestorePolicy::AlwaysOn,
            _ => RestorePolicy::Unknown,
        };
        let identify = match (misc & 0x40 != 0, misc >> 4 & 3) {
            (true, 0) => Some(IdentifyState::Off),
            (true, 1) => Some(IdentifyState::Temporary),
            (true, 2) => Some(IdentifyState::Indefinite),
            _ => None,
        };
        Ok(Self {
            power_on: power & 0x01 != 0,
            power_overload: power & 0x02 != 0,
            interlock: power & 0x04 != 0,
            power_fault: power & 0x08 != 0,
            power_control_fault: power & 0x10 != 0,
            restore_policy,
            intrusion: misc & 0x01 != 0,
            panel_lockout: misc & 0x02 != 0,
            drive_fault: misc & 0x04 != 0,
            cooling_fault: misc & 0x08 != 0,
            identify,
        })
    }
}

/// What happens when power comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RestorePolicy {
    /// It stays off.
    AlwaysOff,
    /// It is as before.
    Previous,
    /// It goes on.
    AlwaysOn,
    /// The BMC does not tell.
    Unknown,
}

/// Whether a chassis blinks, or whatever it does to be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentifyState {
    /// No.
    Off,
    /// For a while.
    Temporary,
    /// Until told otherwise.
    Indefinite,
}

/// What to do with power (IPMI 2.0 28.3, table 28-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChassisControl {
    /// Off at once.
    Off,
    /// On.
    On,
    /// Off, and on again after a second or more. BMCs may refuse it when power is off.
    Cycle,
    /// A hard reset. BMCs may refuse it when power is off.
    Reset,
    /// A diagnostic interrupt (NMI).
    DiagnosticInterrupt,
    /// The operating system is asked to shut down.
    Soft,
}

impl ChassisControl {
    /// Its number on the wire, 0 to 5.
    pub fn number(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::On => 1,
            Self::Cycle => 2,
            Self::Reset => 3,
            Self::DiagnosticInterrupt => 4,
            Self::Soft => 5,
        }
    }

    fn request(self) -> Request {
        let (what, may_be_repeated) = match self {
            Self::Off => ("Chassis Control: power off", true),
            Self::On => ("Chassis Control: power on", true),
            Self::Cycle => ("Chassis Control: power cycle", false),
            Self::Reset => ("Chassis Control: hard reset", false),
            Self::DiagnosticInterrupt => ("Chassis Control: diagnostic interrupt", false),
            // A second press of the button may mean something else to the operating system.
            Self::Soft => ("Chassis Control: soft shutdown", false),
        };
        let new = if may_be_repeated { Request::settling } else { Request::once };
        new(what, NETFN_CHASSIS, CONTROL, &[self.number()])
    }
}

impl fmt::Display for ChassisControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Cycle => "cycle",
            Self::Reset => "reset",
            Self::DiagnosticInterrupt => "diag",
            Self::Soft => "soft",
        })
    }
}

/// For how long a chassis identifies itself (IPMI 2.0 28.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Identify {
    /// For so many seconds; 0 ends it.
    Seconds(u8),
    /// Until told otherwise. BMCs need not be able to.
    Indefinitely,
}

impl Bmc {
    /// Reads the state of the chassis.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn chassis_status(&self) -> Result<ChassisStatus> {
        let request = Request::reading("Get Chassis Status", NETFN_CHASSIS, GET_STATUS, &[]);
        let data = self.send(&request).await?;
        ChassisStatus::decode(&data)
            .map_err(|problem| Error::Malformed { asked: request.asked(&self.address()), problem })
    }

    /// Changes power. The BMC answers once it has taken the command, not once it is done.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn chassis_control(&self, control: ChassisControl) -> Result<()> {
        self.send(&control.request()).await.map(drop)
    }

    /// Makes the chassis blink, or stop it.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn identify(&self, how_long: Identify) -> Result<()> {
        let data: &[u8] = match how_long {
            // Old BMCs know one byte only.
            Identify::Seconds(seconds) => &[seconds],
            Identify::Indefinitely => &[0, 1],
        };
        self.send(&Request::settling("Chassis Identify", NETFN_CHASSIS, IDENTIFY, data)).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::error::Effect;

    #[test]
    fn a_status_is_read() {
        let status = ChassisStatus::decode(&[0x21, 0x10, 0x60]).unwrap();
        assert!(status.power_on && !status.power_fault && !status.intrusion);
        assert_eq!(status.restore_policy, RestorePolicy::Previous);
        assert_eq!(status.identify, Some(IdentifyState::Indefinite));
        let status = ChassisStatus::decode(&[0x7e, 0, 0x0f, 0]).unwrap();
        assert!(!status.power_on && status.power_overload && status.interlock && status.power_fault);
        assert!(status.power_control_fault && status.intrusion && status.panel_lockout);
        assert!(status.drive_fault && status.cooling_fault && status.identify.is_none());
        assert_eq!(status.restore_policy, RestorePolicy::Unknown);
        assert!(ChassisStatus::decode(&[1, 0]).is_err());
    }

    #[test]
    fn only_what_settles_may_be_repeated() {
        use ChassisControl::{Cycle, DiagnosticInterrupt, Off, On, Reset, Soft};
        for (number, control) in (0..).zip([Off, On, Cycle, Reset, DiagnosticInterrupt, Soft]) {
            let request = control.request();
            assert_eq!(request.data, [number]);
            let settles = matches!(control, Off | On);
            assert_eq!(request.effect, if settles { Effect::Settles } else { Effect::Once }, "{control}");
        }
    }
}
