//! Every plan walked to its end on paper: where all goes well, and where each of its calls goes wrong.
#![allow(clippy::unwrap_used, reason = "tests")]

use kamacite_model::{Node, ProvisionState, Timestamp, Uuid, Verb, machine::Phase, options::Options};

use super::{
    decide::{self, Abort, Decision},
    plan::Plan,
    settle::{self, Settled},
};
use crate::{Config, ProvisionRequest};

fn config() -> Config {
    Config::from_options(&Options::default())
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn node_in(state: ProvisionState) -> Node {
    let mut node = Node::new(Uuid::nil(), "fake-hardware", now());
    node.enter(state, now());
    node
}

/// Starts each verb in each state that has a way for it.
fn starts() -> Vec<(Node, Plan, String)> {
    let mut starts = Vec::new();
    for state in ProvisionState::ALL {
        for verb in Verb::ALL {
            let mut node = node_in(*state);
            let title = format!("{verb} from {state}");
            let (events, plan) = match decide::decide(&node, &ProvisionRequest::new(*verb), &config()) {
                Ok(Decision::Begin(event, plan)) => (vec![event], plan),
                Ok(Decision::Abort(Abort::Now(events, plan))) => (events, *plan),
                Ok(Decision::Turn(_) | Decision::Unhold | Decision::Abort(Abort::AfterStep)) | Err(_) => continue,
            };
            for event in events {
                settle::turn(&mut node, event, None, now(), &mut Vec::new());
            }
            starts.push((node, plan, title));
        }
    }
    starts
}

/// Walks a plan; the call at position `broken` goes wrong. Returns how many calls there were.
fn walk(node: &mut Node, mut plan: Plan, broken: Option<usize>) -> usize {
    let mut calls = 0;
    while settle::settle(node, &mut plan, now(), &mut Vec::new()) == Settled::Call {
        if broken == Some(calls) && plan.failure.is_none() {
            let action = plan.current().unwrap().clone();
            let rest = decide::wind_down(node, &action, &config());
            plan.failure = Some(decide::failure_of(node, &action, "it broke"));
            plan.actions.truncate(plan.at + 1);
            plan.actions.extend(rest);
        }
        plan.advance();
        calls += 1;
        assert!(calls < 100, "the plan has no end");
    }
    calls
}

#[test]
fn where_all_goes_well_every_verb_ends_in_rest() {
    for (mut node, plan, title) in starts() {
        walk(&mut node, plan, None);
        let phase = node.provision_state.facts().phase;
        assert!(matches!(phase, Phase::Stable | Phase::Failed), "{title} ends in {}", node.provision_state);
    }
}

#[test]
fn whatever_goes_wrong_the_node_ends_where_a_client_can_act() {
    for (node, plan, title) in starts() {
        let calls = walk(&mut node.clone(), plan.clone(), None);
        for broken in 0..calls {
            let mut node = node.clone();
            walk(&mut node, plan.clone(), Some(broken));
            let phase = node.provision_state.facts().phase;
            let state = node.provision_state;
            assert!(matches!(phase, Phase::Stable | Phase::Failed), "{title}, call {broken} broken, ends in {state}");
            let aborting = plan.failure.is_some();
            assert!(aborting || node.last_error.is_some(), "{title}, call {broken} broken: nobody is told");
            assert!(node.clean_step.is_empty() && node.deploy_step.is_empty() && node.service_step.is_empty());
        }
    }
}

#[test]
fn a_protected_node_keeps_its_instance() {
    for verb in [Verb::Rebuild, Verb::Deleted, Verb::Undeploy] {
        let mut node = node_in(ProvisionState::Active);
        node.protected = true;
        let refused = decide::decide(&node, &ProvisionRequest::new(verb), &config());
        assert!(matches!(refused, Err(crate::Error::Protected(_))), "{verb}: {refused:?}");
    }
}

#[test]
fn a_retired_node_leaves_cleaning_for_manageable() {
    let mut node = node_in(ProvisionState::Active);
    node.retired = true;
    let Ok(Decision::Begin(event, plan)) = decide::decide(&node, &ProvisionRequest::new(Verb::Deleted), &config())
    else {
        panic!("an active node can be torn down")
    };
    settle::turn(&mut node, event, None, now(), &mut Vec::new());
    walk(&mut node, plan, None);
    assert_eq!(node.provision_state, ProvisionState::Manageable);
}
