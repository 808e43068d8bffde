//! What a BMC says of itself and of its machine's sensors; how it restarts; what lies behind it.

use ipmi::{Bridging, ChassisControl, Completion, Error, Hop, Target};
use kamacite_sim::{
    Config, VENDORS,
    machine::{self, READINGS},
};

use crate::rack::eventually;

use super::{client, client_of, ipmi, one, started, target, tool::Tool};

#[tokio::test]
async fn every_vendor_has_its_number() {
    for (name, number, version) in [
        ("generic", 0, "1.00"),
        ("dell", 674, "7.10"),
        ("hpe", 47_196, "3.01"),
        ("supermicro", 10_876, "1.03"),
        ("ami", 20_974, "13.04"),
        ("lenovo", 19_046, "5.10"),
    ] {
        let vendors = VENDORS.iter().filter(|vendor| vendor.name == name).collect();
        let (_rack, bmc) = started(Config { vendors, ..ipmi(1) }).await;
        let said = Tool::of(&bmc).well(&["mc", "info"]).await;
        let line = |start: &str| said.lines().find(|line| line.starts_with(start)).unwrap_or_default().to_owned();
        assert!(line("Manufacturer ID").ends_with(&format!(": {number}")), "{said}");
        assert!(line("Firmware Revision").ends_with(&format!(": {version}")), "{said}");
        assert!(line("IPMI Version").ends_with(": 2.0"), "{said}");
        for ability in ["Sensor Device", "SDR Repository Device", "SEL Device", "Chassis Device"] {
            assert!(said.contains(ability), "{ability}: {said}");
        }
        assert_eq!(client(&bmc).device_id().await.unwrap().manufacturer, number);
    }
}

#[tokio::test]
async fn the_tool_reads_sensors_of_every_vendor() {
    for vendor in VENDORS {
        let (_rack, bmc) = started(Config { vendors: vec![vendor], ..ipmi(1) }).await;
        let tool = Tool::of(&bmc);
        tool.well(&["power", "on"]).await;
        let said = tool.well(&["sdr", "elist"]).await;
        assert_eq!(said.lines().count(), READINGS.len() + 3, "{}: {said}", vendor.name);
        let row = |name: &str| said.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        assert!(row("CPU1 Temp").contains("| ok ") && row("CPU1 Temp").ends_with("degrees C"), "{said}");
        assert!(row("Fan1").ends_with("RPM") && row("PSU1 Input").ends_with("Watts"), "{said}");
        assert!(row("PSU2 Status").contains("Presence detected") && row("Host Power").contains("S0/G0"), "{said}");
    }
}

#[tokio::test]
async fn the_tool_reads_thresholds_and_states() {
    let (_rack, bmc) = one().await;
    let tool = Tool::of(&bmc);
    bmc.event(machine::Event::Dictate(1, Some(90.0))).unwrap();
    bmc.event(machine::Event::Dictate(9, Some(13.6))).unwrap();
    let said = tool.well(&["sensor"]).await;
    let cells = |name: &str| -> Vec<String> {
        let row = said.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        row.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let cpu = ["CPU1 Temp", "90.000", "degrees C", "nc", "na", "na", "na", "85.000", "95.000", "na"];
    assert_eq!(cells("CPU1 Temp"), cpu, "{said}");
    assert_eq!(cells("P12V")[1..4], ["13.600", "Volts", "cr"], "{said}");
    assert_eq!(cells("PSU1 Voltage")[1..3], ["229.500", "Volts"], "{said}");
    assert_eq!(cells("Inlet Temp")[..4], ["Inlet Temp", "21.000", "degrees C", "ok"]);
    assert_eq!(cells("Fan1")[1], "0.000", "{said}");
    assert!(said.lines().any(|line| line.starts_with("Host Power") && line.contains("discrete")), "{said}");
}

#[tokio::test]
async fn the_client_reads_sensors_of_every_vendor() {
    for vendor in VENDORS {
        let (_rack, bmc) = started(Config { vendors: vec![vendor], ..ipmi(1) }).await;
        let client = client(&bmc);
        client.chassis_control(ChassisControl::On).await.unwrap();
        let sensors = client.sensors().await.unwrap();
        assert_eq!(sensors.len(), READINGS.len() + 3);
        let readings: Vec<machine::Reading> = bmc.with(|bmc, _| bmc.machine.readings().collect());
        for (sensor, reading) in sensors.iter().zip(readings) {
            assert_eq!(sensor.name, reading.sensor.name);
            let read = client.sensor_reading(sensor).await.unwrap();
            let step = sensor.conversion.unwrap().difference(1).unwrap();
            let off = (read.value.unwrap() - f64::from(reading.value)).abs();
            assert!(off <= step / 2.0 + 1e-6, "{}: {read:?}, not {}", sensor.name, reading.value);
            assert_eq!(read.thresholds.worst(), "ok", "{}", sensor.name);
            let near = |own: Option<f64>, its: Option<f32>| match (own, its) {
                (Some(own), Some(its)) => (own - f64::from(its)).abs() < 1e-4,
                (own, its) => own.is_none() && its.is_none(),
            };
            assert!(near(sensor.thresholds.upper_critical, reading.sensor.critical), "{sensor:?}");
            assert!(near(sensor.thresholds.upper_non_critical, reading.sensor.caution), "{sensor:?}");
        }
        let host = client.sensor_reading(&sensors[READINGS.len()]).await.unwrap();
        assert_eq!((host.value, host.states.len()), (None, 1), "{host:?}");
    }
}

#[tokio::test]
async fn the_tool_reads_the_network_and_more() {
    let (_rack, bmc) = one().await;
    let tool = Tool::of(&bmc);
    let said = tool.well(&["lan", "print", "1"]).await;
    for words in ["IP Address              : 127.0.0.1", "02:4b:00:00:00:bc", "Static Address"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(client(&bmc).lan_mac_address(None).await.unwrap().to_string(), "02:4b:00:00:00:bc");
    let uuid = bmc.with(|bmc, _| bmc.machine.uuid().to_string());
    let said = tool.well(&["mc", "guid", "rfc4122"]).await;
    assert!(said.to_lowercase().contains(&uuid) || said.contains("GUID"), "{said}");
    assert!(tool.well(&["mc", "selftest"]).await.contains("passed"));
    assert!(tool.well(&["sel", "info"]).await.contains("Entries          : 0"));
    assert!(tool.well(&["user", "list", "1"]).await.contains("admin"));
    assert!(tool.well(&["channel", "info", "1"]).await.contains("802.3 LAN"));
    assert!(tool.well(&["channel", "getciphers", "ipmi", "1"]).await.contains("17"));
    // What it does not know, it says.
    let said = tool.run(&["raw", "6", "0x77"]).await;
    assert!(!said.well && said.err.contains("0xc1"), "{said:?}");
    let refused = client(&bmc).raw(0x2e, 0, 0x01, &[]).await.unwrap_err();
    assert_eq!(refused.completion(), Some(Completion::INVALID_COMMAND));
}

#[tokio::test]
async fn a_bmc_that_restarts_is_away_and_comes_back() {
    for (kind, client_too) in [("cold", false), ("warm", true)] {
        let mut config = ipmi(1);
        config.setup.pace.bmc_ms = 60_000;
        let (_rack, bmc) = started(config).await;
        let client = client(&bmc);
        client.chassis_control(ChassisControl::On).await.unwrap();
        if client_too {
            client.warm_reset().await.unwrap();
        } else {
            let said = Tool::of(&bmc).run(&["mc", "reset", kind]).await;
            assert!(said.out.contains("Sent cold reset command"), "{said:?}");
        }
        // The tool waits for no answer to a cold reset.
        eventually(kind, || bmc.with(|bmc, now| bmc.is_away(now))).await;
        assert_eq!(bmc.with(|bmc, _| bmc.ipmi_sessions()), 0);
        bmc.with(|bmc, _| bmc.come_back());
        // The machine did not notice, and the client opens a session anew.
        assert!(client.chassis_status().await.unwrap().power_on);
    }
    let mut config = ipmi(1);
    config.setup.pace.bmc_ms = 300;
    let (_rack, bmc) = started(config).await;
    client(&bmc).cold_reset().await.unwrap();
    eventually("it is back", || bmc.with(|bmc, now| !bmc.is_away(now))).await;
    client(&bmc).chassis_status().await.unwrap();
}

#[tokio::test]
async fn a_controller_behind_it_minds_the_machine() {
    let (_rack, bmc) = one().await;
    let hop = |channel, address| Hop { channel, address };
    for (transit, place) in [(None, hop(0, 0x72)), (None, hop(7, 0x72)), (Some(hop(0, 0x82)), hop(7, 0x72))] {
        let bridging = Some(Bridging { transit, target: place, local_address: Bridging::LOCAL });
        let behind = client_of(Target { bridging, ..target(&bmc) });
        assert_eq!(behind.device_id().await.unwrap().device, 0x21, "{transit:?} {place:?}");
        behind.chassis_control(ChassisControl::On).await.unwrap();
        assert!(bmc.with(|bmc, _| bmc.machine.power() == machine::PowerState::On));
        behind.chassis_control(ChassisControl::Off).await.unwrap();
        assert!(!behind.chassis_status().await.unwrap().power_on);
    }
    let nobody = Some(Bridging { transit: None, target: hop(0, 0x74), local_address: Bridging::LOCAL });
    let refused = client_of(Target { bridging: nobody, ..target(&bmc) }).device_id().await.unwrap_err();
    assert!(matches!(refused, Error::Bridge { code: Completion(0x83), .. }), "{refused:?}");
    let single = Tool { options: &["-b", "0", "-t", "0x72"], ..Tool::of(&bmc) };
    assert_eq!(single.well(&["power", "status"]).await, "Chassis Power is off");
    let double = Tool { options: &["-B", "0", "-T", "0x82", "-b", "7", "-t", "0x72"], ..Tool::of(&bmc) };
    assert_eq!(double.well(&["power", "status"]).await, "Chassis Power is off");
}
