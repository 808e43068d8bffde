//! What the sensors read: the machine's readings in IPMI's bytes, and states that it has none of.

use crate::{
    bmc::Bmc,
    machine::{PowerState, READINGS, Reading},
};

use super::{Call, Outcome, code, sdr};

/// Scanning and events are on (table 35-15).
const SCANNED: u8 = 0xc0;

/// Upper thresholds, as bits of a state and of a mask.
const CAUTION: u8 = 0x08;
const CRITICAL: u8 = 0x10;

/// A sensor by its number.
enum Found {
    Analog(Reading, &'static sdr::Scale),
    State(&'static sdr::State),
}

/// Get Sensor Reading (35.14).
pub(super) fn reading(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    Ok(match find(bmc, call)? {
        Found::Analog(reading, scale) => {
            let above = |threshold: Option<f32>| threshold.is_some_and(|threshold| reading.value > threshold);
            let caution = if above(reading.sensor.caution) { CAUTION } else { 0 };
            let critical = if above(reading.sensor.critical) { CRITICAL } else { 0 };
            vec![scale.raw(reading.value), SCANNED, 0xc0 | caution | critical]
        }
        Found::State(state) => {
            let on = match bmc.machine.power() {
                PowerState::On | PowerState::PoweringOff => true,
                PowerState::Off | PowerState::PoweringOn => false,
            };
            let [low, high] = (if on { state.on } else { state.off }).to_le_bytes();
            vec![0, SCANNED, low, high | 0x80]
        }
    })
}

/// Get Sensor Thresholds (35.9).
pub(super) fn thresholds(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    match find(bmc, call)? {
        Found::Analog(reading, scale) => {
            let [caution, critical] = [reading.sensor.caution, reading.sensor.critical];
            let raw = |threshold: Option<f32>| threshold.map_or(0, |threshold| scale.raw(threshold));
            Ok(vec![mask(caution, critical), 0, 0, 0, raw(caution), raw(critical), 0])
        }
        Found::State(_) => Err(ipmi::Completion::ILLEGAL.0),
    }
}

/// Get Sensor Type (35.16).
pub(super) fn kind(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    Ok(match find(bmc, call)? {
        Found::Analog(_, scale) => vec![scale.kind, 0x01],
        Found::State(state) => vec![state.kind, sdr::SPECIFIC],
    })
}

/// Which thresholds there are.
pub(super) fn mask(caution: Option<f32>, critical: Option<f32>) -> u8 {
    let bit = |threshold: Option<f32>, bit| if threshold.is_some() { bit } else { 0 };
    bit(caution, CAUTION) | bit(critical, CRITICAL)
}

fn find(bmc: &Bmc, call: &Call<'_>) -> Result<Found, u8> {
    let [number] = super::array(call.data)?;
    let index = usize::from(number).checked_sub(1).ok_or(code::NOT_PRESENT)?;
    if let Some(reading) = bmc.machine.readings().nth(index) {
        return Ok(Found::Analog(reading, sdr::scale(reading.sensor)));
    }
    sdr::STATES.get(index - READINGS.len()).map(Found::State).ok_or(code::NOT_PRESENT)
}
