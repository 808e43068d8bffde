//! A machine with an IPMI BMC, from enrolment to raw bytes, in the hands of the `baremetal` program.

use serde_json::{Value, json};

use crate::{
    simulator::{PASSWORD, Simulator},
    site::{Running, Site},
};

/// Enrols a machine whose BMC is the simulator, as `blade`.
async fn enrol(service: &Running, simulator: &Simulator) {
    let [port, password] = [format!("ipmi_port={}", simulator.port), format!("ipmi_password={PASSWORD}")];
    let info = [
        ["--driver-info", "ipmi_address=127.0.0.1"],
        ["--driver-info", port.as_str()],
        ["--driver-info", "ipmi_username=admin"],
        ["--driver-info", password.as_str()],
    ];
    service.baremetal().does_with("node create --driver ipmi --name blade", &info.concat()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_enrolled_switched_and_told_what_to_boot() {
    let (site, simulator) = (Site::new("[ipmi]\ncommand_retry_timeout = 10\n"), Simulator::start());
    let service = site.start().await;
    enrol(&service, &simulator).await;
    let baremetal = service.baremetal();
    let node = baremetal.json("node show blade").await;
    assert_eq!(node["driver_info"]["ipmi_password"], "******");
    assert_eq!(
        ["power_interface", "management_interface", "vendor_interface"].map(|field| &node[field]),
        [&json!("ipmitool"); 3]
    );
    baremetal.does("node manage blade --wait 60").await;
    let node = baremetal.json("node show blade").await;
    assert_eq!((&node["provision_state"], &node["power_state"]), (&json!("manageable"), &json!("power off")));

    let supported = baremetal.json("node boot device show blade --supported").await;
    assert_eq!(supported["supported_boot_devices"], "pxe, disk, cdrom, bios, safe");
    baremetal.does("node boot device set blade pxe").await;
    assert_eq!(baremetal.json("node boot device show blade").await, json!({"boot_device": "pxe", "persistent": false}));

    for (command, state) in [
        ("node power on blade", "power on"),
        ("node power off --soft blade", "power off"),
        ("node power on blade", "power on"),
        ("node power off blade", "power off"),
    ] {
        baremetal.does(command).await;
        let node = service.api.at_rest("blade").await;
        assert_eq!((&node["power_state"], &node["last_error"]), (&json!(state), &Value::Null), "{command}");
    }
    let told = simulator.told();
    let powers = told.iter().filter(|line| line.starts_with("set power") || line.starts_with("set shutdown"));
    assert_eq!(powers.collect::<Vec<_>>(), ["set power 1", "set shutdown 1", "set power 1", "set power 0"]);
    let bmcs = service.api.get("/kamacite/v1/nodes/blade/bmc").await;
    assert_eq!(bmcs["bmcs"][0]["protocol"], "ipmi", "{bmcs}");
    assert!(!site.log().contains(PASSWORD), "a password is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_methods_are_listed_and_called() {
    let (site, simulator) = (Site::new("[ipmi]\ncommand_retry_timeout = 10\n"), Simulator::start());
    let service = site.start().await;
    enrol(&service, &simulator).await;
    let baremetal = service.baremetal();
    let listed = baremetal.json("node passthru list blade").await;
    let row = |name, description| {
        json!({
            "Name": name, "Supported HTTP methods": "POST", "Async": true, "Description": description,
            "Response is attachment": false,
        })
    };
    assert_eq!(
        listed,
        json!([
            row(
                "bmc_reset",
                "Reset the BMC. Required argument: 'warm' (Boolean) - for warm (True) or cold (False) reset."
            ),
            row(
                "send_raw",
                "Send raw bytes to the BMC. Required argument: 'raw_bytes' - a string of raw bytes (e.g. '0x00 0x01')."
            ),
        ])
    );
    assert_eq!(service.openstack().json("node passthru list blade").await, listed);

    baremetal.does_with("node passthru call blade send_raw", &["--arg", "raw_bytes=0x00 0x02 0x01"]).await;
    let node = service.api.at_rest("blade").await;
    assert_eq!(node["last_error"], Value::Null);
    assert_eq!(simulator.told().pop().as_deref(), Some("set power 1"));
    // The simulator has no resets.
    baremetal.does("node passthru call blade bmc_reset --arg warm=false").await;
    let node = service.api.at_rest("blade").await;
    assert!(node["last_error"].as_str().unwrap().contains("Cold Reset"), "{node}");

    for (call, reason) in [
        ("nope", "No handler for method nope"),
        ("send_raw --http-method GET", "The method send_raw does not support HTTP GET"),
        ("send_raw", "Parameter 'raw_bytes' not passed to method 'send_raw'."),
        ("send_raw --arg raw_bytes=reset", "raw_bytes: \"reset\" is no byte"),
        ("send_raw --arg raw_bytes=6", "raw_bytes: a network function and a command are the least"),
        ("bmc_reset --arg warm=lukewarm", "warm: \"lukewarm\" is neither true nor false"),
        ("bmc_reset --arg cold=true", "takes no argument 'cold'"),
    ] {
        let said = baremetal.refused(&format!("node passthru call blade {call}")).await;
        assert!(said.contains(reason) && said.contains("HTTP 400"), "{call}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bmc_is_asked_what_it_speaks_before_there_is_a_node() {
    let (site, simulator) = (Site::new("[ipmi]\ncommand_retry_timeout = 10\n"), Simulator::start());
    let service = site.start().await;
    let path = "/v1/drivers/ipmi/vendor_passthru/authentication_types";
    let told = service.api.get(&format!("{path}?address=127.0.0.1&port={}", simulator.port)).await;
    assert_eq!((&told["users"], &told["port"]), (&json!(["named"]), &json!(simulator.port)), "{told}");
    let said =
        service.baremetal().refused("driver passthru call ipmi authentication_types --arg address=https://bmc").await;
    assert!(said.contains("Invalid IPMI address") && said.contains("HTTP 400"), "{said}");
}
