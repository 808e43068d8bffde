//! Network interfaces (DSP0268, EthernetInterface): the system's, and the manager's one.

use serde_json::{Value, json};

use super::{Call, collections::collection, resource};
use crate::{bmc::Bmc, machine::Nic};

const KIND: &str = "EthernetInterfaceCollection";
const TYPE: &str = "#EthernetInterface.v1_9_0.EthernetInterface";

/// `GET /redfish/v1/Systems/{system}/EthernetInterfaces`
pub(crate) fn list_of_system(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, KIND, "System Interfaces", bmc.machine.nics().map(id)))
}

/// `GET /redfish/v1/Systems/{system}/EthernetInterfaces/{id}`
pub(crate) fn of_system(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let nic = bmc.machine.nics().find(|nic| id(*nic) == call.id)?;
    let mac = nic.to_string();
    let own = json!({
        "MACAddress": mac,
        "PermanentMACAddress": mac,
        "SpeedMbps": 25_000,
        "LinkStatus": if nic.up { "LinkUp" } else { "LinkDown" },
        "InterfaceEnabled": true,
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, TYPE, call.id, &format!("Port {}", nic.index + 1), own))
}

/// `GET /redfish/v1/Managers/{manager}/EthernetInterfaces`
pub(crate) fn list_of_manager(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, KIND, "Manager Interfaces", ["1"]))
}

/// `GET /redfish/v1/Managers/{manager}/EthernetInterfaces/{id}`
pub(crate) fn of_manager(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    (call.id == "1").then(|| {
        let mut mac = Nic { index: 0, mac: [0; 6], up: true };
        if let Some(first) = bmc.machine.nics().next() {
            mac.mac = first.mac;
        }
        mac.mac[5] = 0xff;
        let own = json!({
            "MACAddress": mac.to_string(),
            "SpeedMbps": 1000,
            "LinkStatus": "LinkUp",
            "InterfaceEnabled": true,
            "HostName": format!("bmc-{:05}", bmc.number),
            "IPv4Addresses": [{"Address": "127.0.0.1", "SubnetMask": "255.0.0.0", "AddressOrigin": "Static"}],
            "Status": {"State": "Enabled", "Health": "OK"},
        });
        resource(call.path, TYPE, "1", "Management Port", own)
    })
}

fn id(nic: Nic) -> String {
    format!("NIC.{}", nic.index + 1)
}
