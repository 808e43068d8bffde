//! The repository of sensor records: a full record for each of the machine's sensors, a compact one for each state.
//!
//! Records are made when they are asked for. A sensor's number and its record's are the same, from 1.

use crate::{
    bmc::Bmc,
    machine::{Quantity, READINGS, Sensor},
};

use super::{Call, Outcome, code, sensors};

/// How readings of a quantity are in IPMI: `M * raw * 10^exponent` of a unit.
pub(super) struct Scale {
    quantity: Quantity,
    /// The highest value it must be able to show: 12 V want other steps than 230 V.
    highest: f32,
    /// The type of sensor (table 42-3).
    pub kind: u8,
    /// The unit (table 43-15).
    unit: u8,
    m: u8,
    exponent: i8,
}

/// A sensor with states.
pub(super) struct State {
    name: &'static [u8],
    /// The type of sensor (table 42-3).
    pub kind: u8,
    /// What it belongs to (table 43-13), and which of them.
    entity: (u8, u8),
    /// The states that can be, a bit each.
    all: u16,
    /// Those that hold when the machine is off.
    pub off: u16,
    /// Those that hold when it is on.
    pub on: u16,
}

/// The type of readings whose states are those of the type of sensor (table 42-1).
pub(super) const SPECIFIC: u8 = 0x6f;

const fn row(quantity: Quantity, highest: f32, kind: u8, unit: u8, m: u8, exponent: i8) -> Scale {
    Scale { quantity, highest, kind, unit, m, exponent }
}

#[rustfmt::skip]
const SCALES: &[Scale] = &[
    row(Quantity::Temperature, 127.5, 0x01, 1, 5, -1),
    row(Quantity::Fan, 7650.0, 0x04, 18, 30, 0),
    row(Quantity::Power, 1275.0, 0x0b, 6, 5, 0),
    row(Quantity::Voltage, 25.5, 0x02, 4, 1, -1),
    row(Quantity::Voltage, 382.5, 0x02, 4, 15, -1),
];

/// Power of the host by ACPI (S0, S5), and supplies that are there.
#[rustfmt::skip]
pub(super) const STATES: &[State] = &[
    State { name: b"Host Power", kind: 0x22, entity: (0x23, 1), all: 0x21, off: 0x20, on: 0x01 },
    State { name: b"PSU1 Status", kind: 0x08, entity: (0x0a, 1), all: 0x0b, off: 0x01, on: 0x01 },
    State { name: b"PSU2 Status", kind: 0x08, entity: (0x0a, 2), all: 0x0b, off: 0x01, on: 0x01 },
];

/// The version of the records.
const VERSION: u8 = 0x51;

const FULL: u8 = 0x01;
const COMPACT: u8 = 0x02;

/// What stands before what a record's length counts.
const HEADER: usize = 5;

/// Asks for a whole record, however long.
const ALL: u8 = 0xff;

const FIRST: u16 = 0x0000;
const LAST: u16 = 0xffff;

/// Get SDR Repository Info (33.9).
pub(super) fn info(_: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    let [low, high] = count().to_le_bytes();
    // No room, never changed, reservations.
    Ok(vec![VERSION, low, high, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02])
}

/// Reserve SDR Repository (33.11).
pub(super) fn reserve(bmc: &mut Bmc, _: &mut Call<'_>) -> Outcome {
    let [reservation, _] = &mut bmc.ipmi().reservations;
    *reservation = reservation.wrapping_add(1).max(1);
    Ok(reservation.to_le_bytes().to_vec())
}

/// Get SDR (33.12): the number of the next record, and a part of this one.
pub(super) fn get(bmc: &mut Bmc, call: &mut Call<'_>) -> Outcome {
    let [r0, r1, id0, id1, offset, wanted] = super::array(call.data)?;
    let id = match u16::from_le_bytes([id0, id1]) {
        FIRST => 1,
        LAST => count(),
        id => id,
    };
    let record = record(id).ok_or(code::NOT_PRESENT)?;
    // What begins at the beginning wants no reservation.
    if offset > 0 && u16::from_le_bytes([r0, r1]) != bmc.ipmi().reservations[0] {
        return Err(code::RESERVATION);
    }
    let rest = record.get(usize::from(offset)..).ok_or(code::OUT_OF_RANGE)?;
    let wanted = if wanted == ALL { rest.len() } else { usize::from(wanted) };
    if wanted > usize::from(bmc.vendor.ipmi.sdr_bytes) {
        return Err(code::CANNOT_RETURN);
    }
    let next = if id == count() { LAST } else { id + 1 };
    Ok([&next.to_le_bytes(), &rest[..wanted.min(rest.len())]].concat())
}

/// How readings of this sensor are in IPMI.
pub(super) fn scale(sensor: &Sensor) -> &'static Scale {
    let highest = sensor.critical.unwrap_or(sensor.on + sensor.spread);
    let fits = |scale: &&Scale| scale.quantity == sensor.quantity && scale.highest >= highest;
    SCALES.iter().find(fits).unwrap_or(&SCALES[0])
}

impl Scale {
    /// The raw byte of a value; what is beyond the scale stays at its end.
    pub fn raw(&self, value: f32) -> u8 {
        // A cast of a float stays within the type.
        (value / (f32::from(self.m) * 10f32.powi(self.exponent.into()))).round() as u8
    }
}

fn count() -> u16 {
    // A few of each.
    (READINGS.len() + STATES.len()) as u16
}

fn record(id: u16) -> Option<Vec<u8>> {
    let index = usize::from(id.checked_sub(1)?);
    match READINGS.get(index) {
        Some(sensor) => Some(full(id, sensor)),
        None => STATES.get(index - READINGS.len()).map(|state| compact(id, state)),
    }
}

/// A full record (43.1). Places are the standard's less one.
fn full(id: u16, sensor: &Sensor) -> Vec<u8> {
    let scale = scale(sensor);
    let mut record = head(id, FULL, 48, (entity(sensor.quantity), id as u8), (scale.kind, 0x01));
    record[18] = sensors::mask(sensor.caution, sensor.critical);
    record[21] = scale.unit;
    record[24] = scale.m;
    record[29] = (scale.exponent as u8) << 4;
    // There is a usual reading.
    record[30] = 0x01;
    record[31] = scale.raw(sensor.on);
    record[34] = 0xff;
    let raw = |threshold: Option<f32>| threshold.map_or(0, |threshold| scale.raw(threshold));
    record[37] = raw(sensor.critical);
    record[38] = raw(sensor.caution);
    named(record, sensor.name.as_bytes())
}

/// A compact record (43.2).
fn compact(id: u16, state: &State) -> Vec<u8> {
    let mut record = head(id, COMPACT, 32, state.entity, (state.kind, SPECIFIC));
    [record[18], record[19]] = state.all.to_le_bytes();
    // No analog reading; a sensor of its own.
    record[20] = 0xc0;
    record[23] = 0x01;
    named(record, state.name)
}

/// What both begin with, and room up to the name.
fn head(id: u16, kind: u8, length: usize, entity: (u8, u8), types: (u8, u8)) -> Vec<u8> {
    let [low, high] = id.to_le_bytes();
    // Numbers of records are small, and those of their sensors. Scanned from the start; it arms itself anew, its
    // thresholds can be read, and it sends no events.
    let mut record = vec![low, high, VERSION, kind, 0, 0x20, 0, low, entity.0, entity.1, 0x7f, 0x47, types.0, types.1];
    record.resize(length, 0);
    record
}

fn named(mut record: Vec<u8>, name: &[u8]) -> Vec<u8> {
    // Eight bits a character, and at most 16 of them.
    if let Some(last) = record.last_mut() {
        *last = 0xc0 | name.len() as u8;
    }
    record.extend(name);
    record[HEADER - 1] = (record.len() - HEADER) as u8;
    record
}

/// What a sensor of this quantity belongs to (table 43-13): board, fan, supply.
fn entity(quantity: Quantity) -> u8 {
    match quantity {
        Quantity::Temperature | Quantity::Voltage => 0x07,
        Quantity::Fan => 0x1d,
        Quantity::Power => 0x0a,
    }
}
