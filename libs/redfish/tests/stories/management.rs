//! What a BMC manages beside power: secure boot, indicators, sensors, images, settings for the next boot.

use redfish::{BootChange, BootEnabled, BootTarget, Error, Image, Light, Password, Quantity, System};
use serde_json::{Value, json};

use crate::scripted::{Scripted, error, ok, text};

const SYSTEM: &str = "/redfish/v1/Systems/1";
const CHASSIS: &str = "/redfish/v1/Chassis/1";

/// A BMC with one system that has these members besides.
async fn with_system(members: Value) -> (Scripted, System) {
    let bmc = Scripted::start().await;
    let mut system =
        json!({"Id": "1", "Links": {"Chassis": [{"@odata.id": CHASSIS}, {"@odata.id": "/redfish/v1/Chassis/gone"}]}});
    system.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    bmc.has("/redfish/v1/", json!({"Systems": {"@odata.id": "/redfish/v1/Systems"}}));
    bmc.has("/redfish/v1/Systems", json!({"Members": [{"@odata.id": SYSTEM}]}));
    bmc.has(SYSTEM, system);
    let system = bmc.client().system().await.unwrap();
    (bmc, system)
}

fn link(path: &str) -> Value {
    json!({ "@odata.id": path })
}

#[tokio::test]
async fn secure_boot_is_read_and_changed_for_the_next_boot() {
    let path = format!("{SYSTEM}/SecureBoot");
    let (bmc, system) = with_system(json!({"SecureBoot": link(&path)})).await;
    bmc.has(&path, json!({"SecureBootEnable": true, "SecureBootCurrentBoot": "Disabled"}));
    bmc.on(&format!("PATCH {path}"), [text(204, "")]);
    let now = system.secure_boot().await.unwrap();
    assert_eq!((now.enabled, now.current), (Some(true), Some(false)));
    system.set_secure_boot(true).await.unwrap();
    assert_eq!(bmc.count(&format!("PATCH {path}")), 0, "it is so already");
    system.set_secure_boot(false).await.unwrap();
    assert_eq!(bmc.last(&format!("PATCH {path}")).json(), json!({"SecureBootEnable": false}));
    bmc.forget(&format!("GET {path}"));
    assert!(matches!(system.secure_boot().await.unwrap_err(), Error::Unsupported { .. }));
    let (_, without) = with_system(json!({})).await;
    assert!(matches!(without.set_secure_boot(true).await.unwrap_err(), Error::Unsupported { .. }));
}

#[tokio::test]
async fn indicators_are_told_in_the_words_of_their_generation() {
    let patch = format!("PATCH {SYSTEM}");
    for (members, shows, lit, written) in [
        (json!({"IndicatorLED": "Blinking"}), Some(Light::Blinking), Light::On, json!({"IndicatorLED": "Lit"})),
        (json!({"IndicatorLED": "Unknown"}), None, Light::Blinking, json!({"IndicatorLED": "Blinking"})),
        (
            json!({"LocationIndicatorActive": false}),
            Some(Light::Off),
            Light::On,
            json!({"LocationIndicatorActive": true}),
        ),
        (
            json!({"LocationIndicatorActive": true, "IndicatorLED": "Blinking"}),
            Some(Light::On),
            Light::Off,
            json!({"LocationIndicatorActive": false}),
        ),
    ] {
        let (bmc, system) = with_system(members.clone()).await;
        bmc.on(&patch, [text(204, "")]);
        let indicator = system.indicator().unwrap();
        assert_eq!(indicator.light(), shows, "{members}");
        indicator.show(lit).await.unwrap();
        assert_eq!(bmc.last(&patch).json(), written);
    }
    let (_, system) = with_system(json!({"LocationIndicatorActive": true})).await;
    let e = system.indicator().unwrap().show(Light::Blinking).await.unwrap_err();
    assert!(matches!(e, Error::Unsupported { .. }), "{e}");
    let (_, dark) = with_system(json!({})).await;
    assert!(dark.indicator().is_none());
}

#[tokio::test]
async fn indicators_of_chassis_and_drives_are_found() {
    let (bmc, system) = with_system(json!({"Storage": link("/redfish/v1/Systems/1/Storage")})).await;
    bmc.has(CHASSIS, json!({"Id": "1", "IndicatorLED": "Off"}));
    bmc.has("/redfish/v1/Systems/1/Storage", json!({"Members": [link("/redfish/v1/Systems/1/Storage/1")]}));
    let drives = [link("/redfish/v1/Drives/a"), link("/redfish/v1/Drives/gone")];
    bmc.has("/redfish/v1/Systems/1/Storage/1", json!({ "Drives": drives }));
    bmc.has("/redfish/v1/Drives/a", json!({"Id": "a", "LocationIndicatorActive": true}));
    assert_eq!(system.chassis_indicators().await.unwrap().len(), 1);
    let drives = system.drive_indicators().await.unwrap();
    assert_eq!((drives.len(), drives[0].light()), (1, Some(Light::On)));
}

#[tokio::test]
async fn sensors_are_read_where_they_are() {
    let (bmc, system) = with_system(json!({})).await;
    let (thermal, power) = (format!("{CHASSIS}/Thermal"), format!("{CHASSIS}/Power"));
    bmc.has(CHASSIS, json!({"Thermal": link(&thermal), "Power": link(&power)}));
    bmc.has(&thermal, json!({"Temperatures": [{"Name": "Inlet", "ReadingCelsius": 23}], "Fans": [{"Name": "1", "Reading": 9000, "ReadingUnits": "RPM"}]}));
    bmc.has(&power, json!({"PowerControl": [{"Name": "Total", "PowerConsumedWatts": 210.5}]}));
    let seen = |all: Vec<redfish::Reading>| {
        all.into_iter().map(|one| (one.quantity, one.value.unwrap(), one.unit.unwrap())).collect::<Vec<_>>()
    };
    let old = seen(system.readings().await.unwrap());
    let expected =
        [(Quantity::Temperature, 23.0, "Cel"), (Quantity::Fan, 9000.0, "RPM"), (Quantity::Power, 210.5, "W")];
    assert_eq!(old, expected.map(|(quantity, value, unit)| (quantity, value, unit.to_owned())));
    // The newer ones, where there are any.
    let sensors = format!("{CHASSIS}/Sensors");
    bmc.has(CHASSIS, json!({"Sensors": link(&sensors), "Thermal": link(&thermal), "Power": link(&power)}));
    bmc.has(&sensors, json!({"Members": [link(&format!("{sensors}/t"))]}));
    bmc.has(
        &format!("{sensors}/t"),
        json!({"Name": "T", "ReadingType": "Temperature", "Reading": 20, "ReadingUnits": "Cel"}),
    );
    assert_eq!(seen(system.readings().await.unwrap()), [(Quantity::Temperature, 20.0, "Cel".to_owned())]);
    bmc.has(&sensors, json!({"Members": []}));
    assert_eq!(seen(system.readings().await.unwrap()), old);
}

const MEDIA: &str = "/redfish/v1/Systems/1/VirtualMedia";

/// A slot with these members, and the system it is of.
async fn with_slot(slot: Value) -> (Scripted, redfish::VirtualMedia) {
    let (bmc, system) = with_system(json!({"VirtualMedia": link(MEDIA)})).await;
    bmc.has("/redfish/v1/Managers", json!({"Members": []}));
    bmc.has(MEDIA, json!({"Members": [link(&format!("{MEDIA}/Cd"))]}));
    bmc.has(&format!("{MEDIA}/Cd"), slot);
    let slot = system.virtual_media().await.unwrap().remove(0);
    (bmc, slot)
}

fn with_actions(image: Value) -> Value {
    let target = |name: &str| json!({ "target": format!("{MEDIA}/Cd/Actions/VirtualMedia.{name}") });
    json!({
        "MediaTypes": ["CD"], "Image": image, "Inserted": !image.is_null(),
        "Actions": {"#VirtualMedia.InsertMedia": target("InsertMedia"), "#VirtualMedia.EjectMedia": target("EjectMedia")},
    })
}

fn image() -> Image {
    Image { url: "http://images/boot.iso".to_owned(), account: None }
}

#[tokio::test]
async fn an_image_is_inserted_into_an_empty_slot() {
    let insert = format!("POST {MEDIA}/Cd/Actions/VirtualMedia.InsertMedia");
    let eject = format!("POST {MEDIA}/Cd/Actions/VirtualMedia.EjectMedia");
    let (bmc, slot) = with_slot(with_actions(json!(null))).await;
    bmc.on(&insert, [text(204, "")]).on(&eject, [text(204, "")]);
    slot.insert(&image()).await.unwrap();
    assert_eq!((bmc.last(&insert).json(), bmc.count(&eject)), (json!({"Image": "http://images/boot.iso"}), 0));
    // What is in the slot goes first; an account is told where there is one.
    let (bmc, slot) = with_slot(with_actions(json!("http://images/old.iso"))).await;
    bmc.on(&insert, [text(204, "")]).on(&eject, [text(204, "")]);
    let account = Some(("reader".to_owned(), Password::new("secret")));
    slot.insert(&Image { account, ..image() }).await.unwrap();
    let told = json!({"Image": "http://images/boot.iso", "UserName": "reader", "Password": "secret"});
    assert_eq!((bmc.last(&insert).json(), bmc.count(&eject)), (told, 1));
}

#[tokio::test]
async fn a_bmc_that_wants_to_be_told_more_is_told_more() {
    let insert = format!("POST {MEDIA}/Cd/Actions/VirtualMedia.InsertMedia");
    let (bmc, slot) = with_slot(with_actions(json!(null))).await;
    bmc.on(&insert, [error(400, "TransferProtocolType is missing."), text(204, "")]);
    slot.insert(&image()).await.unwrap();
    let told = json!({
        "Image": "http://images/boot.iso", "Inserted": true, "WriteProtected": true, "TransferMethod": "Stream",
        "TransferProtocolType": "HTTP",
    });
    assert_eq!(bmc.last(&insert).json(), told);
    bmc.on(&insert, [error(400, "No.")]);
    assert!(slot.insert(&image()).await.unwrap_err().to_string().contains("No"));
}

#[tokio::test]
async fn a_slot_without_actions_is_written() {
    let patch = format!("PATCH {MEDIA}/Cd");
    let (bmc, slot) = with_slot(json!({"MediaTypes": ["CD"], "Image": null, "Inserted": false})).await;
    bmc.on(&patch, [ok(json!({}))]);
    slot.insert(&image()).await.unwrap();
    assert_eq!(bmc.last(&patch).json(), json!({"Image": "http://images/boot.iso", "Inserted": true}));
}

#[tokio::test]
async fn a_boot_override_goes_to_the_settings_where_the_system_takes_none() {
    let settings = format!("{SYSTEM}/Settings");
    let (bmc, system) = with_system(json!({"@Redfish.Settings": {"SettingsObject": link(&settings)}})).await;
    let (now, next) = (format!("PATCH {SYSTEM}"), format!("PATCH {settings}"));
    bmc.on(&now, [error(405, "It is read-only.")]).on(&next, [text(204, "")]);
    let change = BootChange { target: Some(BootTarget::Pxe), enabled: Some(BootEnabled::Once), mode: None };
    system.set_boot(&change).await.unwrap();
    assert_eq!(bmc.last(&next).json(), bmc.last(&now).json());
    bmc.on(&now, [text(204, "")]);
    system.set_boot(&change).await.unwrap();
    assert_eq!(bmc.count(&next), 1);
}

#[tokio::test]
async fn what_the_settings_have_members_for_goes_there() {
    let settings = format!("{SYSTEM}/Settings");
    let (bmc, system) = with_system(json!({"@Redfish.Settings": {"SettingsObject": link(&settings)}})).await;
    let (now, next) = (format!("PATCH {SYSTEM}"), format!("PATCH {settings}"));
    bmc.on(&now, [text(204, "")]).on(&next, [text(204, "")]);
    bmc.has(&settings, json!({"Boot": {"BootSourceOverrideMode": "UEFI"}}));
    let change = BootChange {
        target: Some(BootTarget::Pxe),
        enabled: Some(BootEnabled::Once),
        mode: Some(redfish::BootMode::Legacy),
    };
    system.set_boot(&change).await.unwrap();
    assert_eq!(bmc.last(&next).json(), json!({"Boot": {"BootSourceOverrideMode": "Legacy"}}));
    let once = json!({"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"});
    assert_eq!(bmc.last(&now).json(), json!({ "Boot": once }));
    assert_eq!(system.pending_boot().await.unwrap().mode, Some(redfish::BootMode::Uefi));
    // Settings that cannot be read are passed over.
    bmc.on(&format!("GET {settings}"), [error(500, "Out of order.")]);
    system.set_boot(&change).await.unwrap();
    assert_eq!((bmc.count(&now), bmc.count(&next)), (2, 1));
    assert_eq!(system.pending_boot().await, None);
}
