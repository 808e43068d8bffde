//! The redfish driver against a real emulator of somebody else's making, here and behind a wire.
//!
//! The emulator is found through `KAMACITE_SUSHY_EMULATOR`, the path of the `sushy-emulator` program of PyPI's
//! sushy-tools.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

#[path = "../../libs/redfish/tests/stories/emulator.rs"]
#[allow(dead_code, reason = "the client's stories need more of it")]
mod emulator;
#[path = "../../libs/redfish/tests/stories/scripted.rs"]
#[allow(dead_code, reason = "the client's stories need more of it")]
mod scripted;
mod support;

use emulator::{Emulator, FIRST, SECOND};
use kamacite_driver::{
    ErrorKind, Mode, Verb,
    interfaces::BootDeviceSetting,
    model::{BootDevice, InterfaceKind, PowerState, PowerTarget},
};
use scripted::{Act, Scripted};
use serde_json::json;
use support::{Bench, Way, both_ways, refusal};

both_ways!(
    a_boot_device_is_chosen_and_read_back,
    a_machine_is_switched_on_and_off,
    events_are_not_for_every_bmc,
    of_several_systems_one_must_be_named,
    virtual_media_is_ejected,
    wrong_credentials_are_told_without_repeating_them,
);

fn managed(way: Way, emulator: &Emulator) -> Bench {
    let bench = Bench::new(way, "redfish", &[("redfish", "connection_retry_interval", "0.01")]);
    bench.against("sushy-emulator");
    bench.machine.change(|node| {
        node.driver_info.insert("redfish_address".to_owned(), emulator.address.as_str().into());
        node.driver_info.insert("redfish_username".to_owned(), "admin".into());
        node.driver_info.insert("redfish_password".to_owned(), "correct horse".into());
    });
    bench
}

async fn a_machine_is_switched_on_and_off(way: Way) {
    let emulator = Emulator::start();
    let bench = managed(way, &emulator);
    let power = bench.on().power.clone();
    power.validate(&bench.shared()).await.unwrap();
    assert_eq!(power.power_state(&bench.shared()).await.unwrap(), Some(PowerState::Off));
    for target in [
        PowerTarget::On,
        PowerTarget::Reboot,
        PowerTarget::SoftReboot,
        PowerTarget::SoftOff,
        PowerTarget::Reboot,
        PowerTarget::Off,
    ] {
        assert!(power.supported_targets(&bench.shared()).await.unwrap().contains(&target));
        power.set_power(&mut bench.exclusive(), target, None).await.unwrap();
        assert_eq!(power.power_state(&bench.shared()).await.unwrap(), Some(target.reaches()), "{target}");
    }
}

async fn a_boot_device_is_chosen_and_read_back(way: Way) {
    let emulator = Emulator::start();
    let bench = managed(way, &emulator);
    let management = bench.on().management.clone();
    management.validate(&bench.shared()).await.unwrap();
    // The emulator knows no UEFI HTTP, says so, and knows no device for once.
    for device in [BootDevice::Pxe, BootDevice::Cdrom, BootDevice::Disk] {
        assert!(management.supported_boot_devices(&bench.shared()).await.unwrap().contains(&device));
        management.set_boot_device(&mut bench.exclusive(), device, true).await.unwrap();
        let read = management.boot_device(&bench.shared()).await.unwrap();
        assert_eq!(read, BootDeviceSetting { device: Some(device), persistent: Some(true) });
    }
    for device in [BootDevice::Pxe, BootDevice::Cdrom] {
        management.set_boot_device(&mut bench.exclusive(), device, false).await.unwrap();
        assert_eq!(management.boot_device(&bench.shared()).await.unwrap().device, Some(device));
    }
    // As the table of quirks has it.
    management.set_boot_device(&mut bench.exclusive(), BootDevice::UefiHttp, true).await.unwrap();
    assert_eq!(management.boot_device(&bench.shared()).await.unwrap().device, Some(BootDevice::Pxe));
}

async fn virtual_media_is_ejected(way: Way) {
    let images = Scripted::start().await;
    images.on("GET /boot.iso", [Act::Answer { status: 200, headers: vec![], body: b"image".to_vec() }]);
    let emulator = Emulator::start();
    let bench = managed(way, &emulator);
    let system = emulator.client().system().await.unwrap();
    let insert = async || {
        let slots = system.virtual_media().await.unwrap();
        let action = format!("{}/Actions/VirtualMedia.InsertMedia", slots[0].path());
        let image = format!("http://127.0.0.1:{}/boot.iso", images.port);
        system.bmc().post(&action, &json!({ "Image": image })).await.unwrap();
        slots[0].path().to_owned()
    };
    for which in [json!({"boot_device": "cd"}), json!({})] {
        let slot = insert().await;
        let floppy = bench.ask("eject_vmedia", Verb::POST, json!({"boot_device": "floppy"})).await.unwrap();
        assert_eq!(floppy, json!([]));
        assert!(system.virtual_media().await.unwrap()[0].inserted());
        assert_eq!(bench.ask("eject_vmedia", Verb::POST, which).await.unwrap(), json!([slot]));
        assert!(!system.virtual_media().await.unwrap()[0].inserted());
    }
}

async fn of_several_systems_one_must_be_named(way: Way) {
    let emulator = Emulator::with(&[("first", FIRST), ("second", SECOND)], None);
    let bench = managed(way, &emulator);
    let power = bench.on().power.clone();
    let (kind, words) = refusal(power.power_state(&bench.shared()).await);
    assert!(kind == ErrorKind::Invalid && words.contains("redfish_system_id") && words.contains(SECOND), "{words}");
    bench.machine.change(|node| {
        node.driver_info.insert("redfish_system_id".to_owned(), format!("/redfish/v1/Systems/{SECOND}").into());
    });
    power.set_power(&mut bench.exclusive(), PowerTarget::On, None).await.unwrap();
    assert_eq!(power.power_state(&bench.shared()).await.unwrap(), Some(PowerState::On));
}

async fn wrong_credentials_are_told_without_repeating_them(way: Way) {
    let emulator = Emulator::start();
    let bench = managed(way, &emulator);
    bench.machine.change(|node| {
        node.driver_info.insert("redfish_password".to_owned(), "battery staple".into());
    });
    let (kind, words) = refusal(bench.on().power.power_state(&bench.shared()).await);
    assert!(kind == ErrorKind::Hardware && words.contains("check redfish_username"), "{words}");
    assert!(!words.contains("battery staple"));
}

async fn events_are_not_for_every_bmc(way: Way) {
    let emulator = Emulator::start();
    let bench = managed(way, &emulator);
    for (method, verb, args) in [
        ("create_subscription", Verb::POST, json!({"Destination": "https://listener/events"})),
        ("delete_subscription", Verb::DELETE, json!({"id": "1"})),
        ("get_subscription", Verb::GET, json!({"id": "1"})),
        ("get_all_subscriptions", Verb::GET, json!({})),
    ] {
        let (kind, words) = refusal(bench.ask(method, verb, args).await);
        assert!(kind == ErrorKind::Unsupported && words.contains("an event service"), "{method}: {words}");
    }
}

/// The table of the reference's documentation, row by row.
#[test]
fn the_vendor_methods_are_those_of_the_reference() {
    let bench = Bench::new(Way::Directly, "redfish", &[]);
    let on = bench.on();
    let methods = &on.implementation(InterfaceKind::Vendor).node_methods;
    let rows: Vec<_> = methods
        .iter()
        .map(|method| &method.spec)
        .map(|spec| (spec.name.as_str(), spec.verbs.as_slice(), spec.mode, spec.description.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            (
                "create_subscription",
                &[Verb::POST][..],
                Mode::Sync,
                "Creates a subscription on a node. Required argument: a dictionary of {'Destination': 'destination_url'}"
            ),
            (
                "delete_subscription",
                &[Verb::DELETE],
                Mode::Sync,
                "Delete a subscription on a node. Required argument: a dictionary of {'id': 'subscription_bmc_id'}"
            ),
            (
                "eject_vmedia",
                &[Verb::POST],
                Mode::Async,
                "Eject a virtual media device. If no device is provided then all attached devices will be ejected. Optional \
                 arguments: 'boot_device' - the boot device to eject, either 'cd', 'dvd', 'usb', or 'floppy'"
            ),
            ("get_all_subscriptions", &[Verb::GET], Mode::Sync, "Returns all subscriptions on the node."),
            (
                "get_subscription",
                &[Verb::GET],
                Mode::Sync,
                "Get a subscription on the node. Required argument: a dictionary of {'id': 'subscription_bmc_id'}"
            ),
        ]
    );
    assert!(methods.iter().all(|method| method.spec.exclusive && !method.spec.attach));
    assert!(on.implementation(InterfaceKind::Vendor).driver_methods.is_empty());
    // What a client must say is in the schema, but for the argument that has two spellings.
    let needed =
        |name: &str| methods.iter().find(|method| method.spec.name == name).unwrap().spec.args["required"].clone();
    assert_eq!((needed("get_subscription"), needed("create_subscription")), (json!(["id"]), json!(null)));
}

#[test]
fn a_node_tells_which_properties_it_may_have() {
    let bench = Bench::new(Way::Directly, "redfish", &[]);
    for base in [InterfaceKind::Power, InterfaceKind::Management] {
        let properties = bench.on().implementation(base).interface.base().properties();
        let names: Vec<_> = properties.iter().map(|property| property.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "redfish_address",
                "redfish_system_id",
                "redfish_username",
                "redfish_password",
                "redfish_verify_ca",
                "redfish_auth_type",
                "firmware_update_unresponsive_bmc_wait",
                "redfish_tls_minimum_version",
                "redfish_tls_ciphers",
            ]
        );
        let required: Vec<_> = properties.iter().filter(|property| property.required).map(|one| &one.name).collect();
        assert_eq!(required, ["redfish_address"]);
        for property in &properties {
            assert!(!property.description.contains("  ") && !property.description.is_empty(), "{}", property.name);
        }
    }
}
