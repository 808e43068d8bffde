//! The system: boot override, firmware settings, secure boot, light, parts, ETags, pages.

use kamacite_sim::{VENDORS, machine};
use redfish::{BootChange, BootEnabled, BootMode, BootTarget, ResetType};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    plain::{ask, header, message, read, send, write},
    rack::{client, one, system},
};

const SYSTEM: &str = "/redfish/v1/Systems/1";

fn network_once() -> BootChange {
    BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: Some(BootMode::Uefi) }
}

#[tokio::test]
async fn an_override_reads_back_and_is_used_up_by_a_boot() {
    let (_rack, bmc) = one("generic").await;
    let mut system = system(&bmc).await;
    system.set_boot(&network_once()).await.unwrap();
    system.refresh().await.unwrap();
    let boot = system.boot();
    assert_eq!((boot.target, boot.enabled), (Some(BootTarget::Pxe), Some(BootEnabled::Once)));
    assert_eq!(boot.mode, Some(BootMode::Uefi));
    system.reset(&ResetType::On).await.unwrap();
    assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(machine::Source::Network));
    system.refresh().await.unwrap();
    assert_eq!(system.boot().enabled, Some(BootEnabled::Disabled));
    system.reset(&ResetType::ForceRestart).await.unwrap();
    assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(machine::Source::Disk));
}

#[tokio::test]
async fn a_target_the_vendor_does_not_have_is_refused() {
    let (_rack, bmc) = one("generic").await;
    let body = json!({"Boot": {"BootSourceOverrideTarget": "UsbCd"}});
    let refused = send(&bmc, Method::PATCH, SYSTEM, body).await;
    assert_eq!((refused.status().as_u16(), message(refused).await.as_str()), (400, "PropertyValueNotInList"));
    let (_rack, bmc) = one("supermicro").await;
    let targets = system(&bmc).await.boot().targets.unwrap();
    assert!(targets.contains(&BootTarget::UsbCd), "{targets:?}");
}

#[tokio::test]
async fn a_boot_mode_that_can_only_be_read_is_a_firmware_setting() {
    let (_rack, bmc) = one("dell").await;
    let mut system = system(&bmc).await;
    assert_eq!(system.set_boot(&network_once()).await.unwrap_err().status(), Some(400));
    let boot = BootChange { mode: None, ..network_once() };
    system.set_boot(&boot).await.unwrap();
    let settings = "/redfish/v1/Systems/System.Embedded.1/Bios/Settings";
    let body = json!({"Attributes": {"BootMode": "Bios"}, "@Redfish.SettingsApplyTime": {"ApplyTime": "OnReset"}});
    assert_eq!(write(&bmc, Method::PATCH, settings, body).await, 204);
    system.reset(&ResetType::On).await.unwrap();
    system.refresh().await.unwrap();
    assert_eq!(system.boot().mode, Some(BootMode::Legacy));
}

#[tokio::test]
async fn an_etag_is_offered_and_a_wrong_one_refused() {
    let (_rack, bmc) = one("generic").await;
    let system = ask(&bmc, Method::GET, SYSTEM).send().await.unwrap();
    let etag = header(&system, "etag").to_owned();
    assert_eq!(system.json::<Value>().await.unwrap()["@odata.etag"], *etag);
    let unchanged = ask(&bmc, Method::GET, SYSTEM).header("If-None-Match", &etag).send().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    let body = json!({"LocationIndicatorActive": true});
    let patch = |etag: String| ask(&bmc, Method::PATCH, SYSTEM).header("If-Match", etag).json(&body).send();
    assert_eq!(patch(etag.clone()).await.unwrap().status(), 204);
    assert_eq!(patch(etag).await.unwrap().status(), 412);
    assert_eq!(patch("*".to_owned()).await.unwrap().status(), 204);
}

#[tokio::test]
async fn an_etag_may_be_demanded() {
    let (_rack, bmc) = one("supermicro").await;
    let light = json!({"IndicatorLED": "Lit"});
    assert_eq!(write(&bmc, Method::PATCH, SYSTEM, light).await, 428);
    // The crate's client names it.
    system(&bmc).await.set_boot(&network_once()).await.unwrap();
    let etag = header(&ask(&bmc, Method::GET, SYSTEM).send().await.unwrap(), "etag").to_owned();
    let body = json!({"Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"}});
    let patch = ask(&bmc, Method::PATCH, SYSTEM).header("If-Match", etag).json(&body);
    assert_eq!(patch.send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_settings_resource_takes_what_the_system_does_not() {
    let (_rack, bmc) = one("ami").await;
    let system = read(&bmc, "/redfish/v1/Systems/Self").await;
    let settings = system["@Redfish.Settings"]["SettingsObject"]["@odata.id"].as_str().unwrap();
    let body = json!({"Boot": {"BootSourceOverrideTarget": "Cd", "BootSourceOverrideEnabled": "Continuous"}});
    let patch = |path: &str| ask(&bmc, Method::PATCH, path).header("If-Match", "*").json(&body).send();
    assert_eq!(patch("/redfish/v1/Systems/Self").await.unwrap().status(), 400);
    assert_eq!(patch(settings).await.unwrap().status(), 204);
    assert_eq!(read(&bmc, settings).await["Boot"]["BootSourceOverrideTarget"], "Cd");
}

#[tokio::test]
async fn firmware_settings_wait_for_a_boot_and_can_go_back() {
    let (_rack, bmc) = one("generic").await;
    let bios = format!("{SYSTEM}/Bios");
    let settings = format!("{bios}/Settings");
    let body = json!({"Attributes": {"ProcVirtualization": "Disabled", "BootDelay": 30, "QuietBoot": false}});
    assert_eq!(write(&bmc, Method::PATCH, &settings, body.clone()).await, 204);
    assert_eq!(read(&bmc, &settings).await["Attributes"], body["Attributes"]);
    assert_eq!(read(&bmc, &bios).await["Attributes"]["BootDelay"], 5);
    let reset = format!("{SYSTEM}/Actions/ComputerSystem.Reset");
    assert_eq!(write(&bmc, Method::POST, &reset, json!({"ResetType": "On"})).await, 204);
    assert_eq!(read(&bmc, &bios).await["Attributes"]["BootDelay"], 30);
    assert_eq!(read(&bmc, &settings).await["Attributes"], json!({}));
    for wrong in [json!({"BootDelay": 61}), json!({"BootDelay": "x"}), json!({"Nonsense": 1})] {
        assert_eq!(write(&bmc, Method::PATCH, &settings, json!({"Attributes": wrong})).await, 400, "{wrong}");
    }
    assert_eq!(write(&bmc, Method::POST, &format!("{bios}/Actions/Bios.ResetBios"), json!({})).await, 204);
    assert_eq!(write(&bmc, Method::POST, &reset, json!({"ResetType": "ForceRestart"})).await, 204);
    assert_eq!(read(&bmc, &bios).await["Attributes"]["BootDelay"], 5);
    let registry = read(&bmc, "/redfish/v1/Registries/BiosAttributeRegistry.v1_0_0").await;
    let attributes = read(&bmc, registry["Location"][0]["Uri"].as_str().unwrap()).await;
    assert_eq!(attributes["RegistryEntries"]["Attributes"][0]["AttributeName"], "BootMode");
}

#[tokio::test]
async fn secure_boot_takes_effect_with_the_next_boot() {
    let (_rack, bmc) = one("generic").await;
    let secure = format!("{SYSTEM}/SecureBoot");
    assert_eq!(write(&bmc, Method::PATCH, &secure, json!({"SecureBootEnable": true})).await, 204);
    let before = read(&bmc, &secure).await;
    assert_eq!((&before["SecureBootEnable"], &before["SecureBootCurrentBoot"]), (&json!(true), &json!("Disabled")));
    let system = system(&bmc).await;
    system.reset(&ResetType::On).await.unwrap();
    assert_eq!(read(&bmc, &secure).await["SecureBootCurrentBoot"], "Enabled");
    let reset = format!("{secure}/Actions/SecureBoot.ResetKeys");
    assert_eq!(write(&bmc, Method::POST, &reset, json!({"ResetKeysType": "DeleteAllKeys"})).await, 204);
    assert_eq!(read(&bmc, &secure).await["SecureBootMode"], "SetupMode");
    system.reset(&ResetType::ForceRestart).await.unwrap();
    assert_eq!(read(&bmc, &secure).await["SecureBootCurrentBoot"], "Disabled");
    assert_eq!(write(&bmc, Method::POST, &reset, json!({"ResetKeysType": "Nonsense"})).await, 400);
}

#[tokio::test]
async fn the_light_is_set_as_the_vendor_has_it() {
    for (name, member, on, unknown) in [
        ("hpe", "IndicatorLED", json!("Lit"), "LocationIndicatorActive"),
        ("lenovo", "LocationIndicatorActive", json!(true), "IndicatorLED"),
    ] {
        let (_rack, bmc) = one(name).await;
        for path in [SYSTEM, "/redfish/v1/Chassis/1"] {
            let mut body = json!({});
            body[member] = on.clone();
            assert_eq!(write(&bmc, Method::PATCH, path, body).await, 204, "{name}");
            let shown = read(&bmc, path).await;
            assert_eq!((&shown[member], shown.get(unknown)), (&on, None), "{name}");
        }
        let refused = send(&bmc, Method::PATCH, SYSTEM, json!({(unknown): true})).await;
        assert_eq!(message(refused).await, "PropertyUnknown");
        assert_ne!(bmc.with(|bmc, _| bmc.machine.light()), machine::Light::Off);
    }
}

#[tokio::test]
async fn a_collection_comes_in_pages() {
    let (_rack, bmc) = one("ami").await;
    let client = client(&bmc);
    let first = client.get("/redfish/v1/Chassis/Self/Sensors").await.unwrap();
    assert_eq!(first.members().len(), 5);
    assert!(first.link("/Members@odata.nextLink").is_some());
    let all = client.members(&first).await.unwrap();
    assert_eq!(all.len(), machine::READINGS.len());
    client.get(all.last().unwrap()).await.unwrap();
}

#[tokio::test]
async fn every_link_of_every_vendor_leads_somewhere() {
    for vendor in VENDORS {
        let (_rack, bmc) = one(vendor.name).await;
        let (mut open, mut seen) = (vec!["/redfish/v1/".to_owned()], Vec::new());
        while let Some(path) = open.pop() {
            if seen.contains(&path) {
                continue;
            }
            let body = read(&bmc, &path).await;
            links(&body, &mut open);
            seen.push(path);
        }
        assert!(seen.len() > 50, "{}: {}", vendor.name, seen.len());
    }
}

fn links(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let link = members.get("@odata.id").or(members.get("Uri")).and_then(Value::as_str);
            into.extend(link.map(|link| link.split('#').next().unwrap().to_owned()));
            let info = members.get("@Redfish.ActionInfo").and_then(Value::as_str);
            into.extend(info.map(str::to_owned));
            members.values().for_each(|member| links(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| links(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn what_is_not_understood_is_said_in_the_standards_shape() {
    let (_rack, bmc) = one("generic").await;
    let missing = ask(&bmc, Method::GET, "/redfish/v1/Systems/2").send().await.unwrap();
    assert_eq!((missing.status().as_u16(), message(missing).await.as_str()), (404, "ResourceMissingAtURI"));
    let wrong = ask(&bmc, Method::DELETE, SYSTEM).send().await.unwrap();
    assert_eq!((wrong.status().as_u16(), header(&wrong, "allow")), (405, "GET, HEAD, PATCH"));
    let malformed = ask(&bmc, Method::PATCH, SYSTEM).body("{").send().await.unwrap();
    assert_eq!((malformed.status().as_u16(), message(malformed).await.as_str()), (400, "MalformedJSON"));
    let unknown = send(&bmc, Method::PATCH, SYSTEM, json!({"Colour": "red"})).await;
    assert_eq!((unknown.status().as_u16(), message(unknown).await.as_str()), (400, "PropertyUnknown"));
    let reset = format!("{SYSTEM}/Actions/ComputerSystem.Reset");
    let nothing = send(&bmc, Method::POST, &reset, json!({})).await;
    assert_eq!((nothing.status().as_u16(), message(nothing).await.as_str()), (400, "ActionParameterMissing"));
    let never = send(&bmc, Method::POST, &reset, json!({"ResetType": "Explode"})).await;
    assert_eq!(message(never).await, "ActionParameterValueNotInList");
    let action = ask(&bmc, Method::GET, &reset).send().await.unwrap();
    assert_eq!((action.status().as_u16(), header(&action, "allow")), (405, "POST"));
}

#[tokio::test]
async fn the_transport_keeps_to_http() {
    let (_rack, bmc) = one("generic").await;
    let head = ask(&bmc, Method::HEAD, SYSTEM).send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "content-type")), (200, "application/json"));
    assert!(header(&head, "content-length").parse::<usize>().unwrap() > 1000);
    assert!(head.bytes().await.unwrap().is_empty());
    let put = ask(&bmc, Method::PUT, SYSTEM).json(&json!({})).send().await.unwrap();
    assert_eq!((put.status().as_u16(), header(&put, "allow")), (405, "GET, HEAD, PATCH"));
    assert_eq!(ask(&bmc, Method::OPTIONS, SYSTEM).send().await.unwrap().status(), 501);
    let flood = ask(&bmc, Method::POST, SYSTEM).body(vec![b' '; 2 << 20]).send().await;
    // Told, or cut off while it was still talking.
    assert!(flood.is_err() || flood.unwrap().status() == 413);
    assert_eq!(read(&bmc, SYSTEM).await["Id"], "1");
}
