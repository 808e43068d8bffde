//! Real BMC emulators of somebody else's making that freeze, die in the middle of something, and come back.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};

use super::{IMPATIENT, said};
use crate::{
    emulator::Emulator,
    simulator::{self, Simulator},
    site::{Running, Site},
};

const SECTIONS: &str = "
[redfish]
connection_attempts = 2
connection_retry_interval = 0.01
read_timeout = 2

[ipmi]
command_retry_timeout = 3
";

/// A BMC that is a process.
trait Host {
    fn info(&self) -> Value;
    fn pid(&self) -> u32;
    fn dies(&mut self);
    fn rises(&mut self);

    /// It does nothing any more, and its ports stay open.
    fn freezes(&self) {
        signal(self.pid(), "-STOP");
    }

    fn thaws(&self) {
        signal(self.pid(), "-CONT");
    }
}

impl Host for Emulator {
    fn info(&self) -> Value {
        json!({"redfish_address": self.address, "redfish_username": "admin", "redfish_password": "correct horse"})
    }

    fn pid(&self) -> u32 {
        self.pid()
    }

    fn dies(&mut self) {
        self.dies();
    }

    fn rises(&mut self) {
        self.rises();
    }
}

impl Host for Simulator {
    fn info(&self) -> Value {
        json!({
            "ipmi_address": "127.0.0.1", "ipmi_port": self.port, "ipmi_username": "admin",
            "ipmi_password": simulator::PASSWORD,
        })
    }

    fn pid(&self) -> u32 {
        self.pid()
    }

    fn dies(&mut self) {
        self.dies();
    }

    fn rises(&mut self) {
        self.rises();
    }
}

fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

/// What is said of a host that is frozen, and of one that died while the power was being changed.
async fn goes_away_and_comes_back(mut host: impl Host, driver: &str, frozen: &[&str], died: &[&str]) {
    let site = Site::new(&format!("{IMPATIENT}{SECTIONS}"));
    let service = site.start().await;
    let (api, baremetal) = (&service.api, service.baremetal());
    let node = json!({"driver": driver, "name": "blade", "driver_info": host.info()});
    api.change(Method::POST, "/v1/nodes", node).await;
    baremetal.does("node manage blade --wait 60").await;

    host.freezes();
    let refused = baremetal.run("node boot device show blade").await;
    host.thaws();
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(frozen.iter().all(|part| refused.err.contains(part)), "{}", refused.err);
    is_well(&service).await;

    host.freezes();
    api.change(Method::PUT, "/v1/nodes/blade/states/power", json!({"target": "power on"})).await;
    host.dies();
    let node = api.at_rest("blade").await;
    let why = node["last_error"].as_str().unwrap();
    assert!(
        why.contains("Failed to change power state to 'power on'") && died.iter().all(|part| why.contains(part)),
        "{why}"
    );
    let (status, told) = api.send(Method::GET, "/v1/nodes/blade/management/boot_device", None).await;
    assert!([500, 503].contains(&status) && !said(&told).is_empty(), "{status} {told}");

    host.rises();
    is_well(&service).await;
    baremetal.does("node power on blade --power-timeout 60").await;
    let node = api.at_rest("blade").await;
    assert_eq!((&node["power_state"], &node["last_error"]), (&json!("power on"), &Value::Null));
    let password = host.info();
    let password = password.as_object().unwrap().iter().find(|(key, _)| key.ends_with("password")).unwrap().1;
    assert!(!site.log().contains(password.as_str().unwrap()), "the password is in the log");
}

/// The BMC answers again, and the service notices by itself.
async fn is_well(service: &Running) {
    let began = std::time::Instant::now();
    while service.api.send(Method::GET, "/v1/nodes/blade/management/boot_device", None).await.0 != 200 {
        assert!(began.elapsed() < crate::site::SOON, "it is not well again");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    service.api.until("/kamacite/v1/nodes/blade/bmc", |shown| shown["bmcs"][0]["condition"] == "up").await;
    assert_eq!(service.api.at_rest("blade").await["reservation"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_of_redfish_freezes_and_dies_and_comes_back() {
    let frozen =
        &["no answer within 2 s (2 attempts)", "the BMC may be overloaded or starting: try again, or reset it"];
    goes_away_and_comes_back(Emulator::start(), "redfish", frozen, &["/redfish/v1/Systems"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_of_ipmi_freezes_and_dies_and_comes_back() {
    let frozen =
        &["no answer (2 attempts within 3.0 s)", "the BMC may be overloaded or starting: try again, or reset it"];
    goes_away_and_comes_back(Simulator::start(), "ipmi", frozen, &["127.0.0.1"]).await;
}

/// What `ipmi_sim` checks of who comes, and what it has.
#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_of_ipmi_lets_nobody_in_who_is_wrong() {
    let host = Simulator::start();
    let site = Site::new(&format!("{IMPATIENT}{SECTIONS}"));
    let service = site.start().await;
    let api = &service.api;
    let node = json!({"driver": "ipmi", "name": "blade", "driver_info": host.info()});
    api.change(Method::POST, "/v1/nodes", node).await;
    for (key, wrong, parts) in [
        (
            "ipmi_password",
            json!("battery-staple"),
            &["has another password for the user \"admin\"", "check ipmi_password"][..],
        ),
        ("ipmi_username", json!("nobody"), &["does not let in the user \"nobody\"", "check ipmi_username"]),
        ("ipmi_cipher_suite", json!(17), &["refuses cipher suite 17", "set ipmi_cipher_suite to one it has"]),
        ("ipmi_hex_kg_key", json!("00ff"), &["has another key K_g than the one given", "leave it out"]),
    ] {
        let path = format!("/driver_info/{key}");
        api.change(Method::PATCH, "/v1/nodes/blade", json!([{"op": "add", "path": path, "value": wrong}])).await;
        let why = is_managed(&service).await.expect_err(key);
        assert!(parts.iter().all(|part| why.contains(part)) && !why.contains("battery"), "{key}: {why}");
        let right = match &host.info()[key] {
            Value::Null => json!([{"op": "remove", "path": path}]),
            right => json!([{"op": "replace", "path": path, "value": right}]),
        };
        api.change(Method::PATCH, "/v1/nodes/blade", right).await;
    }
    is_managed(&service).await.unwrap();

    // It lets everybody have every privilege, and keeps to the one that was asked for.
    let level = |value: &str| json!([{"op": "add", "path": "/driver_info/ipmi_priv_level", "value": value}]);
    for (privilege, why) in [("USER", Some("raise ipmi_priv_level in driver_info")), ("OPERATOR", None)] {
        api.change(Method::PATCH, "/v1/nodes/blade", level(privilege)).await;
        api.change(Method::PUT, "/v1/nodes/blade/states/power", json!({"target": "power on"})).await;
        let node = api.at_rest("blade").await;
        let said = node["last_error"].as_str();
        assert!(
            said.is_some() == why.is_some() && said.unwrap_or_default().contains(why.unwrap_or_default()),
            "{node}"
        );
    }
    assert!(
        !site.log().contains("battery-staple") && !site.log().contains(simulator::PASSWORD),
        "a password is in the log"
    );
}

/// Brings the node under management, or says why not.
async fn is_managed(service: &Running) -> Result<(), String> {
    service.api.change(Method::PUT, "/v1/nodes/blade/states/provision", json!({"target": "manage"})).await;
    let at_rest = |node: &Value| node["provision_state"] != "verifying" && node["reservation"].is_null();
    let node = service.api.until("/v1/nodes/blade", at_rest).await;
    node["last_error"].as_str().map_or(Ok(()), |why| Err(why.to_owned()))
}
