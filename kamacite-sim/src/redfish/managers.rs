//! The manager (DSP0268, Manager): the BMC itself, and its restart.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Call, Outcome, ROOT, Refusal, link, resource, text};
use crate::{bmc::Bmc, http::Response, machine::Part, vendor::MediaHome};

const ACTION: &str = "Manager.Reset";
const RESETS: &[&str] = &["ForceRestart", "GracefulRestart"];

/// `GET /redfish/v1/Managers/{manager}`
pub(crate) fn get(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let (vendor, path) = (bmc.vendor, call.path);
    let mut own = json!({
        "ManagerType": "BMC",
        "Model": vendor.bmc_model,
        "Manufacturer": vendor.manufacturer,
        "UUID": bmc.machine.uuid().to_string(),
        "FirmwareVersion": bmc.machine.firmware(Part::Bmc).unwrap_or(vendor.bmc_version),
        "PowerState": "On",
        "Status": {"State": "Enabled", "Health": "OK"},
        "GraphicalConsole": {"ServiceEnabled": true, "MaxConcurrentSessions": 2, "ConnectTypesSupported": ["KVMIP"]},
        "SerialConsole": {"ServiceEnabled": true, "MaxConcurrentSessions": 1, "ConnectTypesSupported": ["IPMI"]},
        "CommandShell": {"ServiceEnabled": false, "MaxConcurrentSessions": 0, "ConnectTypesSupported": []},
        "EthernetInterfaces": link(format!("{path}/EthernetInterfaces")),
        "Links": {
            "ManagerForServers": [link(format!("{ROOT}/Systems/{}", vendor.system))],
            "ManagerForChassis": [link(format!("{ROOT}/Chassis/{}", vendor.chassis))],
        },
        "Actions": {"#Manager.Reset": {
            "target": format!("{path}/Actions/{ACTION}"),
            "ResetType@Redfish.AllowableValues": RESETS,
        }},
    });
    if vendor.media == MediaHome::Manager {
        own["VirtualMedia"] = link(format!("{path}/VirtualMedia"));
    }
    Some(resource(path, "#Manager.v1_18_0.Manager", vendor.manager, "Manager", own))
}

/// `POST .../Actions/Manager.Reset`: the BMC is gone for a while; its sessions are gone for good.
pub(crate) fn reset(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    // Without the parameter, the service may choose (DSP0268).
    let wanted = text(call.body, "ResetType")?.unwrap_or("ForceRestart");
    if !RESETS.contains(&wanted) {
        return Err(Refusal::parameter_not_in_list(ACTION, "ResetType", wanted));
    }
    let away = Duration::from_millis(bmc.machine.pace().bmc_ms.into());
    bmc.go_away(call.now, away);
    Ok(Response::empty(204))
}
