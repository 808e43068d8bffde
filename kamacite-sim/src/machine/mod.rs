//! A simulated server as a plain state machine: power, boot, firmware settings, media, lights. No protocol, no clock.
//!
//! Whoever drives it says what time it is. [`Machine::event`] takes what is asked of the machine and tells what changed;
//! [`Machine::advance`] lets pending transitions happen. Every protocol's face shares one machine.

mod bios;
mod boot;
mod firmware;
mod identity;
mod media;
mod power;
mod sensors;

use kamacite_model::Timestamp;

pub use bios::{ATTRIBUTES, Attribute, Kind, Setting};
pub use boot::{Boot, BootChange, Enabled, Mode, Source};
pub use firmware::Part;
pub use identity::{NICS, Nic};
pub use media::Media;
pub use power::{Pace, PowerRequest, PowerState};
pub(crate) use power::{after, until};
pub use sensors::{Quantity, READINGS, Reading, Sensor};

use bios::Bios;
use firmware::Firmware;
use power::Phase;

/// A server. Small: what every server has alike is computed, not kept.
#[derive(Clone, Debug)]
pub struct Machine {
    number: u32,
    pace: Pace,
    phase: Phase,
    /// Until when a transition that is due does not happen.
    stuck: Option<Timestamp>,
    boot: Boot,
    /// The boot override as the firmware left it when it last started.
    boot_in_force: Boot,
    bios: Bios,
    secure_boot: SecureBoot,
    light: Light,
    media: Box<[Option<Media>]>,
    /// Readings that somebody dictated, by index into [`READINGS`].
    dictated: Vec<(u8, f32)>,
    firmware: Firmware,
    /// How often it has booted.
    boots: u32,
    /// How many diagnostic interrupts it has taken.
    interrupts: u32,
    /// What the last boot was from.
    booted: Option<Source>,
}

/// What is asked of a machine, or befalls it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Power is to change, or an interrupt to be sent.
    Power(PowerRequest),
    /// The boot override is to change.
    Boot(BootChange),
    /// Firmware settings are to change with the next boot. An index is that of [`ATTRIBUTES`].
    Bios(Vec<(u8, Setting)>),
    /// All firmware settings go back to their defaults with the next boot.
    BiosDefaults,
    /// Secure boot is to be on or off from the next boot on.
    SecureBoot(bool),
    /// The keys of secure boot are to be these.
    Keys(Keys),
    /// The locator light.
    Light(Light),
    /// An image comes into a slot.
    Insert(usize, Media),
    /// Whatever is in a slot goes.
    Eject(usize),
    /// A part of the firmware is replaced.
    Firmware(Part, Box<str>),
    /// A sensor reads this from now on; `None` lets it read what is natural. An index is that of [`READINGS`].
    Dictate(u8, Option<f32>),
    /// Until then no transition of power completes.
    Stick(Timestamp),
}

/// What came of an event, or of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Power is in another state.
    Power(PowerState),
    /// It booted from there.
    Booted(Source),
    /// It took a diagnostic interrupt.
    Interrupted,
    /// Something that can be set has been set, perhaps to what it was.
    State,
    /// A slot has another content.
    Media(usize),
    /// A part of the firmware has another version.
    Firmware(Part),
}

/// Why a machine does not do what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An interrupt wants a machine that runs.
    #[error("the machine does not run")]
    NotRunning,
    /// There is no such slot.
    #[error("the machine has no such media slot")]
    NoSlot,
    /// Nothing is in the slot.
    #[error("the media slot is empty")]
    EmptySlot,
    /// There is no such firmware setting or sensor.
    #[error("the machine has nothing of that index")]
    NoSuchIndex,
}

/// The locator light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Dark.
    Off,
    /// Steady.
    Lit,
    /// On and off.
    Blinking,
}

/// Secure boot: what is wanted, and what the last boot made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecureBoot {
    /// Whether the next boot is to be secure.
    pub enabled: bool,
    /// Whether the last boot was to be.
    pub taken_over: bool,
    /// Whether the last boot was.
    pub current: bool,
    /// Which keys there are.
    pub keys: Keys,
}

/// The keys that secure boot trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The manufacturer's.
    Default,
    /// None: anybody may bring some, and nothing is enforced.
    None,
}

impl Machine {
    /// A machine that is off. `number` decides its identity (UUID, MACs, serial number); `slots` is how many images
    /// it can hold.
    pub fn new(number: u32, pace: Pace, slots: usize) -> Self {
        Self {
            number,
            pace,
            phase: Phase::Off,
            stuck: None,
            boot: Boot::default(),
            boot_in_force: Boot::default(),
            bios: Bios::default(),
            secure_boot: SecureBoot { enabled: false, taken_over: false, current: false, keys: Keys::Default },
            light: Light::Off,
            media: vec![None; slots].into(),
            dictated: Vec::new(),
            firmware: Firmware::default(),
            boots: 0,
            interrupts: 0,
            booted: None,
        }
    }

    /// Takes an event, after everything that was due before.
    ///
    /// # Errors
    /// [`Refusal`], and nothing has changed but what time brought.
    pub fn event(&mut self, event: Event, now: Timestamp) -> Result<Vec<Change>, Refusal> {
        let mut changes = self.advance(now);
        let change = match event {
            // Which says itself what changed.
            Event::Power(request) => {
                self.power_request(request, now, &mut changes)?;
                None
            }
            Event::Boot(change) => {
                self.boot.change(change);
                Some(Change::State)
            }
            Event::Bios(settings) => {
                self.bios.set(settings)?;
                Some(Change::State)
            }
            Event::BiosDefaults => {
                self.bios.reset();
                Some(Change::State)
            }
            Event::SecureBoot(enabled) => {
                self.secure_boot.enabled = enabled;
                Some(Change::State)
            }
            Event::Keys(keys) => {
                self.secure_boot.keys = keys;
                Some(Change::State)
            }
            Event::Light(light) => {
                self.light = light;
                Some(Change::State)
            }
            Event::Insert(slot, media) => {
                *self.media.get_mut(slot).ok_or(Refusal::NoSlot)? = Some(media);
                Some(Change::Media(slot))
            }
            Event::Eject(slot) => {
                self.media.get_mut(slot).ok_or(Refusal::NoSlot)?.take().ok_or(Refusal::EmptySlot)?;
                Some(Change::Media(slot))
            }
            Event::Firmware(part, version) => {
                self.firmware.set(part, version);
                Some(Change::Firmware(part))
            }
            Event::Dictate(index, value) => {
                self.dictate(index, value)?;
                Some(Change::State)
            }
            Event::Stick(until) => {
                self.stuck = Some(until);
                None
            }
        };
        changes.extend(change);
        // What takes no time is done at once.
        changes.extend(self.advance(now));
        Ok(changes)
    }

    /// The boot override.
    pub fn boot(&self) -> &Boot {
        &self.boot
    }

    /// The boot override as the firmware left it when it last started: what some BMCs show until the next boot.
    pub fn boot_in_force(&self) -> &Boot {
        &self.boot_in_force
    }

    /// The mode the machine boots in unless told otherwise: the firmware setting `BootMode`.
    pub fn mode(&self) -> Mode {
        self.bios.mode()
    }

    /// Secure boot.
    pub fn secure_boot(&self) -> SecureBoot {
        self.secure_boot
    }

    /// The locator light.
    pub fn light(&self) -> Light {
        self.light
    }

    /// What is in each slot.
    pub fn media(&self) -> &[Option<Media>] {
        &self.media
    }

    /// A firmware setting in force; `None` for an index [`ATTRIBUTES`] does not have.
    pub fn setting(&self, index: u8) -> Option<Setting> {
        self.bios.current(index)
    }

    /// The firmware settings that the next boot brings.
    pub fn pending_settings(&self) -> &[(u8, Setting)] {
        self.bios.pending()
    }

    /// The version of a part of the firmware, if it was ever replaced.
    pub fn firmware(&self, part: Part) -> Option<&str> {
        self.firmware.version(part)
    }

    /// How often it has booted.
    pub fn boots(&self) -> u32 {
        self.boots
    }

    /// How many diagnostic interrupts it has taken.
    pub fn interrupts(&self) -> u32 {
        self.interrupts
    }

    /// What the last boot was from.
    pub fn booted(&self) -> Option<Source> {
        self.booted
    }

    /// The firmware starts: settings take effect, the override is used up, and the machine starts from somewhere.
    fn start(&mut self) -> Change {
        self.bios.apply();
        let source = self.boot.use_up(self.media.iter().any(Option::is_some));
        if let Some(mode) = self.boot.mode.take() {
            self.bios.set_mode(mode);
        }
        self.boot_in_force = self.boot.clone();
        let secure = self.secure_boot;
        self.secure_boot.taken_over = secure.enabled;
        self.secure_boot.current = secure.enabled && secure.keys == Keys::Default && self.mode() == Mode::Uefi;
        self.boots += 1;
        self.booted = Some(source);
        Change::Booted(source)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn media() -> Media {
        Media { image: "http://x/a.iso".into(), write_protected: true, inserted: true, username: None }
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut machine = Machine::new(1, Pace::INSTANT, 1);
        for (event, refusal) in [
            (Event::Insert(1, media()), Refusal::NoSlot),
            (Event::Eject(0), Refusal::EmptySlot),
            (Event::Bios(vec![(99, Setting::Flag(true))]), Refusal::NoSuchIndex),
            (Event::Power(PowerRequest::Interrupt), Refusal::NotRunning),
        ] {
            assert_eq!(machine.event(event.clone(), NOW), Err(refusal), "{event:?}");
        }
        assert_eq!((machine.media(), machine.pending_settings(), machine.interrupts()), (&[None][..], &[][..], 0));
    }

    #[test]
    fn media_go_in_and_out() {
        let mut machine = Machine::new(1, Pace::INSTANT, 2);
        assert_eq!(machine.event(Event::Insert(1, media()), NOW), Ok(vec![Change::Media(1)]));
        assert_eq!(machine.media()[1].as_ref().map(|media| &*media.image), Some("http://x/a.iso"));
        assert_eq!(machine.event(Event::Eject(1), NOW), Ok(vec![Change::Media(1)]));
        assert_eq!(machine.media(), [None, None]);
    }

    #[test]
    fn a_boot_makes_of_secure_boot_what_it_can() {
        let mut machine = Machine::new(1, Pace::INSTANT, 0);
        machine.event(Event::SecureBoot(true), NOW).unwrap();
        assert!(!machine.secure_boot().current);
        let mut current = |event| {
            machine.event(event, NOW).unwrap();
            machine.event(Event::Power(PowerRequest::Reset), NOW).unwrap();
            machine.secure_boot().current
        };
        assert!(current(Event::Light(Light::Lit)));
        let mode = |mode| Event::Boot(BootChange { mode: Some(mode), ..BootChange::default() });
        assert!(!current(mode(Mode::Legacy)), "there is none without UEFI");
        assert!(current(mode(Mode::Uefi)));
        assert!(!current(Event::Keys(Keys::None)), "there is none without keys");
    }
}
