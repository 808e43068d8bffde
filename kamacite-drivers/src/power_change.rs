//! A change of power that a BMC has taken: its power is looked at until the change holds, or has taken too long.

use std::time::Duration;

use kamacite_driver::{
    Error, ErrorKind, ExclusiveTask, Result, Services, Waiting,
    model::{
        Timestamp,
        options::{Opt, OptionSpec, Options},
    },
};

const POWER_STATE_CHANGE_TIMEOUT: Opt<Duration> = Opt::new(
    "conductor",
    "power_state_change_timeout",
    "60",
    "How long a change of power may take until the BMC reports it, in seconds.",
);
const SOFT_POWER_OFF_TIMEOUT: Opt<Duration> = Opt::new(
    "conductor",
    "soft_power_off_timeout",
    "600",
    "How long a change of power may take where the operating system is asked for it, in seconds.",
);

/// The options of how long a change may take, for each driver that changes power this way.
pub fn options() -> Vec<OptionSpec> {
    vec![POWER_STATE_CHANGE_TIMEOUT.spec(), SOFT_POWER_OFF_TIMEOUT.spec()]
}

/// Between two looks at the power.
pub const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// A restart that nobody sees go down counts as done after this time: BMCs report power throughout a short one.
pub const RESTART_GRACE: Duration = Duration::from_secs(15);

/// What a BMC reports as the power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is on.
    On,
    /// It is on, or about to be: some report this for as long as the firmware tests itself, which may be minutes.
    Rising,
    /// It is off.
    Off,
    /// Neither.
    Between,
}

/// Why the power, or whatever was changed, could not be seen.
pub struct Unseen {
    /// It may be seen a little later: BMCs may be hard to reach while their machine changes.
    pub passing: bool,
    /// What was met.
    pub why: Error,
}

/// Something whose power can be looked at.
pub trait Looks {
    /// Asks the BMC; `None` when it does not tell.
    fn look(&mut self) -> impl Future<Output = Result<Option<Seen>, Unseen>> + Send;

    /// The power as last reported, in the BMC's own word.
    fn reported(&self) -> String;
}

/// What the BMC must report for a change to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    On,
    Off,
    /// On, having been something else, or long enough to have been.
    Restarted,
}

impl Until {
    /// Whether what is seen is what was wanted; `restarted` tells whether the machine can have been down meanwhile.
    pub fn holds(self, seen: Option<Seen>, restarted: bool) -> bool {
        match self {
            // Nothing is left to be done.
            Self::On => matches!(seen, Some(Seen::On | Seen::Rising)),
            Self::Off => seen == Some(Seen::Off),
            Self::Restarted => restarted && Self::On.holds(seen, restarted),
        }
    }
}

/// How long changes may take.
pub struct Timeouts {
    usual: Duration,
    soft: Duration,
}

impl Timeouts {
    /// As the options say.
    pub fn from_options(options: &Options) -> Self {
        Self { usual: options.get(&POWER_STATE_CHANGE_TIMEOUT), soft: options.get(&SOFT_POWER_OFF_TIMEOUT) }
    }

    /// For a change that the operating system takes part in, or not; what somebody asked for comes first.
    pub fn of(&self, soft: bool, asked: Option<Duration>) -> Patience {
        let (time, option) = match soft {
            true => (self.soft, SOFT_POWER_OFF_TIMEOUT.spec()),
            false => (self.usual, POWER_STATE_CHANGE_TIMEOUT.spec()),
        };
        match asked {
            Some(time) => Patience { time, because: format!("a timeout of {} s in the request", time.as_secs()) },
            None => Patience { time, because: format!("[{}]{} = {}", option.group, option.name, time.as_secs()) },
        }
    }
}

/// How long a change may take.
#[derive(Debug, Clone)]
pub struct Patience {
    pub time: Duration,
    /// What it follows from.
    pub because: String,
}

/// Why a change is not there whose request was not answered, and which was looked for and not seen: for the reason that it was
/// not answered, unless the lock was lost meanwhile.
pub fn unanswered(not_seen: Error, why: Error) -> Error {
    if not_seen.kind() == ErrorKind::LockLost { not_seen } else { why }
}

/// A change of power under way.
pub struct Change {
    /// What was asked of what, for people.
    pub what: String,
    pub until: Until,
    pub began: Timestamp,
    pub patience: Patience,
}

impl Change {
    /// Looks at the power until the change holds, and tells that this is waited for.
    ///
    /// # Errors
    /// The BMC cannot be asked for good, or it has taken too long; the lock is lost.
    pub async fn wait(
        &self,
        machine: &mut (impl Looks + Send),
        task: &mut ExclusiveTask,
        services: &Services,
    ) -> Result<()> {
        task.tell_wait(Some(self.waiting())).await?;
        let held = self.look_until_it_holds(machine, services).await;
        task.tell_wait(None).await?;
        held
    }

    async fn look_until_it_holds(&self, machine: &mut (impl Looks + Send), services: &Services) -> Result<()> {
        let patience = self.patience.time;
        let mut went_down = false;
        loop {
            let looked = machine.look().await;
            let waited = services.now().duration_since(self.began).unsigned_abs();
            let seen = match looked {
                Ok(seen) => seen,
                Err(Unseen { passing: true, .. }) if waited < patience => None,
                Err(Unseen { why, .. }) => return Err(why),
            };
            let restarted = went_down || waited >= RESTART_GRACE.min(patience);
            if self.until.holds(seen, restarted) {
                return Ok(());
            }
            if waited >= patience {
                return Err(self.too_late(&machine.reported()));
            }
            went_down |= seen.is_some_and(|seen| seen != Seen::On);
            services.sleep(LOOK_AGAIN.min(patience - waited)).await;
        }
    }

    fn waiting(&self) -> Waiting {
        let until = match self.until {
            Until::On => "the machine is on",
            Until::Off => "the machine is off",
            Until::Restarted => "the machine has restarted",
        };
        let at_most = self.began.checked_add(self.patience.time).unwrap_or(Timestamp::MAX);
        Waiting { until: until.to_owned(), at_most, because: self.patience.because.clone() }
    }

    fn too_late(&self, reported: &str) -> Error {
        let Self { what, patience: Patience { time, because }, .. } = self;
        Error::hardware(format!(
            "{what}: the BMC took it and still reports {reported} as the power after {} s; look at the machine, or allow more \
             time than {because}",
            time.as_secs()
        ))
    }
}
