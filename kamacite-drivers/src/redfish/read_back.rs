//! After a write the BMC is asked whether it did it: some say they have, and have not.
//!
//! What differs at first may only take its time, so that it is looked at until it holds or the time to settle is over. How
//! long that is, and whether a difference is a failure then, say the [`quirks`](super::quirks).

use std::time::Duration;

use kamacite_driver::{
    Error, Result, Services,
    model::{
        Node,
        options::{OptionValue, Options},
    },
};
use redfish::System;

use super::{
    options::{QUIRKS, READ_BACK},
    quirks::{Made, Quirk, Quirks, Verdict, Write},
};

/// Between two looks at what was written.
pub const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Something that was written, and can be read back.
pub trait Written {
    /// What kind of thing it is, for the table of quirks.
    const WRITE: Write;

    /// What was asked for, for people: `boot device pxe for the next boot`.
    fn wanted(&self) -> String;

    /// Asks the BMC.
    fn look(&mut self) -> impl Future<Output = redfish::Result<Seen>> + Send;
}

/// What the BMC shows of what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It is so, or will be with the next boot.
    Holds,
    /// The BMC tells nothing of it.
    Untold,
    /// It shows something else, in its own words.
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
}

impl ReadBack {
    /// As the options say.
    pub fn new(services: &Services) -> Self {
        let options: &Options = &services.options;
        let own = options.get(&QUIRKS).unwrap_or_default();
        Self { services: services.clone(), quirks: own.before(Quirks::built_in()), policy: options.get(&READ_BACK) }
    }

    /// Looks at what was written until the BMC shows it.
    ///
    /// # Errors
    /// The BMC shows something else for too long, and nothing excuses it. One that cannot be asked is believed.
    pub async fn confirm<W: Written + Send>(&self, node: &Node, system: &System, mut written: W) -> Result<W> {
        if self.policy == Policy::Off {
            return Ok(written);
        }
        let began = self.services.now();
        let mut quirk = None;
        loop {
            let seen = written.look().await;
            if matches!(seen, Ok(Seen::Holds | Seen::Untold)) {
                return Ok(written);
            }
            if quirk.is_none() {
                quirk = Some(self.quirk_of(system, W::WRITE).await);
            }
            let settle = quirk.as_ref().map_or(Duration::ZERO, |quirk| quirk.settle);
            let waited = self.services.now().duration_since(began).unsigned_abs();
            if let Some(quirk) = quirk.as_ref().filter(|_| waited >= settle) {
                return self.conclude(node, quirk, &written.wanted(), seen).map(|()| written);
            }
            self.services.sleep(LOOK_AGAIN.min(settle - waited)).await;
        }
    }

    async fn quirk_of(&self, system: &System, write: Write) -> Quirk {
        let made = Made { vendor: system.manufacturer(), model: system.model(), firmware: None };
        if !self.quirks.ask_for_firmware(write, &made) {
            return self.quirks.of(write, &made);
        }
        let managers = system.managers().await.unwrap_or_default();
        let firmware = managers.iter().find_map(redfish::Manager::firmware_version);
        self.quirks.of(write, &Made { firmware, ..made })
    }

    fn conclude(&self, node: &Node, quirk: &Quirk, wanted: &str, seen: redfish::Result<Seen>) -> Result<()> {
        let (uuid, seconds) = (node.uuid, quirk.settle.as_secs());
        match seen {
            Ok(Seen::Holds | Seen::Untold) => Ok(()),
            Ok(Seen::Differs(shown)) if self.policy == Policy::Judge && quirk.verdict == Verdict::Fail => {
                Err(Error::hardware(format!(
                    "the BMC took {wanted} and shows {shown} {seconds} s later{}; look at the firmware's settings, or, where \
                     it does as it was told all the same, let [kamacite]redfish_quirks say so",
                    quirk.reason()
                )))
            }
            Ok(Seen::Differs(shown)) => {
                tracing::warn!(node = %uuid, wanted, shown, quirk = %quirk.name, "the BMC took a write and shows something else");
                Ok(())
            }
            Err(why) => {
                tracing::warn!(node = %uuid, wanted, %why, "the BMC took a write, which could not be read back");
                Ok(())
            }
        }
    }
}
