//! What a person may do with a node next. Pure.

use kamacite_model::{
    ProvisionState, Verb,
    machine::{self, Phase},
    operation::OperationState,
};

use super::{Act, May, explain::Facts};
use crate::{Error, ProvisionRequest, flow::decide, nodes};

/// What a person may do next: what leads on first, what gives up last.
pub(super) fn list(facts: &Facts<'_>) -> Vec<May> {
    let node = facts.node;
    let locked = node
        .reservation
        .as_ref()
        .map(|holder| format!("host {holder} holds the lock; wait until it lets go, or abandon what it does"));
    let mut may: Vec<May> = VERBS.iter().filter_map(|(verb, words)| provision(facts, *verb, words)).collect();
    may.push(match node.maintenance {
        true => plain(Act::LeaveMaintenance, "lets the service look after the node again"),
        false => {
            plain(Act::EnterMaintenance, "keeps the service, and most requests, from doing anything with the node")
        }
    });
    let refused = nodes::delete::decide(node, facts.config).err().map(|why| why.words());
    may.push(May { why_not: refused, ..plain(Act::Delete, "removes the node; the machine is left as it is") });
    for one in &mut may {
        one.why_not = locked.clone().or(one.why_not.take());
    }
    may.push(plain(
        Act::Abandon,
        "ends whatever is under way, even if the BMC is dead, and leaves the node at rest in maintenance",
    ));
    let protected = node.protected.then(|| format!("{}; end its protection first", Error::Protected(node.uuid)));
    let words = "does that, forgets what is on the node without touching the machine, and begins again at enroll";
    may.push(May { why_not: protected, ..plain(Act::Forget, words) });
    may
}

/// The verbs, the newer of two names left out, and what each does.
const VERBS: &[(Verb, &str)] = &[
    (Verb::Unhold, "goes on after the hold"),
    (Verb::Abort, "ends what waits, and tidies up"),
    (Verb::Manage, "brings the node under management"),
    (Verb::Provide, "cleans the node and offers it for deployment"),
    (Verb::Active, "puts the instance on that the node's instance_info describes"),
    (Verb::Rebuild, "puts the same instance on again"),
    (Verb::Deleted, "takes the instance off and cleans the node"),
    (Verb::Inspect, "looks at the hardware"),
    (Verb::Clean, "runs clean steps; say which in clean_steps"),
    (Verb::Adopt, "takes a machine that runs already under management"),
    (Verb::Service, "runs service steps under the instance; say which in service_steps"),
    (Verb::Rescue, "boots the rescue environment; say its password in rescue_password"),
    (Verb::Unrescue, "leaves the rescue environment"),
];

fn plain(act: Act, words: &'static str) -> May {
    May { act, words, asks_bmc: false, why_not: None }
}

/// A verb that the node's state knows; why it is refused all the same, where it is.
fn provision(facts: &Facts<'_>, verb: Verb, words: &'static str) -> Option<May> {
    let node = facts.node;
    let state = node.provision_state;
    // Some verbs share their event with flows, which alone may leave a state in which the conductor works.
    if state.facts().phase == Phase::Working || machine::next(state, verb.event()).is_none() {
        return None;
    }
    let parked = facts.operations.iter().any(|operation| operation.state == OperationState::Waiting);
    let why_not = match decide::decide(node, &ProvisionRequest::new(verb), facts.config) {
        Ok(decide::Decision::Unhold) if !parked => Some("nothing waits to go on; abort or abandon it".to_owned()),
        Ok(_) => None,
        Err(why) => Some(why.words()),
    };
    // Bringing back under management only changes what is recorded; the first time, the BMC is asked.
    let asks_bmc = verb != Verb::Manage || state == ProvisionState::Enroll;
    Some(May { act: Act::Provision(verb), words, asks_bmc, why_not })
}
