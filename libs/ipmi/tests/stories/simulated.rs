//! The client against a real simulator of somebody else's making.

use ipmi::{
    BootDevice, BootFlags, BootMode, ChassisControl, CipherSuite, Completion, Error, Identify, KeepBootFlags, Password,
    Privilege, Target,
};

use crate::simulator::Simulator;

#[tokio::test]
async fn a_machine_is_switched_on_and_off() {
    let simulator = Simulator::start();
    let bmc = simulator.client();
    assert!(!bmc.chassis_status().await.unwrap().power_on);
    // It has no suite 17.
    assert_eq!(bmc.suite().await, Some(CipherSuite::HmacSha1));
    for (control, on) in [
        (ChassisControl::On, true),
        (ChassisControl::Reset, true),
        (ChassisControl::Soft, false),
        (ChassisControl::On, true),
        (ChassisControl::Off, false),
    ] {
        bmc.chassis_control(control).await.unwrap();
        assert_eq!(bmc.chassis_status().await.unwrap().power_on, on, "{control}");
        let said = simulator.ipmitool(&["chassis", "power", "status"]);
        assert_eq!(said.trim(), if on { "Chassis Power is on" } else { "Chassis Power is off" });
    }
    // It comes back from a cycle by itself, ten seconds later.
    bmc.chassis_control(ChassisControl::On).await.unwrap();
    bmc.chassis_control(ChassisControl::Cycle).await.unwrap();
    assert_eq!(simulator.told().pop().as_deref(), Some("set power 0"));

    let e = bmc.chassis_control(ChassisControl::DiagnosticInterrupt).await.unwrap_err();
    assert!(e.completion().is_some_and(Completion::is_unsupported), "{e:?}");
    assert!(e.to_string().contains("(cch); the BMC does not support it"), "{e}");
}

#[tokio::test]
async fn a_boot_device_is_set_as_the_other_client_sets_it() {
    let simulator = Simulator::start();
    let bmc = simulator.client();
    let flags = |device| BootFlags { valid: true, persistent: false, mode: BootMode::Legacy, device };
    let devices = [(BootDevice::Pxe, "pxe"), (BootDevice::CdRom, "cdrom"), (BootDevice::Disk, "disk")];
    for (device, word) in devices {
        bmc.set_boot_flags(&flags(device)).await.unwrap();
        let ours = simulator.told();
        // It keeps the device only.
        assert_eq!(bmc.boot_flags().await.unwrap(), BootFlags { valid: false, ..flags(device) });
        let before = simulator.told().len();
        simulator.ipmitool(&["chassis", "bootdev", word]);
        let set = |line: &&String| line.starts_with("set");
        assert_eq!(ours.iter().rfind(set), simulator.told()[before..].iter().rfind(set), "{word}");
    }
    let keep = bmc.keep_boot_flags(KeepBootFlags { timeout: true, ..KeepBootFlags::default() }).await;
    assert!(keep.is_ok() || keep.is_err_and(|e| e.completion().is_some()));
}

#[tokio::test]
async fn the_bmc_tells_who_it_is_and_blinks() {
    let simulator = Simulator::start();
    let bmc = simulator.client();
    let id = bmc.device_id().await.unwrap();
    let said = simulator.ipmitool(&["mc", "info"]);
    for line in [
        format!("Firmware Revision         : {}.{:02}", id.firmware_major, id.firmware_minor),
        format!("IPMI Version              : {}.{}", id.ipmi.0, id.ipmi.1),
        format!("Manufacturer ID           : {}", id.manufacturer),
        format!("Product ID                : {}", id.product),
    ] {
        assert!(said.contains(&line), "no {line:?} in {said}");
    }
    bmc.identify(Identify::Seconds(5)).await.unwrap();
    bmc.identify(Identify::Indefinitely).await.unwrap();
    assert_eq!(simulator.told().iter().filter(|line| line.starts_with("set identify")).count(), 2);
    assert_eq!(bmc.raw(0x06, 0, 0x01, &[]).await.unwrap()[2], id.firmware_major);
}

#[tokio::test]
async fn the_mac_address_is_read() {
    let simulator = Simulator::start();
    let address = simulator.client().lan_mac_address(None).await.unwrap();
    assert_eq!(address.to_string(), "52:54:00:12:34:56");
}

#[tokio::test]
async fn it_has_no_resets() {
    let simulator = Simulator::start();
    let bmc = simulator.client();
    for outcome in [bmc.cold_reset().await, bmc.warm_reset().await] {
        assert_eq!(outcome.unwrap_err().completion(), Some(Completion::INVALID_COMMAND));
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let simulator = Simulator::start();
    let target = || simulator.target();
    let refused = async |target: Target| simulator.client_of(target).chassis_status().await.unwrap_err();

    let e = refused(Target { suite: Some(CipherSuite::HmacSha256), ..target() }).await;
    assert!(matches!(e, Error::Suite { .. }), "{e:?}");
    let e = refused(Target { password: Password::new("battery"), ..target() }).await;
    assert!(matches!(e, Error::Password { .. }), "{e:?}");
    let e = refused(Target { username: "nobody".to_owned(), ..target() }).await;
    assert!(matches!(e, Error::Username { .. }), "{e:?}");

    // It lets everybody have every privilege, and keeps to the one that was asked for.
    let bmc = simulator.client_of(Target { privilege: Privilege::User, username: "reader".to_owned(), ..target() });
    bmc.chassis_status().await.unwrap();
    let e = bmc.chassis_control(ChassisControl::On).await.unwrap_err();
    assert_eq!(e.completion(), Some(Completion::PRIVILEGE));
}
