//! What a sensor reads now.

use super::conversion::Conversion;
use super::names;
use super::record::Sensor;
use crate::bmc::Bmc;
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::request::Request;
use crate::wire::{BMC_ADDRESS, Malformed, NETFN_SENSOR};

const GET_SENSOR_READING_FACTORS: u8 = 0x23;
const GET_SENSOR_READING: u8 = 0x2d;

/// What a sensor reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SensorReading {
    /// The raw byte; `None` while there is no reading: the sensor is not scanned, or what it measures is absent or off.
    pub raw: Option<u8>,
    /// The number, in the sensor's unit; `None` for a sensor with states, too.
    pub value: Option<f64>,
    /// Of a sensor with thresholds, which ones are passed.
    pub thresholds: ThresholdState,
    /// Of a sensor with states, which ones hold, in words where the standard has some.
    pub states: Vec<String>,
}

/// Which thresholds of a sensor are passed (IPMI 2.0 table 35-15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThresholdState(u8);

impl ThresholdState {
    /// The words `ipmitool` has for it, too: `ok`, or the worst threshold passed: `nc`, `cr` or `nr`, for non-critical,
    /// critical and non-recoverable.
    pub fn worst(self) -> &'static str {
        match self {
            state if state.0 & 0b10_0100 != 0 => "nr",
            state if state.0 & 0b01_0010 != 0 => "cr",
            state if state.0 & 0b00_1001 != 0 => "nc",
            _ => "ok",
        }
    }

    /// Whether a lower threshold is passed.
    pub fn is_low(self) -> bool {
        self.0 & 0b00_0111 != 0
    }

    /// Whether an upper threshold is passed.
    pub fn is_high(self) -> bool {
        self.0 & 0b11_1000 != 0
    }
}

impl Bmc {
    /// Reads a sensor (IPMI 2.0 35.14). One the BMC does not have at the moment, or that belongs to another controller,
    /// has no reading.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::raw`].
    pub async fn sensor_reading(&self, sensor: &Sensor) -> Result<SensorReading> {
        if sensor.owner != BMC_ADDRESS {
            return Ok(SensorReading::default());
        }
        let what = "Get Sensor Reading";
        let request =
            Request { lun: sensor.lun, ..Request::reading(what, NETFN_SENSOR, GET_SENSOR_READING, &[sensor.number]) };
        let data = match self.send(&request).await {
            Err(e) if e.completion().is_some_and(is_absent) => return Ok(SensorReading::default()),
            data => data?,
        };
        let malformed = |problem| Error::Malformed { asked: request.asked(&self.address()), problem };
        let (mut reading, bits) = read(sensor, &data).map_err(malformed)?;
        let Some(raw) = reading.raw else { return Ok(reading) };
        let conversion = match sensor.conversion {
            Some(conversion) if conversion.is_non_linear() => Some(self.factors(sensor, &conversion, raw).await?),
            conversion => conversion,
        };
        reading.value = conversion.and_then(|conversion| conversion.value(raw));
        if !sensor.has_thresholds() {
            reading.states = names::states(sensor.reading_type, sensor.kind, bits);
        }
        Ok(reading)
    }

    /// The factors of a sensor that is not linear, at this reading (IPMI 2.0 35.5).
    async fn factors(&self, sensor: &Sensor, conversion: &Conversion, raw: u8) -> Result<Conversion> {
        let data = [sensor.number, raw];
        let what = "Get Sensor Reading Factors";
        let request =
            Request { lun: sensor.lun, ..Request::reading(what, NETFN_SENSOR, GET_SENSOR_READING_FACTORS, &data) };
        let answer = self.send(&request).await?;
        // The first byte is the next reading that has other factors.
        let factors = answer.get(1..).unwrap_or_default();
        // They make the reading straight.
        Conversion::read(conversion.format, 0, factors)
            .map_err(|problem| Error::Malformed { asked: request.asked(&self.address()), problem })
    }
}

/// A reading without its number, and the bits of its states.
fn read(sensor: &Sensor, data: &[u8]) -> Result<(SensorReading, u16), Malformed> {
    let &[raw, how, ref states @ ..] = data else {
        return Err(Malformed::Short { what: "a sensor reading", wanted: 2, left: data.len() });
    };
    let scanned = how & 0x40 != 0;
    let unavailable = how & 0x20 != 0;
    if !scanned || unavailable {
        return Ok((SensorReading::default(), 0));
    }
    let state = |at: usize| states.get(at).copied().unwrap_or(0);
    let bits = u16::from_le_bytes([state(0), state(1)]) & 0x7fff;
    let thresholds = if sensor.has_thresholds() { ThresholdState(state(0) & 0x3f) } else { ThresholdState::default() };
    Ok((SensorReading { raw: Some(raw), thresholds, ..SensorReading::default() }, bits))
}

/// What a BMC says of a sensor whose record it has and which is not there.
fn is_absent(code: Completion) -> bool {
    [Completion::NOT_PRESENT, Completion::ILLEGAL, Completion::STATE, Completion::NO_RESPONSE].contains(&code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::record;
    use super::*;

    fn fan() -> Sensor {
        record::sensors(&record::tests::fan()).unwrap().remove(0)
    }

    #[test]
    fn a_reading_has_thresholds_or_states() {
        let (reading, _) = read(&fan(), &[112, 0xc0, 0xc0]).unwrap();
        assert_eq!((reading.raw, reading.thresholds.worst()), (Some(112), "ok"));
        let (reading, _) = read(&fan(), &[5, 0xc0, 0xc3]).unwrap();
        assert_eq!(reading.thresholds.worst(), "cr");
        assert!(reading.thresholds.is_low() && !reading.thresholds.is_high());
        let supply = record::sensors(&record::tests::supplies()).unwrap().remove(0);
        let (reading, bits) = read(&supply, &[0, 0xc0, 0x09, 0x80]).unwrap();
        assert_eq!((reading.thresholds.worst(), bits), ("ok", 9));
    }

    #[test]
    fn no_reading_is_none() {
        for how in [0x00, 0x80, 0xe0] {
            assert_eq!(read(&fan(), &[112, how, 0xc0]).unwrap().0.raw, None, "{how:#x}");
        }
        assert_eq!(read(&fan(), &[112, 0xc0]).unwrap().0.raw, Some(112));
        assert!(read(&fan(), &[112]).is_err());
    }
}
