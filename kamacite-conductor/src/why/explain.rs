//! What a node waits for, in words. Pure.

use std::time::Duration;

use kamacite_driver::{
    RequestLimit, Waiting,
    governor::{Condition, Status},
};
use kamacite_model::{
    Fault, Node, Operation, ProvisionState, Timestamp,
    machine::{self, Event, Phase},
    operation::{OperationKind, OperationState},
};

use super::{Block, LockHeld, StepAt, Wait, WaitsOn, Work};
use crate::{
    Config,
    flow::{
        patience::patience,
        plan::{Action, Plan},
    },
    hands::{AtWork, Doing},
    journal,
};

/// All that is known.
pub(super) struct Facts<'a> {
    pub(super) node: &'a Node,
    /// What has not ended, newest first.
    pub(super) operations: &'a [Operation],
    /// Who in this process holds the node's lock.
    pub(super) at_work: &'a [AtWork],
    /// Vendor calls on it that need no lock.
    pub(super) calling: &'a [AtWork],
    pub(super) bmcs: &'a [(&'static str, Status)],
    /// How long a request may take, by protocol.
    pub(super) limits: &'a [(&'static str, RequestLimit)],
    pub(super) hostname: &'a str,
    pub(super) config: &'a Config,
    pub(super) now: Timestamp,
}

/// What is waited for; nothing where nothing is.
pub(super) fn wait(facts: &Facts<'_>) -> Option<Wait> {
    let node = facts.node;
    if let Some(at_work) = facts.at_work.first().filter(|_| node.reservation.is_some()) {
        return Some(works(facts, at_work));
    }
    if let Some(holder) = &node.reservation {
        return Some(if holder == facts.hostname { left_lock(facts) } else { elsewhere(holder) });
    }
    if let Some(running) = find(facts, OperationState::Running) {
        return Some(match facts.calling.first() {
            Some(at_work) if is_call(running) => calls(facts, &about(running), at_work.since, None),
            Some(_) | None => picked_up(facts, running),
        });
    }
    let parked = find(facts, OperationState::Waiting);
    match (node.provision_state.facts().phase, parked) {
        (Phase::Holding, Some(_)) => Some(holds(node)),
        (Phase::Waiting, Some(operation)) => Some(waits(facts, operation)),
        (Phase::Working | Phase::Waiting | Phase::Holding, _) => Some(stranded(node)),
        (Phase::Stable | Phase::Failed, _) => power_failure(facts),
    }
}

fn find<'a>(facts: &Facts<'a>, state: OperationState) -> Option<&'a Operation> {
    facts.operations.iter().find(|operation| operation.state == state)
}

const fn is_call(operation: &Operation) -> bool {
    match operation.kind {
        OperationKind::NodePassthru | OperationKind::DriverPassthru => true,
        OperationKind::Provision | OperationKind::Power | OperationKind::Management => false,
    }
}

fn about(operation: &Operation) -> String {
    format!("{} '{}'", operation.kind, operation.name)
}

/// Somebody in this process is at it.
fn works(facts: &Facts<'_>, at_work: &AtWork) -> Wait {
    match (&at_work.doing, find(facts, OperationState::Running)) {
        (Doing::Napping { pause, until }, _) => Wait {
            on: WaitsOn::Poll,
            words: format!("the work asks every {} whether something outside is done", length(*pause)),
            since: until.checked_sub(*pause).ok(),
            until: Some(*until),
            because: Some("the driver".to_owned()),
            then: "it asks again, and goes on or waits once more".to_owned(),
        },
        (Doing::Calling { what, since }, _) => {
            calls(facts, &format!("the call to {what}"), *since, at_work.waits.as_ref())
        }
        (Doing::Something, Some(operation)) => calls(facts, &about(operation), at_work.since, at_work.waits.as_ref()),
        (Doing::Something, None) => Wait {
            on: WaitsOn::Lock,
            words: format!("a request that keeps no record of itself holds the lock{}", asked(facts)),
            since: Some(at_work.since),
            until: None,
            because: None,
            then: "it lets go when it is done; the driver's time limits end it if its BMC does not answer".to_owned(),
        },
    }
}

/// A call leads into a driver, and there to the hardware. The driver may have said what it waits for.
fn calls(facts: &Facts<'_>, what: &str, since: Timestamp, waits: Option<&Waiting>) -> Wait {
    // One that should be over is: something else is waited for by now.
    if let Some(Waiting { until, at_most, because }) = waits.filter(|waits| waits.at_most > facts.now) {
        return Wait {
            on: WaitsOn::Bmc,
            words: format!("{what} waits until {until}{}", asked(facts)),
            since: Some(since),
            until: Some(*at_most),
            because: Some(because.clone()),
            then: "the driver gives it up, and the work fails or tries again".to_owned(),
        };
    }
    let words = format!("{what} has not come back{}", asked(facts));
    if let Some((until, limit)) = given_up(facts) {
        return Wait {
            on: WaitsOn::Bmc,
            words,
            since: Some(since),
            until: Some(until),
            because: Some(format!("{} = {}", limit.option, limit.time.as_secs_f64())),
            then: "the request counts as not answered, and is made again or has the work fail".to_owned(),
        };
    }
    Wait {
        on: WaitsOn::Bmc,
        words,
        since: Some(since),
        until: None,
        because: None,
        then: "the driver's time limits end it if the BMC does not answer; the work then fails or tries again"
            .to_owned(),
    }
}

/// When the oldest request under way is given up, and by what limit.
fn given_up(facts: &Facts<'_>) -> Option<(Timestamp, RequestLimit)> {
    let mut asking = facts.bmcs.iter().filter_map(|(protocol, status)| Some((protocol, status.asking.first()?)));
    let (protocol, request) = asking.next()?;
    let (_, limit) = facts.limits.iter().find(|(of, _)| of == protocol)?;
    let until = facts.now.checked_add(limit.time.saturating_sub(request.for_so_long)).ok()?;
    Some((until, *limit))
}

/// What the BMC is being asked, and how it is.
fn asked(facts: &Facts<'_>) -> String {
    let mut words = String::new();
    for (protocol, status) in facts.bmcs {
        if let Some(asking) = status.asking.first() {
            words.push_str(&format!(
                "; {} was sent to the BMC at {} ({protocol}) {} ago and is not answered",
                asking.what,
                status.address,
                length(asking.for_so_long)
            ));
        } else if let (Condition::Silent | Condition::LockedOut, Some(why)) = (status.condition, &status.why) {
            words.push_str(&format!("; the BMC at {} is {}: {why}", status.address, status.condition.as_str()));
        }
    }
    words
}

fn left_lock(facts: &Facts<'_>) -> Wait {
    let words = "the lock is held in this conductor's name and nobody in it is at work".to_owned();
    sweep(facts, words, "it frees the lock and goes on with what was under way")
}

fn picked_up(facts: &Facts<'_>, operation: &Operation) -> Wait {
    let words = format!("nobody works on {} at the moment", about(operation));
    Wait {
        since: Some(operation.updated_at),
        ..sweep(facts, words, "it goes on with it from where the journal stands")
    }
}

/// Waits for the sweep over what nobody works on.
fn sweep(facts: &Facts<'_>, words: String, then: &str) -> Wait {
    let interval = facts.config.check_provision_state_interval;
    let option = format!("[conductor]check_provision_state_interval = {}", interval.as_secs());
    let then = match interval.is_zero() {
        true => "nothing, for that option turns the sweep off; a restart of the service does it".to_owned(),
        false => format!("the next sweep comes within {}; {then}", length(interval)),
    };
    Wait { on: WaitsOn::Sweep, words, since: None, until: None, because: Some(option), then }
}

fn elsewhere(holder: &str) -> Wait {
    Wait {
        on: WaitsOn::Lock,
        words: format!("host {holder} holds the lock, and knows what for"),
        since: None,
        until: None,
        because: None,
        then: "it lets go when it is done".to_owned(),
    }
}

fn holds(node: &Node) -> Wait {
    Wait {
        on: WaitsOn::Person,
        words: "a step of the plan says hold; a person has to say unhold or abort".to_owned(),
        since: node.provision_updated_at,
        until: None,
        because: None,
        then: "nothing by itself".to_owned(),
    }
}

/// Something outside is waited for, as long as configured.
fn waits(facts: &Facts<'_>, operation: &Operation) -> Wait {
    let (node, state) = (facts.node, facts.node.provision_state);
    let what = match state {
        ProvisionState::CleanWait | ProvisionState::ServiceWait => "the ramdisk, or the hardware, has not reported",
        _ => "the ramdisk on the machine has not called back",
    };
    let configured = patience(facts.config, state);
    let option = configured.map(|(timeout, option)| format!("[conductor]{option} = {}", timeout.as_secs()));
    let never = facts.config.check_provision_state_interval.is_zero();
    let failed = machine::next(state, Event::Fail).unwrap_or(state);
    let (until, because, then) = match operation.deadline {
        None => (None, option, "nothing by itself: it waits for ever".to_owned()),
        Some(_) if node.maintenance => {
            let then = "nothing in maintenance; out of it, what is over its time is given up".to_owned();
            (None, Some("maintenance".to_owned()), then)
        }
        Some(_) if never => {
            let why = "[conductor]check_provision_state_interval = 0".to_owned();
            (None, Some(why), "nothing: what is over its time is not looked for".to_owned())
        }
        Some(deadline) => {
            let configured = node.provision_updated_at.zip(configured);
            let configured = configured.and_then(|(since, (timeout, _))| since.checked_add(timeout).ok());
            // Stored a moment apart.
            let near = configured.is_some_and(|configured| configured.duration_since(deadline).abs().as_secs() < 2);
            let because = if near { option } else { Some("the driver".to_owned()) };
            (Some(deadline), because, format!("it is given up, and the node comes to '{failed}'"))
        }
    };
    Wait { on: WaitsOn::Agent, words: what.to_owned(), since: node.provision_updated_at, until, because, then }
}

fn stranded(node: &Node) -> Wait {
    Wait {
        on: WaitsOn::Nobody,
        words: "no operation is under way that would lead out of this state".to_owned(),
        since: node.provision_updated_at,
        until: None,
        because: None,
        then: "nothing by itself: abandon it".to_owned(),
    }
}

/// In maintenance because its power could not be read: that is tried again.
fn power_failure(facts: &Facts<'_>) -> Option<Wait> {
    if !facts.node.maintenance || facts.node.fault != Some(Fault::PowerFailure) {
        return None;
    }
    let interval = facts.config.power_failure_recovery_interval;
    let then = match interval.is_zero() {
        true => "nothing by itself: that option keeps it from being tried".to_owned(),
        false => format!("it is tried every {}, and the node leaves maintenance when it can be read", length(interval)),
    };
    Some(Wait {
        on: WaitsOn::Bmc,
        words: format!("its power cannot be read or set{}", asked(facts)),
        since: None,
        until: None,
        because: Some(format!("[conductor]power_failure_recovery_interval = {}", interval.as_secs())),
        then,
    })
}

/// All of it in a sentence or two.
pub(super) fn summary(facts: &Facts<'_>, wait: Option<&Wait>) -> String {
    let node = facts.node;
    let state = node.provision_state;
    let Some(wait) = wait else {
        let mut words = format!("Nothing is waited for: the node is in '{state}'");
        if state.facts().phase == Phase::Failed || state == ProvisionState::Error {
            words.push_str(", and a person decides what comes next");
        }
        words.push_str(if node.maintenance { "; it is in maintenance." } else { "." });
        return words;
    };
    let mut words = format!("The node is in '{state}': {}", wait.words);
    if let Some(since) = wait.since {
        words.push_str(&format!(". It has waited for {}", length(between(since, facts.now))));
    }
    if let Some(until) = wait.until {
        words.push_str(&format!(", and will for {} at most", length(between(facts.now, until))));
    }
    words.push_str(&format!(". Then: {}.", wait.then));
    words
}

fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// The work that has not ended: what the wait is about first.
pub(super) fn work(facts: &Facts<'_>) -> Vec<Work> {
    let running = |operation: &&Operation| operation.state == OperationState::Running;
    let (first, rest): (Vec<_>, Vec<_>) = facts.operations.iter().partition(running);
    let said = facts.at_work.iter().find_map(|at_work| at_work.words.clone());
    let mut work: Vec<_> = first.into_iter().chain(rest).map(one).collect();
    // What is being said now is newer than what the journal has.
    if let (Some(said), Some(first)) = (said, work.first_mut()) {
        first.progress = Some(said);
    }
    work
}

fn one(operation: &Operation) -> Work {
    let plan: Option<Plan> =
        (operation.kind == OperationKind::Provision).then(|| journal::progress(operation).ok()).flatten();
    Work {
        id: operation.id,
        kind: operation.kind,
        name: operation.name.clone(),
        state: operation.state,
        step: plan.as_ref().and_then(step),
        progress: plan.and_then(|plan| plan.words),
        attempt: operation.attempt,
        asked_by: operation.requester.clone(),
        since: operation.created_at,
    }
}

/// Where a plan stands, counted in calls: what lies between them takes no time.
fn step(plan: &Plan) -> Option<StepAt> {
    let calls = |actions: &[Action]| actions.iter().filter(|action| action.is_call()).count();
    let next = plan.actions.get(plan.at..)?.iter().find(|action| action.is_call())?;
    let what = next.words();
    Some(StepAt { at: calls(&plan.actions[..plan.at]) + 1, of: calls(&plan.actions), what })
}

/// Who holds the node.
pub(super) fn lock(facts: &Facts<'_>) -> Option<LockHeld> {
    let holder = facts.node.reservation.clone()?;
    let at_work = facts.at_work.first();
    let words = match (at_work, find(facts, OperationState::Running)) {
        (Some(_), Some(operation)) => format!("{} is under way", about(operation)),
        (Some(_), None) => "a request that keeps no record of itself is under way".to_owned(),
        (None, _) if holder == facts.hostname => "nobody is at work under it".to_owned(),
        (None, _) => "what is done under it is known there".to_owned(),
    };
    Some(LockHeld { holder, since: at_work.map(|at_work| at_work.since), words })
}

/// What keeps people or the service from doing what they otherwise may.
pub(super) fn blocks(facts: &Facts<'_>) -> Vec<Block> {
    let node = facts.node;
    let block =
        |by, reason: Option<&String>, words: &str| Block { by, reason: reason.cloned(), words: words.to_owned() };
    let mut blocks = Vec::new();
    if node.reservation.is_some() {
        blocks.push(block("lock", None, "whoever wants to change the node is refused with 409 until the lock is free"));
    }
    if node.maintenance {
        let words = "deploying, cleaning by hand, rescuing and servicing are refused; the power is not looked after; what \
                     waits is not given up";
        blocks.push(block("maintenance", node.maintenance_reason.as_ref(), words));
    }
    if let Some(fault) = node.fault {
        let words = match fault {
            Fault::PowerFailure => "it is why the node is in maintenance; that ends when the power can be read again",
            Fault::CleanFailure | Fault::ServiceFailure | Fault::RescueAbortFailure => {
                "it is why the node is in maintenance; a person has to look at the machine and end that"
            }
        };
        blocks.push(Block { by: "fault", reason: Some(fault.as_str().to_owned()), words: words.to_owned() });
    }
    if node.protected {
        let words = "taking the instance off, putting it on again and removing the node are refused";
        blocks.push(block("protection", node.protected_reason.as_ref(), words));
    }
    if node.retired {
        blocks.push(block("retirement", node.retired_reason.as_ref(), "it is not offered for deployment again"));
    }
    blocks.extend(facts.bmcs.iter().filter_map(|(_, status)| bmc_block(status)));
    blocks
}

fn bmc_block(status: &Status) -> Option<Block> {
    let again = status.again_in.map_or_else(String::new, |time| format!(" for another {}", length(time)));
    let words = match status.condition {
        Condition::Untried | Condition::Up => return None,
        Condition::Silent => {
            format!("the BMC at {} is left alone{again}: requests are refused at once", status.address)
        }
        Condition::Probing => format!("the BMC at {} is being tried: other requests are refused", status.address),
        Condition::LockedOut => {
            format!("the BMC at {} refused the credentials; these are not used{again}, others at once", status.address)
        }
    };
    Some(Block { by: "bmc", reason: status.why.clone(), words })
}

/// A length of time as people say it.
fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
