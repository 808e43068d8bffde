//! A machine with a Redfish BMC, from enrolment to a reboot, in the hands of the `baremetal` program.

use serde_json::{Value, json};

use crate::{
    emulator::Emulator,
    site::{Running, Site},
};

/// Enrols a machine whose BMC is the emulator, as `blade`.
pub async fn enrol(service: &Running, emulator: &Emulator) {
    let address = format!("redfish_address={}", emulator.address);
    let info = [
        ["--driver-info", address.as_str()],
        ["--driver-info", "redfish_username=admin"],
        ["--driver-info", "redfish_password=correct horse"],
    ];
    service.baremetal().does_with("node create --driver redfish --name blade", &info.concat()).await;
}

/// The operations of `blade`, newest first, as kind, name, state.
async fn operations(service: &Running) -> Vec<Value> {
    let found = service.api.get("/kamacite/v1/nodes/blade/operations").await;
    let shown = |one: &Value| json!([one["kind"], one["name"], one["state"]]);
    found["operations"].as_array().unwrap().iter().map(shown).collect()
}

#[tokio::test]
async fn a_machine_is_enrolled_and_brought_under_management() {
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;
    let baremetal = service.baremetal();
    let node = baremetal.json("node show blade").await;
    assert_eq!((&node["provision_state"], &node["power_state"]), (&json!("enroll"), &Value::Null));
    assert_eq!(node["driver_info"]["redfish_password"], "******");
    assert_eq!(
        ["power_interface", "management_interface", "vendor_interface"].map(|field| &node[field]),
        [&json!("redfish"); 3]
    );

    let interfaces = baremetal.json("node validate blade").await;
    let result = |name: &str| {
        let found = interfaces.as_array().unwrap().iter().find(|row| row["Interface"] == name);
        found.map(|row| row["Result"].clone()).unwrap()
    };
    assert_eq!(
        ["power", "management", "network", "storage"].map(result),
        [json!(true), json!(true), json!(true), json!(true)]
    );

    baremetal.does("node manage blade --wait 60").await;
    let node = baremetal.json("node show blade").await;
    assert_eq!((&node["provision_state"], &node["power_state"]), (&json!("manageable"), &json!("power off")));
    assert_eq!(node["last_error"], Value::Null);
}

#[tokio::test]
async fn a_machine_is_switched_on_and_off_and_restarted() {
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;
    for (command, name, state) in [
        ("node power on blade", "power on", "power on"),
        ("node reboot blade", "rebooting", "power on"),
        ("node reboot --soft blade", "soft rebooting", "power on"),
        ("node power off --soft blade", "soft power off", "power off"),
        ("node power on blade", "power on", "power on"),
        ("node power off blade", "power off", "power off"),
    ] {
        service.baremetal().does(command).await;
        let node = service.api.at_rest("blade").await;
        assert_eq!((&node["power_state"], &node["last_error"]), (&json!(state), &Value::Null), "{command}");
        assert_eq!(operations(&service).await[0], json!(["power", name, "succeeded"]), "{command}");
    }
    assert_eq!(emulator.client().system().await.unwrap().power_state(), Some(redfish::PowerState::Off));
}

#[tokio::test]
async fn a_machine_is_told_what_to_boot() {
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;
    let baremetal = service.baremetal();
    let supported = baremetal.json("node boot device show blade --supported").await;
    assert_eq!(supported["supported_boot_devices"], "pxe, disk, cdrom, bios, uefihttp");
    baremetal.does("node boot device set blade pxe --persistent").await;
    let set = baremetal.json("node boot device show blade").await;
    assert_eq!(set, json!({"boot_device": "pxe", "persistent": true}));
    let boot = emulator.client().system().await.unwrap().boot();
    assert_eq!(boot.target, Some(redfish::BootTarget::Pxe));
    let refused = baremetal.refused("node boot device set blade wanboot").await;
    assert!(refused.contains("Invalid boot device wanboot specified"), "{refused}");
}

#[tokio::test]
async fn a_machine_whose_bmc_refuses_the_password_stays_where_it_is() {
    let (site, emulator) = (Site::new(""), Emulator::start());
    let service = site.start().await;
    enrol(&service, &emulator).await;
    let baremetal = service.baremetal();
    baremetal.does("node set blade --driver-info redfish_password=wrong").await;
    let refused = baremetal.refused("node manage blade --wait 60").await;
    assert!(refused.contains("failed to reach state manageable"), "{refused}");
    let node = baremetal.json("node show blade").await;
    let why = node["last_error"].as_str().unwrap();
    assert!(why.contains("check redfish_username and redfish_password") && !why.contains("wrong"), "{why}");
    assert_eq!(node["provision_state"], "enroll");
    // So with a change of power.
    baremetal.does("node power on blade").await;
    let node = service.api.at_rest("blade").await;
    assert!(node["last_error"].as_str().unwrap().contains("refused these credentials"), "{node}");
}
