//! What a machine measures: a table of sensors, and readings that follow the power.

use super::{Machine, PowerState, Refusal};

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// In degrees Celsius.
    Temperature,
    /// In revolutions per minute.
    Fan,
    /// In watts.
    Power,
    /// In volts.
    Voltage,
}

/// A sensor, as every simulated machine has it.
#[derive(Clone, Copy, Debug)]
pub struct Sensor {
    /// Its name for people.
    pub name: &'static str,
    /// What it measures.
    pub quantity: Quantity,
    /// What it reads when the machine is off.
    pub off: f32,
    /// What it reads when the machine is on, give or take a little.
    pub on: f32,
    /// How much that is.
    pub spread: f32,
    /// Above this it is a warning; `None` when more is no matter.
    pub caution: Option<f32>,
    /// Above this it is critical.
    pub critical: Option<f32>,
}

/// A sensor and what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The sensor.
    pub sensor: &'static Sensor,
    /// What it reads, in the unit of its quantity.
    pub value: f32,
}

#[rustfmt::skip]
const fn sensor(name: &'static str, quantity: Quantity, off: f32, on: f32, spread: f32, caution: Option<f32>, critical: Option<f32>) -> Sensor {
    Sensor { name, quantity, off, on, spread, caution, critical }
}

/// The sensors of a simulated machine.
#[rustfmt::skip]
pub const READINGS: &[Sensor] = &[
    sensor("Inlet Temp", Quantity::Temperature, 21.0, 23.0, 2.0, Some(38.0), Some(42.0)),
    sensor("CPU1 Temp", Quantity::Temperature, 24.0, 52.0, 9.0, Some(85.0), Some(95.0)),
    sensor("CPU2 Temp", Quantity::Temperature, 24.0, 50.0, 9.0, Some(85.0), Some(95.0)),
    sensor("Exhaust Temp", Quantity::Temperature, 23.0, 38.0, 4.0, Some(70.0), Some(75.0)),
    sensor("Fan1", Quantity::Fan, 0.0, 5400.0, 600.0, None, None),
    sensor("Fan2", Quantity::Fan, 0.0, 5400.0, 600.0, None, None),
    sensor("PSU1 Input", Quantity::Power, 9.0, 145.0, 40.0, Some(700.0), Some(750.0)),
    sensor("PSU2 Input", Quantity::Power, 9.0, 140.0, 40.0, Some(700.0), Some(750.0)),
    sensor("PSU1 Voltage", Quantity::Voltage, 230.0, 229.0, 3.0, Some(264.0), Some(270.0)),
    sensor("P12V", Quantity::Voltage, 0.0, 12.0, 0.2, Some(13.0), Some(13.4)),
];

impl Machine {
    /// What every sensor reads. It does not change by itself: the same machine in the same state reads the same.
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        READINGS.iter().zip(0u8..).map(|(sensor, index)| Reading { sensor, value: self.reading(sensor, index) })
    }

    /// The worst of its readings: `None` is fine, else the severity.
    pub fn worst(&self) -> Option<&'static str> {
        // In the order of the alphabet, as it happens.
        self.readings().filter_map(|reading| reading.severity()).min()
    }

    fn reading(&self, sensor: &Sensor, index: u8) -> f32 {
        if let Some((_, value)) = self.dictated.iter().find(|(dictated, _)| *dictated == index) {
            return *value;
        }
        match self.power() {
            PowerState::Off | PowerState::PoweringOn => sensor.off,
            PowerState::On | PowerState::PoweringOff => {
                // No two machines alike, and each like itself.
                let draw = self.number.wrapping_mul(2_654_435_761).rotate_left(u32::from(index) * 3) >> 24;
                let natural = sensor.on + sensor.spread * (draw as f32 / 255.0 - 0.5);
                (natural * 10.0).round() / 10.0
            }
        }
    }

    pub(super) fn dictate(&mut self, index: u8, value: Option<f32>) -> Result<(), Refusal> {
        if usize::from(index) >= READINGS.len() {
            return Err(Refusal::NoSuchIndex);
        }
        self.dictated.retain(|(known, _)| *known != index);
        self.dictated.extend(value.map(|value| (index, value)));
        Ok(())
    }
}

impl Reading {
    /// `None` is fine; else the word of DSP0268's `Health`.
    pub fn severity(&self) -> Option<&'static str> {
        let above = |threshold: Option<f32>| threshold.is_some_and(|threshold| self.value > threshold);
        match (above(self.sensor.critical), above(self.sensor.caution)) {
            (true, _) => Some("Critical"),
            (false, true) => Some("Warning"),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::Timestamp;

    use super::*;
    use crate::machine::{Event, Pace, PowerRequest};

    fn value(machine: &Machine, name: &str) -> f32 {
        machine.readings().find(|reading| reading.sensor.name == name).unwrap().value
    }

    #[test]
    fn readings_follow_the_power() {
        let mut machine = Machine::new(3, Pace::INSTANT, 0);
        assert_eq!((value(&machine, "Fan1"), value(&machine, "P12V")), (0.0, 0.0));
        machine.event(Event::Power(PowerRequest::On), Timestamp::UNIX_EPOCH).unwrap();
        assert!((4800.0..6000.0).contains(&value(&machine, "Fan1")));
        assert_eq!(machine.worst(), None);
        for number in 0..500 {
            let mut machine = Machine::new(number, Pace::INSTANT, 0);
            machine.event(Event::Power(PowerRequest::On), Timestamp::UNIX_EPOCH).unwrap();
            assert_eq!(machine.worst(), None, "machine {number} is naturally fine");
        }
    }

    #[test]
    fn a_dictated_reading_decides_the_health() {
        let mut machine = Machine::new(3, Pace::INSTANT, 0);
        machine.event(Event::Dictate(1, Some(90.0)), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((value(&machine, "CPU1 Temp"), machine.worst()), (90.0, Some("Warning")));
        machine.event(Event::Dictate(0, Some(50.0)), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(machine.worst(), Some("Critical"));
        assert_eq!(machine.event(Event::Dictate(99, None), Timestamp::UNIX_EPOCH), Err(Refusal::NoSuchIndex));
    }
}
