//! Vendor passthru from the outside: what a node's driver offers, and calling it.

use serde_json::{Value, json};

use crate::{
    emulator::Emulator,
    machine::enrol,
    scripted::{Act, Scripted},
    site::Site,
};

#[tokio::test]
async fn the_methods_of_a_node_are_listed_alike_by_both_programs() {
    let site = Site::new("");
    let service = site.start().await;
    service.baremetal().does("node create --driver redfish --name blade").await;
    let listed = service.baremetal().json("node passthru list blade").await;
    let row = |name, verb, waits: bool, description| {
        json!({
            "Name": name, "Supported HTTP methods": verb, "Async": !waits, "Description": description,
            "Response is attachment": false,
        })
    };
    assert_eq!(
        listed,
        json!([
            row(
                "create_subscription",
                "POST",
                true,
                "Creates a subscription on a node. Required argument: a dictionary of {'Destination': 'destination_url'}"
            ),
            row(
                "delete_subscription",
                "DELETE",
                true,
                "Delete a subscription on a node. Required argument: a dictionary of {'id': 'subscription_bmc_id'}"
            ),
            row(
                "eject_vmedia",
                "POST",
                false,
                "Eject a virtual media device. If no device is provided then all attached devices will be ejected. Optional \
                 arguments: 'boot_device' - the boot device to eject, either 'cd', 'dvd', 'usb', or 'floppy'"
            ),
            row("get_all_subscriptions", "GET", true, "Returns all subscriptions on the node."),
            row(
                "get_subscription",
                "GET",
                true,
                "Get a subscription on the node. Required argument: a dictionary of {'id': 'subscription_bmc_id'}"
            ),
        ])
    );
    assert_eq!(service.openstack().json("node passthru list blade").await, listed);
    // And once as a person sees it.
    let table = service.baremetal().does("node passthru list blade").await;
    assert_eq!(table.lines().count(), 5 + 4, "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn virtual_media_is_ejected() {
    let images = Scripted::start().await;
    images.on("GET /boot.iso", [Act::Answer { status: 200, headers: vec![], body: b"image".to_vec() }]);
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;

    let system = emulator.client().system().await.unwrap();
    let slot = system.virtual_media().await.unwrap().swap_remove(0);
    let image = format!("http://127.0.0.1:{}/boot.iso", images.port);
    let insert = format!("{}/Actions/VirtualMedia.InsertMedia", slot.path());
    system.bmc().post(&insert, &json!({ "Image": image })).await.unwrap();
    assert!(system.virtual_media().await.unwrap()[0].inserted());

    service.baremetal().does("node passthru call blade eject_vmedia --arg boot_device=cd").await;
    let node = service.api.at_rest("blade").await;
    assert_eq!(node["last_error"], Value::Null);
    assert!(!system.virtual_media().await.unwrap()[0].inserted());
    let operations = service.api.get("/kamacite/v1/nodes/blade/operations").await;
    assert_eq!(
        (&operations["operations"][0]["state"], &operations["operations"][0]["result"]),
        (&json!("succeeded"), &json!([slot.path()]))
    );
}

#[tokio::test]
async fn calls_that_cannot_work_are_refused_with_the_reason() {
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;
    for (call, reason) in [
        ("nope", "No handler for method nope"),
        ("create_subscription --http-method GET", "The method create_subscription does not support HTTP GET"),
        ("delete_subscription --http-method DELETE", "Parameter 'id' not passed to method 'delete_subscription'."),
        ("create_subscription", "Destination None is not a valid URI"),
        ("create_subscription --arg Destination=nowhere", "Destination nowhere is not a valid URI"),
        ("eject_vmedia --arg boot_device=tape", "\"cd\", \"dvd\", \"usb\", \"floppy\""),
        // The emulator has no events.
        ("create_subscription --arg Destination=https://listener/events", "does not offer an event service"),
        ("get_all_subscriptions --http-method GET", "does not offer an event service"),
    ] {
        let said = service.baremetal().refused(&format!("node passthru call blade {call}")).await;
        assert!(said.contains(reason) && said.contains("HTTP 400"), "{call}: {said}");
    }
    let said = service.baremetal().refused("node passthru call nobody eject_vmedia").await;
    assert!(said.contains("Node nobody could not be found") && said.contains("HTTP 404"), "{said}");
}
