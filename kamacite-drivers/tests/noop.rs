//! The interfaces that do nothing: what refuses, what accepts, and in which words.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use kamacite_driver::{
    ErrorKind, Progress, Resume, StepKind,
    interfaces::BootDeviceSetting,
    model::{BootDevice, InterfaceKind, InterfaceKind::*},
};
use serde_json::json;
use support::{Bench, Way, both_ways, object, refusal};

both_ways! {
    what_is_switched_off_refuses_in_the_references_words,
    no_console_refuses_every_operation,
    no_inspect_refuses_every_operation,
    no_raid_refuses_every_operation,
    no_rescue_refuses_every_operation,
    no_vendor_has_no_methods,
    stand_ins_name_the_option_to_change,
    no_deploy_lets_a_node_out,
    noop_interfaces_accept_every_node,
    noop_management_accepts_what_the_machine_does_anyway,
    noop_deploy_succeeds,
    noop_storage_attaches_nothing,
}

fn bench(way: Way) -> Bench {
    Bench::new(way, "fake-hardware", &[])
}

/// What an interface that is switched off says.
fn off(kind: InterfaceKind) -> (ErrorKind, String) {
    let words = format!("Driver fake-hardware does not support {kind} (disabled or not implemented).");
    (ErrorKind::Unsupported, words)
}

async fn what_is_switched_off_refuses_in_the_references_words(way: Way) {
    for kind in [Bios, Console, Firmware, Inspect, Raid, Rescue, Vendor] {
        let bench = bench(way).with(kind, &format!("no-{kind}"));
        let on = bench.on();
        let outcome = on.implementation(kind).interface.base().validate(&bench.shared()).await;
        assert_eq!(refusal(outcome), off(kind));
        assert_eq!(on.implementation(kind).interface.base().properties(), []);
        assert_eq!(on.implementation(kind).steps.len(), 0, "no-{kind} has no steps");
    }
}

async fn no_console_refuses_every_operation(way: Way) {
    let bench = bench(way).with(Console, "no-console");
    let console = bench.on().console;
    assert_eq!(refusal(console.access(&bench.shared()).await), off(Console));
    assert_eq!(refusal(console.start(&mut bench.exclusive()).await), off(Console));
    assert_eq!(refusal(console.stop(&mut bench.exclusive()).await), off(Console));
}

async fn no_inspect_refuses_every_operation(way: Way) {
    let bench = bench(way).with(Inspect, "no-inspect");
    let inspect = bench.on().inspect;
    assert_eq!(refusal(inspect.inspect_hardware(&mut bench.exclusive(), None).await), off(Inspect));
    assert_eq!(refusal(inspect.abort(&mut bench.exclusive()).await).0, ErrorKind::Unsupported);
}

async fn no_raid_refuses_every_operation(way: Way) {
    let bench = bench(way).with(Raid, "no-raid");
    let config = object(json!({"logical_disks": [{"raid_level": "1", "size_gb": 1}]}));
    assert_eq!(refusal(bench.on().raid.validate_raid_config(&bench.shared(), config).await), off(Raid));
}

async fn no_rescue_refuses_every_operation(way: Way) {
    let bench = bench(way).with(Rescue, "no-rescue");
    let rescue = bench.on().rescue;
    assert_eq!(refusal(rescue.rescue(&mut bench.exclusive(), None).await), off(Rescue));
    assert_eq!(refusal(rescue.unrescue(&mut bench.exclusive(), None).await), off(Rescue));
}

async fn no_vendor_has_no_methods(way: Way) {
    let bench = bench(way).with(Vendor, "no-vendor");
    let on = bench.on();
    let vendor = on.implementation(Vendor);
    assert!(vendor.node_methods.is_empty() && vendor.driver_methods.is_empty());
}

async fn stand_ins_name_the_option_to_change(way: Way) {
    for kind in [Boot, Deploy] {
        let bench = bench(way).with(kind, &format!("no-{kind}"));
        let outcome = bench.on().implementation(kind).interface.base().validate(&bench.shared()).await;
        let words = format!(
            "the node has the {kind} interface no-{kind}, which does nothing: add one that works to \
             [DEFAULT]enabled_{kind}_interfaces and choose it as the node's {kind}_interface"
        );
        assert_eq!(refusal(outcome), (ErrorKind::Unsupported, words));
    }
}

async fn no_deploy_lets_a_node_out(way: Way) {
    let bench = bench(way).with(Deploy, "no-deploy");
    let deploy = bench.on().deploy;
    assert_eq!(refusal(deploy.prepare(&mut bench.exclusive(), None).await).0, ErrorKind::Unsupported);
    assert_eq!(deploy.tear_down(&mut bench.exclusive(), None).await.unwrap(), Progress::Done);
    assert_eq!(deploy.prepare_cleaning(&mut bench.exclusive(), None).await.unwrap(), Progress::Done);
    deploy.tear_down_cleaning(&mut bench.exclusive()).await.unwrap();
    deploy.clean_up(&mut bench.exclusive()).await.unwrap();
    deploy.take_over(&mut bench.exclusive()).await.unwrap();
    assert_eq!(bench.on().implementation(Deploy).steps.len(), 0);
}

async fn noop_interfaces_accept_every_node(way: Way) {
    for kind in [Deploy, Management, Network, Storage] {
        let bench = bench(way).with(kind, "noop");
        let outcome = bench.on().implementation(kind).interface.base().validate(&bench.shared()).await;
        assert!(outcome.is_ok(), "{kind}: {outcome:?}");
    }
}

async fn noop_management_accepts_what_the_machine_does_anyway(way: Way) {
    let bench = bench(way).with(Management, "noop");
    let management = bench.on().management;
    let known = management.supported_boot_devices(&bench.shared()).await.unwrap();
    assert_eq!(known, [BootDevice::Pxe, BootDevice::Disk]);
    let setting = BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(true) };
    assert_eq!(management.boot_device(&bench.shared()).await.unwrap(), setting);
    for device in known {
        management.set_boot_device(&mut bench.exclusive(), device, false).await.unwrap();
    }
    let words = "Invalid boot device cdrom specified, supported are pxe, disk.".to_owned();
    let outcome = management.set_boot_device(&mut bench.exclusive(), BootDevice::Cdrom, false).await;
    assert_eq!(refusal(outcome), (ErrorKind::Invalid, words));
}

async fn noop_deploy_succeeds(way: Way) {
    let bench = bench(way).with(Deploy, "noop");
    let deploy = bench.on().deploy;
    assert_eq!(deploy.prepare(&mut bench.exclusive(), None).await.unwrap(), Progress::Done);
    assert_eq!(deploy.tear_down(&mut bench.exclusive(), None).await.unwrap(), Progress::Done);
    deploy.clean_up(&mut bench.exclusive()).await.unwrap();
    deploy.take_over(&mut bench.exclusive()).await.unwrap();
    let spec = bench.step(Deploy, StepKind::Deploy, "deploy").spec;
    assert_eq!((spec.priority, spec.abortable, spec.resume), (100, true, Resume::Again));
    let done = bench.run(Deploy, StepKind::Deploy, "deploy", json!({}), None).await.unwrap();
    assert_eq!(done, Progress::Done);
}

async fn noop_storage_attaches_nothing(way: Way) {
    let bench = bench(way).with(Storage, "noop");
    let storage = bench.on().storage;
    storage.attach_volumes(&mut bench.exclusive()).await.unwrap();
    storage.detach_volumes(&mut bench.exclusive()).await.unwrap();
    assert_eq!(bench.machine.effects(), []);
}
