//! What a machine measures: the sensors of its chassis, in either generation of the standard.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::system::System;

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Degrees Celsius.
    Temperature,
    /// How fast a fan turns.
    Fan,
    /// Volts.
    Voltage,
    /// Watts.
    Power,
    /// Amperes.
    Current,
    /// Something else.
    Other,
}

/// What a sensor measured; what the BMC does not tell is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it measures.
    pub quantity: Quantity,
    /// Its name.
    pub name: String,
    /// The value.
    pub value: Option<f64>,
    /// The unit of the value and of the thresholds, in UCUM's words as the standard has them: `Cel`, `RPM`, `V`, `W`, `A`, `%`.
    pub unit: Option<String>,
    /// How the BMC judges it: `OK`, `Warning`, `Critical`.
    pub health: Option<String>,
    /// Below this it may not work for long.
    pub lower_fatal: Option<f64>,
    /// Below this somebody must act.
    pub lower_critical: Option<f64>,
    /// Below this it is unusual.
    pub lower_caution: Option<f64>,
    /// Above this it is unusual.
    pub upper_caution: Option<f64>,
    /// Above this somebody must act.
    pub upper_critical: Option<f64>,
    /// Above this it may not work for long.
    pub upper_fatal: Option<f64>,
}

impl System {
    /// What the sensors of the system's chassis measure: those of its `Sensors` (DSP0268, Sensor), or, where there are
    /// none, of the older `Thermal` and `Power`. Sensors that are absent are left out.
    ///
    /// # Errors
    ///
    /// Those of reading them. A chassis without sensors has none.
    pub async fn readings(&self) -> Result<Vec<Reading>> {
        let mut all = Vec::new();
        for chassis in self.chassis().await? {
            let new = match self.linked(&chassis, "/Sensors").await? {
                Some(collection) => {
                    let sensors = self.bmc.read_members(&collection).await?;
                    sensors.iter().filter_map(|sensor| of_sensor(sensor.body())).collect()
                }
                None => Vec::new(),
            };
            if !new.is_empty() {
                all.extend(new);
                continue;
            }
            for (link, lists) in [("/Thermal", &OF_THERMAL[..]), ("/Power", &OF_POWER[..])] {
                let Some(resource) = self.linked(&chassis, link).await? else { continue };
                all.extend(lists.iter().flat_map(|list| of_list(&resource, list)));
            }
        }
        Ok(all)
    }

    async fn linked(&self, from: &Resource, link: &str) -> Result<Option<Resource>> {
        let Some(path) = from.link(link) else { return Ok(None) };
        match self.bmc.get(&path).await {
            Ok(resource) => Ok(Some(resource)),
            Err(Error::NotFound { asked, .. }) => {
                tracing::debug!(%asked, "a chassis names sensors that are not there");
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }
}

/// A list of sensors in one of the older resources.
struct List {
    member: &'static str,
    quantity: Quantity,
    value: &'static str,
    unit: Option<&'static str>,
}

const OF_THERMAL: [List; 2] = [
    List { member: "Temperatures", quantity: Quantity::Temperature, value: "ReadingCelsius", unit: Some("Cel") },
    // In RPM or per cent: `ReadingUnits` tells.
    List { member: "Fans", quantity: Quantity::Fan, value: "Reading", unit: None },
];

const OF_POWER: [List; 2] = [
    List { member: "Voltages", quantity: Quantity::Voltage, value: "ReadingVolts", unit: Some("V") },
    List { member: "PowerControl", quantity: Quantity::Power, value: "PowerConsumedWatts", unit: Some("W") },
];

fn of_list(resource: &Resource, list: &List) -> Vec<Reading> {
    let items = resource.body().get(list.member).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(|item| of_item(item, list)).collect()
}

fn of_item(item: &Value, list: &List) -> Option<Reading> {
    if is_absent(item) {
        return None;
    }
    let unit = list.unit.map(str::to_owned).or_else(|| match text(item, "/ReadingUnits")?.as_str() {
        "Percent" => Some("%".to_owned()),
        unit => Some(unit.to_owned()),
    });
    Some(Reading {
        quantity: list.quantity,
        // Older ones of HPE call it FanName.
        name: text(item, "/Name").or_else(|| text(item, "/FanName")).or_else(|| text(item, "/MemberId"))?,
        value: number(item, &format!("/{}", list.value)),
        unit,
        health: text(item, "/Status/Health"),
        lower_fatal: number(item, "/LowerThresholdFatal"),
        lower_critical: number(item, "/LowerThresholdCritical"),
        lower_caution: number(item, "/LowerThresholdNonCritical"),
        upper_caution: number(item, "/UpperThresholdNonCritical"),
        upper_critical: number(item, "/UpperThresholdCritical"),
        upper_fatal: number(item, "/UpperThresholdFatal"),
    })
}

fn of_sensor(sensor: &Value) -> Option<Reading> {
    if is_absent(sensor) {
        return None;
    }
    let threshold = |name: &str| number(sensor, &format!("/Thresholds/{name}/Reading"));
    let unit = text(sensor, "/ReadingUnits");
    Some(Reading {
        quantity: quantity(text(sensor, "/ReadingType").as_deref(), unit.as_deref()),
        name: text(sensor, "/Name").or_else(|| text(sensor, "/Id"))?,
        value: number(sensor, "/Reading"),
        unit,
        health: text(sensor, "/Status/Health"),
        lower_fatal: threshold("LowerFatal"),
        lower_critical: threshold("LowerCritical"),
        lower_caution: threshold("LowerCaution"),
        upper_caution: threshold("UpperCaution"),
        upper_critical: threshold("UpperCritical"),
        upper_fatal: threshold("UpperFatal"),
    })
}

fn quantity(kind: Option<&str>, unit: Option<&str>) -> Quantity {
    match (kind, unit) {
        (Some("Temperature"), _) => Quantity::Temperature,
        (Some("Rotational"), _) | (_, Some("RPM")) => Quantity::Fan,
        (Some("Voltage"), _) => Quantity::Voltage,
        (Some("Power"), _) => Quantity::Power,
        (Some("Current"), _) => Quantity::Current,
        _ => Quantity::Other,
    }
}

fn is_absent(item: &Value) -> bool {
    matches!(text(item, "/Status/State").as_deref(), Some("Absent" | "Disabled"))
}

fn text(item: &Value, pointer: &str) -> Option<String> {
    item.pointer(pointer)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// A number; some BMCs write it as text.
fn number(item: &Value, pointer: &str) -> Option<f64> {
    match item.pointer(pointer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_sensor_is_read_in_either_generation() {
        let new = of_sensor(&json!({
            "Name": "Inlet", "ReadingType": "Temperature", "Reading": 23.5, "ReadingUnits": "Cel",
            "Status": {"State": "Enabled", "Health": "OK"},
            "Thresholds": {"UpperCaution": {"Reading": 42}, "UpperCritical": {"Reading": 47}},
        }))
        .unwrap();
        let old = json!({
            "Name": "Inlet", "ReadingCelsius": "23.5", "Status": {"State": "Enabled", "Health": "OK"},
            "UpperThresholdNonCritical": 42, "UpperThresholdCritical": 47,
        });
        assert_eq!(of_item(&old, &OF_THERMAL[0]).unwrap(), new);
        assert_eq!((new.quantity, new.value, new.upper_caution), (Quantity::Temperature, Some(23.5), Some(42.0)));
    }

    #[test]
    fn what_is_not_there_is_left_out_and_what_is_not_told_is_none() {
        let fan = |more: Value| {
            let mut fan = json!({"FanName": "Fan 1", "Reading": 29, "ReadingUnits": "Percent"});
            fan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            of_item(&fan, &OF_THERMAL[1])
        };
        assert_eq!(fan(json!({})).unwrap().unit.as_deref(), Some("%"));
        assert_eq!(fan(json!({"Status": {"State": "Absent"}})), None);
        assert_eq!(fan(json!({"Reading": null})).unwrap().value, None);
        assert_eq!(of_item(&json!({"Reading": 5}), &OF_THERMAL[1]), None);
        assert_eq!(of_sensor(&json!({"Id": "s", "ReadingType": "Humidity"})).unwrap().quantity, Quantity::Other);
    }
}
