//! The two tables of the state machine agree with the recorded facts of the reference.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::collections::BTreeSet;

use kamacite_model::{
    ProvisionState,
    machine::{FACTS, Facts, Phase, TRANSITIONS},
};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("data/state_machine.json")).unwrap()
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        // The reference lists one name that is no state of its machine, and one remark in brackets.
        .filter(|name| name.parse::<ProvisionState>().is_ok())
        .collect()
}

#[track_caller]
fn check(wanted: &Value, holds: impl Fn(&Facts) -> bool) {
    let ours: BTreeSet<String> = FACTS.iter().filter(|row| holds(row)).map(|row| row.state.to_string()).collect();
    assert_eq!(ours, names(wanted));
}

#[test]
fn every_transition_is_the_references() {
    let ours: BTreeSet<_> =
        TRANSITIONS.iter().map(|(from, event, to)| (from.to_string(), event.to_string(), to.to_string())).collect();
    let field = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let theirs: BTreeSet<_> = reference()["transitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (field(row, "from"), field(row, "event"), field(row, "to")))
        .collect();
    assert_eq!(ours, theirs);
}

#[test]
fn every_target_is_the_references() {
    let reference = reference();
    let states = reference["states"].as_array().unwrap();
    assert_eq!(states.len(), FACTS.len());
    for state in states {
        let ours: ProvisionState = state["name"].as_str().unwrap().parse().unwrap();
        let target = ours.facts().target.map(ProvisionState::as_str);
        assert_eq!(target, state["fsm_target"].as_str(), "{ours}");
    }
}

#[test]
fn every_fact_is_the_references() {
    let reference = reference();
    check(&reference["stable_states"], |row| row.phase == Phase::Stable);
    check(&reference["unstable_states"], |row| matches!(row.phase, Phase::Working | Phase::Waiting));
    check(&reference["failure_states"], |row| row.phase == Phase::Failed);
    check(&reference["stuck_states_failed_on_conductor_start"], |row| row.phase == Phase::Working);
    check(&reference["update_allowed_states"]["list"], |row| row.may_update);
    check(&reference["interface_field_update_allowed_states"], |row| row.may_change_interfaces);
    check(&reference["delete_allowed_states"]["always"], |row| row.may_delete);
    check(&reference["lookup_allowed_states"], |row| row.may_lookup);
    check(&reference["fasttrack_lookup_allowed_states"], |row| row.may_lookup_fast_track);
    check(&reference["power_sync_excluded_states"], |row| !row.power_sync);
}
