//! What a machine measures: the sensors of the repository (IPMI 2.0 33, 35, 43) whose readings are numbers.

use ipmi::{SensorReading, Units, UnitsModifier};
use kamacite_driver::{
    Result, SharedTask, async_trait,
    interfaces::{Sensor, Sensors, Thresholds},
    model::{Health, SensorKind},
};

use super::IpmiManagement;

#[async_trait]
impl Sensors for IpmiManagement {
    async fn readings(&self, task: &SharedTask) -> Result<Vec<Sensor>> {
        let all = self.bmcs.of(&task.node())?.sensors().await?;
        // Those with states measure nothing.
        Ok(all
            .into_iter()
            .filter(|(one, _)| one.conversion.is_some())
            .map(|(one, reading)| sensor(one, &reading))
            .collect())
    }
}

fn sensor(sensor: ipmi::Sensor, reading: &SensorReading) -> Sensor {
    let limits = sensor.thresholds;
    Sensor {
        kind: kind(&sensor),
        reading: reading.value,
        unit: unit(&sensor.units),
        thresholds: Thresholds {
            lower_fatal: limits.lower_non_recoverable,
            lower_critical: limits.lower_critical,
            lower_warning: limits.lower_non_critical,
            upper_warning: limits.upper_non_critical,
            upper_critical: limits.upper_critical,
            upper_fatal: limits.upper_non_recoverable,
        },
        status: (reading.raw.is_some() && sensor.has_thresholds()).then(|| health(reading)),
        name: sensor.name,
    }
}

fn health(reading: &SensorReading) -> Health {
    match reading.thresholds.worst() {
        "ok" => Health::Ok,
        "nc" => Health::Warning,
        _ => Health::Critical,
    }
}

/// By type (IPMI 2.0 table 42-3); power has none, so that its unit tells.
fn kind(sensor: &ipmi::Sensor) -> SensorKind {
    match (sensor.kind, sensor.units.base.0) {
        (_, WATTS) if !sensor.units.percentage => SensorKind::Power,
        (0x01, _) => SensorKind::Temperature,
        (0x02, _) => SensorKind::Voltage,
        (0x03, _) => SensorKind::Current,
        (0x04, _) => SensorKind::Fan,
        _ => SensorKind::Other,
    }
}

const WATTS: u8 = 6;

/// The unit in UCUM's words (IPMI 2.0 table 43-15); what it has none for, in the standard's.
fn unit(units: &Units) -> Option<String> {
    let plain = units.modifier == UnitsModifier::None && units.rate.is_empty();
    match (units.percentage, units.base.0, plain) {
        (true, _, _) => Some("%".to_owned()),
        (false, 0, _) => None,
        (false, base, true) => {
            let known = UNITS.iter().find(|(number, _)| *number == base);
            Some(known.map_or_else(|| units.to_string(), |(_, word)| (*word).to_owned()))
        }
        (false, _, false) => Some(units.to_string()),
    }
}

const UNITS: [(u8, &str); 9] =
    [(1, "Cel"), (2, "[degF]"), (3, "K"), (4, "V"), (5, "A"), (WATTS, "W"), (7, "J"), (18, "RPM"), (19, "Hz")];

#[cfg(test)]
mod tests {
    use ipmi::Unit;

    use super::*;

    #[track_caller]
    fn check(percentage: bool, base: u8, expected: Option<&str>) {
        let units = Units { percentage, base: Unit(base), modifier: UnitsModifier::None, rate: "" };
        assert_eq!(unit(&units).as_deref(), expected);
    }

    #[test]
    fn units_are_ucums_where_there_is_one() {
        check(false, 1, Some("Cel"));
        check(false, 18, Some("RPM"));
        check(false, 17, Some("CFM"));
        check(true, 0, Some("%"));
        check(false, 0, None);
        let rate = Units { percentage: false, base: Unit(17), modifier: UnitsModifier::None, rate: "per s" };
        assert_eq!(unit(&rate).as_deref(), Some("CFM per s"));
    }
}
