//! The conformance kit finds what it is for: a driver that keeps to everything, and one flaw of it after the other.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test")]
#![cfg(feature = "conformance")]

mod bmc;
mod driver;
mod network;

use bmc::Bmc;
use driver::Flaw;
use kamacite_driver::conformance::{self, Check, Kit, Report};
use serde_json::json;

fn kit(flaw: Option<Flaw>) -> Kit {
    Kit::new(move |services| driver::driver(services, flaw), |_| async { Bmc::start() })
        .patience(std::time::Duration::from_secs(3))
        .example("blink", json!({"seconds": 5}))
        .example("flash", json!({"version": "2"}))
}

mod without_a_flaw {
    conformance::conformance!(super::kit(None));

    use kamacite_driver::conformance;
}

mod over_a_wire {
    conformance::conformance!(super::kit(None).over_a_wire());

    use kamacite_driver::conformance;
}

async fn report(kit: &Kit, check: Check) -> Report {
    conformance::run(kit, check).await
}

/// A flaw is found by this check, in words that say what is wrong and what to do.
#[track_caller]
fn found(flaw: Flaw, check: Check, met: &str, remedy: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let report = runtime.block_on(report(&kit(Some(flaw)), check));
    runtime.shutdown_background();
    let fits = report.findings().iter().any(|one| {
        let said = format!("{}: {}", one.about, one.met);
        said.contains(met) && one.remedy.contains(remedy)
    });
    assert!(fits, "{flaw:?}: {report}");
}

macro_rules! flaws {
    ($($name:ident: $Flaw:ident is found by $Check:ident, $met:literal, $remedy:literal;)+) => {
        $(#[test] fn $name() { found(Flaw::$Flaw, Check::$Check, $met, $remedy); })+

        #[test]
        fn every_check_can_fail() {
            let tried = [$(Check::$Check),+];
            let idle: Vec<_> = Check::ALL.iter().filter(|check| !tried.contains(check)).collect();
            assert!(idle.is_empty(), "no flaw shows that these can fail: {idle:?}");
        }
    };
}

flaws! {
    an_argument_without_a_word:
        Undescribed is found by Described, "its argument seconds has no description", "doc comment on the field";
    a_key_that_nobody_declares:
        Undeclared is found by Properties, "no interface declares it", "Interface::properties";
    more_is_needed_than_is_marked:
        NeedsMore is found by Properties, "is refused", "Property::required";
    a_key_that_is_missing_is_not_missed:
        AcceptsAnything is found by Validation, "a node without rig_address is accepted", "Error::missing";
    validate_that_asks_the_bmc:
        ValidateAsks is found by Validation, "it asks the BMC", "look at the node only";
    validate_that_panics:
        Panics is found by Validation, "it panics", "Error::invalid";
    validate_that_blames_the_hardware:
        BlamesHardware is found by Validation, "it says Hardware", "Error::missing";
    power_that_is_not_there_yet:
        ReturnsEarly is found by Power, "it returned, and the machine is power off", "read the power until it is there";
    a_reboot_that_is_none:
        NoReboot is found by Power, "the machine has not restarted", "has been down";
    a_target_that_is_missing:
        NoTargets is found by Power, "rebooting is not among them", "every node needs it";
    what_is_on_cannot_be_switched_on:
        OnlyOnce is found by Idempotence, "the second time it fails", "what is so already is a success";
    what_is_on_restarts:
        RestartsAgain is found by Idempotence, "a machine restarts", "do nothing where all is as it should be";
    a_silent_bmc_for_ever:
        WaitsForEver is found by Silence, "it did not return", "put a limit on the time";
    a_lock_for_all_bmcs:
        OneForAll is found by Others, "another is not asked", "hold nothing that all nodes share";
    a_timeout_that_is_not_taken:
        OwnPatience is found by Patience, "it gave up after", "take the timeout";
    a_busy_bmc_that_is_broken:
        NeverBusy is found by Errors, "it says Hardware", "Error::busy";
    a_failure_that_is_swallowed:
        Swallows is found by Errors, "it says that it is done", "must not be swallowed";
    a_password_in_a_message:
        Tells is found by Secrets, "tells a secret", "leave it out";
    a_lost_lock_that_is_overlooked:
        GoesOn is found by LockLost, "does not say so", "the task's own error";
    a_lock_of_its_own:
        OwnLock is found by Looking, "it waits until the power has changed", "hold no mutex";
    a_call_that_leaves_something_behind:
        LeavesTaken is found by Abandoned, "the next call fails", "keep what is shared whole";
    a_step_that_keeps_its_place_in_memory:
        Forgets is found by Resume, "it fails: who are you?", "resume = never";
    a_target_that_is_not_offered_and_taken:
        TakesAll is found by Power, "it says that it is done", "Error::unsupported";
    a_method_of_the_type_without_an_example:
        SurveyUnexplained is found by Described, "the kit has none to call it with", "Simulated::example";
    a_method_of_the_type_that_fails:
        SurveyFails is found by DriverMethods, "it fails: there is no survey", "do it on healthy hardware";
    a_method_of_the_type_that_asks_first:
        SurveyAsksFirst is found by DriverMethods, "it asks the BMC, and then refuses", "before anything is sent";
    a_method_of_the_type_that_panics:
        SurveyPanics is found by DriverMethods, "it panicked", "return an Error";
    a_method_of_the_type_that_blames_the_driver:
        SurveyIsVague is found by DriverMethods, "it says Internal", "Error::invalid";
    a_method_of_the_type_that_waits_for_ever:
        SurveyWaits is found by Silence, "it did not return", "put a limit on the time";
    a_method_of_the_type_that_knows_nobody_busy:
        SurveyNeverBusy is found by Errors, "it says Hardware", "Error::busy";
    a_method_of_the_type_that_swallows_a_failure:
        SurveySwallows is found by Errors, "it says that it is done", "must not be swallowed";
    a_method_of_the_type_that_tells_a_password:
        SurveyTells is found by Secrets, "tells a secret", "leave it out";
    a_vif_that_goes_nowhere:
        AttachesNowhere is found by Vifs, "written down on 0 ports", "task.record_vif";
    a_vif_that_goes_to_any_port:
        AttachesAnywhere is found by Vifs, "onto a group that is free: the VIF is on", "where it is asked for";
    a_vif_that_goes_where_there_is_no_port:
        AttachesAnywhere is found by Vifs, "that is not there: it says that it is done", "Error::invalid";
    a_vif_of_a_node_without_ports:
        AttachesNowhere is found by Vifs, "of a node without ports: it says that it is done", "Error::invalid";
    a_vif_that_fits_nothing:
        FitsNothing is found by Vifs, "on a node with free ports it fails", "Error::unsupported";
    a_vif_that_is_attached_twice:
        AttachesTwice is found by Vifs, "tells of the VIF 2 times", "once";
    a_vif_that_is_attached_and_is_the_hardwares_fault:
        AttachesOnce is found by Vifs, "it says Hardware", "Error::conflict";
    a_vif_that_is_asked_onto_a_port_and_forgotten:
        ForgetsAsked is found by Vifs, "the VIF is nowhere", "put it where it is asked for";
    a_vif_that_is_not_told_of:
        ForgetsVifs is found by Vifs, "tells of the VIF 0 times", "tell of each VIF";
    a_vif_that_stays:
        DetachesNothing is found by Vifs, "and the VIF is there", "record_vif(on, None)";
    a_vif_that_takes_others_along:
        DetachesOthers is found by Vifs, "there was", "leave other VIFs alone";
    a_vif_that_is_not_there_and_is_the_drivers_fault:
        LosesVifs is found by Vifs, "it says Internal", "Error::invalid";
    a_vif_that_a_lost_lock_does_not_stop:
        VifGoesOn is found by LockLost, "does not say so", "the task's own error";
    a_vif_that_a_broken_bmc_does_not_stop:
        VifSwallows is found by Errors, "it says that it is done", "must not be swallowed";
    a_port_that_may_have_no_description:
        RefusesDescriptions is found by Ports, "a port that gets a description: it is refused", "let pass";
    a_group_that_may_have_no_name:
        RefusesNames is found by Ports, "a group that gets a name: it is refused", "let pass";
    a_port_of_an_unknown_group:
        PanicsOfGroups is found by Ports, "it panicked", "return an Error";
}

#[test]
fn an_excuse_lets_a_finding_pass_and_is_none_where_there_is_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let excused = kit(Some(Flaw::Undeclared)).excuse(Check::Properties, "property rig_password", "it is old");
        assert_eq!(report(&excused, Check::Properties).await.findings(), []);
        let idle =
            report(&kit(None).excuse(Check::Properties, "property rig_password", "it is old"), Check::Properties).await;
        assert_eq!(idle.findings()[0].remedy, "drop the excuse");
    });
}

#[test]
fn what_has_no_example_is_a_finding_and_what_cannot_be_tried_is_told() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let bare = Kit::new(|services: &_| driver::driver(services, None), |_| async { Bmc::start() });
        let report = report(&bare, Check::Described).await;
        assert!(report.findings().iter().any(|one| one.remedy.contains("Kit::example")), "{report}");
        let report = conformance::run(&bare, Check::Silence).await;
        assert!(report.untried().iter().any(|what| what.contains("flash")), "{report}");
        assert!(!report.untried().iter().any(|what| what.contains("survey")), "its machine has an example: {report}");
    });
}
