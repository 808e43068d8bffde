//! Slots for virtual media wherever BMCs keep them, and ejecting from them.

use redfish::{Error, MediaType, System, VirtualMedia};
use serde_json::{Value, json};

use crate::scripted::{Scripted, error, ok, status, text};
use crate::system::rack_of;

const SLOT: &str = "/redfish/v1/Managers/bmc/VirtualMedia/CD1";
const EJECT: &str = "POST /redfish/v1/Managers/bmc/VirtualMedia/CD1/Actions/VirtualMedia.EjectMedia";

fn link(path: &str) -> Value {
    json!({"@odata.id": path})
}

fn slot_with_action() -> Value {
    let target = EJECT.trim_start_matches("POST ");
    json!({
        "Id": "CD1", "MediaTypes": ["CD", "DVD"], "Image": "http://images/boot.iso", "Inserted": true,
        "Actions": {"#VirtualMedia.EjectMedia": {"target": target}},
    })
}

/// A machine whose manager has one slot.
async fn machine(slot: Value) -> (Scripted, System) {
    let rack = rack_of(&["1"]).await;
    rack.has("/redfish/v1/Systems/1", json!({"Links": {"ManagedBy": [link("/redfish/v1/Managers/bmc")]}}));
    rack.has("/redfish/v1/Managers/bmc", json!({"VirtualMedia": link("/redfish/v1/Managers/bmc/VirtualMedia")}));
    rack.has("/redfish/v1/Managers/bmc/VirtualMedia", json!({"Members": [link(SLOT)]}));
    rack.has(SLOT, slot);
    let system = rack.client().system().await.unwrap();
    (rack, system)
}

async fn only_slot(system: &System) -> VirtualMedia {
    let mut slots = system.virtual_media().await.unwrap();
    assert_eq!(slots.len(), 1);
    slots.remove(0)
}

#[tokio::test]
async fn a_slot_tells_what_it_is_and_holds() {
    let (_, system) = machine(slot_with_action()).await;
    let slot = only_slot(&system).await;
    assert_eq!(slot.path(), SLOT);
    assert_eq!(slot.id().as_deref(), Some("CD1"));
    assert_eq!(slot.media_types(), [MediaType::Cd, MediaType::Dvd]);
    assert_eq!(slot.image().as_deref(), Some("http://images/boot.iso"));
    assert!(slot.inserted());
}

#[tokio::test]
async fn what_a_slot_does_not_tell_is_guessed_kindly() {
    for (told, inserted) in [
        (json!({}), false),
        (json!({"Image": "http://images/boot.iso"}), true),
        (json!({"Image": "", "Inserted": null}), false),
        (json!({"Image": "http://images/boot.iso", "Inserted": false}), false),
        (json!({"Inserted": "true"}), true),
    ] {
        let (_, system) = machine(told.clone()).await;
        let slot = only_slot(&system).await;
        assert_eq!(slot.inserted(), inserted, "{told}");
        assert!(slot.media_types().is_empty());
    }
}

#[tokio::test]
async fn slots_of_managers_and_of_the_system_are_listed_each_once() {
    let (rack, mut system) = machine(slot_with_action()).await;
    let own = "/redfish/v1/Systems/1/VirtualMedia";
    rack.has(
        "/redfish/v1/Systems/1",
        json!({"VirtualMedia": link(own), "Links": {"ManagedBy": [link("/redfish/v1/Managers/bmc")]}}),
    );
    let members = json!([link(&format!("{SLOT}/")), link("/redfish/v1/Systems/1/VirtualMedia/2"), link("/gone")]);
    rack.has(own, json!({"Members": members})).has(&format!("{SLOT}/"), slot_with_action());
    rack.has("/redfish/v1/Systems/1/VirtualMedia/2", json!({"Id": "2", "MediaTypes": ["USBStick", "Tape"]}));
    system.refresh().await.unwrap();
    let slots = system.virtual_media().await.unwrap();
    let paths: Vec<&str> = slots.iter().map(VirtualMedia::path).collect();
    assert_eq!(paths, [SLOT, "/redfish/v1/Systems/1/VirtualMedia/2"]);
    assert_eq!(slots[1].media_types(), [MediaType::UsbStick, MediaType::Other("Tape".to_owned())]);
}

#[tokio::test]
async fn a_machine_may_have_no_slots() {
    let (rack, system) = machine(slot_with_action()).await;
    rack.forget("GET /redfish/v1/Managers/bmc/VirtualMedia");
    assert!(system.virtual_media().await.unwrap().is_empty());
    rack.has("/redfish/v1/Managers/bmc", json!({}));
    assert!(system.virtual_media().await.unwrap().is_empty());
    // Trouble is not absence.
    rack.has("/redfish/v1/Managers/bmc", json!({"VirtualMedia": link("/v")})).on("GET /v", [error(500, "Oops.")]);
    assert_eq!(system.virtual_media().await.unwrap_err().status(), Some(500));
}

#[tokio::test]
async fn ejection_is_by_action_where_there_is_one() {
    for actions in [
        json!({"#VirtualMedia.EjectMedia": {"target": EJECT.trim_start_matches("POST ")}}),
        json!({"#VirtualMedia.EjectMedia": {}}),
    ] {
        let (rack, system) = machine(json!({"Inserted": true, "Actions": actions})).await;
        rack.on(EJECT, [text(204, "")]);
        only_slot(&system).await.eject().await.unwrap();
        assert_eq!(rack.last(EJECT).json(), json!({}));
    }
}

#[tokio::test]
async fn ejection_is_by_patch_where_there_is_no_action() {
    let (rack, system) = machine(json!({"Inserted": true})).await;
    let patch = format!("PATCH {SLOT}");
    rack.on(&patch, [status(200, json!({}))]);
    only_slot(&system).await.eject().await.unwrap();
    assert_eq!(rack.last(&patch).json(), json!({"Image": null, "Inserted": false}));
}

#[tokio::test]
async fn an_empty_slot_may_reject_its_ejection() {
    for code in [400, 409, 500] {
        let (rack, system) = machine(slot_with_action()).await;
        rack.on(EJECT, [error(code, "No media.")]);
        let slot = only_slot(&system).await;
        // Somebody else was quicker.
        rack.on(&format!("GET {SLOT}"), [ok(json!({"Inserted": false}))]);
        slot.eject().await.unwrap_or_else(|e| panic!("{code}: {e}"));
    }
}

#[tokio::test]
async fn a_full_slot_may_not() {
    let (rack, system) = machine(slot_with_action()).await;
    rack.on(EJECT, [error(409, "In use.")]);
    let slot = only_slot(&system).await;
    let e = slot.eject().await.unwrap_err();
    assert!(matches!(e, Error::Rejected { status: 409, .. }), "{e:?}");
    // Nor may one that cannot be read any more.
    rack.on(&format!("GET {SLOT}"), [error(500, "Oops.")]);
    assert_eq!(slot.eject().await.unwrap_err().status(), Some(409));
}
