//! The chassis (DSP0268, Chassis).

use serde_json::{Value, json};

use super::{Call, Outcome, ROOT, Refusal, link, power, resource, system};
use crate::{bmc::Bmc, http::Response, vendor::SensorModel};

/// `GET /redfish/v1/Chassis/{chassis}`
pub(crate) fn get(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let (vendor, machine) = (bmc.vendor, &bmc.machine);
    let below = |name: &str| link(format!("{}/{name}", call.path));
    let mut own = json!({
        "ChassisType": "RackMount",
        "Manufacturer": vendor.manufacturer,
        "Model": vendor.model,
        "SerialNumber": machine.serial(),
        "PowerState": power::state(vendor, machine.power()),
        "Status": {"State": "Enabled", "Health": machine.worst().unwrap_or("OK")},
        "Links": {
            "ComputerSystems": [link(format!("{ROOT}/Systems/{}", vendor.system))],
            "ManagedBy": [link(format!("{ROOT}/Managers/{}", vendor.manager))],
        },
    });
    system::lights(vendor.light, machine, &mut own);
    if matches!(vendor.sensors, SensorModel::Old | SensorModel::Both) {
        own["Power"] = below("Power");
        own["Thermal"] = below("Thermal");
    }
    if matches!(vendor.sensors, SensorModel::New | SensorModel::Both) {
        own["Sensors"] = below("Sensors");
        own["PowerSubsystem"] = below("PowerSubsystem");
        own["ThermalSubsystem"] = below("ThermalSubsystem");
    }
    Some(resource(call.path, "#Chassis.v1_23_0.Chassis", vendor.chassis, "Chassis", own))
}

/// `PATCH /redfish/v1/Chassis/{chassis}`: the locator light, which is the system's.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let mut events = Vec::new();
    for (name, value) in call.body {
        match name.as_str() {
            "IndicatorLED" | "LocationIndicatorActive" => events.push(system::light(bmc.vendor.light, name, value)?),
            other => return Err(Refusal::unknown(other)),
        }
    }
    system::carry_out(bmc, events, call)?;
    Ok(Response::empty(204))
}
