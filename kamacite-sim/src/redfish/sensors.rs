//! Sensors in both generations (DSP0268): Power and Thermal of old; Sensor, PowerSubsystem, ThermalSubsystem since.

use serde_json::{Value, json};

use super::{Call, ROOT, collections::collection, link, resource};
use crate::{
    bmc::Bmc,
    machine::{Quantity, READINGS, Reading},
    vendor::SensorModel,
};

/// `GET /redfish/v1/Chassis/{chassis}/Power`
pub(crate) fn power(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    old(bmc)?;
    let watts: f32 = of(bmc, Quantity::Power).map(|reading| reading.value).sum();
    let supplies: Vec<Value> = of(bmc, Quantity::Power)
        .enumerate()
        .map(|(i, reading)| {
            let mut shown = member(call, "PowerSupplies", i, &reading);
            shown["PowerSupplyType"] = "AC".into();
            shown["PowerInputWatts"] = number(reading.value);
            shown["LastPowerOutputWatts"] = number(reading.value * 0.94);
            shown["PowerCapacityWatts"] = 800.into();
            shown["LineInputVoltage"] = 230.into();
            shown
        })
        .collect();
    let voltages: Vec<Value> = of(bmc, Quantity::Voltage)
        .enumerate()
        .map(|(i, reading)| {
            let mut shown = member(call, "Voltages", i, &reading);
            shown["ReadingVolts"] = number(reading.value);
            shown["UpperThresholdCritical"] = reading.sensor.critical.map(number).into();
            shown
        })
        .collect();
    let own = json!({
        "PowerControl": [{
            "@odata.id": format!("{}#/PowerControl/0", call.path), "MemberId": "0", "Name": "System Power Control",
            "PowerConsumedWatts": number(watts), "PowerCapacityWatts": 1600,
            "Status": {"State": "Enabled", "Health": "OK"},
        }],
        "PowerSupplies": supplies,
        "Voltages": voltages,
    });
    Some(resource(call.path, "#Power.v1_7_1.Power", "Power", "Power", own))
}

/// `GET /redfish/v1/Chassis/{chassis}/Thermal`
pub(crate) fn thermal(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    old(bmc)?;
    let temperatures: Vec<Value> = of(bmc, Quantity::Temperature)
        .enumerate()
        .map(|(i, reading)| {
            let mut shown = member(call, "Temperatures", i, &reading);
            shown["SensorNumber"] = (i + 1).into();
            shown["ReadingCelsius"] = number(reading.value);
            shown["UpperThresholdNonCritical"] = reading.sensor.caution.map(number).into();
            shown["UpperThresholdCritical"] = reading.sensor.critical.map(number).into();
            shown["PhysicalContext"] = context(&reading).into();
            shown
        })
        .collect();
    let fans: Vec<Value> = of(bmc, Quantity::Fan)
        .enumerate()
        .map(|(i, reading)| {
            let mut shown = member(call, "Fans", i, &reading);
            shown["FanName"] = reading.sensor.name.into();
            shown["Reading"] = number(reading.value.round());
            shown["ReadingUnits"] = "RPM".into();
            shown
        })
        .collect();
    let own = json!({"Temperatures": temperatures, "Fans": fans});
    Some(resource(call.path, "#Thermal.v1_7_1.Thermal", "Thermal", "Thermal", own))
}

/// `GET /redfish/v1/Chassis/{chassis}/Sensors`
pub(crate) fn list(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    Some(collection(bmc, call, "SensorCollection", "Sensors", READINGS.iter().map(|sensor| id(sensor.name))))
}

/// `GET /redfish/v1/Chassis/{chassis}/Sensors/{id}`
pub(crate) fn one(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let reading = bmc.machine.readings().find(|reading| id(reading.sensor.name) == call.id)?;
    let (kind, unit) = match reading.sensor.quantity {
        Quantity::Temperature => ("Temperature", "Cel"),
        Quantity::Fan => ("Rotational", "{rev}/min"),
        Quantity::Power => ("Power", "W"),
        Quantity::Voltage => ("Voltage", "V"),
    };
    let threshold = |value: f32| json!({"Reading": number(value)});
    let own = json!({
        "ReadingType": kind,
        "Reading": number(reading.value),
        "ReadingUnits": unit,
        "PhysicalContext": context(&reading),
        "Thresholds": {
            "UpperCaution": reading.sensor.caution.map(threshold),
            "UpperCritical": reading.sensor.critical.map(threshold),
        },
        "Status": status(&reading),
    });
    Some(resource(call.path, "#Sensor.v1_7_0.Sensor", call.id, reading.sensor.name, own))
}

/// `GET /redfish/v1/Chassis/{chassis}/PowerSubsystem`
pub(crate) fn power_subsystem(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let own = json!({
        "CapacityWatts": 1600,
        "PowerSupplies": link(format!("{}/PowerSupplies", call.path)),
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, "#PowerSubsystem.v1_1_1.PowerSubsystem", "PowerSubsystem", "Power Subsystem", own))
}

/// `GET /redfish/v1/Chassis/{chassis}/PowerSubsystem/PowerSupplies`
pub(crate) fn supplies(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let ids = (1..=of(bmc, Quantity::Power).count()).map(|i| i.to_string());
    Some(collection(bmc, call, "PowerSupplyCollection", "Power Supplies", ids))
}

/// `GET /redfish/v1/Chassis/{chassis}/PowerSubsystem/PowerSupplies/{id}`
pub(crate) fn supply(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let reading = nth(bmc, Quantity::Power, call.id)?;
    let own = json!({
        "PowerSupplyType": "AC",
        "PowerCapacityWatts": 800,
        "InputNominalVoltageType": "AC200To240V",
        "Status": status(&reading),
    });
    Some(resource(call.path, "#PowerSupply.v1_5_1.PowerSupply", call.id, reading.sensor.name, own))
}

/// `GET /redfish/v1/Chassis/{chassis}/ThermalSubsystem`
pub(crate) fn thermal_subsystem(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let own = json!({
        "Fans": link(format!("{}/Fans", call.path)),
        "ThermalMetrics": link(format!("{}/ThermalMetrics", call.path)),
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, "#ThermalSubsystem.v1_3_0.ThermalSubsystem", "ThermalSubsystem", "Thermal Subsystem", own))
}

/// `GET /redfish/v1/Chassis/{chassis}/ThermalSubsystem/ThermalMetrics`
pub(crate) fn thermal_metrics(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let sensors = format!("{ROOT}/Chassis/{}/Sensors", bmc.vendor.chassis);
    let readings: Vec<Value> = of(bmc, Quantity::Temperature)
        .map(|reading| {
            let source = format!("{sensors}/{}", id(reading.sensor.name));
            json!({"DataSourceUri": source, "DeviceName": reading.sensor.name, "Reading": number(reading.value)})
        })
        .collect();
    let own = json!({"TemperatureReadingsCelsius": readings});
    Some(resource(call.path, "#ThermalMetrics.v1_3_1.ThermalMetrics", "ThermalMetrics", "Thermal Metrics", own))
}

/// `GET /redfish/v1/Chassis/{chassis}/ThermalSubsystem/Fans`
pub(crate) fn fans(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let ids = (1..=of(bmc, Quantity::Fan).count()).map(|i| i.to_string());
    Some(collection(bmc, call, "FanCollection", "Fans", ids))
}

/// `GET /redfish/v1/Chassis/{chassis}/ThermalSubsystem/Fans/{id}`
pub(crate) fn fan(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    new(bmc)?;
    let reading = nth(bmc, Quantity::Fan, call.id)?;
    let source = format!("{ROOT}/Chassis/{}/Sensors/{}", bmc.vendor.chassis, id(reading.sensor.name));
    let percent = (reading.value / 120.0).round();
    let own = json!({
        "SpeedPercent": {"DataSourceUri": source, "Reading": number(percent), "SpeedRPM": number(reading.value.round())},
        "Status": status(&reading),
    });
    Some(resource(call.path, "#Fan.v1_5_0.Fan", call.id, reading.sensor.name, own))
}

fn old(bmc: &Bmc) -> Option<()> {
    matches!(bmc.vendor.sensors, SensorModel::Old | SensorModel::Both).then_some(())
}

fn new(bmc: &Bmc) -> Option<()> {
    matches!(bmc.vendor.sensors, SensorModel::New | SensorModel::Both).then_some(())
}

fn of(bmc: &Bmc, quantity: Quantity) -> impl Iterator<Item = Reading> {
    bmc.machine.readings().filter(move |reading| reading.sensor.quantity == quantity)
}

fn nth(bmc: &Bmc, quantity: Quantity, id: &str) -> Option<Reading> {
    let index = id.parse::<usize>().ok()?.checked_sub(1)?;
    of(bmc, quantity).nth(index)
}

fn member(call: &Call<'_>, list: &str, index: usize, reading: &Reading) -> Value {
    json!({
        "@odata.id": format!("{}#/{list}/{index}", call.path),
        "MemberId": index.to_string(),
        "Name": reading.sensor.name,
        "Status": status(reading),
    })
}

fn status(reading: &Reading) -> Value {
    json!({"State": "Enabled", "Health": reading.severity().unwrap_or("OK")})
}

fn context(reading: &Reading) -> &'static str {
    match reading.sensor.quantity {
        Quantity::Temperature if reading.sensor.name.starts_with("CPU") => "CPU",
        Quantity::Temperature if reading.sensor.name.starts_with("Inlet") => "Intake",
        Quantity::Temperature => "Exhaust",
        Quantity::Fan => "Fan",
        Quantity::Power | Quantity::Voltage => "PowerSupply",
    }
}

/// One digit after the point is what sensors have.
fn number(value: f32) -> Value {
    let tenths = (f64::from(value) * 10.0).round();
    if tenths % 10.0 == 0.0 { json!((tenths / 10.0) as i64) } else { json!(tenths / 10.0) }
}

fn id(name: &str) -> String {
    name.replace(' ', "")
}
