//! A machine whose BMC can do what the emulator's cannot, and fails as real ones do, in the hands of the `baremetal` program.

use std::sync::Arc;

use kamacite_model::{Sleep, SystemClock};
use kamacite_sim::{Config, Fault, Rack, Rule, SimBmc, Vendor, machine};
use reqwest::Method;
use serde_json::json;

use crate::site::{Running, Site};

/// A BMC that is like this manufacturer's, and the rack that it is in.
async fn rack(vendor: &str) -> Rack {
    let clock = Arc::new(SystemClock::new(|time| -> Sleep<'static> { Box::pin(tokio::time::sleep(time)) }));
    let mut config = Config { vendors: vec![Vendor::named(vendor).unwrap()], ..Config::new(1) };
    config.setup.pace = machine::Pace::INSTANT;
    Rack::start(config, clock).await.unwrap()
}

/// Enrols a machine with that BMC as `blade`.
async fn enrol(service: &Running, bmc: &SimBmc) {
    let address = format!("redfish_address={}", bmc.address());
    let info = [
        ["--driver-info", address.as_str()],
        ["--driver-info", "redfish_username=admin"],
        ["--driver-info", "redfish_password=password"],
    ];
    service.baremetal().does_with("node create --driver redfish --name blade", &info.concat()).await;
}

#[tokio::test]
async fn what_a_bmc_manages_beside_power() {
    let (site, rack) = (Site::new(""), rack("hpe").await);
    let (service, bmc) = (site.start().await, &rack.bmcs()[0]);
    enrol(&service, bmc).await;
    let baremetal = service.baremetal();
    baremetal.does("node manage blade --wait 60").await;
    baremetal.does("node power on blade --power-timeout 60").await;
    service.api.at_rest("blade").await;

    baremetal.does("node inject nmi blade").await;
    assert_eq!(bmc.machine(machine::Machine::interrupts), 1);

    baremetal.does("node boot device set blade pxe").await;
    let read = baremetal.json("node boot device show blade").await;
    assert_eq!(read, json!({"boot_device": "pxe", "persistent": false}));
    baremetal.does("node reboot blade").await;
    service.api.at_rest("blade").await;
    assert_eq!(bmc.machine(machine::Machine::booted), Some(machine::Source::Network));

    baremetal.does("node boot mode set blade bios").await;
    service.api.at_rest("blade").await;
    let before = bmc.machine(machine::Machine::secure_boot);
    baremetal.does("node secure boot on blade").await;
    let node = service.api.at_rest("blade").await;
    assert_eq!((&node["boot_mode"], &node["secure_boot"]), (&json!("bios"), &json!(true)), "{node}");
    assert_ne!(bmc.machine(machine::Machine::secure_boot), before);

    let lights = service.api.get("/v1/nodes/blade/management/indicators").await;
    let light =
        lights["indicators"].as_array().unwrap().iter().find(|one| one["component"] == "system").unwrap().clone();
    let path = format!("/v1/nodes/blade/management/indicators/{}", light["name"].as_str().unwrap());
    service.api.change(Method::PUT, &path, json!({"state": "blinking"})).await;
    assert_eq!(service.api.get(&path).await["state"], "blinking");

    let sensors = service.api.get("/kamacite/v1/nodes/blade/sensors").await;
    assert!(sensors["sensors"].as_array().is_some_and(|all| all.len() > 5), "{sensors}");

    let image = json!({"device_type": "cdrom", "image_url": "http://127.0.0.1:9/boot.iso"});
    service.api.change(Method::POST, "/v1/nodes/blade/vmedia", image).await;
    service.api.at_rest("blade").await;
    assert!(bmc.machine(|machine| machine.media().iter().any(Option::is_some)));
    baremetal.does("node passthru call blade eject_vmedia").await;
    service.api.at_rest("blade").await;
    assert!(bmc.machine(|machine| machine.media().iter().all(Option::is_none)));
}

#[tokio::test]
async fn listeners_subscribe_to_a_bmc_through_its_node() {
    let (site, rack) = (Site::new(""), rack("dell").await);
    let service = site.start().await;
    enrol(&service, &rack.bmcs()[0]).await;
    let baremetal = service.baremetal();
    baremetal.does("node passthru call blade create_subscription --arg Destination=http://127.0.0.1:9/events").await;
    let all = baremetal.does("node passthru call blade get_all_subscriptions --http-method GET").await;
    assert!(all.contains("Subscriptions/"), "{all}");
    let methods = "/v1/nodes/blade/vendor_passthru";
    let members = service.api.get(&format!("{methods}/get_all_subscriptions")).await["Members"].clone();
    let path = members[0]["@odata.id"].as_str().unwrap();
    let id = path.rsplit('/').next().unwrap();
    let one = service.api.get(&format!("{methods}/get_subscription?id={id}")).await;
    assert_eq!(one["Destination"], "http://127.0.0.1:9/events");
    service.api.change(Method::DELETE, &format!("{methods}/delete_subscription?id={id}"), json!({})).await;
    let (status, _) = service.api.send(Method::GET, &format!("{methods}/get_subscription?id={id}"), None).await;
    assert_eq!(status, 404);
    let refused = baremetal.refused("node passthru call blade create_subscription --arg Destination=nowhere").await;
    assert!(refused.contains("Destination nowhere is not a valid URI"), "{refused}");
}

#[tokio::test]
async fn a_bmc_that_fails_says_so_and_comes_back() {
    let sections = "[redfish]\nconnection_attempts = 1\nread_timeout = 1\n\n[kamacite]\nbmc_silences = 2\n";
    let (site, rack) = (Site::new(sections), rack("generic").await);
    let (service, bmc) = (site.start().await, &rack.bmcs()[0]);
    enrol(&service, bmc).await;
    let methods = "/v1/nodes/blade/vendor_passthru/get_all_subscriptions";
    service.api.get(methods).await;
    bmc.fault(Rule::from(Fault::Hang).times(0));
    for _ in 0..2 {
        let (status, told) = service.api.send(Method::GET, methods, None).await;
        assert_eq!(status, 500, "{told}");
    }
    let (status, told) = service.api.send(Method::GET, methods, None).await;
    assert!(status == 503 && told.to_string().contains("has not answered for"), "{status} {told}");
    let shown = service.api.get("/kamacite/v1/nodes/blade/bmc").await["bmcs"][0].clone();
    assert_eq!((&shown["condition"], &shown["silent"]), (&json!("silent"), &json!(2)), "{shown}");
    bmc.with(|bmc, _| bmc.faults.clear());
    let back = service.api.until("/kamacite/v1/nodes/blade/bmc", |found| {
        // Whoever asks after the pause finds out.
        found["bmcs"][0]["next_try_at"].is_null()
    });
    let asking = async {
        while service.api.send(Method::GET, methods, None).await.0 != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    let (found, ()) = tokio::join!(back, asking);
    assert_eq!(found["bmcs"][0]["condition"], "up", "{found}");
}

#[tokio::test]
async fn a_session_is_ended_with_the_service() {
    let (site, rack) = (Site::new(""), rack("generic").await);
    let (service, bmc) = (site.start().await, &rack.bmcs()[0]);
    enrol(&service, bmc).await;
    service.baremetal().does("node manage blade --wait 60").await;
    assert_eq!(sessions(bmc).await, 1);
    assert!(service.terminate().await.success());
    assert_eq!(sessions(bmc).await, 0);
}

/// How many sessions a BMC has.
async fn sessions(bmc: &SimBmc) -> usize {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/redfish/v1/SessionService/Sessions", bmc.address().trim_end_matches('/'));
    let found = http.get(url).basic_auth("admin", Some("password")).send().await.unwrap().text().await.unwrap();
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    found["Members"].as_array().unwrap().len()
}
