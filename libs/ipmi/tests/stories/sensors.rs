//! Sensors: records read in parts, and readings.

use ipmi::Sensor;
use ipmi::wire::Message;

use crate::scripted::{Act, Scripted};
use crate::simulator::Simulator;

const RESERVE: (u8, u8) = (0x0a, 0x22);
const GET_SDR: (u8, u8) = (0x0a, 0x23);

/// A fan of 75 turns a step, as its record's bytes after the number.
fn fan() -> Vec<u8> {
    let mut record = vec![0; 48];
    record[..14].copy_from_slice(&[1, 0, 0x51, 1, 0, 0x20, 0, 0x30, 0x1d, 1, 0x7f, 0x68, 4, 1]);
    record[14..20].copy_from_slice(&[0, 0, 0, 0, 0x3f, 0x3f]);
    record[20..30].copy_from_slice(&[0x00, 18, 0, 0, 75, 2, 0, 0, 0, 0]);
    record[30..44].copy_from_slice(&[1, 100, 0, 0, 255, 0, 240, 200, 180, 5, 10, 20, 2, 2]);
    record[47] = 0xc0 | 5;
    record.extend(b"FAN 1");
    record[4] = (record.len() - 5) as u8;
    record
}

/// A temperature with a negative offset: x - 64, in two's complement of the result's unit.
fn temperature() -> Vec<u8> {
    let mut record = fan();
    record[..2].copy_from_slice(&[2, 0]);
    record[7] = 0x31;
    record[12] = 1;
    // B is -64.
    record[20..30].copy_from_slice(&[0x00, 1, 0, 0, 1, 0, 0xc0, 0xc0, 0, 0]);
    record[48..].copy_from_slice(b"CPU T");
    record
}

/// Two power supplies in one compact record.
fn supplies() -> Vec<u8> {
    let mut record = vec![0; 32];
    record[..14].copy_from_slice(&[3, 0, 0x51, 2, 0, 0x20, 0, 0x50, 10, 1, 0, 0, 8, 0x6f]);
    record[20] = 0xc0;
    record[23..25].copy_from_slice(&[2, 0x81]);
    record[31] = 0xc0 | 3;
    record.extend(b"PSU");
    record[4] = (record.len() - 5) as u8;
    record
}

/// A locator of a FRU, which is no sensor.
fn locator() -> Vec<u8> {
    vec![4, 0, 0x51, 0x11, 11, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0]
}

fn names(sensors: &[Sensor]) -> Vec<&str> {
    sensors.iter().map(|sensor| sensor.name.as_str()).collect()
}

/// The command that adds a record to the simulator's repository.
fn add(record: &[u8]) -> String {
    let bytes: Vec<String> = record.iter().map(|byte| format!("{byte:#04x}")).collect();
    format!("main_sdr_add 0x20 {}", bytes.join(" "))
}

#[tokio::test]
async fn the_simulators_sensors_read_as_the_other_client_reads_them() {
    let simulator = Simulator::with(&[
        add(&fan()),
        add(&temperature()),
        add(&locator()),
        "sensor_add 0x20 0 0x30 0x04 0x01".to_owned(),
        "sensor_set_threshold 0x20 0 0x30 settable 111111 0xf0 0xc8 0xb4 0x14 0x0a 0x05".to_owned(),
        "sensor_set_value 0x20 0 0x30 112 0".to_owned(),
        "sensor_add 0x20 0 0x31 0x01 0x01".to_owned(),
        "sensor_set_value 0x20 0 0x31 100 0".to_owned(),
    ]);
    let bmc = simulator.client();
    let sensors = bmc.sensors().await.unwrap();
    assert_eq!(names(&sensors), ["FAN 1", "CPU T"]);
    assert_eq!(sensors[0].thresholds.upper_critical, Some(15_000.0));
    let fan = bmc.sensor_reading(&sensors[0]).await.unwrap();
    assert_eq!((fan.value, fan.thresholds.worst()), (Some(8400.0), "ok"));
    let temperature = bmc.sensor_reading(&sensors[1]).await.unwrap();
    assert_eq!((temperature.value, sensors[1].units.to_string()), (Some(36.0), "degrees C".to_owned()));

    let said = simulator.ipmitool(&["-c", "sdr", "list"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, ["FAN 1,8400,RPM,ok", "CPU T,36,degrees C,ok"]);
}

#[tokio::test]
async fn a_machine_without_sensors_has_none() {
    let simulator = Simulator::start();
    let sensors = simulator.client().sensors().await;
    assert!(sensors.is_ok_and(|sensors| sensors.is_empty()));
}

/// Tells a BMC to hand out these records, the parts in the order they will be asked for: heads, then rests of at most
/// `most` bytes.
fn hand_out(rack: &Scripted, records: &[Vec<u8>], most: usize) {
    let mut acts = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let next = if at + 1 == records.len() { [0xff, 0xff] } else { [records[at + 1][0], 0] };
        let rest = record[5..].chunks(most);
        for part in std::iter::once(&record[..5]).chain(rest) {
            acts.push(Act::Answer(0, [&next, part].concat()));
        }
    }
    rack.on(GET_SDR, acts);
    rack.on(RESERVE, [Act::Answer(0, vec![0x34, 0x12])]);
}

fn data(calls: &[Message], what: (u8, u8)) -> Vec<Vec<u8>> {
    calls.iter().filter(|call| (call.netfn, call.command) == what).map(|call| call.data.clone()).collect()
}

#[tokio::test]
async fn records_are_read_in_parts_under_a_reservation() {
    let rack = Scripted::start().await;
    hand_out(&rack, &[fan(), supplies(), locator()], 24);
    let sensors = rack.client().sensors().await.unwrap();
    assert_eq!(names(&sensors), ["FAN 1", "PSU1", "PSU2"]);
    let asked = data(&rack.calls(), GET_SDR);
    assert_eq!(asked[0], [0, 0, 0, 0, 0, 5]);
    assert_eq!(asked[1], [0x34, 0x12, 0, 0, 5, 24]);
    assert_eq!(asked[2], [0x34, 0x12, 0, 0, 29, 24]);
    assert_eq!(rack.count(RESERVE), 1);
}

#[tokio::test]
async fn a_bmc_that_hands_out_little_is_asked_for_less() {
    let rack = Scripted::start().await;
    let record = locator();
    let part = |bytes: &[u8]| Act::Answer(0, [&[0xff, 0xff], bytes].concat());
    let too_much = || Act::Answer(0xca, vec![]);
    let acts = [part(&record[..5]), too_much(), part(&record[5..10]), part(&record[10..15]), part(&record[15..])];
    rack.on(GET_SDR, acts).on(RESERVE, [Act::Answer(0, vec![1, 0])]);
    assert!(rack.client().sensors().await.unwrap().is_empty());
    let counts: Vec<u8> = data(&rack.calls(), GET_SDR).iter().map(|data| data[5]).collect();
    assert_eq!(counts[..3], [5, 11, 11]);
}

#[tokio::test]
async fn a_repository_that_changes_is_read_again() {
    let rack = Scripted::start().await;
    let record = supplies();
    let part = |bytes: &[u8]| Act::Answer(0, [&[0xff, 0xff], bytes].concat());
    let changed = Act::Answer(0xc5, vec![]);
    let acts = [
        part(&record[..5]),
        part(&record[5..20]),
        changed,
        part(&record[..5]),
        part(&record[5..29]),
        part(&record[29..]),
    ];
    rack.on(GET_SDR, acts).on(RESERVE, [Act::Answer(0, vec![1, 0]), Act::Answer(0, vec![2, 0])]);
    assert_eq!(rack.client().sensors().await.unwrap().len(), 2);
    assert_eq!(rack.count(RESERVE), 2);

    // One that never stops changing is given up.
    rack.on(GET_SDR, [Act::Answer(0xc5, vec![])]);
    let e = rack.client().sensors().await.unwrap_err();
    assert_eq!(e.completion(), Some(ipmi::Completion::RESERVATION));
}

#[tokio::test]
async fn states_are_read_in_words_and_absent_sensors_have_none() {
    let rack = Scripted::start().await;
    hand_out(&rack, &[supplies()], 24);
    let bmc = rack.client();
    let sensors = bmc.sensors().await.unwrap();
    let reading = (0x04, 0x2d);
    rack.on(reading, [Act::Answer(0, vec![0, 0xc0, 0x03, 0x80]), Act::Answer(0xcb, vec![])]);
    let first = bmc.sensor_reading(&sensors[0]).await.unwrap();
    assert_eq!(first.states, ["Presence detected", "Failure detected"]);
    let second = bmc.sensor_reading(&sensors[1]).await.unwrap();
    assert!(second.raw.is_none() && second.states.is_empty());
    assert_eq!(data(&rack.calls(), reading), [[0x50], [0x51]]);
}

#[tokio::test]
async fn a_sensor_that_is_not_linear_is_asked_for_its_factors() {
    let rack = Scripted::start().await;
    let mut record = fan();
    record[23] = 0x70;
    hand_out(&rack, &[record], 24);
    let bmc = rack.client();
    let sensors = bmc.sensors().await.unwrap();
    assert_eq!(sensors[0].thresholds.upper_critical, None);
    rack.on((0x04, 0x2d), [Act::Answer(0, vec![10, 0xc0, 0xc0])]);
    // M is 3, B 7.
    rack.on((0x04, 0x23), [Act::Answer(0, vec![20, 3, 0, 7, 0, 0, 0])]);
    assert_eq!(bmc.sensor_reading(&sensors[0]).await.unwrap().value, Some(37.0));
    assert_eq!(data(&rack.calls(), (0x04, 0x23)), [[0x30, 10]]);
}
