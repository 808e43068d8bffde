//! Firmware settings: what there is to set, what is in force, and what waits for the next boot.

use super::{Mode, Refusal};

/// A firmware setting that can be changed.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it can be.
    pub kind: Kind,
}

/// What a firmware setting can be; the first of several choices is the default.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One of these.
    Choice(&'static [&'static str]),
    /// A number between two, both included; the third is the default.
    Number(i64, i64, i64),
    /// Yes or no; this is the default.
    Flag(bool),
    /// Any text of at most so many bytes; empty by default.
    Text(usize),
}

/// The value of a firmware setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A choice or a text.
    Text(Box<str>),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

const fn attribute(name: &'static str, label: &'static str, kind: Kind) -> Attribute {
    Attribute { name, label, kind }
}

/// Every firmware setting of a simulated machine.
#[rustfmt::skip]
pub const ATTRIBUTES: &[Attribute] = &[
    attribute("BootMode", "Boot mode", Kind::Choice(&["Uefi", "Bios"])),
    attribute("ProcVirtualization", "Processor virtualization", Kind::Choice(&["Enabled", "Disabled"])),
    attribute("ProcHyperthreading", "Logical processors", Kind::Choice(&["Enabled", "Disabled"])),
    attribute("SriovGlobalEnable", "SR-IOV", Kind::Choice(&["Disabled", "Enabled"])),
    attribute("WorkloadProfile", "Workload profile", Kind::Choice(&["General", "Virtualization", "LowLatency", "HighThroughput"])),
    attribute("NumLock", "Keyboard NumLock", Kind::Choice(&["On", "Off"])),
    attribute("BootDelay", "Seconds to wait for a key", Kind::Number(0, 60, 5)),
    attribute("MemoryPatrolHours", "Hours between memory scrubs", Kind::Number(1, 168, 24)),
    attribute("QuietBoot", "Show a logo for messages", Kind::Flag(true)),
    attribute("AssetTag", "Asset tag", Kind::Text(63)),
];

/// Where `BootMode` stands in [`ATTRIBUTES`].
const MODE: u8 = 0;

/// What differs from the defaults, and what waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Bios {
    changed: Vec<(u8, Setting)>,
    pending: Vec<(u8, Setting)>,
    /// Everything goes back to its default first.
    resetting: bool,
}

impl Attribute {
    /// The value it has until it is changed.
    pub fn default(&self) -> Setting {
        match self.kind {
            Kind::Choice(choices) => Setting::Text(choices.first().copied().unwrap_or_default().into()),
            Kind::Number(_, _, default) => Setting::Number(default),
            Kind::Flag(default) => Setting::Flag(default),
            Kind::Text(_) => Setting::Text("".into()),
        }
    }

    /// Whether it can have this value.
    pub fn accepts(&self, setting: &Setting) -> bool {
        match (self.kind, setting) {
            (Kind::Choice(choices), Setting::Text(text)) => choices.contains(&&**text),
            (Kind::Number(least, most, _), Setting::Number(number)) => (least..=most).contains(number),
            (Kind::Flag(_), Setting::Flag(_)) => true,
            (Kind::Text(most), Setting::Text(text)) => text.len() <= most,
            (Kind::Choice(_) | Kind::Number(..) | Kind::Flag(_) | Kind::Text(_), _) => false,
        }
    }
}

impl Bios {
    pub(super) fn current(&self, index: u8) -> Option<Setting> {
        let attribute = ATTRIBUTES.get(usize::from(index))?;
        let changed = self.changed.iter().find(|(changed, _)| *changed == index);
        Some(changed.map_or_else(|| attribute.default(), |(_, setting)| setting.clone()))
    }

    pub(super) fn pending(&self) -> &[(u8, Setting)] {
        &self.pending
    }

    /// All of them, or none.
    pub(super) fn set(&mut self, settings: Vec<(u8, Setting)>) -> Result<(), Refusal> {
        let fits =
            |(index, setting): &(u8, Setting)| ATTRIBUTES.get(usize::from(*index)).is_some_and(|a| a.accepts(setting));
        if !settings.iter().all(fits) {
            return Err(Refusal::NoSuchIndex);
        }
        for (index, setting) in settings {
            put(&mut self.pending, index, setting);
        }
        Ok(())
    }

    pub(super) fn reset(&mut self) {
        self.pending.clear();
        self.resetting = true;
    }

    pub(super) fn apply(&mut self) {
        if std::mem::take(&mut self.resetting) {
            self.changed.clear();
        }
        for (index, setting) in std::mem::take(&mut self.pending) {
            put(&mut self.changed, index, setting);
        }
    }

    pub(super) fn mode(&self) -> Mode {
        match self.current(MODE) {
            Some(Setting::Text(text)) if &*text == "Bios" => Mode::Legacy,
            _ => Mode::Uefi,
        }
    }

    pub(super) fn set_mode(&mut self, mode: Mode) {
        let name = match mode {
            Mode::Legacy => "Bios",
            Mode::Uefi => "Uefi",
        };
        put(&mut self.changed, MODE, Setting::Text(name.into()));
    }
}

fn put(settings: &mut Vec<(u8, Setting)>, index: u8, setting: Setting) {
    match settings.iter_mut().find(|(known, _)| *known == index) {
        Some((_, value)) => *value = setting,
        None => settings.push((index, setting)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_waits_for_the_boot() {
        let mut bios = Bios::default();
        bios.set(vec![(6, Setting::Number(30)), (0, Setting::Text("Bios".into()))]).unwrap();
        assert_eq!((bios.current(6), bios.mode()), (Some(Setting::Number(5)), Mode::Uefi));
        bios.apply();
        assert_eq!((bios.current(6), bios.mode()), (Some(Setting::Number(30)), Mode::Legacy));
        assert!(bios.pending().is_empty());
    }

    #[test]
    fn defaults_come_back_with_the_boot() {
        let mut bios = Bios::default();
        bios.set(vec![(8, Setting::Flag(false))]).unwrap();
        bios.apply();
        bios.reset();
        assert_eq!(bios.current(8), Some(Setting::Flag(false)));
        bios.apply();
        assert_eq!(bios.current(8), Some(Setting::Flag(true)));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut bios = Bios::default();
        for wrong in [(6, Setting::Number(61)), (1, Setting::Text("Maybe".into())), (99, Setting::Flag(true))] {
            assert!(bios.set(vec![(8, Setting::Flag(false)), wrong]).is_err());
        }
        assert!(bios.pending().is_empty());
        assert!(ATTRIBUTES.iter().all(|attribute| attribute.accepts(&attribute.default())));
    }
}
