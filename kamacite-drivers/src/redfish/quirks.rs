//! The table of quirks: what to make of a BMC that shows something else than what was written.
//!
//! The table is data, `quirks.json`, and in `quirks/` is an exchange with such a BMC for each row, written down after the
//! report that the row names, which a test plays. A site puts its own rows before it with `[kamacite]redfish_quirks`.

use std::{
    cmp::Ordering,
    fmt::{self, Write as _},
    fs,
    time::Duration,
};

use kamacite_driver::model::options::OptionValue;
use serde::Deserialize;

/// The rows of the program.
const BUILT_IN: &str = include_str!("quirks.json");

/// What can be written and read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Write {
    /// What the machine boots from, and for how long.
    BootDevice,
    /// UEFI or BIOS.
    BootMode,
    /// A light is on, off or blinking.
    Indicator,
    /// An image is in a virtual drive.
    MediaInsert,
    /// A virtual drive is empty.
    MediaEject,
    /// Secure boot is on or off.
    SecureBoot,
}

impl Write {
    const fn as_str(self) -> &'static str {
        match self {
            Self::BootDevice => "boot device",
            Self::BootMode => "boot mode",
            Self::Indicator => "light",
            Self::MediaInsert => "image in",
            Self::MediaEject => "image out",
            Self::SecureBoot => "secure boot",
        }
    }

    /// What a person can do about a difference.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::BootDevice => {
                "look at the firmware's settings; if the machine has booted meanwhile, the choice has been used up"
            }
            Self::BootMode | Self::SecureBoot => "look at the firmware's settings, and restart the machine",
            Self::Indicator => "look at the light",
            Self::MediaInsert => "see whether the BMC reaches the image, and whether it allows remote media",
            Self::MediaEject => "see whether the machine holds the drive, or reset the BMC",
        }
    }
}

/// What becomes of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is logged.
    Warn,
    /// The operation fails.
    Fail,
    /// The machine is restarted, for boot mode and secure boot; the operation fails if that does not help.
    Restart,
}

/// A row: which BMCs it is about, and what to make of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quirk {
    /// What it is called, in the log and in the documentation.
    pub name: String,
    /// What was written.
    pub write: Write,
    /// A part of the maker's name, in any case; of any maker without it.
    #[serde(default)]
    pub vendor: Option<String>,
    /// How the model's name begins, in any case and with or without spaces; any model without it.
    #[serde(default)]
    pub model: Option<String>,
    /// The versions of the BMC's firmware; any without it.
    #[serde(default)]
    pub firmware: Option<Range>,
    /// What becomes of a difference.
    pub verdict: Verdict,
    /// How long a difference may last before that, in seconds.
    #[serde(rename = "settle_s", deserialize_with = "seconds")]
    pub settle: Duration,
    /// What such BMCs do, for people.
    #[serde(default)]
    pub because: Option<String>,
    /// Where that was reported.
    #[serde(default)]
    pub source: Option<String>,
}

/// A range of versions, compared number by number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first that is meant; all up to the end without it.
    #[serde(default)]
    from: Option<String>,
    /// The first that is not meant any more; all from the beginning without it.
    #[serde(default)]
    below: Option<String>,
}

/// Who made a machine and its BMC, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The system's `Manufacturer`.
    pub vendor: Option<String>,
    /// The system's `Model`.
    pub model: Option<String>,
    /// The manager's `FirmwareVersion`.
    pub firmware: Option<String>,
}

/// All rows; the first that is about a BMC counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quirks(Vec<Quirk>);

impl Quirks {
    /// The rows of the program.
    ///
    /// # Panics
    /// When the program was built with a table that is none; a test reads it.
    pub fn built_in() -> Self {
        Self::read(BUILT_IN).unwrap_or_else(|why| panic!("quirks.json: {why}"))
    }

    /// These, and then the others.
    pub fn before(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The row for a write to a BMC.
    pub fn of(&self, write: Write, made: &Made) -> Quirk {
        self.0.iter().find(|row| row.is_about(write, made)).cloned().unwrap_or_else(|| unlisted(write))
    }

    /// The row for a BMC whose firmware has a version that nobody knows: rather one that excuses it.
    pub fn mildest(&self, write: Write, made: &Made) -> Quirk {
        let mut rows = self.0.iter().filter(|row| row.is_about_hardware(write, made));
        rows.find(|row| row.verdict == Verdict::Warn).cloned().unwrap_or_else(|| self.of(write, made))
    }

    /// Whether the version of the firmware decides which row it is.
    pub fn ask_for_firmware(&self, write: Write, made: &Made) -> bool {
        let mut rows = self.0.iter().filter(|row| row.is_about_hardware(write, made));
        rows.next().is_some_and(|first| first.firmware.is_some())
    }

    fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map(Self).map_err(|why| why.to_string())
    }
}

/// The rows of the program as a chapter of documentation.
pub fn chapter() -> String {
    let mut text = String::from(
        "| quirk | maker | model | firmware | what was written | what it does | a difference |\n|---|---|---|---|---|---|---|\n",
    );
    let any = |value: &Option<String>| value.clone().unwrap_or_else(|| "any".to_owned());
    for row in &Quirks::built_in().0 {
        let firmware = row.firmware.as_ref().map_or_else(|| "any".to_owned(), Range::to_string);
        let verdict = match row.verdict {
            Verdict::Warn => "is logged",
            Verdict::Fail => "fails",
            Verdict::Restart => "restarts the machine",
        };
        let name = row.source.as_ref().map_or(row.name.clone(), |source| format!("[{}]({source})", row.name));
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {firmware} | {} | {} | {verdict} after {} s |",
            any(&row.vendor),
            any(&row.model),
            row.write.as_str(),
            row.because.as_deref().unwrap_or_default(),
            row.settle.as_secs(),
        );
    }
    text
}

impl OptionValue for Quirks {
    const KIND: &'static str = "path";

    fn parse(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|why| format!("it cannot be read: {why}"))?;
        Self::read(&text)
            .map_err(|why| format!("it is no list of quirks: {why}; docs/drivers/redfish.md tells how one looks"))
    }
}

impl Quirk {
    /// What such BMCs do, to go on a sentence with.
    pub fn reason(&self) -> String {
        self.because.as_ref().map_or_else(String::new, |because| format!(" ({because})"))
    }

    fn is_about(&self, write: Write, made: &Made) -> bool {
        let firmware = |range: &Range| made.firmware.as_deref().is_some_and(|version| range.contains(version));
        self.is_about_hardware(write, made) && self.firmware.as_ref().is_none_or(firmware)
    }

    fn is_about_hardware(&self, write: Write, made: &Made) -> bool {
        let (vendor, model) = (lower(made.vendor.as_ref()), lower(made.model.as_ref()));
        self.write == write
            && self.vendor.as_ref().is_none_or(|part| vendor.contains(&part.to_lowercase()))
            && self
                .model
                .as_ref()
                .is_none_or(|beginning| model.replace(' ', "").starts_with(&beginning.to_lowercase().replace(' ', "")))
    }
}

impl Range {
    fn contains(&self, version: &str) -> bool {
        self.from.as_deref().is_none_or(|from| compare(version, from) != Ordering::Less)
            && self.below.as_deref().is_none_or(|below| compare(version, below) == Ordering::Less)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.below) {
            (None, None) => f.write_str("any"),
            (Some(from), None) => write!(f, "{from} and later"),
            (None, Some(below)) => write!(f, "before {below}"),
            (Some(from), Some(below)) => write!(f, "{from} and later, before {below}"),
        }
    }
}

/// Versions by the numbers in them: `iLO 5 v2.72` is older than `iLO 5 v3.01`.
fn compare(one: &str, other: &str) -> Ordering {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
    };
    numbers(one).cmp(&numbers(other))
}

/// For BMCs of which the table says nothing. Nobody's machine boots wrongly because of a light.
fn unlisted(write: Write) -> Quirk {
    let (verdict, settle_s) = match write {
        Write::BootDevice => (Verdict::Fail, 10),
        // Dell's, at least, take them over with a boot.
        Write::BootMode | Write::SecureBoot => (Verdict::Restart, 3),
        // The BMC fetches the image first, or lets go of it.
        Write::MediaInsert | Write::MediaEject => (Verdict::Fail, 30),
        Write::Indicator => (Verdict::Warn, 5),
    };
    Quirk {
        name: "unlisted".to_owned(),
        write,
        vendor: None,
        model: None,
        firmware: None,
        verdict,
        settle: Duration::from_secs(settle_s),
        because: None,
        source: None,
    }
}

fn lower(text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| text.to_lowercase())
}

fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u32::deserialize(from).map(|seconds| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(vendor: &str, model: &str, firmware: &str) -> Made {
        Made { vendor: Some(vendor.to_owned()), model: Some(model.to_owned()), firmware: Some(firmware.to_owned()) }
    }

    #[track_caller]
    fn check(made: &Made, expected: &str) {
        let rows = Quirks::read(
            r#"[
                {"name": "new", "write": "boot-device", "vendor": "hp", "firmware": {"from": "iLO 5 v3.01"}, "verdict": "warn", "settle_s": 1},
                {"name": "old", "write": "boot-device", "vendor": "hp", "firmware": {"from": "1.0", "below": "iLO 5 v2.72"}, "verdict": "warn", "settle_s": 1},
                {"name": "model", "write": "boot-device", "vendor": "HPE", "model": "ProLiant DL3", "verdict": "warn", "settle_s": 1},
                {"name": "other write", "write": "indicator", "verdict": "warn", "settle_s": 1}
            ]"#,
        );
        assert_eq!(rows.unwrap().of(Write::BootDevice, made).name, expected, "{made:?}");
    }

    #[test]
    fn the_first_row_that_is_about_a_bmc_counts() {
        check(&made("HPE", "ProLiant DL360", "iLO 5 v3.01"), "new");
        check(&made("HPE", "ProLiant DL360", "iLO 6 v1.5"), "new");
        check(&made("Hp Inc.", "any", "iLO 5 v2.63"), "old");
        check(&made("HPE", "PROLIANT DL360", "iLO 5 v2.72"), "model");
        check(&made("HPE", "Synergy", "iLO 5 v2.72"), "unlisted");
        check(&made("Dell Inc.", "ProLiant DL360", "iLO 5 v3.01"), "unlisted");
        check(&Made::default(), "unlisted");
    }

    #[test]
    fn the_firmware_is_asked_for_where_it_matters() {
        let rows = Quirks::read(
            r#"[
                {"name": "a", "write": "boot-mode", "vendor": "a", "firmware": {}, "verdict": "warn", "settle_s": 0},
                {"name": "b", "write": "boot-mode", "vendor": "b", "verdict": "warn", "settle_s": 0},
                {"name": "c", "write": "boot-mode", "vendor": "b", "firmware": {}, "verdict": "warn", "settle_s": 0}
            ]"#,
        )
        .unwrap();
        for (vendor, expected) in [("a", true), ("b", false), ("c", false)] {
            assert_eq!(rows.ask_for_firmware(Write::BootMode, &made(vendor, "", "")), expected, "{vendor}");
        }
    }

    #[test]
    fn each_row_of_the_program_says_where_it_comes_from() {
        for row in Quirks::built_in().0 {
            assert!(row.because.is_some() && row.source.is_some() && row.vendor.is_some(), "{}", row.name);
        }
    }

    #[test]
    fn a_table_that_is_none_is_told() {
        for (text, part) in [
            ("{}", "expected a sequence"),
            (r#"[{"name": "x"}]"#, "missing field `write`"),
            (r#"[{"name": "x", "write": "fan", "verdict": "warn", "settle_s": 1}]"#, "unknown variant `fan`"),
            (r#"[{"name": "x", "write": "boot-mode", "verdict": "warn", "settle_s": 1, "vender": "y"}]"#, "`vender`"),
        ] {
            let why = Quirks::read(text).unwrap_err();
            assert!(why.contains(part) && why.contains("line 1"), "{why}");
        }
        assert!(Quirks::parse("/nowhere/quirks.json").unwrap_err().contains("cannot be read"));
    }
}
