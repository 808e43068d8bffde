//! Power: what can be asked of it, and how long it takes.

use std::time::Duration;

use kamacite_model::{SignedDuration, Timestamp};

use super::{Change, Machine, Refusal};

/// The power of a machine, transitions included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerState {
    /// It has none.
    Off,
    /// It runs.
    On,
    /// It is about to run.
    PoweringOn,
    /// It is about to be off.
    PoweringOff,
}

/// What can be asked of the power. Redfish's reset types and IPMI's chassis controls both come down to these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerRequest {
    /// On, unless it is.
    On,
    /// Off at once, unless it is.
    Off,
    /// The operating system is asked to shut down.
    SoftOff,
    /// It starts anew without losing power; one that is off is turned on.
    Reset,
    /// The operating system is asked to restart.
    SoftReset,
    /// Off, and on again.
    Cycle,
    /// A diagnostic interrupt.
    Interrupt,
    /// The button: on when it is off, a shut-down when it is on.
    Button,
}

/// How long a machine takes, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From off to on.
    pub on_ms: u32,
    /// From on to off, at once.
    pub off_ms: u32,
    /// From on to off, the operating system shutting down.
    pub soft_ms: u32,
    /// From a reset to the next boot.
    pub reset_ms: u32,
    /// A BMC's own restart.
    pub bmc_ms: u32,
    /// A firmware update.
    pub update_ms: u32,
}

impl Pace {
    /// Nothing takes any time.
    pub const INSTANT: Self = Self { on_ms: 0, off_ms: 0, soft_ms: 0, reset_ms: 0, bmc_ms: 0, update_ms: 0 };
    /// Fast enough to wait for, slow enough to be seen.
    pub const BRISK: Self =
        Self { on_ms: 800, off_ms: 400, soft_ms: 1500, reset_ms: 500, bmc_ms: 3000, update_ms: 2000 };
    /// As hardware is.
    pub const REAL: Self =
        Self { on_ms: 5000, off_ms: 3000, soft_ms: 15_000, reset_ms: 4000, bmc_ms: 90_000, update_ms: 120_000 };
}

/// Where the power is, and when it goes on from there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Off,
    On,
    Rising { at: Timestamp },
    Falling { at: Timestamp, then_on: bool },
    Resetting { at: Timestamp },
}

impl Machine {
    /// The power as it is, which is as it was at the last event or [`Machine::advance`].
    pub fn power(&self) -> PowerState {
        match self.phase {
            Phase::Off => PowerState::Off,
            Phase::On | Phase::Resetting { .. } => PowerState::On,
            Phase::Rising { .. } => PowerState::PoweringOn,
            Phase::Falling { .. } => PowerState::PoweringOff,
        }
    }

    /// The pace it was made with.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// When the next transition is due; `None` when nothing is on its way.
    pub fn due(&self) -> Option<Timestamp> {
        let at = match self.phase {
            Phase::Off | Phase::On => return None,
            Phase::Rising { at } | Phase::Falling { at, .. } | Phase::Resetting { at } => at,
        };
        Some(self.stuck.map_or(at, |until| until.max(at)))
    }

    /// Lets happen what is due.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        while self.due().is_some_and(|due| due <= now) {
            match self.phase {
                Phase::Off | Phase::On => {}
                Phase::Rising { .. } => {
                    self.phase = Phase::On;
                    changes.push(Change::Power(PowerState::On));
                    changes.push(self.start());
                }
                Phase::Falling { then_on: false, .. } => {
                    self.phase = Phase::Off;
                    changes.push(Change::Power(PowerState::Off));
                }
                Phase::Falling { at, then_on: true } => {
                    self.phase = Phase::Rising { at: after(at, self.pace.on_ms) };
                    changes.push(Change::Power(PowerState::PoweringOn));
                }
                Phase::Resetting { .. } => {
                    self.phase = Phase::On;
                    changes.push(self.start());
                }
            }
        }
        changes
    }

    pub(super) fn power_request(
        &mut self,
        request: PowerRequest,
        now: Timestamp,
        changes: &mut Vec<Change>,
    ) -> Result<(), Refusal> {
        let before = self.power();
        let off = matches!(self.phase, Phase::Off);
        let rising = Phase::Rising { at: after(now, self.pace.on_ms) };
        let falling = |ms, then_on| Phase::Falling { at: after(now, ms), then_on };
        let next = match (request, self.phase) {
            (PowerRequest::Interrupt, Phase::On) => {
                self.interrupts += 1;
                changes.push(Change::Interrupted);
                self.phase
            }
            (PowerRequest::Interrupt, _) => return Err(Refusal::NotRunning),
            (PowerRequest::On, Phase::Falling { at, .. }) => Phase::Falling { at, then_on: true },
            (PowerRequest::On, Phase::On | Phase::Rising { .. } | Phase::Resetting { .. }) => self.phase,
            (PowerRequest::Off | PowerRequest::SoftOff, Phase::Off) => Phase::Off,
            // What asks an operating system has no one to ask.
            (PowerRequest::SoftReset, Phase::Off) => Phase::Off,
            (PowerRequest::Off, _) => falling(self.pace.off_ms, false),
            (PowerRequest::SoftOff, _) => falling(self.pace.soft_ms, false),
            (PowerRequest::Button, _) if !off => falling(self.pace.soft_ms, false),
            (PowerRequest::Cycle, _) if !off => falling(self.pace.off_ms, true),
            (PowerRequest::SoftReset, _) => Phase::Resetting { at: after(now, self.pace.soft_ms) },
            (PowerRequest::Reset, _) if !off => Phase::Resetting { at: after(now, self.pace.reset_ms) },
            (PowerRequest::On | PowerRequest::Reset | PowerRequest::Cycle | PowerRequest::Button, _) => rising,
        };
        self.phase = next;
        if self.power() != before {
            changes.push(Change::Power(self.power()));
        }
        Ok(())
    }
}

/// So many milliseconds later.
pub(crate) fn after(now: Timestamp, ms: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_millis(i64::from(ms))).unwrap_or(Timestamp::MAX)
}

/// From one moment to a later one; nothing if it is not later.
pub(crate) fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::machine::{Event, Source};

    const PACE: Pace = Pace { on_ms: 1000, off_ms: 500, soft_ms: 3000, reset_ms: 700, bmc_ms: 0, update_ms: 0 };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + ms).unwrap()
    }

    fn machine() -> Machine {
        Machine::new(1, PACE, 1)
    }

    fn running() -> Machine {
        let mut machine = machine();
        machine.event(Event::Power(PowerRequest::On), at(-5000)).unwrap();
        machine.advance(at(0));
        assert_eq!(machine.power(), PowerState::On);
        machine
    }

    /// Asks at 0 ms, and looks at the power at each of these moments.
    #[track_caller]
    fn check(mut machine: Machine, request: PowerRequest, seen: &[(i64, PowerState)]) -> Machine {
        machine.event(Event::Power(request), at(0)).unwrap();
        for (ms, expected) in seen {
            machine.advance(at(*ms));
            assert_eq!(machine.power(), *expected, "{request:?} after {ms} ms");
        }
        machine
    }

    #[test]
    fn power_takes_its_time() {
        use PowerState::{Off, On, PoweringOff, PoweringOn};
        check(machine(), PowerRequest::On, &[(0, PoweringOn), (999, PoweringOn), (1000, On)]);
        check(running(), PowerRequest::Off, &[(0, PoweringOff), (500, Off), (9000, Off)]);
        check(running(), PowerRequest::SoftOff, &[(2999, PoweringOff), (3000, Off)]);
        check(running(), PowerRequest::Cycle, &[(0, PoweringOff), (500, PoweringOn), (1499, PoweringOn), (1500, On)]);
        check(running(), PowerRequest::Button, &[(0, PoweringOff), (3000, Off)]);
        check(machine(), PowerRequest::Button, &[(0, PoweringOn), (1000, On)]);
        check(machine(), PowerRequest::Reset, &[(0, PoweringOn), (1000, On)]);
        check(machine(), PowerRequest::SoftReset, &[(0, Off), (9000, Off)]);
        let reset = check(running(), PowerRequest::Reset, &[(0, On), (700, On)]);
        assert_eq!(reset.boots(), 2);
        // Nobody looked in between: all of it happened all the same.
        let cycled = check(running(), PowerRequest::Cycle, &[(60_000, On)]);
        assert_eq!(cycled.boots(), 2);
    }

    #[test]
    fn asking_for_what_is_changes_nothing() {
        check(machine(), PowerRequest::Off, &[(0, PowerState::Off)]);
        let machine = check(running(), PowerRequest::On, &[(0, PowerState::On), (9000, PowerState::On)]);
        assert_eq!(machine.boots(), 1);
    }

    #[test]
    fn on_while_it_goes_off_comes_back() {
        let mut machine = running();
        machine.event(Event::Power(PowerRequest::Off), at(0)).unwrap();
        machine.event(Event::Power(PowerRequest::On), at(100)).unwrap();
        machine.advance(at(10_000));
        assert_eq!((machine.power(), machine.boots()), (PowerState::On, 2));
    }

    #[test]
    fn an_interrupt_wants_a_machine_that_runs() {
        assert_eq!(machine().event(Event::Power(PowerRequest::Interrupt), at(0)), Err(Refusal::NotRunning));
        let mut machine = running();
        assert_eq!(machine.event(Event::Power(PowerRequest::Interrupt), at(0)), Ok(vec![Change::Interrupted]));
        assert_eq!((machine.interrupts(), machine.power()), (1, PowerState::On));
    }

    #[test]
    fn a_stuck_machine_stays_where_it_was() {
        let mut machine = running();
        machine.event(Event::Stick(at(60_000)), at(0)).unwrap();
        let machine = check(
            machine,
            PowerRequest::Off,
            &[(30_000, PowerState::PoweringOff), (59_999, PowerState::PoweringOff), (60_000, PowerState::Off)],
        );
        assert_eq!(machine.due(), None);
    }

    #[test]
    fn changes_are_told_in_order() {
        let mut machine = machine();
        let asked = machine.event(Event::Power(PowerRequest::On), at(0)).unwrap();
        assert_eq!(asked, [Change::Power(PowerState::PoweringOn)]);
        assert_eq!(machine.due(), Some(at(1000)));
        let came = machine.advance(at(1000));
        assert_eq!(came, [Change::Power(PowerState::On), Change::Booted(Source::Disk)]);
        let mut instant = Machine::new(1, Pace::INSTANT, 0);
        let all = instant.event(Event::Power(PowerRequest::On), at(0)).unwrap();
        assert_eq!(all.last(), Some(&Change::Booted(Source::Disk)));
    }
}
