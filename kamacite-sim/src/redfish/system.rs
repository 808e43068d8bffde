//! The system (DSP0268, ComputerSystem): what it says of itself, its boot override, its locator light.

use serde_json::{Map, Value, json};

use super::{Call, Outcome, ROOT, Refusal, etag, link, power, resource};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{Boot, BootChange, Enabled, Event, Light, Machine, Mode, Part, PowerState, Source},
    vendor::{BootModeRule, EtagRule, LightMember, MediaHome, Vendor},
};

/// `Id`, name, alias and UEFI device path of what can be booted.
pub(crate) const BOOT_OPTIONS: &[(&str, &str, &str, &str)] = &[
    ("Boot0000", "UEFI OS", "Hdd", "HD(1,GPT,4B414D41-4349-5445-0000-000000000001)/\\EFI\\BOOT\\BOOTX64.EFI"),
    ("Boot0001", "UEFI PXEv4 NIC 1", "Pxe", "PciRoot(0x0)/Pci(0x3,0x0)/MAC(000000000000,0x1)/IPv4(0.0.0.0)"),
    ("Boot0002", "UEFI PXEv4 NIC 2", "Pxe", "PciRoot(0x0)/Pci(0x3,0x1)/MAC(000000000000,0x1)/IPv4(0.0.0.0)"),
    ("Boot0003", "UEFI HTTPv4 NIC 1", "UefiHttp", "PciRoot(0x0)/Pci(0x3,0x0)/MAC(000000000000,0x1)/IPv4()/Uri()"),
    ("Boot0004", "Virtual CD", "Cd", "PciRoot(0x0)/Pci(0x14,0x0)/USB(0x5,0x0)/CDROM(0x1)"),
    ("Boot0005", "Virtual USB", "Usb", "PciRoot(0x0)/Pci(0x14,0x0)/USB(0x6,0x0)"),
    ("Boot0006", "UEFI Shell", "UefiShell", "MemoryMapped(0xB,0xFF000000,0xFFFFFFFF)/FvFile(Shell)"),
];

/// The words of DSP0268 `BootSource`, and one that no schema has: Supermicro's `UsbCd`.
const SOURCES: &[(Source, &str)] = &[
    (Source::Usual, "None"),
    (Source::Network, "Pxe"),
    (Source::Cd, "Cd"),
    (Source::UsbCd, "UsbCd"),
    (Source::Floppy, "Floppy"),
    (Source::Usb, "Usb"),
    (Source::Disk, "Hdd"),
    (Source::Setup, "BiosSetup"),
    (Source::Utilities, "Utilities"),
    (Source::Diagnostics, "Diags"),
    (Source::SdCard, "SDCard"),
    (Source::Shell, "UefiShell"),
    (Source::Http, "UefiHttp"),
    (Source::DevicePath, "UefiTarget"),
];

/// `GET /redfish/v1/Systems/{system}`
pub(crate) fn get(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let (vendor, machine, path) = (bmc.vendor, &bmc.machine, call.path);
    let below = |name: &str| link(format!("{path}/{name}"));
    let mut own = json!({
        "SystemType": "Physical",
        "Manufacturer": vendor.manufacturer,
        "Model": vendor.model,
        "SerialNumber": machine.serial(),
        "SKU": format!("{}-sim", vendor.name),
        "PartNumber": "KM-0001",
        "UUID": machine.uuid().to_string(),
        "HostName": "",
        "BiosVersion": machine.firmware(Part::Bios).unwrap_or(vendor.bios_version),
        "PowerState": power::state(vendor, machine.power()),
        "Status": {
            "State": if machine.power() == PowerState::Off { "Disabled" } else { "Enabled" },
            "Health": machine.worst().unwrap_or("OK"),
            "HealthRollup": machine.worst().unwrap_or("OK"),
        },
        "ProcessorSummary": {"Count": 2, "CoreCount": 32, "LogicalProcessorCount": 64,
            "Model": "Simulated CPU", "Status": {"State": "Enabled", "Health": "OK"}},
        "MemorySummary": {"TotalSystemMemoryGiB": 128, "Status": {"State": "Enabled", "Health": "OK"}},
        // Where there is a settings resource, what waits there is not shown here.
        "Boot": boot(vendor, machine, if vendor.settings.is_some() { machine.boot_in_force() } else { machine.boot() }),
        "Bios": below("Bios"),
        "SecureBoot": below("SecureBoot"),
        "Processors": below("Processors"),
        "Memory": below("Memory"),
        "EthernetInterfaces": below("EthernetInterfaces"),
        "Storage": below("Storage"),
        "Links": {
            "Chassis": [link(format!("{ROOT}/Chassis/{}", vendor.chassis))],
            "ManagedBy": [link(format!("{ROOT}/Managers/{}", vendor.manager))],
        },
        "Actions": {"#ComputerSystem.Reset": power::action(vendor, path)},
    });
    lights(vendor.light, machine, &mut own);
    if vendor.media == MediaHome::System {
        own["VirtualMedia"] = below("VirtualMedia");
    }
    if let Some(settings) = vendor.settings {
        let pending = pending(bmc, &format!("{path}/{settings}"), settings);
        own["@Redfish.Settings"] = settings_annotation(bmc, &pending);
    }
    Some(resource(path, "#ComputerSystem.v1_20_1.ComputerSystem", vendor.system, "System", own))
}

/// `PATCH /redfish/v1/Systems/{system}`: boot override, locator light.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let mut events = Vec::new();
    for (name, value) in call.body {
        match name.as_str() {
            // Where there is a settings resource, the system itself does not take it.
            "Boot" if bmc.vendor.settings.is_some() => return Err(Refusal::read_only(name)),
            "Boot" => events.push(Event::Boot(boot_change(bmc.vendor, value)?)),
            "IndicatorLED" | "LocationIndicatorActive" => events.push(light(bmc.vendor.light, name, value)?),
            "AssetTag" | "HostName" => return Err(Refusal::read_only(name)),
            other => return Err(Refusal::unknown(other)),
        }
    }
    carry_out(bmc, events, call)?;
    Ok(Response::empty(204))
}

/// `GET /redfish/v1/Systems/{system}/SD`, or however the vendor calls its settings resource.
pub(crate) fn settings(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    (bmc.vendor.settings? == call.id).then(|| pending(bmc, call.path, call.id))
}

/// `PATCH` of it.
pub(crate) fn patch_settings(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let mut events = Vec::new();
    for (name, value) in call.body {
        match name.as_str() {
            "Boot" => events.push(Event::Boot(boot_change(bmc.vendor, value)?)),
            other => return Err(Refusal::unknown(other)),
        }
    }
    carry_out(bmc, events, call)?;
    Ok(Response::empty(204))
}

/// `GET /redfish/v1/Systems/{system}/BootOptions/{id}`
pub(crate) fn boot_option(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let (id, name, alias, device) = BOOT_OPTIONS.iter().find(|(id, ..)| *id == call.id)?;
    let own = json!({
        "BootOptionReference": id, "DisplayName": name, "Alias": alias, "UefiDevicePath": device,
        "BootOptionEnabled": true,
    });
    Some(resource(call.path, "#BootOption.v1_0_4.BootOption", id, name, own))
}

/// The annotation that leads to a settings resource (DSP0266, "Settings resource").
pub(crate) fn settings_annotation(bmc: &Bmc, settings: &Value) -> Value {
    let mut shown = json!({
        "@odata.type": "#Settings.v1_3_5.Settings",
        "SettingsObject": {"@odata.id": settings["@odata.id"]},
        "SupportedApplyTimes": ["OnReset"],
    });
    if bmc.vendor.etag != EtagRule::None {
        // By the schema it is that of the resource the settings were applied to. Clients send it as If-Match with the next
        // change of the settings, and BMCs that demand one let them.
        shown["ETag"] = etag::of(settings).into();
    }
    shown
}

fn pending(bmc: &Bmc, path: &str, id: &str) -> Value {
    let own = json!({"Boot": boot(bmc.vendor, &bmc.machine, bmc.machine.boot())});
    resource(path, "#ComputerSystem.v1_20_1.ComputerSystem", id, "Pending System Settings", own)
}

/// The members of a locator light, as the vendor has them.
pub(crate) fn lights(member: LightMember, machine: &Machine, own: &mut Value) {
    let old = match machine.light() {
        Light::Off => "Off",
        Light::Lit => "Lit",
        Light::Blinking => "Blinking",
    };
    if matches!(member, LightMember::Indicator | LightMember::Both) {
        own["IndicatorLED"] = old.into();
    }
    if matches!(member, LightMember::Location | LightMember::Both) {
        own["LocationIndicatorActive"] = (machine.light() != Light::Off).into();
    }
}

/// What a write of a locator light means.
pub(crate) fn light(member: LightMember, name: &str, value: &Value) -> Result<Event, Refusal> {
    let known = match (member, name) {
        (LightMember::Both, _) | (LightMember::Indicator, "IndicatorLED") => true,
        (LightMember::Location, name) => name == "LocationIndicatorActive",
        (LightMember::Indicator, _) => false,
    };
    if !known {
        return Err(Refusal::unknown(name));
    }
    let light = match (name, value) {
        ("LocationIndicatorActive", Value::Bool(true)) => Light::Blinking,
        ("LocationIndicatorActive", Value::Bool(false)) => Light::Off,
        ("IndicatorLED", Value::String(text)) => match text.as_str() {
            "Off" => Light::Off,
            "Lit" => Light::Lit,
            "Blinking" => Light::Blinking,
            other => return Err(Refusal::not_in_list(name, other)),
        },
        (name, other) => return Err(Refusal::wrong_type(name, other)),
    };
    Ok(Event::Light(light))
}

/// Has the machine take the events: all have been checked before.
pub(crate) fn carry_out(bmc: &mut Bmc, events: Vec<Event>, call: &Call<'_>) -> Result<(), Refusal> {
    for event in events {
        bmc.event(event, call.now)?;
    }
    Ok(())
}

fn boot(vendor: &Vendor, machine: &Machine, of: &Boot) -> Value {
    let Boot { target, enabled, mode, uefi_target, http_uri } = of;
    let enabled = match enabled {
        Enabled::Disabled => "Disabled",
        Enabled::Once => "Once",
        Enabled::Continuous => "Continuous",
    };
    let mode = match mode.unwrap_or_else(|| machine.mode()) {
        Mode::Legacy => "Legacy",
        Mode::Uefi => "UEFI",
    };
    let targets: Vec<&str> = vendor.targets.iter().map(|target| word(*target)).collect();
    let mut shown = json!({
        "BootSourceOverrideEnabled": enabled,
        "BootSourceOverrideTarget": word(*target),
        "BootSourceOverrideTarget@Redfish.AllowableValues": targets,
        "BootSourceOverrideMode": mode,
        "UefiTargetBootSourceOverride": uefi_target.as_deref(),
        "BootOrder": BOOT_OPTIONS.iter().map(|(id, ..)| *id).collect::<Vec<_>>(),
        "BootOptions": link(format!("{ROOT}/Systems/{}/BootOptions", vendor.system)),
    });
    if vendor.boot_mode == BootModeRule::Writable {
        shown["BootSourceOverrideMode@Redfish.AllowableValues"] = json!(["Legacy", "UEFI"]);
    }
    if vendor.targets.contains(&Source::Http) {
        shown["HttpBootUri"] = http_uri.as_deref().into();
    }
    shown
}

fn boot_change(vendor: &Vendor, value: &Value) -> Result<BootChange, Refusal> {
    let members: &Map<String, Value> = value.as_object().ok_or_else(|| Refusal::wrong_type("Boot", value))?;
    let mut change = BootChange::default();
    for (name, value) in members {
        let text = value.as_str();
        let required = || text.ok_or_else(|| Refusal::wrong_type(name, value));
        match name.as_str() {
            "BootSourceOverrideTarget" => {
                let found = SOURCES.iter().find(|(_, word)| Some(*word) == text).map(|(source, _)| *source);
                let offered = found.filter(|source| vendor.targets.contains(source));
                change.target = Some(offered.ok_or_else(|| Refusal::not_in_list(name, text.unwrap_or("null")))?);
            }
            "BootSourceOverrideEnabled" => {
                change.enabled = Some(match required()? {
                    "Disabled" => Enabled::Disabled,
                    "Once" => Enabled::Once,
                    "Continuous" => Enabled::Continuous,
                    other => return Err(Refusal::not_in_list(name, other)),
                });
            }
            "BootSourceOverrideMode" if vendor.boot_mode == BootModeRule::ReadOnly => {
                return Err(Refusal::read_only(name));
            }
            "BootSourceOverrideMode" => {
                change.mode = Some(match required()? {
                    "Legacy" => Mode::Legacy,
                    "UEFI" => Mode::Uefi,
                    other => return Err(Refusal::not_in_list(name, other)),
                });
            }
            "UefiTargetBootSourceOverride" => change.uefi_target = Some(text.map(Into::into)),
            "HttpBootUri" if vendor.targets.contains(&Source::Http) => change.http_uri = Some(text.map(Into::into)),
            "BootOrder" => return Err(Refusal::read_only(name)),
            other => return Err(Refusal::unknown(other)),
        }
    }
    Ok(change)
}

fn word(source: Source) -> &'static str {
    SOURCES.iter().find(|(known, _)| *known == source).map_or("None", |(_, word)| word)
}
