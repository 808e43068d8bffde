//! What the machine starts from next: set by either client, read back, and used up by a boot.

use std::time::Duration;

use ipmi::{BootDevice, BootFlags, BootMode, ChassisControl, KeepBootFlags};
use kamacite_sim::{
    Config, Fault, Rule,
    machine::{Mode, Source},
};

use crate::rack::instant;

use super::{client, ipmi, one, started, tool::Tool};

const ONCE: BootFlags = BootFlags { valid: true, persistent: false, mode: BootMode::Efi, device: BootDevice::Pxe };

fn has(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
}

#[tokio::test]
async fn the_tool_sets_a_device_for_one_boot() {
    let (_rack, bmc) = one().await;
    let tool = Tool::of(&bmc);
    let said = tool.well(&["chassis", "bootparam", "get", "5"]).await;
    has(&said, &["Boot Flag Invalid", "No override"]);
    tool.well(&["chassis", "bootdev", "pxe", "options=efiboot"]).await;
    let said = tool.well(&["chassis", "bootparam", "get", "5"]).await;
    has(&said, &["Boot Flag Valid", "only next boot", "BIOS EFI boot", "Force PXE"]);
    tool.well(&["power", "on"]).await;
    assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(Source::Network));
    has(&tool.well(&["chassis", "bootparam", "get", "5"]).await, &["Boot Flag Invalid"]);
    tool.well(&["power", "reset"]).await;
    assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(Source::Disk));
}

#[tokio::test]
async fn the_tool_sets_a_device_for_good() {
    let (_rack, bmc) = one().await;
    let tool = Tool { suite: "3", ..Tool::of(&bmc) };
    tool.well(&["chassis", "bootdev", "cdrom", "options=persistent"]).await;
    let said = tool.well(&["chassis", "bootparam", "get", "5"]).await;
    has(&said, &["Boot Flag Valid", "all future boots", "PC Compatible", "CD/DVD"]);
    tool.well(&["chassis", "bootdev", "pxe", "options=persistent"]).await;
    for action in ["on", "cycle", "reset"] {
        tool.well(&["power", action]).await;
        let seen = bmc.with(|bmc, _| (bmc.machine.booted(), bmc.machine.mode()));
        assert_eq!(seen, (Some(Source::Network), Mode::Legacy), "after {action}");
        has(&tool.well(&["chassis", "bootparam", "get", "5"]).await, &["Boot Flag Valid", "Force PXE"]);
    }
    tool.well(&["chassis", "bootdev", "none"]).await;
    tool.well(&["power", "reset"]).await;
    assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(Source::Disk));
}

#[tokio::test]
async fn the_client_reads_back_what_it_wrote() {
    let (_rack, bmc) = one().await;
    let client = client(&bmc);
    assert!(!client.boot_flags().await.unwrap().valid);
    for (device, source) in [
        (BootDevice::Pxe, Source::Network),
        (BootDevice::Disk, Source::Disk),
        (BootDevice::SafeMode, Source::Disk),
        (BootDevice::Diagnostics, Source::Diagnostics),
        (BootDevice::BiosSetup, Source::Setup),
        (BootDevice::RemoteFloppy, Source::Floppy),
        (BootDevice::RemoteMedia, Source::Usb),
        (BootDevice::RemoteDisk, Source::Disk),
        (BootDevice::Floppy, Source::Floppy),
        // Nothing is in the drive.
        (BootDevice::CdRom, Source::Disk),
        (BootDevice::RemoteCdRom, Source::Disk),
        (BootDevice::NoOverride, Source::Disk),
    ] {
        for persistent in [false, true] {
            let flags = BootFlags { device, persistent, ..ONCE };
            client.set_boot_flags(&flags).await.unwrap();
            assert_eq!(client.boot_flags().await.unwrap(), flags);
            client.chassis_control(ChassisControl::On).await.unwrap();
            let read = client.boot_flags().await.unwrap();
            assert_eq!((read.valid, read.device), (persistent, device));
            assert_eq!(bmc.with(|bmc, _| bmc.machine.booted()), Some(source), "{device:?}");
            client.chassis_control(ChassisControl::Off).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_redfish_sets_ipmi_reads() {
    let (_rack, bmc) = started(Config { both: 1, ..instant(0) }).await;
    let client = client(&bmc);
    let change = redfish::BootChange {
        target: Some(redfish::BootTarget::Pxe),
        enabled: Some(redfish::BootEnabled::Continuous),
        mode: None,
    };
    let system = crate::rack::system(&bmc).await;
    system.set_boot(&change).await.unwrap();
    assert_eq!(client.boot_flags().await.unwrap(), BootFlags { persistent: true, ..ONCE });
    let off = redfish::BootChange { enabled: Some(redfish::BootEnabled::Disabled), target: None, mode: None };
    system.set_boot(&off).await.unwrap();
    assert!(!client.boot_flags().await.unwrap().valid);
}

#[tokio::test]
async fn flags_are_kept_when_they_are_told_to_be() {
    let (_rack, bmc) = one().await;
    let (tool, client) = (Tool::of(&bmc), client(&bmc));
    let in_a_minute = |bmc: &kamacite_sim::SimBmc| {
        bmc.with(|bmc, now| bmc.advance(now.checked_add(Duration::from_secs(61)).unwrap()));
    };
    client.set_boot_flags(&ONCE).await.unwrap();
    in_a_minute(&bmc);
    assert!(!client.boot_flags().await.unwrap().valid, "nobody restarted the machine within a minute");
    client.keep_boot_flags(KeepBootFlags { timeout: true, ..KeepBootFlags::default() }).await.unwrap();
    has(&tool.well(&["chassis", "bootparam", "get", "3"]).await, &["timeout"]);
    client.set_boot_flags(&ONCE).await.unwrap();
    in_a_minute(&bmc);
    assert_eq!(client.boot_flags().await.unwrap(), ONCE);
}

#[tokio::test]
async fn the_other_parameters_read_back_too() {
    let (_rack, bmc) = one().await;
    let tool = Tool::of(&bmc);
    assert_eq!(tool.well(&["raw", "0", "9", "0", "0", "0"]).await, "01 00 00");
    tool.well(&["raw", "0", "8", "0", "1"]).await;
    assert_eq!(tool.well(&["raw", "0", "9", "0", "0", "0"]).await, "01 00 01");
    // It is a lock.
    let said = tool.run(&["raw", "0", "8", "0", "1"]).await;
    assert!(!said.well && said.err.contains("0x81"), "{said:?}");
    tool.well(&["raw", "0", "8", "0", "0"]).await;
    tool.well(&["raw", "0", "8", "4", "0x1f", "0x11"]).await;
    tool.well(&["raw", "0", "8", "4", "0x01", "0x00"]).await;
    assert_eq!(tool.well(&["raw", "0", "9", "4", "0", "0"]).await, "01 04 00 10");
    // Marked as invalid, and no more.
    tool.well(&["raw", "0", "8", "0x84"]).await;
    assert_eq!(tool.well(&["raw", "0", "9", "4", "0", "0"]).await, "01 84 00 10");
    let said = tool.run(&["raw", "0", "9", "6", "0", "0"]).await;
    assert!(!said.well && said.err.contains("0x80"), "{said:?}");
    let said = tool.run(&["raw", "0", "8", "5", "0x80"]).await;
    assert!(!said.well && said.err.contains("0xc7"), "{said:?}");
}

#[tokio::test]
async fn an_ignored_write_is_accepted_and_not_kept() {
    let (_rack, bmc) = started(ipmi(1)).await;
    let (tool, client) = (Tool::of(&bmc), client(&bmc));
    bmc.fault(Rule::from(Fault::IgnoredWrite).on_command("set-boot-options").times(0));
    client.set_boot_flags(&ONCE).await.unwrap();
    assert!(!client.boot_flags().await.unwrap().valid);
    tool.well(&["chassis", "bootdev", "pxe"]).await;
    has(&tool.well(&["chassis", "bootparam", "get", "5"]).await, &["Boot Flag Invalid"]);
    bmc.with(|bmc, _| bmc.faults.clear());
    client.set_boot_flags(&ONCE).await.unwrap();
    assert_eq!(client.boot_flags().await.unwrap(), ONCE);
}
