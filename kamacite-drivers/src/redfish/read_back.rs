//! After a write the BMC is asked whether it did it: some say they have, and have not.
//!
//! What differs at first may only take its time, so that it is looked at until it holds or the time to settle is over. How
//! long that is, and what becomes of a difference then, say the [`quirks`](super::quirks). What is only taken over with a boot
//! gets one.

use std::time::Duration;

use kamacite_driver::{
    Error, ExclusiveTask, Result, Services,
    model::{Node, PowerTarget, Timestamp, options::OptionValue},
};
use redfish::{Manager, PowerState, System};
use tokio::time::timeout;

use super::{
    bmcs::failed,
    options::{BOOT_MODE_TIMEOUT, QUIRKS, READ_BACK},
    quirks::{Made, Quirk, Quirks, Verdict, Write},
};
use crate::power_change::Unseen;

/// Between two looks at what was written.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// For so long what is nearly right may become right.
const NEARLY: Duration = Duration::from_secs(2);

/// So long one look may take, in real time: the node is locked meanwhile, and the write has been accepted.
const ONE_LOOK: Duration = Duration::from_secs(10);

/// Between two looks at what a boot brings about, which takes minutes.
const LOOK_WHILE_BOOTING: Duration = Duration::from_secs(15);

/// Something that was written, and can be read back.
pub trait Written {
    /// What kind of thing it is, for the table of quirks.
    const WRITE: Write;

    /// What was asked for, for people: `boot device pxe for the next boot`.
    fn wanted(&self) -> String;

    /// Asks the BMC.
    fn look(&mut self) -> impl Future<Output = redfish::Result<Seen>> + Send;
}

/// What the BMC shows of what was written, in its own words where it is something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is so, or will be with the next boot.
    Holds,
    /// The BMC tells nothing of it.
    Untold,
    /// What matters is so. The rest is accepted when it stays as it is.
    Nearly(String),
    /// It is something else.
    Differs(String),
}

/// What becomes of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// What the table of quirks says.
    Judge,
    /// They are logged.
    Warn,
    /// Nobody looks.
    Off,
}

impl OptionValue for Policy {
    const KIND: &'static str = "judge, warn or off";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "judge" => Ok(Self::Judge),
            "warn" => Ok(Self::Warn),
            "off" => Ok(Self::Off),
            _ => Err("expected judge, warn or off".to_owned()),
        }
    }
}

/// Reads back, and judges.
pub struct ReadBack {
    services: Services,
    quirks: Quirks,
    policy: Policy,
    /// How long a change may take to show after a restart; zero waits for none.
    longest_boot: Duration,
}

/// What did not hold when the time to settle was over.
struct Settled {
    quirk: Quirk,
    seen: Looked,
    waited: Duration,
}

/// What came of a look.
type Looked = Result<Seen, Unseen>;

impl ReadBack {
    /// As the options say.
    pub fn new(services: &Services) -> Self {
        let options = &services.options;
        Self {
            services: services.clone(),
            quirks: options.get(&QUIRKS).unwrap_or_default().before(Quirks::built_in()),
            policy: options.get(&READ_BACK),
            longest_boot: options.get(&BOOT_MODE_TIMEOUT),
        }
    }

    /// Looks at what was written until the BMC shows it.
    ///
    /// # Errors
    /// The BMC shows something else for too long, and nothing excuses it. One that cannot be asked is believed.
    pub async fn confirm<W: Written + Send>(&self, node: &Node, system: &System, mut written: W) -> Result<W> {
        match self.settle(system, &mut written).await {
            Some(settled) => self.conclude(node, &written, settled).map(|()| written),
            None => Ok(written),
        }
    }

    /// The same for what some BMCs take over with a boot only: the machine gets one, and is then as off or on as it was.
    ///
    /// # Errors
    /// As [`ReadBack::confirm`], and those of restarting.
    pub async fn confirm_with_a_boot<W: Written + Send>(
        &self,
        task: &mut ExclusiveTask,
        system: &System,
        mut written: W,
    ) -> Result<()> {
        let Some(settled) = self.settle(system, &mut written).await else { return Ok(()) };
        let waits = matches!(settled.seen, Ok(Seen::Differs(_))) && settled.quirk.verdict == Verdict::Restart;
        if !waits || self.policy != Policy::Judge {
            return self.conclude(&task.node(), &written, settled);
        }
        tracing::info!(node = %task.node().uuid, wanted = written.wanted(), "the machine is restarted for the BMC to take it over");
        task.progress(format!("restarting the machine, with which {} takes effect", written.wanted())).await?;
        let began = self.services.now();
        task.set_power(PowerTarget::Reboot).await?;
        let outcome = self.wait_for_boot(&task.node(), &mut written, settled, began).await;
        if system.power_state() == Some(PowerState::Off) {
            task.set_power(PowerTarget::Off).await?;
        }
        outcome
    }

    async fn wait_for_boot<W: Written + Send>(
        &self,
        node: &Node,
        written: &mut W,
        mut settled: Settled,
        began: Timestamp,
    ) -> Result<()> {
        while self.since(began) < self.longest_boot {
            self.services.sleep(LOOK_WHILE_BOOTING).await;
            match look(written).await {
                Ok(Seen::Holds | Seen::Untold | Seen::Nearly(_)) => return Ok(()),
                seen @ Ok(Seen::Differs(_)) => settled.seen = seen,
                // It may be restarting itself.
                Err(_) => {}
            }
        }
        if self.longest_boot.is_zero() {
            return Ok(());
        }
        settled.waited = self.since(began);
        self.conclude(node, written, settled)
    }

    /// Looks until it holds, which is nothing, or until the time to settle is over.
    async fn settle<W: Written + Send>(&self, system: &System, written: &mut W) -> Option<Settled> {
        if self.policy == Policy::Off {
            return None;
        }
        let began = self.services.now();
        let mut seen = look(written).await;
        if matches!(seen, Ok(Seen::Holds | Seen::Untold)) {
            return None;
        }
        let quirk = self.quirk_of(system, W::WRITE).await;
        loop {
            let waited = self.since(began);
            let patience = match &seen {
                Ok(Seen::Holds | Seen::Untold) => return None,
                Ok(Seen::Nearly(_)) => NEARLY.min(quirk.settle),
                Ok(Seen::Differs(_)) | Err(Unseen { passing: true, .. }) => quirk.settle,
                Err(Unseen { passing: false, .. }) => Duration::ZERO,
            };
            if waited >= patience {
                return Some(Settled { quirk, seen, waited });
            }
            self.services.sleep(LOOK_AGAIN.min(patience - waited)).await;
            seen = look(written).await;
        }
    }

    /// The row for this BMC. The version of its firmware is asked for where that decides.
    async fn quirk_of(&self, system: &System, write: Write) -> Quirk {
        let made = Made { vendor: system.manufacturer(), model: system.model(), firmware: None };
        if !self.quirks.ask_for_firmware(write, &made) {
            return self.quirks.of(write, &made);
        }
        let managers = timeout(ONE_LOOK, system.managers()).await.ok().and_then(Result::ok).unwrap_or_default();
        match managers.iter().find_map(Manager::firmware_version) {
            Some(firmware) => self.quirks.of(write, &Made { firmware: Some(firmware), ..made }),
            None => {
                tracing::warn!(
                    system = system.path(),
                    "the BMC does not tell its firmware's version, on which a quirk depends"
                );
                self.quirks.mildest(write, &made)
            }
        }
    }

    fn conclude(&self, node: &Node, written: &impl Written, settled: Settled) -> Result<()> {
        let Settled { quirk, seen, waited } = settled;
        let (uuid, wanted, seconds) = (node.uuid, written.wanted(), waited.as_secs());
        match seen {
            Ok(Seen::Holds | Seen::Untold) => {}
            Ok(Seen::Differs(shown)) if self.policy == Policy::Judge && quirk.verdict != Verdict::Warn => {
                return Err(Error::hardware(format!(
                    "the BMC took {wanted} and shows {shown} {seconds} s later{}; {}; where it does as it was told all the same, \
                     let [kamacite]redfish_quirks say so",
                    quirk.reason(),
                    quirk.write.remedy(),
                )));
            }
            Ok(Seen::Differs(shown) | Seen::Nearly(shown)) => {
                tracing::warn!(node = %uuid, wanted, shown, quirk = %quirk.name, "the BMC took a write and shows something else");
            }
            Err(Unseen { why, .. }) => {
                tracing::warn!(node = %uuid, wanted, %why, "the BMC took a write, which could not be read back");
            }
        }
        Ok(())
    }

    /// How long ago that was; a clock that was set back has not gone on.
    fn since(&self, began: Timestamp) -> Duration {
        Duration::try_from(self.services.now().duration_since(began)).unwrap_or_default()
    }
}

async fn look(written: &mut (impl Written + Send)) -> Looked {
    match timeout(ONE_LOOK, written.look()).await {
        Ok(seen) => seen.map_err(|why| Unseen { passing: why.is_transient(), why: failed(why) }),
        Err(_) => {
            let why = Error::hardware(format!("no answer within {} s", ONE_LOOK.as_secs()));
            Err(Unseen { passing: true, why })
        }
    }
}
