//! Firmware (DSP0268, UpdateService, SoftwareInventory): what there is, and updates that pretend to fetch an image.

use serde_json::{Value, json};

use super::{Call, Outcome, ROOT, Refusal, collections::collection, link, resource, tasks, text};
use crate::{bmc::Bmc, machine::Part};

const ACTION: &str = "UpdateService.SimpleUpdate";
const PROTOCOLS: &[&str] = &["HTTP", "HTTPS"];

/// `GET /redfish/v1/UpdateService`
pub(crate) fn service(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let own = json!({
        "ServiceEnabled": true,
        "Status": {"State": "Enabled", "Health": "OK"},
        "FirmwareInventory": link(format!("{}/FirmwareInventory", call.path)),
        "Actions": {"#UpdateService.SimpleUpdate": {
            "target": format!("{}/Actions/{ACTION}", call.path),
            "TransferProtocol@Redfish.AllowableValues": PROTOCOLS,
        }},
    });
    Some(resource(call.path, "#UpdateService.v1_14_0.UpdateService", "UpdateService", "Update Service", own))
}

/// `GET /redfish/v1/UpdateService/FirmwareInventory`
pub(crate) fn list(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let ids = Part::ALL.iter().map(|part| part.name());
    Some(collection(bmc, call, "SoftwareInventoryCollection", "Firmware Inventory", ids))
}

/// `GET /redfish/v1/UpdateService/FirmwareInventory/{id}`
pub(crate) fn one(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let part = *Part::ALL.iter().find(|part| part.name() == call.id)?;
    let came_with = match part {
        Part::Bmc => bmc.vendor.bmc_version,
        Part::Bios => bmc.vendor.bios_version,
        Part::Nic => "22.31.6",
    };
    let own = json!({
        "Version": bmc.machine.firmware(part).unwrap_or(came_with),
        "Updateable": true,
        "SoftwareId": format!("kamacite-{}", part.name().to_lowercase()),
        "Manufacturer": bmc.vendor.manufacturer,
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    Some(resource(call.path, "#SoftwareInventory.v1_10_1.SoftwareInventory", call.id, part.name(), own))
}

/// `POST .../Actions/UpdateService.SimpleUpdate`: a task. The new version is what in the image's name looks like one.
pub(crate) fn simple_update(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let image = text(call.body, "ImageURI")?.ok_or_else(|| Refusal::parameter_missing(ACTION, "ImageURI"))?;
    if let Some(other) = text(call.body, "TransferProtocol")?.filter(|protocol| !PROTOCOLS.contains(protocol)) {
        return Err(Refusal::parameter_not_in_list(ACTION, "TransferProtocol", other));
    }
    let part = match call.body.get("Targets").and_then(|targets| targets.get(0)).and_then(Value::as_str) {
        None => Part::Bmc,
        Some(target) => part_at(target).ok_or_else(|| Refusal::parameter_not_in_list(ACTION, "Targets", target))?,
    };
    let takes_ms = bmc.machine.pace().update_ms;
    Ok(tasks::start(bmc, "Firmware Update", takes_ms, Some((part, version_of(image).into())), call.now))
}

/// The part a target names: by its inventory, or what contains it.
fn part_at(target: &str) -> Option<Part> {
    let last = target.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let named = Part::ALL.iter().copied().find(|part| part.name() == last);
    let manager = target.contains(&format!("{ROOT}/Managers/")).then_some(Part::Bmc);
    named.or(manager).or_else(|| target.contains(&format!("{ROOT}/Systems/")).then_some(Part::Bios))
}

fn version_of(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or_default();
    let like_version = |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    let words = name.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_matches('.'));
    words.into_iter().find(like_version).unwrap_or("0.0.0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_the_name() {
        assert_eq!(version_of("http://10.0.0.1/fw/bios-2.4.1.bin"), "2.4.1");
        assert_eq!(version_of("https://x/BMC_v13.05.00_release.img"), "13.05.00");
        assert_eq!(version_of("http://x/latest.bin"), "0.0.0");
    }

    #[test]
    fn a_target_names_a_part() {
        assert_eq!(part_at("/redfish/v1/UpdateService/FirmwareInventory/NIC"), Some(Part::Nic));
        assert_eq!(part_at("/redfish/v1/Managers/1"), Some(Part::Bmc));
        assert_eq!(part_at("/redfish/v1/Systems/1/Bios"), Some(Part::Bios));
        assert_eq!(part_at("/redfish/v1/Chassis/1"), None);
    }
}
