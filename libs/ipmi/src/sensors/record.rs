//! A record of the repository that describes a sensor.

use super::conversion::{AnalogFormat, Conversion};
use super::names::{self, Units};
use crate::wire::Malformed;

/// The types of records that describe sensors (IPMI 2.0 43).
const FULL: u8 = 0x01;
const COMPACT: u8 = 0x02;

/// What every record begins with: number, version, type, length.
pub(super) const HEADER: usize = 5;

/// The type of readings that have thresholds.
const THRESHOLDS: u8 = 0x01;

/// Sensors that one compact record may describe.
const MOST_SHARED: u8 = 15;

/// A sensor, as its record describes it (IPMI 2.0 43.1 and 43.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// The number of the record; several sensors may share one.
    pub record: u16,
    /// The address of the controller it belongs to: 20h is the BMC.
    pub owner: u8,
    /// The channel that leads there.
    pub channel: u8,
    /// The unit of the controller.
    pub lun: u8,
    /// Its number there.
    pub number: u8,
    /// Its name.
    pub name: String,
    /// What it is part of (IPMI 2.0 table 43-13).
    pub entity: u8,
    /// Which one of them.
    pub instance: u8,
    /// What it measures, as a number (IPMI 2.0 table 42-3); [`Sensor::kind_name`] has the word.
    pub kind: u8,
    /// What its readings are: 01h has thresholds, all others states (IPMI 2.0 table 42-1).
    pub reading_type: u8,
    /// What its readings are in.
    pub units: Units,
    /// How its readings become numbers; `None` when they do not.
    pub conversion: Option<Conversion>,
    /// Its thresholds when the record was made; those it has and lets be read.
    pub thresholds: Thresholds,
    /// The usual reading.
    pub nominal: Option<f64>,
    /// The highest reading that is usual.
    pub normal_maximum: Option<f64>,
    /// The lowest reading that is usual.
    pub normal_minimum: Option<f64>,
    /// How far a reading must go back before an upper threshold counts as left.
    pub positive_hysteresis: Option<f64>,
    /// How far a reading must go back before a lower threshold counts as left.
    pub negative_hysteresis: Option<f64>,
}

/// The thresholds of a sensor, in its unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Below it is not as it should be.
    pub lower_non_critical: Option<f64>,
    /// Below it is dangerous.
    pub lower_critical: Option<f64>,
    /// Below it damages.
    pub lower_non_recoverable: Option<f64>,
    /// Above it is not as it should be.
    pub upper_non_critical: Option<f64>,
    /// Above it is dangerous.
    pub upper_critical: Option<f64>,
    /// Above it damages.
    pub upper_non_recoverable: Option<f64>,
}

impl Sensor {
    /// The standard's word for what it measures.
    pub fn kind_name(&self) -> &'static str {
        names::type_name(self.kind)
    }

    /// Whether its readings are numbers with thresholds; others have states.
    pub fn has_thresholds(&self) -> bool {
        self.reading_type == THRESHOLDS
    }
}

/// The sensors of a record: none for a record of something else, several for a compact one that is shared.
pub(super) fn sensors(bytes: &[u8]) -> Result<Vec<Sensor>, Malformed> {
    let record = Record(bytes);
    match record.at(4)? {
        FULL => Ok(vec![full(&record)?]),
        COMPACT => compact(&record),
        _ => Ok(Vec::new()),
    }
}

/// A record, addressed as the standard's tables do: from 1.
struct Record<'a>(&'a [u8]);

impl Record<'_> {
    fn at(&self, place: usize) -> Result<u8, Malformed> {
        let short = Malformed::Short { what: "a sensor record", wanted: place, left: self.0.len() };
        self.0.get(place - 1).copied().ok_or(short)
    }

    fn pair(&self, place: usize) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes([self.at(place)?, self.at(place + 1)?]))
    }

    /// The name whose type and length stand here. What is cut off stays so.
    fn name(&self, place: usize) -> Result<String, Malformed> {
        let how = self.at(place)?;
        let length = usize::from(how & 0x1f);
        let text = self.0.get(place..).unwrap_or_default();
        Ok(name(how >> 6, &text[..length.min(text.len())]))
    }
}

/// What both kinds of records have in the same places.
fn common(record: &Record<'_>) -> Result<Sensor, Malformed> {
    let units = [record.at(21)?, record.at(22)?, record.at(23)?];
    Ok(Sensor {
        record: record.pair(1)?,
        owner: record.at(6)?,
        channel: record.at(7)? >> 4,
        lun: record.at(7)? & 3,
        number: record.at(8)?,
        name: String::new(),
        entity: record.at(9)?,
        instance: record.at(10)? & 0x7f,
        kind: record.at(13)?,
        reading_type: record.at(14)?,
        units: Units::read(units),
        conversion: None,
        thresholds: Thresholds::default(),
        nominal: None,
        normal_maximum: None,
        normal_minimum: None,
        positive_hysteresis: None,
        negative_hysteresis: None,
    })
}

fn full(record: &Record<'_>) -> Result<Sensor, Malformed> {
    let mut sensor = Sensor { name: record.name(48)?, ..common(record)? };
    let Some(format) = AnalogFormat::from_number(record.at(21)? >> 6) else { return Ok(sensor) };
    // A sensor with states may have this format and mean nothing by it.
    if !sensor.has_thresholds() && sensor.units.base.0 == 0 {
        return Ok(sensor);
    }
    let conversion = Conversion::read(format, record.at(24)?, record.0.get(24..30).unwrap_or_default())?;
    // The factors of a sensor that is not linear are not known before it is read.
    let value = |raw| if conversion.is_non_linear() { None } else { conversion.value(raw) };
    let when = |bits: u8, bit: u8, place: usize| -> Result<Option<f64>, Malformed> {
        Ok(if bits & 1 << bit != 0 { value(record.at(place)?) } else { None })
    };
    if sensor.has_thresholds() {
        let readable = record.at(19)?;
        sensor.thresholds = Thresholds {
            lower_non_critical: when(readable, 0, 42)?,
            lower_critical: when(readable, 1, 41)?,
            lower_non_recoverable: when(readable, 2, 40)?,
            upper_non_critical: when(readable, 3, 39)?,
            upper_critical: when(readable, 4, 38)?,
            upper_non_recoverable: when(readable, 5, 37)?,
        };
        let hysteresis = |raw: u8| if raw == 0 || raw == 0xff { None } else { conversion.difference(raw) };
        sensor.positive_hysteresis = hysteresis(record.at(43)?);
        sensor.negative_hysteresis = hysteresis(record.at(44)?);
    }
    let given = record.at(31)?;
    sensor.nominal = when(given, 0, 32)?;
    sensor.normal_maximum = when(given, 1, 33)?;
    sensor.normal_minimum = when(given, 2, 34)?;
    sensor.conversion = Some(conversion);
    Ok(sensor)
}

fn compact(record: &Record<'_>) -> Result<Vec<Sensor>, Malformed> {
    let first = Sensor { name: record.name(32)?, ..common(record)? };
    let (sharing, offset) = (record.at(24)?, record.at(25)?);
    let count = (sharing & 0x0f).clamp(1, MOST_SHARED);
    if count == 1 {
        return Ok(vec![first]);
    }
    let instances = offset & 0x80 != 0;
    let shared = |at: u8| {
        let suffix = u32::from(offset & 0x7f) + u32::from(at);
        let suffix = match sharing >> 4 & 3 {
            1 => letters(suffix),
            _ => suffix.to_string(),
        };
        Sensor {
            number: first.number.wrapping_add(at),
            instance: first.instance.wrapping_add(if instances { at } else { 0 }),
            name: format!("{}{suffix}", first.name),
            ..first.clone()
        }
    };
    Ok((0..count).map(shared).collect())
}

/// A to Z, then AA, AB and so on.
fn letters(number: u32) -> String {
    let letter = |number: u32| char::from(b'A' + (number % 26) as u8);
    match number / 26 {
        0 => letter(number).to_string(),
        more => format!("{}{}", letter(more - 1), letter(number)),
    }
}

/// A name in one of the four codes of the standard (43.15).
fn name(code: u8, bytes: &[u8]) -> String {
    const BCD_PLUS: &[u8; 16] = b"0123456789 -.:,_";
    let text: String = match code {
        1 => bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 0x0f])
            .map(|at| char::from(BCD_PLUS[usize::from(at)]))
            .collect(),
        2 => six_bits(bytes).collect(),
        // Latin 1; what is called Unicode is that, too, where it occurs.
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned()
}

/// Four characters in three bytes, the lowest bits first.
fn six_bits(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    (0..bytes.len() * 8 / 6).map(|at| {
        let bit = at * 6;
        let low = u16::from(bytes[bit / 8]);
        let high = u16::from(bytes.get(bit / 8 + 1).copied().unwrap_or(0));
        let six = (low | high << 8) >> (bit % 8) & 0x3f;
        // At most 0x5f.
        char::from(0x20 + six as u8)
    })
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A fan of 75 turns a step, with its critical thresholds.
    pub fn fan() -> Vec<u8> {
        let mut record = vec![0; 48];
        record[..14].copy_from_slice(&[1, 0, 0x51, FULL, 0, 0x20, 0, 0x30, 0x1d, 1, 0x7f, 0x68, 4, THRESHOLDS]);
        record[18] = 0b01_0011;
        record[20..30].copy_from_slice(&[0x00, 18, 0, 0, 75, 2, 0, 0, 0, 0]);
        record[30..44].copy_from_slice(&[1, 100, 0, 0, 255, 0, 0, 200, 0, 0, 10, 20, 2, 2]);
        record[47] = 0xc0 | 7;
        record.extend(b"FAN 1 A");
        record[4] = (record.len() - HEADER) as u8;
        record
    }

    /// Two power supplies in one record.
    pub fn supplies() -> Vec<u8> {
        let mut record = vec![0; 32];
        record[..14].copy_from_slice(&[2, 0, 0x51, COMPACT, 0, 0x20, 0, 0x50, 10, 1, 0, 0, 8, 0x6f]);
        record[20] = 0xc0;
        record[23..25].copy_from_slice(&[2, 0x81]);
        record[31] = 0xc0 | 3;
        record.extend(b"PSU");
        record[4] = (record.len() - HEADER) as u8;
        record
    }

    #[test]
    fn a_full_record_has_factors_and_thresholds() {
        let fan = &sensors(&fan()).unwrap()[0];
        assert_eq!((fan.number, &*fan.name, fan.kind_name()), (0x30, "FAN 1 A", "Fan"));
        assert_eq!((fan.entity, fan.instance, fan.units.to_string()), (0x1d, 1, "RPM".to_owned()));
        assert_eq!(fan.conversion.unwrap().value(112), Some(8400.0));
        let expected = Thresholds {
            lower_non_critical: Some(1500.0),
            lower_critical: Some(750.0),
            upper_critical: Some(15_000.0),
            ..Thresholds::default()
        };
        assert_eq!(fan.thresholds, expected);
        assert_eq!((fan.nominal, fan.normal_maximum, fan.positive_hysteresis), (Some(7500.0), None, Some(150.0)));
    }

    #[test]
    fn a_compact_record_may_be_shared() {
        let supplies = sensors(&supplies()).unwrap();
        let shown: Vec<_> = supplies.iter().map(|s| (s.number, s.name.as_str(), s.instance)).collect();
        assert_eq!(shown, [(0x50, "PSU1", 1), (0x51, "PSU2", 2)]);
        assert!(supplies[0].conversion.is_none() && !supplies[0].has_thresholds());
        assert_eq!([letters(0), letters(25), letters(26), letters(127)], ["A", "Z", "AA", "DX"]);
    }

    #[test]
    fn other_records_are_none_and_short_ones_are_told() {
        assert!(sensors(&[1, 0, 0x51, 0x11, 3, 1, 2, 3]).unwrap().is_empty());
        for length in 0..48 {
            assert!(sensors(&fan()[..length]).is_err(), "{length}");
        }
        // A name that is cut off is still one.
        assert_eq!(sensors(&fan()[..50]).unwrap()[0].name, "FA");
    }

    #[test]
    fn names_in_every_code() {
        assert_eq!(name(3, b"CPU Temp\0"), "CPU Temp");
        assert_eq!(name(1, &[0x12, 0x3d]), "123:");
        // "IPMI", worked out by hand from the standard's table.
        assert_eq!(name(2, &[0x29, 0xdc, 0xa6]), "IPMI");
        assert_eq!(name(0, &[0xb0, b'C']), "°C");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
            kind in 0u8..4,
        ) {
            let _ = sensors(&bytes);
            let head = [&[1, 0, 0x51, kind][..], &bytes].concat();
            for sensor in sensors(&head).unwrap_or_default() {
                let _ = sensor.conversion.map(|conversion| (conversion.value(bytes[0]), conversion.tolerance()));
                let _ = (sensor.units.to_string(), sensor.kind_name());
            }
        }
    }
}
