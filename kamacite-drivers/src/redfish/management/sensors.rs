//! What a machine measures.

use kamacite_driver::{
    Result, SharedTask, async_trait,
    interfaces::{Sensor, Sensors, Thresholds},
    model::SensorKind,
};
use redfish::{Quantity, Reading};

use super::RedfishManagement;
use crate::redfish::bmcs::failed;

#[async_trait]
impl Sensors for RedfishManagement {
    async fn readings(&self, task: &SharedTask) -> Result<Vec<Sensor>> {
        let readings = self.bmcs.system(task).await?.readings().await.map_err(failed)?;
        Ok(readings.into_iter().map(sensor).collect())
    }
}

fn sensor(reading: Reading) -> Sensor {
    let Reading { quantity, name, value, unit, health, .. } = reading;
    Sensor {
        kind: match quantity {
            Quantity::Temperature => SensorKind::Temperature,
            Quantity::Fan => SensorKind::Fan,
            Quantity::Voltage => SensorKind::Voltage,
            Quantity::Power => SensorKind::Power,
            Quantity::Current => SensorKind::Current,
            Quantity::Other => SensorKind::Other,
        },
        name,
        reading: value,
        unit,
        thresholds: Thresholds {
            lower_fatal: reading.lower_fatal,
            lower_critical: reading.lower_critical,
            lower_warning: reading.lower_caution,
            upper_warning: reading.upper_caution,
            upper_critical: reading.upper_critical,
            upper_fatal: reading.upper_fatal,
        },
        status: health.and_then(|word| word.parse().ok()),
    }
}
