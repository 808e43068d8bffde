//! System Boot Options (IPMI 2.0 28.12 to 28.14): the machine's boot override, as IPMI writes and reads it.
//!
//! The machine has one override, whoever set it. Beside it the BMC keeps the bytes it was given, so that what was written
//! reads back as it was: several devices of IPMI are one to the machine.

use kamacite_model::Timestamp;

use crate::{
    bmc::Bmc,
    machine::{BootChange, Enabled, Event, Mode, Source, after},
    vendor::BootModeRule,
};

use super::{Call, Outcome, code};

/// Boot flags that no Chassis Control follows lose their validity after so long (table 28-14, parameter 3).
const FORGOTTEN_MS: u32 = 60_000;

/// Parameter 3, bit 3: they do not.
const KEEP: u8 = 0x08;

const VALID: u8 = 0x80;
const PERSISTENT: u8 = 0x40;
const EFI: u8 = 0x20;

const IN_PROGRESS: u8 = 0;
const CLEARING: u8 = 3;
const ACKNOWLEDGE: u8 = 4;
const FLAGS: u8 = 5;

/// What the BMC keeps.
#[derive(Debug, Default)]
pub(super) struct Options {
    in_progress: u8,
    clearing: u8,
    acknowledge: u8,
    flags: [u8; 5],
    /// Parameters that were marked as invalid, a bit each.
    invalid: u8,
    /// When the flags lose their validity, unless the machine boots before: it had booted so often.
    forgotten: Option<(Timestamp, u32)>,
}

/// Devices (table 28-14, parameter 5, data 2). The first row of a source is how it reads when another face has set it.
#[rustfmt::skip]
const DEVICES: &[(u8, Source)] = &[
    (0, Source::Usual), (1, Source::Network), (2, Source::Disk), (4, Source::Diagnostics), (5, Source::Cd),
    (6, Source::Setup), (8, Source::UsbCd), (9, Source::Usb), (15, Source::Floppy),
    // A safe mode, and what a BMC presents from afar.
    (3, Source::Disk), (7, Source::Floppy), (11, Source::Disk),
    // What IPMI has no word for.
    (1, Source::Http), (4, Source::Utilities), (15, Source::SdCard), (0, Source::Shell), (0, Source::DevicePath),
];

/// Set System Boot Options (28.12).
pub(super) fn set(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let (parameter, data) = call.data.split_first().ok_or(code::LENGTH)?;
    let (invalid, parameter) = (parameter & 0x80 != 0, parameter & 0x7f);
    if ![IN_PROGRESS, CLEARING, ACKNOWLEDGE, FLAGS].contains(&parameter) {
        return Err(code::NO_PARAMETER);
    }
    let options = &mut bmc.ipmi().boot;
    let bit = 1 << parameter;
    options.invalid = if invalid { options.invalid | bit } else { options.invalid & !bit };
    match (parameter, data) {
        // Nothing but the mark.
        (_, []) if invalid => {}
        // "Set in progress" is a lock, for one.
        (IN_PROGRESS, [1, ..]) if options.in_progress == 1 => return Err(0x81),
        (IN_PROGRESS, [value, ..]) => options.in_progress = if value & 3 == 1 { 1 } else { 0 },
        (CLEARING, [value, ..]) => {
            options.clearing = value & 0x1f;
            if value & KEEP != 0 {
                options.forgotten = None;
            }
        }
        (ACKNOWLEDGE, [mask, value, ..]) => options.acknowledge = options.acknowledge & !mask | value & mask,
        (FLAGS, [a, b, c, d, e, ..]) => set_flags(bmc, [*a, *b, *c, *d, *e], call.now),
        _ => return Err(code::LENGTH),
    }
    Ok(Vec::new())
}

fn set_flags(bmc: &mut Bmc, flags: [u8; 5], now: Timestamp) {
    let [how, device, ..] = flags;
    let enabled = enabled(how);
    let mode = match (bmc.vendor.boot_mode, enabled) {
        (BootModeRule::ReadOnly, _) | (_, Enabled::Disabled) => None,
        (BootModeRule::Writable, _) if how & EFI != 0 => Some(Mode::Uefi),
        (BootModeRule::Writable, _) => Some(Mode::Legacy),
    };
    let boots = bmc.machine.boots();
    let options = &mut bmc.ipmi().boot;
    options.flags = flags;
    let forgets = options.clearing & KEEP == 0 && enabled != Enabled::Disabled;
    options.forgotten = forgets.then(|| (after(now, FORGOTTEN_MS), boots));
    let change = BootChange { target: Some(source(device)), enabled: Some(enabled), mode, ..BootChange::default() };
    super::tell(bmc, Event::Boot(change), now);
}

/// Get System Boot Options (28.13).
pub(super) fn get(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [parameter, _set, _block] = super::array(call.data)?;
    let parameter = parameter & 0x7f;
    let flags = flags(bmc);
    let options = &bmc.ipmi().boot;
    let data: &[u8] = match parameter {
        IN_PROGRESS => &[options.in_progress],
        CLEARING => &[options.clearing],
        ACKNOWLEDGE => &[0, options.acknowledge],
        FLAGS => &flags,
        _ => return Err(code::NO_PARAMETER),
    };
    let mark = if options.invalid & 1 << parameter != 0 { 0x80 } else { 0 };
    Ok([&[0x01, parameter | mark], data].concat())
}

/// The boot flags as the machine's override makes them.
fn flags(bmc: &mut Bmc) -> [u8; 5] {
    let (target, enabled) = (bmc.machine.boot().target, bmc.machine.boot().enabled);
    let mode = bmc.machine.boot().mode.unwrap_or(bmc.machine.mode());
    let given = bmc.ipmi().boot.flags;
    let persistent = match enabled {
        // It was followed, or nobody set any.
        Enabled::Disabled => return [given[0] & !VALID, given[1], given[2], given[3], given[4]],
        Enabled::Once => 0,
        Enabled::Continuous => PERSISTENT,
    };
    if source(given[1]) == target {
        return [VALID | persistent | given[0] & EFI, given[1], given[2], given[3], given[4]];
    }
    let efi = if mode == Mode::Uefi { EFI } else { 0 };
    [VALID | persistent | efi, device(target) << 2, 0, 0, 0]
}

/// Chassis Control starts the minute anew.
pub(super) fn restart_timer(bmc: &mut Bmc, now: Timestamp) {
    if let Some((at, _)) = &mut bmc.ipmi().boot.forgotten {
        *at = after(now, FORGOTTEN_MS);
    }
}

/// Takes the validity of flags that nobody followed in time.
pub(super) fn expire(bmc: &mut Bmc, now: Timestamp) {
    let forgotten = bmc.ipmi.as_mut().and_then(|state| state.boot.forgotten.take_if(|(at, _)| *at <= now));
    let Some((at, boots)) = forgotten else { return };
    // What the machine did until then counts, and what another face has set since.
    bmc.advance(at);
    let [how, device, ..] = bmc.ipmi().boot.flags;
    let boot = bmc.machine.boot();
    let ours = (boot.target, boot.enabled) == (source(device), enabled(how));
    if ours && bmc.machine.boots() == boots {
        let change = BootChange { enabled: Some(Enabled::Disabled), ..BootChange::default() };
        super::tell(bmc, Event::Boot(change), at);
    }
}

/// For how long the override holds that these flags ask for.
fn enabled(how: u8) -> Enabled {
    match (how & VALID != 0, how & PERSISTENT != 0) {
        (false, _) => Enabled::Disabled,
        (true, false) => Enabled::Once,
        (true, true) => Enabled::Continuous,
    }
}

fn source(device: u8) -> Source {
    let number = device >> 2 & 0x0f;
    DEVICES.iter().find(|(known, _)| *known == number).map_or(Source::Usual, |(_, source)| *source)
}

fn device(source: Source) -> u8 {
    DEVICES.iter().find(|(_, known)| *known == source).map_or(0, |(number, _)| *number)
}
