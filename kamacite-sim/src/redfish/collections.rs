//! Collections (DSP0266, "Resource collections"), in pages, and those of them whose members are always the same.

use serde_json::{Value, json};

use super::{Call, link, parts, system};
use crate::bmc::Bmc;

/// A page of a collection. The page is that of `$skip`, and as long as the vendor's are.
pub(crate) fn collection(
    bmc: &Bmc,
    call: &Call<'_>,
    kind: &str,
    name: &str,
    ids: impl IntoIterator<Item = impl AsRef<str>>,
) -> Value {
    let all: Vec<Value> = ids.into_iter().map(|id| link(format!("{}/{}", call.path, id.as_ref()))).collect();
    let (count, page) = (all.len(), bmc.vendor.page);
    let skip = call.request.number("$skip").unwrap_or(0);
    let top = call.request.number("$top").unwrap_or(page).min(page);
    let members: Vec<Value> = all.into_iter().skip(skip).take(top).collect();
    let next = skip + members.len();
    let mut shown = json!({
        "@odata.id": call.path,
        "@odata.type": format!("#{kind}.{kind}"),
        "Name": name,
        "Members@odata.count": count,
        "Members": members,
    });
    if next < count && next > skip {
        shown["Members@odata.nextLink"] = format!("{}?$skip={next}", call.path).into();
    }
    shown
}

/// `GET /redfish/v1/Systems`
pub(crate) fn systems(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "ComputerSystemCollection", "Systems", [bmc.vendor.system]))
}

/// `GET /redfish/v1/Managers`
pub(crate) fn managers(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "ManagerCollection", "Managers", [bmc.vendor.manager]))
}

/// `GET /redfish/v1/Chassis`
pub(crate) fn chassis(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "ChassisCollection", "Chassis", [bmc.vendor.chassis]))
}

/// `GET /redfish/v1/Systems/{system}/BootOptions`
pub(crate) fn boot_options(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let ids = system::BOOT_OPTIONS.iter().map(|(id, ..)| id);
    Some(collection(bmc, call, "BootOptionCollection", "Boot Options", ids))
}

/// `GET /redfish/v1/Systems/{system}/Processors`
pub(crate) fn processors(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "ProcessorCollection", "Processors", parts::PROCESSORS))
}

/// `GET /redfish/v1/Systems/{system}/Memory`
pub(crate) fn memory(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "MemoryCollection", "Memory", parts::DIMMS))
}

/// `GET /redfish/v1/Systems/{system}/Storage`
pub(crate) fn storage(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "StorageCollection", "Storage", [parts::CONTROLLER]))
}

/// `GET /redfish/v1/Systems/{system}/Storage/1/Volumes`
pub(crate) fn volumes(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(collection(bmc, call, "VolumeCollection", "Volumes", <[&str; 0]>::default()))
}
