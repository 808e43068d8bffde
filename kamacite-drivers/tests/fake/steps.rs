//! The steps of the fake interfaces, as they are listed and as they run.

use std::time::Duration;

use kamacite_driver::{
    Effect, ErrorKind, Progress, Resume, StepKind,
    StepKind::{Clean, Deploy, Service},
    model::InterfaceKind::{self, Bios, Firmware, Vendor},
};
use serde_json::{Value, json};

use crate::support::{Bench, Way, both_ways, refusal};

both_ways! {
    the_steps_are_the_references,
    steps_that_take_their_time_wait_for_the_rest_after_a_crash,
    steps_name_the_argument_that_is_missing,
    log_passthrough_takes_its_time_in_one_go,
    trigger_servicewait_waits_for_somebody,
    only_what_firmware_has_is_recorded,
}

const S: Duration = Duration::from_secs(1);

/// Interface, kind, name, priority, abortable, requires the ramdisk, arguments that are needed.
type Row = (InterfaceKind, StepKind, &'static str, u32, bool, bool, Value);

fn reference() -> Vec<Row> {
    vec![
        (Bios, Clean, "apply_configuration", 0, false, true, json!(["settings"])),
        (Bios, Clean, "cache_bios_settings", 0, false, true, json!([])),
        (Bios, Clean, "factory_reset", 0, false, true, json!([])),
        (InterfaceKind::Deploy, Deploy, "deploy", 100, true, true, json!([])),
        (Firmware, Clean, "update", 0, false, true, json!(["settings"])),
        (Vendor, Clean, "log_passthrough", 1, false, true, json!([])),
        (Vendor, Service, "log_passthrough", 0, false, false, json!([])),
        (Vendor, Service, "trigger_servicewait", 0, false, true, json!([])),
    ]
}

async fn the_steps_are_the_references(way: Way) {
    let bench = Bench::new(way, "fake-hardware", &[]);
    let on = bench.on();
    let mut found: Vec<Row> = Vec::new();
    for kind in InterfaceKind::ALL {
        for step in &on.implementation(*kind).steps {
            let spec = &step.spec;
            assert!(!spec.description.is_empty(), "{kind}.{}", spec.name);
            let (row, needed) = (bench.step(*kind, spec.kind, &spec.name).spec, spec.args.get("required"));
            let name = reference().iter().find(|row| row.2 == spec.name).map_or("an unknown step", |row| row.2);
            let needed = needed.cloned().unwrap_or_else(|| json!([]));
            found.push((*kind, row.kind, name, row.priority, row.abortable, row.requires_ramdisk, needed));
        }
    }
    found.sort_by_key(|row| (row.0, row.2, row.1));
    assert_eq!(found, reference());
}

async fn steps_that_take_their_time_wait_for_the_rest_after_a_crash(way: Way) {
    let options = [("fake", "bios_delay", "10"), ("fake", "firmware_delay", "10"), ("fake", "deploy_delay", "10")];
    let settings = json!({"settings": [{"name": "boot", "value": "net"}]});
    for (interface, kind, name, args) in [
        (Bios, Clean, "apply_configuration", settings.clone()),
        (Bios, Clean, "cache_bios_settings", json!({})),
        (Bios, Clean, "factory_reset", json!({})),
        (InterfaceKind::Deploy, Deploy, "deploy", json!({})),
        (Firmware, Clean, "update", settings),
    ] {
        let bench = Bench::new(way, "fake-hardware", &options);
        assert_eq!(bench.step(interface, kind, name).spec.resume, Resume::Cursor, "{name}");
        let started = bench.run(interface, kind, name, args.clone(), None).await.unwrap();
        let Progress::Poll { after, cursor } = started else { panic!("{name} should wait: {started:?}") };
        assert_eq!(after, 10 * S);
        bench.clock.pass(7 * S);
        let resumed = bench.run(interface, kind, name, args.clone(), Some(cursor.clone())).await.unwrap();
        assert_eq!(resumed, Progress::Poll { after: 3 * S, cursor: cursor.clone() });
        bench.clock.pass(3 * S);
        assert_eq!(bench.run(interface, kind, name, args, Some(cursor)).await.unwrap(), Progress::Done);
    }
}

async fn steps_name_the_argument_that_is_missing(way: Way) {
    let bench = Bench::new(way, "fake-hardware", &[]);
    for (interface, name) in [(Bios, "apply_configuration"), (Firmware, "update")] {
        let (kind, words) = refusal(bench.run(interface, Clean, name, json!({}), None).await);
        assert_eq!(kind, ErrorKind::Missing);
        assert_eq!(words, format!("Parameter 'settings' not passed to method '{name}'."));
        let (kind, words) = refusal(bench.run(interface, Clean, name, json!({"settings": 5}), None).await);
        assert_eq!(kind, ErrorKind::Invalid);
        let expected = format!("Arguments of method '{name}' do not fit: settings must be of type array, not 5");
        assert_eq!(words, expected);
    }
    let nameless = json!({"settings": [{"value": 1}]});
    let (_, words) = refusal(bench.run(Bios, Clean, "apply_configuration", nameless, None).await);
    assert!(words.ends_with("settings[0].name is needed"), "{words}");
}

async fn log_passthrough_takes_its_time_in_one_go(way: Way) {
    let bench = Bench::new(way, "fake-hardware", &[("fake", "vendor_delay", "4")]);
    for kind in [Clean, Service] {
        assert_eq!(bench.step(Vendor, kind, "log_passthrough").spec.resume, Resume::Again);
        let done = bench.run(Vendor, kind, "log_passthrough", json!({"any": {"thing": [1]}}), None).await.unwrap();
        assert_eq!(done, Progress::Done);
    }
    assert_eq!(bench.clock.passed(), 8 * S);
}

async fn trigger_servicewait_waits_for_somebody(way: Way) {
    let bench = Bench::new(way, "fake-hardware", &[("fake", "vendor_delay", "4")]);
    let waits = bench.run(Vendor, Service, "trigger_servicewait", json!({}), None).await.unwrap();
    assert_eq!((waits, bench.clock.passed()), (Progress::Wait { until: None }, Duration::ZERO));
}

async fn only_what_firmware_has_is_recorded(way: Way) {
    let bench = Bench::new(way, "fake-hardware", &[]);
    let settings = json!({"settings": []});
    for (interface, kind, name, ..) in reference() {
        bench.run(interface, kind, name, settings.clone(), None).await.unwrap();
    }
    let recorded = bench.machine.effects();
    assert!(
        !recorded.is_empty() && recorded.iter().all(|effect| matches!(effect, Effect::RecordBios { .. })),
        "{recorded:?}"
    );
}
