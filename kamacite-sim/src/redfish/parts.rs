//! Parts that every simulated machine has alike: processors, memory, a disk controller with its disks.

use serde_json::{Value, json};

use super::{Call, link, resource};
use crate::bmc::Bmc;

/// The `Id`s of the processors.
pub(crate) const PROCESSORS: &[&str] = &["CPU1", "CPU2"];

/// The `Id`s of the memory modules.
pub(crate) const DIMMS: &[&str] = &["DIMM1", "DIMM2", "DIMM3", "DIMM4"];

/// The `Id` of the disk controller.
pub(crate) const CONTROLLER: &str = "1";

/// The `Id`s of the disks.
const DRIVES: &[&str] = &["Disk0", "Disk1"];

const DISK_BYTES: u64 = 480_103_981_056;

/// `GET /redfish/v1/Systems/{system}/Processors/{id}`
pub(crate) fn processor(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let id = PROCESSORS.iter().find(|id| **id == call.id)?;
    let own = json!({
        "Socket": id, "ProcessorType": "CPU", "ProcessorArchitecture": "x86", "InstructionSet": "x86-64",
        "Manufacturer": "Kamacite", "Model": "Simulated CPU", "MaxSpeedMHz": 3500, "TotalCores": 16, "TotalThreads": 32,
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, "#Processor.v1_18_0.Processor", id, "Processor", own))
}

/// `GET /redfish/v1/Systems/{system}/Memory/{id}`
pub(crate) fn memory(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let id = DIMMS.iter().find(|id| **id == call.id)?;
    let own = json!({
        "MemoryType": "DRAM", "MemoryDeviceType": "DDR4", "CapacityMiB": 32_768, "OperatingSpeedMhz": 3200,
        "DeviceLocator": id, "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, "#Memory.v1_17_1.Memory", id, "DIMM", own))
}

/// `GET /redfish/v1/Systems/{system}/Storage/{id}`
pub(crate) fn storage(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    (call.id == CONTROLLER).then(|| {
        let drives: Vec<Value> = DRIVES.iter().map(|id| link(format!("{}/Drives/{id}", call.path))).collect();
        let own = json!({
            "StorageControllers": [{
                "@odata.id": format!("{}#/StorageControllers/0", call.path), "MemberId": "0", "Name": "Disk Controller",
                "Manufacturer": "Kamacite", "SpeedGbps": 12, "SupportedControllerProtocols": ["PCIe"],
                "SupportedDeviceProtocols": ["SATA"], "Status": {"State": "Enabled", "Health": "OK"},
            }],
            "Drives": drives,
            "Drives@odata.count": DRIVES.len(),
            "Volumes": link(format!("{}/Volumes", call.path)),
            "Status": {"State": "Enabled", "Health": "OK", "HealthRollup": "OK"},
        });
        resource(call.path, "#Storage.v1_15_1.Storage", CONTROLLER, "Storage", own)
    })
}

/// `GET /redfish/v1/Systems/{system}/Storage/1/Drives/{id}`
pub(crate) fn drive(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let index = DRIVES.iter().position(|id| *id == call.id)?;
    let own = json!({
        "MediaType": "SSD", "Protocol": "SATA", "CapacityBytes": DISK_BYTES, "BlockSizeBytes": 512,
        "Manufacturer": "Kamacite", "Model": "Simulated SSD", "SerialNumber": format!("{}D{index}", bmc.machine.serial()),
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, "#Drive.v1_17_0.Drive", call.id, "Disk", own))
}
