//! A simulated BMC: the machine it minds, its account, its faults, and what each protocol's face keeps.

use std::{sync::Arc, time::Duration};

use kamacite_model::{Secret, SignedDuration, Timestamp};

use crate::{
    faults::{self, Act, Faults, Packets},
    http::Request,
    ipmi,
    machine::{Change, Event, Machine, Pace, Refusal},
    random::Random,
    redfish,
    vendor::Vendor,
};

/// The account of a BMC. Most BMCs of a rack share one, until a client or a fault changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub username: Arc<str>,
    /// Its password.
    pub password: Secret<Arc<str>>,
}

/// A BMC and its machine.
#[derive(Debug)]
pub struct Bmc {
    /// Its number, from 0, which decides its identity.
    pub number: u32,
    /// How it differs from others.
    pub vendor: &'static Vendor,
    /// The machine.
    pub machine: Machine,
    /// Who may use it.
    pub account: Account,
    /// What goes wrong.
    pub faults: Faults,
    /// What stands before every path: empty, or like `/bmc-00017` behind a common listener.
    pub prefix: Box<str>,
    /// How many requests it has received.
    pub requests: u64,
    pub(crate) redfish: redfish::State,
    pub(crate) ipmi: Option<Box<ipmi::State>>,
    pub(crate) settings: Arc<ipmi::Settings>,
    pub(crate) random: Random,
    away_until: Option<Timestamp>,
}

/// What a BMC is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// How it differs from others.
    pub vendor: &'static Vendor,
    /// How long its machine takes for everything.
    pub pace: Pace,
    /// Who may use it.
    pub account: Account,
    /// Decides, with the BMC's number, about chance.
    pub seed: u64,
    /// What goes wrong from the start.
    pub faults: Faults,
    /// What is set as far as IPMI is concerned.
    pub ipmi: Arc<ipmi::Settings>,
}

impl Account {
    /// An account.
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.into(), password: Secret::new(password.into()) }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            vendor: &crate::vendor::VENDORS[0],
            pace: Pace::BRISK,
            account: Account::new("admin", "password"),
            seed: 0,
            faults: Faults::default(),
            ipmi: Arc::default(),
        }
    }
}

impl Bmc {
    /// A BMC whose machine is off.
    pub fn new(number: u32, setup: &Setup) -> Self {
        Self {
            number,
            vendor: setup.vendor,
            machine: Machine::new(number, setup.pace, setup.vendor.slots.len()),
            account: setup.account.clone(),
            faults: setup.faults.clone(),
            prefix: "".into(),
            requests: 0,
            redfish: redfish::State::default(),
            ipmi: None,
            settings: setup.ipmi.clone(),
            random: Random::stream(setup.seed, number),
            away_until: None,
        }
    }

    /// What it does about an HTTP request: as a rule it answers.
    pub fn act(&mut self, request: &Request, now: Timestamp) -> Act {
        self.requests += 1;
        faults::act(self, request, now)
    }

    /// What it does about a datagram of IPMI: as a rule it answers.
    pub fn hear(&mut self, datagram: &[u8], now: Timestamp) -> Packets {
        self.requests += 1;
        faults::hear(self, datagram, now)
    }

    /// Has the machine take an event, and every face know of it. [`Machine::event`] itself tells nobody.
    ///
    /// # Errors
    /// The machine's [`Refusal`].
    pub fn event(&mut self, event: Event, now: Timestamp) -> Result<Vec<Change>, Refusal> {
        ipmi::expire(self, now);
        let changes = self.machine.event(event, now)?;
        redfish::tell(self, &changes, now);
        Ok(changes)
    }

    /// Lets happen what is due.
    pub fn advance(&mut self, now: Timestamp) {
        ipmi::expire(self, now);
        redfish::advance(self, now);
    }

    /// How many Redfish sessions are open.
    pub fn redfish_sessions(&mut self, now: Timestamp) -> usize {
        self.redfish.sessions(now)
    }

    /// Whether it does not answer at all, because it restarts or has no power.
    pub fn is_away(&self, now: Timestamp) -> bool {
        self.away_until.is_some_and(|until| now < until)
    }

    /// It is gone for so long, and forgets its sessions. The machine does not notice.
    pub fn go_away(&mut self, now: Timestamp, duration: Duration) {
        let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        self.away_until = Some(now.checked_add(duration).unwrap_or(Timestamp::MAX));
        self.redfish.forget();
        if let Some(state) = &mut self.ipmi {
            state.forget();
        }
    }

    /// It is back.
    pub fn come_back(&mut self) {
        self.away_until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_of_them_fit_into_a_few_megabytes() {
        let size = size_of::<Bmc>();
        assert!(size <= 640, "{size} bytes");
    }
}
