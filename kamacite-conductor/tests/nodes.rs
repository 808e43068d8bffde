//! Changing nodes: the rules hold for the node as it is when it is changed, not as the client saw it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::sync::Arc;

use kamacite_conductor::{Error, NodeUpdate};
use kamacite_model::{InterfaceKind, Node, ProvisionState, Timestamp, Uuid};
use kamacite_store::{Change, NodeChange};
use support::{JumpClock, Life, options, who};

async fn life() -> Life {
    Life::start(None, JumpClock::new(), options(&[])).await
}

async fn node_in(life: &Life, state: ProvisionState) -> Arc<Node> {
    let node = life.enrol(|node| node.enter(state, Timestamp::UNIX_EPOCH)).await;
    life.node(node).await
}

/// Moves a node on behind the client's back.
async fn move_to(life: &Life, node: Uuid, state: ProvisionState) {
    let before = life.store.reserve(node, "hand").await.unwrap();
    let mut after = (*before).clone();
    after.enter(state, Timestamp::UNIX_EPOCH);
    let change = NodeChange { before, after, release: true };
    life.store.save(Change { node: Some(change), ..Change::default() }).await.unwrap();
}

async fn change(life: &Life, before: Arc<Node>, edit: impl FnOnce(&mut Node)) -> Result<Arc<Node>, Error> {
    let mut after = (*before).clone();
    edit(&mut after);
    let update = NodeUpdate { before: before.clone(), after, reset_interfaces: false };
    life.conductor.update_node(before.uuid, update, &who()).await
}

#[tokio::test]
async fn interfaces_stay_as_they_are_when_a_deployment_has_begun_meanwhile() {
    let life = life().await;
    let seen = node_in(&life, ProvisionState::Available).await;
    move_to(&life, seen.uuid, ProvisionState::DeployWait).await;
    let choose = |node: &mut Node| node.interfaces[InterfaceKind::Deploy] = Some("noop".into());
    let error = change(&life, seen.clone(), choose).await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(words) if words.contains("deploy_interface")), "{error}");
    let after = life.node(seen.uuid).await;
    assert_eq!(after.interfaces[InterfaceKind::Deploy].as_deref(), Some("fake"));
    assert_eq!(after.reservation, None);
}

#[tokio::test]
async fn a_node_whose_instance_has_gone_meanwhile_is_not_protected() {
    let life = life().await;
    let seen = node_in(&life, ProvisionState::Active).await;
    move_to(&life, seen.uuid, ProvisionState::Available).await;
    let error = change(&life, seen.clone(), |node| node.protected = true).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
    let error = change(&life, seen.clone(), |node| node.retired = true).await.unwrap_err();
    assert!(matches!(error, Error::Conflict(_)), "{error}");
}

#[tokio::test]
async fn a_new_driver_brings_its_own_interfaces() {
    let life = life().await;
    let seen = node_in(&life, ProvisionState::Manageable).await;
    let mut after = (*seen).clone();
    after.driver = "manual-management".into();
    let update = NodeUpdate { before: seen.clone(), after, reset_interfaces: true };
    let after = life.conductor.update_node(seen.uuid, update, &who()).await.unwrap();
    assert_eq!((&*after.driver, after.reservation.as_deref()), ("manual-management", None));
    assert_ne!(after.interfaces[InterfaceKind::Vendor], seen.interfaces[InterfaceKind::Vendor]);
}
