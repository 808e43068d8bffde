//! How long a fake operation takes: the `[fake]` options, and waiting that a crash cannot prolong.

use std::time::Duration;

use kamacite_driver::{
    Cursor, Error, Progress, Result, Services,
    model::{
        Timestamp, Uuid,
        options::{Opt, OptionSpec, OptionValue},
    },
    serde_json::{self, json},
};

macro_rules! delays {
    ($($NAME:ident: $name:literal, $help:literal;)+) => {
        $(pub const $NAME: Opt<Delay> = Opt::new("fake", $name, "0", $help);)+

        /// The options of the fake driver.
        pub fn options() -> Vec<OptionSpec> {
            vec![$($NAME.spec()),+]
        }
    };
}

delays! {
    BIOS_DELAY: "bios_delay",
        "How long each step of the fake bios interface takes: seconds, or two numbers of seconds between commas for a \
         random time between them, more often near the first.";
    BOOT_DELAY: "boot_delay",
        "How long the fake boot interface takes. It has no operation that takes time, so this changes nothing.";
    DEPLOY_DELAY: "deploy_delay",
        "How long each operation of the fake deploy interface takes, as for bios_delay.";
    FIRMWARE_DELAY: "firmware_delay",
        "How long each step of the fake firmware interface takes, as for bios_delay.";
    INSPECT_DELAY: "inspect_delay",
        "How long an inspection with the fake inspect interface takes, as for bios_delay.";
    MANAGEMENT_DELAY: "management_delay",
        "How long each operation of the fake management interface takes, as for bios_delay.";
    POWER_DELAY: "power_delay",
        "How long reading or changing the power with the fake power interface takes, as for bios_delay.";
    RAID_DELAY: "raid_delay",
        "How long the fake raid interface takes. It has no operation that takes time, so this changes nothing.";
    RESCUE_DELAY: "rescue_delay",
        "How long each operation of the fake rescue interface takes, as for bios_delay.";
    STORAGE_DELAY: "storage_delay",
        "How long each operation of the fake storage interface takes, as for bios_delay.";
    VENDOR_DELAY: "vendor_delay",
        "How long each method of the fake vendor interface takes, as for bios_delay.";
}

/// A time in seconds, or two for a random time between them that is more often near the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    first: f64,
    second: f64,
}

impl OptionValue for Delay {
    const KIND: &'static str = "seconds or a range of seconds";

    fn parse(text: &str) -> Result<Self, String> {
        let seconds = |text: &str| match text.trim() {
            "" => Some(0.0),
            text => text.parse().ok().filter(|seconds| (0.0..=LONGEST).contains(seconds)),
        };
        let (first, second) = text.split_once(',').unwrap_or((text, text));
        let both = seconds(first).zip(seconds(second));
        both.map(|(first, second)| Self { first, second }).ok_or_else(|| {
            format!("expected a number of seconds, or two of them between a comma, each from 0 to {LONGEST}")
        })
    }
}

/// A year: whatever is longer is a mistake, and a deadline that far off still is a date.
const LONGEST: f64 = 365.0 * 24.0 * 3600.0;

impl Delay {
    /// A time by chance, which is from 0 to 1 and falls evenly.
    fn by_chance(self, chance: f64) -> Duration {
        // A triangular distribution whose most likely value is the first.
        let seconds = self.first + (self.second - self.first) * (1.0 - (1.0 - chance).sqrt());
        // To the microsecond, which is what a cursor can keep.
        Duration::from_micros((seconds * 1e6) as u64)
    }
}

/// Takes its time.
pub struct Pace {
    services: Services,
    delay: Delay,
}

impl Pace {
    /// As long as the option says.
    pub fn new(services: &Services, option: &Opt<Delay>) -> Self {
        Self { services: services.clone(), delay: services.options.get(option) }
    }

    /// Waits in one go, for what is over when the call is.
    pub async fn wait(&self) {
        let time = self.delay.by_chance(chance());
        if !time.is_zero() {
            self.services.sleep(time).await;
        }
    }

    /// Waits from call to call, for what has a cursor: it keeps the deadline, so that whoever is called again after a
    /// crash waits for the rest only.
    pub fn poll(&self, cursor: Option<Cursor>) -> Result<Progress> {
        let now = self.services.now();
        let until = match cursor {
            Some(cursor) => deadline(&cursor)?,
            None => now.checked_add(self.delay.by_chance(chance())).map_err(|why| {
                Error::internal("the end of a fake operation cannot be a date; make its delay shorter").because(why)
            })?,
        };
        // Nothing is left when the deadline has passed.
        let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        Ok(if left.is_zero() {
            Progress::Done
        } else {
            Progress::Poll { after: left, cursor: Cursor(json!({ "until": until })) }
        })
    }
}

fn deadline(cursor: &Cursor) -> Result<Timestamp> {
    serde_json::from_value(cursor.0["until"].clone())
        .map_err(|why| Error::internal("a fake operation cannot go on: its cursor holds no deadline").because(why))
}

/// A number from 0 to 1, evenly.
fn chance() -> f64 {
    // The low 53 bits of a random UUID are all random, and a float holds as many.
    (Uuid::new_v4().as_u128() & ((1 << 53) - 1)) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(f64, f64)>) {
        assert_eq!(Delay::parse(text).ok(), expected.map(|(first, second)| Delay { first, second }), "{text:?}");
    }

    #[test]
    fn a_delay_is_a_number_or_two() {
        check("", Some((0.0, 0.0)));
        check("3", Some((3.0, 3.0)));
        check("0.5", Some((0.5, 0.5)));
        check("1,5", Some((1.0, 5.0)));
        check(" 1 , 5 ", Some((1.0, 5.0)));
        check("5,1", Some((5.0, 1.0)));
        for wrong in ["soon", "-1", "1,2,3", "1,-2", "inf", "NaN", "1e9"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_random_delay_lies_between_both_and_is_more_often_near_the_first() {
        let delay = Delay { first: 10.0, second: 20.0 };
        assert_eq!(delay.by_chance(0.0), Duration::from_secs(10));
        assert_eq!(delay.by_chance(1.0), Duration::from_secs(20));
        assert!(delay.by_chance(0.5) < Duration::from_secs(13));
        let backwards = Delay { first: 20.0, second: 10.0 };
        assert!(backwards.by_chance(0.5) > Duration::from_secs(17));
        let fixed = Delay { first: 3.0, second: 3.0 };
        assert_eq!(fixed.by_chance(chance()), Duration::from_secs(3));
    }
}
