//! What is told of a node in each situation, a line for each.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use kamacite_driver::StepKind;
use kamacite_model::{Uuid, Verb, options::Options};
use serde_json::json;

use super::{super::may, *};
use crate::{Act, flow::plan::Choice};

/// A node and all that is known of it; the clock stands at ten minutes past.
struct Story {
    node: Node,
    operations: Vec<Operation>,
    at_work: Vec<AtWork>,
    calling: Vec<AtWork>,
    bmcs: Vec<(&'static str, Status)>,
    limits: Vec<(&'static str, RequestLimit)>,
    config: Config,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A node that has been in a state for ten minutes.
fn a(state: ProvisionState) -> Story {
    let mut node = Node::new(Uuid::nil(), "fake-hardware", at(0));
    node.enter(state, at(0));
    let config = Config::from_options(&Options::default());
    Story {
        node,
        operations: Vec::new(),
        at_work: Vec::new(),
        calling: Vec::new(),
        bmcs: Vec::new(),
        limits: Vec::new(),
        config,
    }
}

impl Story {
    fn with(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }

    fn operation(self, kind: OperationKind, state: OperationState, name: &str) -> Self {
        self.with(|story| {
            story.operations.push(Operation {
                id: Uuid::nil(),
                kind,
                name: name.to_owned(),
                node: Some(Uuid::nil()),
                driver: None,
                state,
                schema: 1,
                intent: json!({"args": {"password": "calvin"}}),
                progress: json!(null),
                attempt: 1,
                deadline: None,
                requester: kamacite_model::Requester::default(),
                conductor: "h".to_owned(),
                result: None,
                error: None,
                created_at: at(0),
                updated_at: at(300),
                finished_at: None,
            });
        })
    }

    fn flow(self, state: OperationState) -> Self {
        self.operation(OperationKind::Provision, state, "active")
    }

    fn waits_until(self, deadline: i64) -> Self {
        self.flow(OperationState::Waiting).with(|story| story.operations[0].deadline = Some(at(deadline)))
    }

    fn locked(self, holder: &str) -> Self {
        self.with(|story| story.node.reservation = Some(holder.to_owned()))
    }

    fn does(self, doing: Doing) -> Self {
        self.locked("h").with(|story| story.at_work.push(AtWork { since: at(0), doing, words: None, waits: None }))
    }

    fn calls(self, what: &str) -> Self {
        self.does(Doing::Calling { what: what.to_owned(), since: at(540) })
    }

    fn bmc(self, edit: impl FnOnce(&mut Status)) -> Self {
        let mut status = Status {
            address: "10.0.0.5".into(),
            condition: Condition::Up,
            for_so_long: None,
            again_in: None,
            why: None,
            concurrency: 4,
            under_way: 0,
            waiting: 0,
            answered: 0,
            silent: 0,
            refused: 0,
            broken: 0,
            exchanges: Vec::new(),
            asking: Vec::new(),
        };
        edit(&mut status);
        self.with(|story| story.bmcs.push(("redfish", status)))
    }

    fn asked(self, what: &str, seconds: u64) -> Self {
        let (what, for_so_long) = (what.to_owned(), Duration::from_secs(seconds));
        self.bmc(|status| status.asking.push(kamacite_driver::governor::Asking { what, for_so_long }))
    }

    fn silent(self) -> Self {
        self.bmc(|status| {
            status.condition = Condition::Silent;
            status.again_in = Some(Duration::from_secs(40));
            status.why = Some("no answer within 60 s".to_owned());
        })
    }

    fn in_maintenance(self) -> Self {
        self.with(|story| story.node.maintenance = true)
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            node: &self.node,
            operations: &self.operations,
            at_work: &self.at_work,
            calling: &self.calling,
            bmcs: &self.bmcs,
            limits: &self.limits,
            hostname: "h",
            config: &self.config,
            now: at(600),
        }
    }

    fn waits(&self) -> Option<Wait> {
        wait(&self.facts())
    }

    #[track_caller]
    fn says(self, on: WaitsOn, expected: &str) {
        let wait = self.waits().expect("something is waited for");
        let said = summary(&self.facts(), Some(&wait));
        assert_eq!((wait.on, said.as_str()), (on, expected));
    }

    #[track_caller]
    fn waits_for_nothing(self, expected: &str) {
        assert_eq!(self.waits(), None);
        assert_eq!(summary(&self.facts(), None), expected);
    }

    /// What may be done now, by the names of verbs.
    fn may(&self) -> Vec<String> {
        may::list(&self.facts()).iter().filter(|may| may.why_not.is_none()).map(|may| name(may.act)).collect()
    }

    #[track_caller]
    fn may_be(self, expected: &str) {
        assert_eq!(self.may().join(" "), expected);
    }

    #[track_caller]
    fn may_not(self, act: Act, why: &str) {
        let all = may::list(&self.facts());
        let one = all.iter().find(|may| may.act == act).expect("it is listed");
        let said = one.why_not.as_deref().expect("it is refused");
        assert!(said.contains(why), "{said}");
    }
}

fn name(act: Act) -> String {
    match act {
        Act::Provision(verb) => verb.to_string(),
        Act::EnterMaintenance => "maintain".to_owned(),
        Act::LeaveMaintenance => "leave-maintenance".to_owned(),
        Act::Delete => "delete".to_owned(),
        Act::Abandon => "abandon".to_owned(),
        Act::Forget => "forget".to_owned(),
    }
}

use OperationState::{Running, Waiting};
use ProvisionState as S;

#[test]
fn at_rest_nothing_is_waited_for() {
    a(S::Active).waits_for_nothing("Nothing is waited for: the node is in 'active'.");
    a(S::Enroll)
        .in_maintenance()
        .waits_for_nothing("Nothing is waited for: the node is in 'enroll'; it is in maintenance.");
    a(S::DeployFail).waits_for_nothing(
        "Nothing is waited for: the node is in 'deploy failed', and a person decides what comes next.",
    );
    a(S::Error)
        .waits_for_nothing("Nothing is waited for: the node is in 'error', and a person decides what comes next.");
    // The BMC of a node at rest may do as it likes.
    a(S::Active).silent().waits_for_nothing("Nothing is waited for: the node is in 'active'.");
}

const ENDS: &str =
    "Then: the driver's time limits end it if the BMC does not answer; the work then fails or tries again.";

#[test]
fn a_call_waits_for_the_bmc_and_says_what_it_was_asked() {
    a(S::Verifying).flow(Running).calls("check the credentials and read the power").says(
        WaitsOn::Bmc,
        &format!(
            "The node is in 'verifying': the call to check the credentials and read the power has not come back. It has \
             waited for 60 s. {ENDS}"
        ),
    );
    a(S::Deploying).flow(Running).calls("power off").asked("POST /reset", 33).says(
        WaitsOn::Bmc,
        &format!(
            "The node is in 'deploying': the call to power off has not come back; POST /reset was sent to the BMC at 10.0.0.5 \
             (redfish) 33 s ago and is not answered. It has waited for 60 s. {ENDS}"
        ),
    );
    a(S::Deploying).flow(Running).calls("power off").silent().says(
        WaitsOn::Bmc,
        &format!(
            "The node is in 'deploying': the call to power off has not come back; the BMC at 10.0.0.5 is silent: no answer \
             within 60 s. It has waited for 60 s. {ENDS}"
        ),
    );
}

#[test]
fn a_request_that_has_a_limit_tells_when_it_is_given_up() {
    let limit = RequestLimit { time: Duration::from_secs(60), option: "[redfish]read_timeout" };
    let story = a(S::Deploying).flow(Running).calls("power off").asked("POST /reset", 33);
    let wait = story.with(|story| story.limits.push(("redfish", limit))).waits().unwrap();
    assert_eq!((wait.until, wait.because.as_deref()), (Some(at(627)), Some("[redfish]read_timeout = 60")));
    assert_eq!(wait.then, "the request counts as not answered, and is made again or has the work fail");
}

#[test]
fn a_change_of_power_and_a_vendor_call_wait_for_the_bmc() {
    a(S::Active).operation(OperationKind::Power, Running, "power on").does(Doing::Something).says(
        WaitsOn::Bmc,
        &format!("The node is in 'active': power 'power on' has not come back. It has waited for 10 min. {ENDS}"),
    );
    let shared = AtWork { since: at(590), doing: Doing::Something, words: None, waits: None };
    a(S::Active)
        .operation(OperationKind::NodePassthru, Running, "subscribe")
        .with(|story| story.calling.push(shared))
        .says(
            WaitsOn::Bmc,
            &format!(
                "The node is in 'active': node vendor passthru 'subscribe' has not come back. It has waited for 10 s. {ENDS}"
            ),
        );
}

#[test]
fn a_driver_that_said_what_it_waits_for_is_quoted() {
    let waits = kamacite_driver::Waiting {
        until: "the machine is off".to_owned(),
        at_most: at(630),
        because: "[conductor]soft_power_off_timeout = 630".to_owned(),
    };
    let story = a(S::Active).operation(OperationKind::Power, Running, "soft power off").does(Doing::Something);
    let story = story.with(|story| story.at_work[0].waits = Some(waits));
    assert_eq!(story.waits().unwrap().because.as_deref(), Some("[conductor]soft_power_off_timeout = 630"));
    story.says(
        WaitsOn::Bmc,
        "The node is in 'active': power 'soft power off' waits until the machine is off. It has waited for 10 min, and will \
         for 30 s at most. Then: the driver gives it up, and the work fails or tries again.",
    );
}

#[test]
fn what_a_driver_should_no_longer_wait_for_is_not_told() {
    let waits = kamacite_driver::Waiting { until: "x".to_owned(), at_most: at(590), because: "y".to_owned() };
    let story = a(S::Active).operation(OperationKind::Power, Running, "soft power off").does(Doing::Something);
    let story = story.with(|story| story.at_work[0].waits = Some(waits));
    let wait = story.waits().unwrap();
    assert_eq!((wait.until, wait.words.as_str()), (None, "power 'soft power off' has not come back"));
}

#[test]
fn a_poll_tells_when_it_asks_again() {
    let napping = Doing::Napping { pause: Duration::from_secs(30), until: at(610) };
    a(S::Cleaning).flow(Running).does(napping).says(
        WaitsOn::Poll,
        "The node is in 'cleaning': the work asks every 30 s whether something outside is done. It has waited for 20 s, and \
         will for 10 s at most. Then: it asks again, and goes on or waits once more.",
    );
}

#[test]
fn a_lock_without_a_record_is_told_of() {
    a(S::Active).does(Doing::Something).says(
        WaitsOn::Lock,
        "The node is in 'active': a request that keeps no record of itself holds the lock. It has waited for 10 min. Then: it \
         lets go when it is done; the driver's time limits end it if its BMC does not answer.",
    );
    a(S::Active).locked("other").says(
        WaitsOn::Lock,
        "The node is in 'active': host other holds the lock, and knows what for. Then: it lets go when it is done.",
    );
    a(S::Active).locked("h").says(
        WaitsOn::Sweep,
        "The node is in 'active': the lock is held in this conductor's name and nobody in it is at work. Then: the next sweep \
         comes within 60 s; it frees the lock and goes on with what was under way.",
    );
}

#[test]
fn what_nobody_works_on_waits_for_the_sweep_or_for_ever() {
    let left = || a(S::Deploying).flow(Running);
    left().says(
        WaitsOn::Sweep,
        "The node is in 'deploying': nobody works on provision 'active' at the moment. It has waited for 5 min. Then: the next \
         sweep comes within 60 s; it goes on with it from where the journal stands.",
    );
    left().with(|story| story.config.check_provision_state_interval = Duration::ZERO).says(
        WaitsOn::Sweep,
        "The node is in 'deploying': nobody works on provision 'active' at the moment. It has waited for 5 min. Then: nothing, \
         for that option turns the sweep off; a restart of the service does it.",
    );
    for state in [S::Deploying, S::CleanWait, S::ServiceHold] {
        let wait = a(state).waits().unwrap();
        assert_eq!((wait.on, wait.then.as_str()), (WaitsOn::Nobody, "nothing by itself: abandon it"), "{state}");
    }
}

#[test]
fn a_hold_waits_for_a_person() {
    a(S::CleanHold).flow(Waiting).says(
        WaitsOn::Person,
        "The node is in 'clean hold': a step of the plan says hold; a person has to say unhold or abort. It has waited for 10 \
         min. Then: nothing by itself.",
    );
}

#[test]
fn a_wait_for_the_ramdisk_tells_which_option_ends_it() {
    a(S::DeployWait).waits_until(1800).says(
        WaitsOn::Agent,
        "The node is in 'wait call-back': the ramdisk on the machine has not called back. It has waited for 10 min, and will \
         for 20 min at most. Then: it is given up, and the node comes to 'deploy failed'.",
    );
    for (state, option) in [
        (S::DeployWait, "[conductor]deploy_callback_timeout = 1800"),
        (S::CleanWait, "[conductor]clean_callback_timeout = 1800"),
        (S::ServiceWait, "[conductor]service_callback_timeout = 1800"),
        (S::RescueWait, "[conductor]rescue_callback_timeout = 1800"),
        (S::InspectWait, "[conductor]inspect_wait_timeout = 1800"),
    ] {
        assert_eq!(a(state).waits_until(1801).waits().unwrap().because.as_deref(), Some(option));
    }
    assert_eq!(a(S::CleanWait).waits_until(900).waits().unwrap().because.as_deref(), Some("the driver"));
}

#[test]
fn what_keeps_a_wait_from_ending_is_told() {
    let until = |story: Story| story.waits().map(|wait| (wait.until, wait.because.unwrap(), wait.then)).unwrap();
    let (end, because, then) = until(a(S::CleanWait).waits_until(1800).in_maintenance());
    assert_eq!((end, because.as_str()), (None, "maintenance"));
    assert!(then.starts_with("nothing in maintenance"), "{then}");
    let (end, _, then) = until(a(S::CleanWait).flow(Waiting));
    assert_eq!((end, then.as_str()), (None, "nothing by itself: it waits for ever"));
    let never = |story: &mut Story| story.config.check_provision_state_interval = Duration::ZERO;
    let (end, because, _) = until(a(S::CleanWait).waits_until(1800).with(never));
    assert_eq!((end, because.as_str()), (None, "[conductor]check_provision_state_interval = 0"));
}

#[test]
fn a_power_failure_is_tried_again() {
    let failed = |story: &mut Story| story.node.fault = Some(Fault::PowerFailure);
    a(S::Active).in_maintenance().with(failed).says(
        WaitsOn::Bmc,
        "The node is in 'active': its power cannot be read or set. Then: it is tried every 5 min, and the node leaves \
         maintenance when it can be read.",
    );
}

#[test]
fn a_plan_tells_where_it_stands_in_calls() {
    let choose = Action::ChooseSteps(Choice { kind: StepKind::Deploy, asked: None, disable_ramdisk: false });
    let actions = vec![
        Action::PrepareDeploy,
        choose,
        Action::EndSteps { kind: StepKind::Deploy },
        Action::Turn(Event::Done),
        Action::PowerOff,
    ];
    let plan = Plan { at: 1, words: Some("half".to_owned()), ..Plan::new(actions) };
    let mut story = a(S::Deploying).flow(Running);
    story.operations[0].progress = journal::write(&plan).unwrap();
    let told = work(&story.facts()).remove(0);
    let step = told.step.unwrap();
    assert_eq!((step.at, step.of, step.what.as_str()), (2, 3, "find out which steps to run"));
    assert_eq!(told.progress.as_deref(), Some("half"));
    let mut story = story.calls("power off");
    story.at_work[0].words = Some("three quarters".to_owned());
    assert_eq!(work(&story.facts())[0].progress.as_deref(), Some("three quarters"));
}

#[test]
fn a_plan_of_a_newer_program_is_told_of_as_far_as_it_goes() {
    let mut story = a(S::Deploying).flow(Running);
    story.operations[0].schema = 99;
    assert_eq!(work(&story.facts())[0].step, None);
}

#[test]
fn what_runs_is_told_of_before_what_waits() {
    let story = a(S::CleanHold).flow(Waiting).operation(OperationKind::Power, Running, "power on");
    let names: Vec<_> = work(&story.facts()).into_iter().map(|work| work.name).collect();
    assert_eq!(names, ["power on", "active"]);
}

#[test]
fn what_blocks_is_told() {
    let by = |story: Story| blocks(&story.facts()).into_iter().map(|block| block.by).collect::<Vec<_>>().join(" ");
    assert_eq!(by(a(S::Active)), "");
    assert_eq!(by(a(S::Active).locked("h").in_maintenance().silent()), "lock maintenance bmc");
    let all = |story: &mut Story| {
        (story.node.protected, story.node.retired) = (true, true);
        story.node.fault = Some(Fault::CleanFailure);
    };
    assert_eq!(by(a(S::Active).with(all)), "fault protection retirement");
    let locked_out = |status: &mut Status| status.condition = Condition::LockedOut;
    assert_eq!(by(a(S::Active).bmc(locked_out)), "bmc");
}

#[test]
fn what_may_be_done_follows_the_state() {
    a(S::Enroll).may_be("manage maintain delete abandon forget");
    a(S::Manageable).may_be("provide inspect clean adopt maintain delete abandon forget");
    a(S::Available).may_be("manage active maintain delete abandon forget");
    a(S::Active).may_be("rebuild deleted service rescue maintain abandon forget");
    a(S::Error).may_be("rebuild deleted maintain abandon forget");
    a(S::CleanFail).in_maintenance().may_be("manage leave-maintenance delete abandon forget");
    a(S::DeployFail).in_maintenance().may_be("deleted leave-maintenance delete abandon forget");
    a(S::DeployHold).flow(Waiting).may_be("unhold abort maintain abandon forget");
    a(S::CleanWait).waits_until(1800).may_be("abort maintain abandon forget");
    a(S::Cleaning).flow(Running).calls("x").may_be("abandon forget");
    a(S::Active).locked("other").may_be("abandon forget");
}

#[test]
fn in_every_state_something_may_be_done_that_needs_no_bmc() {
    for state in ProvisionState::ALL {
        let story = a(*state).locked("other").in_maintenance();
        let all = may::list(&story.facts());
        assert!(all.iter().any(|may| may.why_not.is_none() && !may.asks_bmc), "{state}");
    }
}

#[test]
fn what_may_not_be_done_says_why() {
    a(S::Active).may_not(Act::Delete, "set the node into maintenance mode");
    a(S::Available).in_maintenance().may_not(Act::Provision(Verb::Active), "because it's in maintenance mode");
    a(S::Active).locked("other").may_not(Act::EnterMaintenance, "host other holds the lock");
    a(S::CleanHold).may_not(Act::Provision(Verb::Unhold), "abort or abandon it");
    a(S::RescueFail).with(|story| story.node.protected = true).may_not(Act::Forget, "end its protection first");
}

#[test]
fn no_argument_of_an_operation_is_told() {
    let story = a(S::Active).operation(OperationKind::Power, Running, "power on").does(Doing::Something);
    let facts = story.facts();
    let told = format!("{:?}{:?}{:?}{:?}", work(&facts), wait(&facts), lock(&facts), blocks(&facts));
    assert!(!told.contains("calvin"), "{told}");
}

#[test]
fn lengths_are_said_as_people_say_them() {
    for (milliseconds, expected) in [
        (5, "5 ms"),
        (5_000, "5 s"),
        (119_000, "119 s"),
        (120_000, "2 min"),
        (7_200_000, "2 h"),
        (172_800_000, "2 days"),
    ] {
        assert_eq!(length(Duration::from_millis(milliseconds)), expected);
    }
}
