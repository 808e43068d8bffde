//! The IPMI driver against a real simulator of somebody else's making, here and behind a wire: natively, and by the program
//! `ipmitool`.
//!
//! The simulator, `ipmi_sim` of Debian's package openipmi, is found through `KAMACITE_IPMI_SIM`; the program, of the package
//! ipmitool, must be on the path, and is found through `KAMACITE_IPMITOOL` where a test runs it itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

#[path = "../../libs/ipmi/tests/stories/scripted.rs"]
#[allow(dead_code, reason = "the client's stories need more of it")]
mod scripted;
#[path = "../../libs/ipmi/tests/stories/simulator.rs"]
#[allow(dead_code, reason = "the client's stories need more of it")]
mod simulator;
mod support;

use std::time::{Duration, Instant};

use kamacite_driver::{
    ErrorKind, Mode, StepKind, Verb,
    model::{BootDevice, Health, InterfaceKind, PowerState, PowerTarget, SensorKind},
    serde_json::Value,
};
use scripted::{CHASSIS_STATUS, Conduct, Scripted};
use serde_json::json;
use simulator::{PASSWORD, Simulator};
use support::{Bench, Way, both_ways, refusal};

both_ways!(
    a_bmc_that_does_not_answer_is_left_alone,
    a_boot_device_is_chosen_and_read_back,
    a_key_and_a_password_reach_the_bmc_by_the_program,
    a_machine_is_driven_by_the_program_where_the_node_wants_it,
    a_machine_is_switched_on_and_off,
    a_refused_cipher_suite_is_told,
    a_wrong_password_is_tried_once,
    bytes_are_sent,
    sensors_are_read,
    what_the_bmc_cannot_do_is_told,
);

/// A node whose BMC listens on this port of this host, with more keys.
fn managed(way: Way, port: u16, more: &Value) -> Bench {
    managed_with(way, &[("ipmi", "command_retry_timeout", "5")], port, more)
}

/// The same, with other options.
fn managed_with(way: Way, options: &[(&str, &str, &str)], port: u16, more: &Value) -> Bench {
    let bench = Bench::new(way, "ipmi", options);
    bench.against("ipmi_sim");
    let more = more.as_object().unwrap().clone();
    bench.machine.change(|node| {
        node.driver_info.insert("ipmi_address".to_owned(), "127.0.0.1".into());
        node.driver_info.insert("ipmi_port".to_owned(), port.into());
        node.driver_info.insert("ipmi_username".to_owned(), "admin".into());
        node.driver_info.insert("ipmi_password".to_owned(), PASSWORD.into());
        node.driver_info.extend(more);
    });
    bench
}

async fn power_of(bench: &Bench) -> kamacite_driver::Result<Option<PowerState>> {
    bench.on().power.power_state(&bench.shared()).await
}

/// Through all powers and back.
async fn goes_everywhere(bench: &Bench, simulator: &Simulator) {
    let power = bench.on().power.clone();
    power.validate(&bench.shared()).await.unwrap();
    assert_eq!(power_of(bench).await.unwrap(), Some(PowerState::Off));
    for target in [
        PowerTarget::On,
        PowerTarget::Reboot,
        PowerTarget::SoftReboot,
        PowerTarget::SoftOff,
        PowerTarget::Reboot,
        PowerTarget::Off,
    ] {
        power.set_power(&mut bench.exclusive(), target, None).await.unwrap();
        assert_eq!(power_of(bench).await.unwrap(), Some(target.reaches()), "{target}");
    }
    let told = simulator.told();
    let told: Vec<_> = told.iter().filter(|line| line.starts_with("set")).map(String::as_str).collect();
    assert_eq!(
        told,
        ["set power 1", "set reset 1", "set shutdown 1", "set power 1", "set shutdown 1", "set power 1", "set power 0"]
    );
}

async fn a_machine_is_switched_on_and_off(way: Way) {
    let simulator = Simulator::start();
    goes_everywhere(&managed(way, simulator.port, &json!({})), &simulator).await;
}

async fn a_machine_is_driven_by_the_program_where_the_node_wants_it(way: Way) {
    let simulator = Simulator::start();
    let bench = managed(way, simulator.port, &json!({"ipmi_client": "ipmitool", "ipmi_cipher_suite": 3}));
    goes_everywhere(&bench, &simulator).await;
    let management = bench.on().management.clone();
    management.set_boot_device(&mut bench.exclusive(), BootDevice::Cdrom, false).await.unwrap();
    let read = management.boot_device(&bench.shared()).await.unwrap();
    assert_eq!((read.device, read.persistent), (Some(BootDevice::Cdrom), Some(false)));
    let maker = management.vendor_name().unwrap().detect_vendor(&bench.shared()).await.unwrap();
    assert_eq!(maker.as_deref(), Some("IANA enterprise 4753"));
    let answer = bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "0x06 0x01"})).await.unwrap();
    assert!(answer.as_str().unwrap().starts_with("0x00 0x03 0x09"), "{answer}");
    let nmi = management.nmi().unwrap().inject_nmi(&mut bench.exclusive()).await;
    assert_eq!(refusal(nmi).0, ErrorKind::Unsupported);
    let (kind, words) = refusal(management.sensors().unwrap().readings(&bench.shared()).await);
    assert!(kind == ErrorKind::Unsupported && words.contains("native"), "{words}");

    // A wrong password is tried once by the program, too.
    bench.machine.change(|node| {
        node.driver_info.insert("ipmi_password".to_owned(), "battery".into());
    });
    let (kind, words) = refusal(power_of(&bench).await);
    assert!(kind == ErrorKind::Hardware && words.contains("RAKP 2 HMAC is invalid"), "{words}");
    let (_, words) = refusal(power_of(&bench).await);
    assert!(words.contains("refused these credentials") && !words.contains("battery"), "{words}");
    bench.machine.change(|node| {
        node.driver_info.insert("ipmi_password".to_owned(), PASSWORD.into());
    });
    power_of(&bench).await.unwrap();
    // IPMI 1.5, which the simulator speaks as well.
    bench.machine.change(|node| {
        node.driver_info.remove("ipmi_cipher_suite");
        node.driver_info.insert("ipmi_protocol_version".to_owned(), 1.5.into());
    });
    power_of(&bench).await.unwrap();
}

async fn a_key_and_a_password_reach_the_bmc_by_the_program(way: Way) {
    let key = b"twenty bytes of key!".to_vec();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let bmc = Scripted::with(Conduct { bmc_key: Some(key), ..Conduct::default() }).await;
    for (client, suite) in [("native", 17), ("ipmitool", 17), ("ipmitool", 3)] {
        let more = json!({"ipmi_client": client, "ipmi_cipher_suite": suite, "ipmi_hex_kg_key": hex});
        let bench = managed(way, bmc.port, &more);
        bench.against("scripted");
        assert_eq!(power_of(&bench).await.unwrap(), Some(PowerState::On), "{client} {suite}");
        bench.machine.change(|node| {
            node.driver_info.insert("ipmi_hex_kg_key".to_owned(), "00ff".into());
        });
        let (kind, words) = refusal(power_of(&bench).await);
        assert!(kind == ErrorKind::Hardware && words.contains("ipmi_hex_kg_key"), "{words}");
    }
    assert_eq!(bmc.count(CHASSIS_STATUS), 3);
}

async fn a_boot_device_is_chosen_and_read_back(way: Way) {
    let simulator = Simulator::start();
    let bench = managed(way, simulator.port, &json!({}));
    let management = bench.on().management.clone();
    management.validate(&bench.shared()).await.unwrap();
    for device in [BootDevice::Pxe, BootDevice::Cdrom, BootDevice::Disk] {
        assert!(management.supported_boot_devices(&bench.shared()).await.unwrap().contains(&device));
        management.set_boot_device(&mut bench.exclusive(), device, false).await.unwrap();
        let read = management.boot_device(&bench.shared()).await.unwrap();
        assert_eq!((read.device, read.persistent), (Some(device), Some(false)));
    }
}

async fn sensors_are_read(way: Way) {
    let simulator = Simulator::with(&[
        add(&record(0x30, 4, 18, [75, 2, 0, 0], b"FAN 1")),
        add(&record(0x31, 1, 1, [1, 0, 0xc0, 0xc0], b"CPU T")),
        "sensor_add 0x20 0 0x30 0x04 0x01".to_owned(),
        "sensor_set_threshold 0x20 0 0x30 settable 111111 0xf0 0xc8 0xb4 0x14 0x0a 0x05".to_owned(),
        "sensor_set_value 0x20 0 0x30 112 0".to_owned(),
        "sensor_add 0x20 0 0x31 0x01 0x01".to_owned(),
        "sensor_set_value 0x20 0 0x31 100 0".to_owned(),
    ]);
    let bench = managed(way, simulator.port, &json!({}));
    let management = bench.on().management.clone();
    let readings = management.sensors().unwrap().readings(&bench.shared()).await.unwrap();
    let shown: Vec<_> =
        readings.iter().map(|one| (one.kind, one.name.as_str(), one.reading, one.unit.as_deref())).collect();
    assert_eq!(
        shown,
        [
            (SensorKind::Fan, "FAN 1", Some(8400.0), Some("RPM")),
            (SensorKind::Temperature, "CPU T", Some(36.0), Some("Cel"))
        ]
    );
    assert_eq!((readings[0].thresholds.upper_critical, readings[0].status), (Some(15_000.0), Some(Health::Ok)));
}

/// A full record of a sensor: its number, type, unit, the factors of its readings, and its name of five letters.
fn record(number: u8, kind: u8, unit: u8, factors: [u8; 4], name: &[u8; 5]) -> Vec<u8> {
    let mut record = vec![0; 48];
    record[..14].copy_from_slice(&[number, 0, 0x51, 1, 48, 0x20, 0, number, 0x1d, 1, 0x7f, 0x68, kind, 1]);
    record[14..20].copy_from_slice(&[0, 0, 0, 0, 0x3f, 0x3f]);
    record[21] = unit;
    record[24..28].copy_from_slice(&factors);
    record[30..44].copy_from_slice(&[1, 100, 0, 0, 255, 0, 240, 200, 180, 5, 10, 20, 2, 2]);
    record[47] = 0xc0 | 5;
    record.extend(name);
    record
}

/// The command that adds a record to the simulator's repository.
fn add(record: &[u8]) -> String {
    let bytes: Vec<String> = record.iter().map(|byte| format!("{byte:#04x}")).collect();
    format!("main_sdr_add 0x20 {}", bytes.join(" "))
}

async fn bytes_are_sent(way: Way) {
    let simulator = Simulator::start();
    let bench = managed(way, simulator.port, &json!({}));
    let answer = bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "0x00 0x01"})).await.unwrap();
    assert_eq!(answer, json!("0x00 0x00 0x00"));
    bench
        .run(InterfaceKind::Vendor, StepKind::Clean, "send_raw", json!({"raw_bytes": "0x00 0x02 0x01"}), None)
        .await
        .unwrap();
    assert_eq!(power_of(&bench).await.unwrap(), Some(PowerState::On));
    let (kind, words) = refusal(bench.ask("send_raw", Verb::POST, json!({"raw_bytes": "0x3e 0x01"})).await);
    assert!(kind == ErrorKind::Unsupported && words.contains("invalid command"), "{words}");
}

async fn what_the_bmc_cannot_do_is_told(way: Way) {
    let simulator = Simulator::start();
    let bench = managed(way, simulator.port, &json!({}));
    for args in [json!({}), json!({"warm": "false"})] {
        let (kind, words) = refusal(bench.ask("bmc_reset", Verb::POST, args).await);
        assert!(kind == ErrorKind::Unsupported && words.contains("invalid command"), "{words}");
    }
    let management = bench.on().management.clone();
    let interrupted = management.nmi().unwrap().inject_nmi(&mut bench.exclusive()).await;
    assert_eq!(refusal(interrupted).0, ErrorKind::Unsupported);
    // What a user must not do, the BMC says.
    bench.machine.change(|node| {
        node.driver_info.insert("ipmi_username".to_owned(), "reader".into());
        node.driver_info.insert("ipmi_priv_level".to_owned(), "USER".into());
    });
    assert_eq!(power_of(&bench).await.unwrap(), Some(PowerState::Off));
    let (kind, words) = refusal(bench.on().power.set_power(&mut bench.exclusive(), PowerTarget::On, None).await);
    assert!(kind == ErrorKind::Hardware && words.contains("ipmi_priv_level"), "{words}");
}

async fn a_wrong_password_is_tried_once(way: Way) {
    let bmc = Scripted::start().await;
    let bench = managed(way, bmc.port, &json!({"ipmi_password": "battery staple"}));
    bench.against("scripted");
    let (kind, words) = refusal(power_of(&bench).await);
    assert!(kind == ErrorKind::Hardware && words.contains("check ipmi_password"), "{words}");
    assert!(!words.contains("battery staple"));
    let heard = bmc.heard().len();
    let (kind, words) = refusal(power_of(&bench).await);
    assert!(kind == ErrorKind::Hardware && words.contains("refused these credentials"), "{words}");
    assert_eq!(bmc.heard().len(), heard, "nothing was asked");
    // The right one is used at once.
    bench.machine.change(|node| {
        node.driver_info.insert("ipmi_password".to_owned(), PASSWORD.into());
    });
    power_of(&bench).await.unwrap();
}

async fn a_refused_cipher_suite_is_told(way: Way) {
    let simulator = Simulator::start();
    let bench = managed(way, simulator.port, &json!({"ipmi_cipher_suite": "17"}));
    for _ in 0..2 {
        let (kind, words) = refusal(power_of(&bench).await);
        assert!(kind == ErrorKind::Hardware && words.contains("refuses cipher suite 17"), "{words}");
    }
}

async fn a_bmc_that_does_not_answer_is_left_alone(way: Way) {
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let options = [("ipmi", "command_retry_timeout", "1"), ("kamacite", "bmc_silences", "2")];
    let bench = managed_with(way, &options, nobody.local_addr().unwrap().port(), &json!({}));
    let began = Instant::now();
    for _ in 0..2 {
        let (kind, words) = refusal(power_of(&bench).await);
        assert!(kind == ErrorKind::Hardware && words.contains("does not answer"), "{words}");
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    let began = Instant::now();
    let (kind, words) = refusal(power_of(&bench).await);
    assert!(kind == ErrorKind::Busy && words.contains("has not answered for"), "{words}");
    assert!(began.elapsed() < Duration::from_secs(1));
}

/// The table of the reference's documentation, row by row, and one method of the driver's own.
#[test]
fn methods_are_described_as_in_the_reference() {
    let bench = Bench::new(Way::Directly, "ipmi", &[]);
    let on = bench.on();
    let vendor = on.implementation(InterfaceKind::Vendor);
    let rows: Vec<_> = vendor
        .node_methods
        .iter()
        .map(|method| {
            (method.spec.name.as_str(), &method.spec.verbs[..], method.spec.mode, method.spec.description.as_str())
        })
        .collect();
    assert_eq!(
        rows,
        [
            (
                "bmc_reset",
                &[Verb::POST][..],
                Mode::Async,
                "Reset the BMC. Required argument: 'warm' (Boolean) - for warm (True) or cold (False) reset."
            ),
            (
                "send_raw",
                &[Verb::POST],
                Mode::Async,
                "Send raw bytes to the BMC. Required argument: 'raw_bytes' - a string of raw bytes (e.g. '0x00 0x01')."
            ),
        ]
    );
    assert!(vendor.node_methods.iter().all(|method| method.spec.exclusive && !method.spec.attach));
    let own: Vec<_> =
        vendor.driver_methods.iter().map(|method| (method.spec.name.as_str(), method.spec.mode)).collect();
    assert_eq!(own, [("authentication_types", Mode::Sync)]);
}

#[test]
fn a_node_tells_which_properties_it_may_have() {
    let bench = Bench::new(Way::Directly, "ipmi", &[]);
    for kind in [InterfaceKind::Power, InterfaceKind::Management, InterfaceKind::Vendor] {
        let properties = bench.on().implementation(kind).interface.base().properties();
        let required: Vec<_> = properties.iter().filter(|property| property.required).map(|one| &one.name).collect();
        assert_eq!(required, ["ipmi_address"]);
        assert_eq!(properties.len(), 17);
        for property in &properties {
            assert!(!property.description.contains("  ") && !property.description.is_empty(), "{}", property.name);
        }
    }
}
