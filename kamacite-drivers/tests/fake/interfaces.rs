//! The operations of the thirteen interfaces, and how long they take.

use std::time::Duration;

use kamacite_driver::{
    Cursor, ErrorKind, NodeInterfaces, Progress, Result,
    interfaces::{BootDeviceSetting, ConsoleAccess},
    model::{BootDevice, Component, IndicatorState, InterfaceKind, PowerState, PowerTarget},
};
use serde_json::json;

use crate::support::{Bench, Way, both_ways, object, refusal};

both_ways! {
    a_node_of_the_type_gets_fakes_wherever_there_are_some,
    every_interface_accepts_a_node_that_says_nothing,
    power_is_as_recorded_last,
    every_power_target_takes_its_time,
    management_knows_the_network_only,
    management_takes_its_time,
    two_lights_are_always_on,
    management_has_no_ability_that_clients_could_miss,
    deploy_takes_its_time_from_call_to_call,
    deploy_tidies_up_in_one_go,
    inspection_takes_its_time_from_call_to_call,
    an_inspection_that_waits_cannot_be_aborted,
    rescue_takes_its_time_from_call_to_call,
    storage_takes_its_time,
    the_console_opens_and_closes,
    raid_accepts_what_makes_sense,
    raid_refuses_what_makes_none,
    a_broken_cursor_is_refused,
    a_delay_may_be_a_range,
}

const S: Duration = Duration::from_secs(1);

fn fake(way: Way, delay: &str) -> Bench {
    let delays = ["bios", "deploy", "firmware", "inspect", "management", "power", "rescue", "storage", "vendor"];
    let names = delays.map(|kind| format!("{kind}_delay"));
    let options: Vec<_> = names.iter().map(|name| ("fake", name.as_str(), delay)).collect();
    Bench::new(way, "fake-hardware", &options).with(InterfaceKind::Storage, "fake")
}

async fn a_node_of_the_type_gets_fakes_wherever_there_are_some(way: Way) {
    let bench = Bench::new(way, "fake-hardware", &[("DEFAULT", "default_storage_interface", "")]);
    let on = bench.on();
    for kind in InterfaceKind::ALL {
        let expected = if *kind == InterfaceKind::Network { "flat" } else { "fake" };
        assert_eq!(&*on.implementation(*kind).name, expected, "{kind}");
    }
    let of = bench.registry.hardware_type("fake-hardware").expect("enabled");
    assert!(of.fake && of.takes_anything);
}

async fn every_interface_accepts_a_node_that_says_nothing(way: Way) {
    let bench = fake(way, "0");
    for kind in InterfaceKind::ALL {
        let outcome = bench.on().implementation(*kind).interface.base().validate(&bench.shared()).await;
        assert!(outcome.is_ok(), "{kind}: {outcome:?}");
    }
}

async fn power_is_as_recorded_last(way: Way) {
    let bench = fake(way, "3");
    let power = bench.on().power;
    assert_eq!(power.power_state(&bench.shared()).await.unwrap(), None);
    assert_eq!(bench.clock.passed(), 3 * S);
    for state in PowerState::ALL {
        bench.machine.change(|node| node.power_state = Some(*state));
        assert_eq!(power.power_state(&bench.shared()).await.unwrap(), Some(*state));
    }
    assert!(power.supports_power_sync(&bench.shared()).await.unwrap());
}

async fn every_power_target_takes_its_time(way: Way) {
    let bench = fake(way, "3");
    let power = bench.on().power;
    let targets = power.supported_targets(&bench.shared()).await.unwrap();
    assert_eq!(targets, PowerTarget::ALL);
    for (i, target) in (1..).zip(targets) {
        power.set_power(&mut bench.exclusive(), target, Some(S)).await.unwrap();
        assert_eq!(bench.clock.passed(), 3 * i * S);
    }
    assert_eq!(bench.machine.effects(), [], "recording the power is the engine's part");
}

async fn management_knows_the_network_only(way: Way) {
    let bench = fake(way, "0");
    let management = bench.on().management;
    assert_eq!(management.supported_boot_devices(&bench.shared()).await.unwrap(), [BootDevice::Pxe]);
    let setting = BootDeviceSetting { device: Some(BootDevice::Pxe), persistent: Some(false) };
    assert_eq!(management.boot_device(&bench.shared()).await.unwrap(), setting);
    assert!(management.boot_modes().is_none() && management.secure_boot().is_none());
    for device in BootDevice::ALL {
        let outcome = management.set_boot_device(&mut bench.exclusive(), *device, true).await;
        if *device == BootDevice::Pxe {
            outcome.unwrap();
        } else {
            let words = format!("Invalid boot device {device} specified.");
            assert_eq!(refusal(outcome), (ErrorKind::Invalid, words));
        }
    }
}

async fn management_takes_its_time(way: Way) {
    let bench = fake(way, "2");
    let management = bench.on().management;
    management.boot_device(&bench.shared()).await.unwrap();
    management.set_boot_device(&mut bench.exclusive(), BootDevice::Pxe, false).await.unwrap();
    assert_eq!(bench.clock.passed(), 4 * S);
    management.indicators().unwrap().supported_indicators(&bench.shared()).await.unwrap();
    management.sensors().unwrap().readings(&bench.shared()).await.unwrap();
    assert_eq!(bench.clock.passed(), 8 * S);
    management.supported_boot_devices(&bench.shared()).await.unwrap();
    assert_eq!(bench.clock.passed(), 8 * S, "what it can boot from is known at once");
}

async fn two_lights_are_always_on(way: Way) {
    let bench = fake(way, "0");
    let management = bench.on().management;
    let indicators = management.indicators().expect("it can be asked");
    let known = indicators.supported_indicators(&bench.shared()).await.unwrap();
    let names: Vec<_> = known.iter().map(|known| (known.component, known.name.as_str(), known.read_only)).collect();
    assert_eq!(names, [(Component::Chassis, "led-0", true), (Component::System, "led", false)]);
    let ask =
        async |component, name: &str| indicators.indicator_state(&bench.shared(), component, name.to_owned()).await;
    assert_eq!(ask(Component::System, "led").await.unwrap(), IndicatorState::On);
    assert_eq!(ask(Component::Chassis, "led-0").await.unwrap(), IndicatorState::On);
    let invalid = |words: &str| (ErrorKind::Invalid, words.to_owned());
    assert_eq!(refusal(ask(Component::Disk, "led").await), invalid("Invalid component disk specified."));
    assert_eq!(refusal(ask(Component::System, "led-0").await), invalid("Invalid indicator led-0 specified."));
    assert!(management.switch_indicators().is_none(), "nothing takes the call");
}

async fn management_has_no_ability_that_clients_could_miss(way: Way) {
    let bench = fake(way, "0");
    let management = bench.on().management;
    assert!(management.nmi().is_none() && management.virtual_media().is_none());
    assert!(management.health().is_none() && management.vendor_name().is_none());
    assert_eq!(management.sensors().expect("it can be asked").readings(&bench.shared()).await.unwrap(), []);
}

/// Runs an operation that can be resumed: as it should go, with a crash in the middle, and without a delay.
async fn check_resumable(
    way: Way,
    operation: impl AsyncFn(&NodeInterfaces, &Bench, Option<Cursor>) -> Result<Progress>,
) {
    let bench = fake(way, "10");
    let on = bench.on();
    let Ok(Progress::Poll { after, cursor }) = operation(&on, &bench, None).await else { panic!("it should wait") };
    assert_eq!((after, bench.clock.passed()), (10 * S, Duration::ZERO), "it says how long, and does not wait itself");

    // The process dies after four seconds: another one waits for the rest only.
    bench.clock.pass(4 * S);
    let progress = operation(&on, &bench, Some(cursor.clone())).await.unwrap();
    assert_eq!(progress, Progress::Poll { after: 6 * S, cursor: cursor.clone() });
    bench.clock.pass(6 * S);
    assert_eq!(operation(&on, &bench, Some(cursor.clone())).await.unwrap(), Progress::Done);
    bench.clock.pass(600 * S);
    assert_eq!(operation(&on, &bench, Some(cursor)).await.unwrap(), Progress::Done);

    let bench = fake(way, "0");
    assert_eq!(operation(&bench.on(), &bench, None).await.unwrap(), Progress::Done);
}

async fn deploy_takes_its_time_from_call_to_call(way: Way) {
    check_resumable(way, async |on, bench, cursor| on.deploy.prepare(&mut bench.exclusive(), cursor).await).await;
    check_resumable(way, async |on, bench, cursor| on.deploy.tear_down(&mut bench.exclusive(), cursor).await).await;
    let bench = fake(way, "10");
    let deploy = bench.on().deploy;
    assert_eq!(deploy.prepare_cleaning(&mut bench.exclusive(), None).await.unwrap(), Progress::Done);
    assert_eq!(deploy.prepare_service(&mut bench.exclusive(), None).await.unwrap(), Progress::Done);
}

async fn deploy_tidies_up_in_one_go(way: Way) {
    let bench = fake(way, "5");
    let deploy = bench.on().deploy;
    deploy.clean_up(&mut bench.exclusive()).await.unwrap();
    deploy.take_over(&mut bench.exclusive()).await.unwrap();
    assert_eq!(bench.clock.passed(), 10 * S);
    deploy.tear_down_cleaning(&mut bench.exclusive()).await.unwrap();
    deploy.tear_down_service(&mut bench.exclusive()).await.unwrap();
}

async fn inspection_takes_its_time_from_call_to_call(way: Way) {
    let inspect = async |on: &NodeInterfaces, bench: &Bench, cursor| {
        on.inspect.inspect_hardware(&mut bench.exclusive(), cursor).await
    };
    check_resumable(way, inspect).await;
}

async fn an_inspection_that_waits_cannot_be_aborted(way: Way) {
    let bench = fake(way, "0");
    let (kind, _) = refusal(bench.on().inspect.abort(&mut bench.exclusive()).await);
    assert_eq!(kind, ErrorKind::Unsupported);
}

async fn rescue_takes_its_time_from_call_to_call(way: Way) {
    check_resumable(way, async |on, bench, cursor| on.rescue.rescue(&mut bench.exclusive(), cursor).await).await;
    check_resumable(way, async |on, bench, cursor| on.rescue.unrescue(&mut bench.exclusive(), cursor).await).await;
    let bench = fake(way, "5");
    bench.on().rescue.clean_up(&mut bench.exclusive()).await.unwrap();
}

async fn storage_takes_its_time(way: Way) {
    let bench = fake(way, "2");
    let storage = bench.on().storage;
    storage.attach_volumes(&mut bench.exclusive()).await.unwrap();
    assert_eq!(bench.clock.passed(), 2 * S);
    storage.detach_volumes(&mut bench.exclusive()).await.unwrap();
    assert_eq!(bench.clock.passed(), 4 * S);
}

async fn the_console_opens_and_closes(way: Way) {
    let bench = fake(way, "0");
    let console = bench.on().console;
    console.start(&mut bench.exclusive()).await.unwrap();
    let access = console.access(&bench.shared()).await.unwrap();
    assert_eq!(access, ConsoleAccess { kind: "fake".to_owned(), url: format!("fake://{}", bench.node().uuid) });
    console.stop(&mut bench.exclusive()).await.unwrap();
}

async fn raid_accepts_what_makes_sense(way: Way) {
    let bench = fake(way, "0");
    for disks in [
        json!([{"raid_level": "1", "size_gb": 100}]),
        json!([{"raid_level": "1+0", "size_gb": "MAX", "is_root_volume": true}, {"raid_level": "JBOD", "size_gb": 0}]),
        json!([{
            "raid_level": "5", "size_gb": 1, "volume_name": "v", "share_physical_disks": true, "disk_type": "ssd",
            "interface_type": "sas", "number_of_physical_disks": 3, "controller": "c", "physical_disks": ["a", "b"],
        }]),
        json!([{"raid_level": "0", "size_gb": 1, "controller": "c", "physical_disks": [{"size": "> 100"}, {}]}]),
    ] {
        let config = object(json!({ "logical_disks": disks }));
        bench.on().raid.validate_raid_config(&bench.shared(), config.clone()).await.unwrap();
        bench.machine.change(|node| node.target_raid_config = config);
        bench.on().implementation(InterfaceKind::Raid).interface.base().validate(&bench.shared()).await.unwrap();
    }
}

async fn raid_refuses_what_makes_none(way: Way) {
    let bench = fake(way, "0");
    let check = async |config, words: &str| {
        let (kind, said) = refusal(bench.on().raid.validate_raid_config(&bench.shared(), object(config)).await);
        assert_eq!(kind, ErrorKind::Invalid);
        assert!(said.contains(words), "{said:?} should contain {words:?}");
    };
    check(json!({}), "RAID config validation error: logical_disks is no list; give a list of logical disks").await;
    check(json!({"logical_disks": [{"raid_level": "1"}]}), "logical_disks[0] has no size_gb; give one").await;
    check(json!({"logical_disks": [{"raid_level": "7", "size_gb": 1}]}), ".raid_level is \"7\"; give one of").await;
    let root = json!({"raid_level": "1", "size_gb": 1, "is_root_volume": true});
    let words = "Raid config cannot have more than one root volume. 2 root volumes were specified";
    check(json!({"logical_disks": [root.clone(), root]}), words).await;

    bench.machine.change(|node| node.target_raid_config = object(json!({"logical_disks": []})));
    let validated = bench.on().implementation(InterfaceKind::Raid).interface.base().validate(&bench.shared()).await;
    assert_eq!(refusal(validated).0, ErrorKind::Invalid);
}

async fn a_broken_cursor_is_refused(way: Way) {
    let bench = fake(way, "10");
    let cursor = Cursor(json!({"until": "tomorrow"}));
    let (kind, words) = refusal(bench.on().deploy.prepare(&mut bench.exclusive(), Some(cursor)).await);
    assert_eq!(kind, ErrorKind::Internal);
    assert_eq!(words, "a fake operation cannot go on: its cursor holds no deadline");
}

async fn a_delay_may_be_a_range(way: Way) {
    let bench = fake(way, "2,4");
    for _ in 0..20 {
        let Ok(Progress::Poll { after, .. }) = bench.on().deploy.prepare(&mut bench.exclusive(), None).await else {
            panic!("it should wait")
        };
        assert!((2 * S..=4 * S).contains(&after), "{after:?}");
    }
}
