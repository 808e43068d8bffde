//! Ports: the rules hold for the node as it is when they are changed, and virtual interfaces go with the instance.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::sync::Arc;

use kamacite_conductor::{Error, PortUpdate, PortgroupUpdate};
use kamacite_driver::interfaces::Vif;
use kamacite_model::{InterfaceKind, Json, Mac, Node, Port, Portgroup, ProvisionState, Timestamp, Uuid, Verb};
use support::{JumpClock, Life, options, verb, who};

async fn life() -> Life {
    Life::start(None, JumpClock::new(), options(&[("DEFAULT", "enabled_network_interfaces", "flat,noop")])).await
}

async fn node_in(life: &Life, state: ProvisionState) -> Uuid {
    life.enrol(|node| {
        node.enter(state, Timestamp::UNIX_EPOCH);
        node.interfaces[InterfaceKind::Network] = Some("flat".into());
    })
    .await
}

async fn port(life: &Life, node: Uuid, last: u8, more: impl FnOnce(&mut Port)) -> Port {
    let mut port = Port::new(Uuid::new_v4(), node, Mac([2, 0, 0, 0, 0, last]), Timestamp::UNIX_EPOCH);
    more(&mut port);
    life.conductor.create_port(port).await.unwrap()
}

async fn group(life: &Life, node: Uuid, more: impl FnOnce(&mut Portgroup)) -> Portgroup {
    let mut group = Portgroup::new(Uuid::new_v4(), node, Timestamp::UNIX_EPOCH);
    more(&mut group);
    life.conductor.create_portgroup(group).await.unwrap()
}

async fn change(life: &Life, before: &Port, edit: impl FnOnce(&mut Port)) -> Result<Port, Error> {
    let mut after = before.clone();
    edit(&mut after);
    life.conductor.update_port(PortUpdate { before: before.clone(), after }, &who()).await
}

async fn stands(life: &Life, node: Uuid) -> Arc<Node> {
    let node = life.node(node).await;
    assert_eq!(node.reservation, None);
    node
}

fn vif(id: &str) -> Vif {
    Vif { id: id.to_owned(), port: None, portgroup: None, other: Json::new() }
}

#[tokio::test]
async fn the_wiring_of_a_node_in_use_stays() {
    let life = life().await;
    for (state, may) in [
        (ProvisionState::Enroll, true),
        (ProvisionState::Manageable, true),
        (ProvisionState::Available, false),
        (ProvisionState::Active, false),
    ] {
        let node = node_in(&life, state).await;
        let port = port(&life, node, state as u8, |_| {}).await;
        let changed = change(&life, &port, |port| port.pxe_enabled = false).await;
        assert_eq!(changed.is_ok(), may, "{state}: {changed:?}");
        change(&life, &port, |port| port.name = Some(format!("{state}").replace(' ', "-"))).await.unwrap();
        stands(&life, node).await;
    }
}

#[tokio::test]
async fn the_address_of_a_node_in_use_stays() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Active).await;
    let port = port(&life, node, 1, |_| {}).await;
    let move_it = |port: &mut Port| port.address = Mac([2, 0, 0, 0, 0, 9]);
    let error = change(&life, &port, move_it).await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(words) if words.contains("Cannot update hardware address")), "{error}");
    life.conductor.set_maintenance(node, true, None, &who()).await.unwrap();
    assert_eq!(change(&life, &port, move_it).await.unwrap().address, Mac([2, 0, 0, 0, 0, 9]));
}

#[tokio::test]
async fn what_a_client_does_not_change_stays_as_it_has_become() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Enroll).await;
    let seen = port(&life, node, 1, |_| {}).await;
    change(&life, &seen, |port| port.description = Some("d".to_owned())).await.unwrap();
    let after = change(&life, &seen, |port| port.category = Some("c".to_owned())).await.unwrap();
    assert_eq!((after.description.as_deref(), after.category.as_deref()), (Some("d"), Some("c")));
    let same = change(&life, &after, |_| {}).await.unwrap();
    assert_eq!(same.updated_at, after.updated_at);
}

#[tokio::test]
async fn ports_of_a_group_are_in_one_network() {
    let life = life().await;
    let node = node_in(&life, ProvisionState::Enroll).await;
    let bond = group(&life, node, |_| {}).await;
    let on = |network: Option<&str>| {
        let network = network.map(str::to_owned);
        move |port: &mut Port| (port.portgroup, port.physical_network) = (Some(bond.uuid), network)
    };
    port(&life, node, 1, on(Some("a"))).await;
    let taken_along = life.store.portgroup(bond.uuid).await.unwrap().unwrap();
    assert_eq!(taken_along.physical_network.as_deref(), Some("a"));
    let alone = port(&life, node, 2, |_| {}).await;
    let error = change(&life, &alone, on(None)).await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(words) if words.contains("physical network None")), "{error}");
    let both = change(&life, &alone, on(Some("a"))).await.unwrap();
    let after = Portgroup { physical_network: Some("b".to_owned()), ..taken_along.clone() };
    let update = PortgroupUpdate { before: taken_along, after, takes_ports_along: true };
    life.conductor.update_portgroup(update, &who()).await.unwrap();
    let moved = life.store.port(both.uuid).await.unwrap().unwrap();
    assert_eq!(moved.physical_network.as_deref(), Some("b"));
}

#[tokio::test]
async fn a_port_can_go_to_another_node() {
    let life = life().await;
    let (here, there) = (node_in(&life, ProvisionState::Enroll).await, node_in(&life, ProvisionState::Enroll).await);
    let port = port(&life, here, 1, |_| {}).await;
    let moved = change(&life, &port, |port| port.node = there).await.unwrap();
    assert_eq!(life.store.port(port.uuid).await.unwrap(), Some(moved.clone()));
    assert_eq!(moved.node, there);
    let back = change(&life, &moved, |port| port.node = here).await.unwrap();
    assert_eq!(back.node, here);
    stands(&life, here).await;
    stands(&life, there).await;
    let held = life.store.reserve(there, "somebody").await.unwrap();
    let error = change(&life, &back, |port| port.node = there).await.unwrap_err();
    assert!(matches!(error, Error::NodeLocked { node, .. } if node == held.uuid), "{error}");
    stands(&life, here).await;
}

#[tokio::test]
async fn what_has_gone_to_another_node_is_left_alone_by_who_saw_it_on_the_one_before() {
    let life = life().await;
    let (here, there) = (node_in(&life, ProvisionState::Enroll).await, node_in(&life, ProvisionState::Enroll).await);
    let seen = port(&life, here, 1, |_| {}).await;
    let moved = change(&life, &seen, |port| port.node = there).await.unwrap();
    let gone = |error: Error, wanted: Uuid| {
        assert!(matches!(error, Error::NotThere { uuid, .. } if uuid == wanted), "{error}")
    };
    gone(life.conductor.delete_port(&seen, &who()).await.unwrap_err(), seen.uuid);
    gone(change(&life, &seen, |port| port.category = Some("c".to_owned())).await.unwrap_err(), seen.uuid);
    assert_eq!(life.store.port(seen.uuid).await.unwrap(), Some(moved));

    let seen = group(&life, here, |_| {}).await;
    let update = |edit: fn(&mut Portgroup, Uuid)| {
        let mut after = seen.clone();
        edit(&mut after, there);
        PortgroupUpdate { before: seen.clone(), after, takes_ports_along: false }
    };
    let moved = life.conductor.update_portgroup(update(|group, there| group.node = there), &who()).await.unwrap();
    gone(life.conductor.delete_portgroup(&seen, &who()).await.unwrap_err(), seen.uuid);
    let late = update(|group, _| group.category = Some("c".to_owned()));
    gone(life.conductor.update_portgroup(late, &who()).await.unwrap_err(), seen.uuid);
    assert_eq!(life.store.portgroup(seen.uuid).await.unwrap(), Some(moved));
    stands(&life, here).await;
    stands(&life, there).await;
}

#[tokio::test]
async fn a_virtual_interface_is_on_one_port_and_goes_with_the_instance() {
    let life = life().await;
    let node = life
        .enrol(|node| {
            node.enter(ProvisionState::Available, Timestamp::UNIX_EPOCH);
            node.interfaces[InterfaceKind::Network] = Some("flat".into());
        })
        .await;
    let (plain, boots) =
        (port(&life, node, 1, |port| port.pxe_enabled = false).await, port(&life, node, 2, |_| {}).await);
    life.conductor.attach_vif(node, vif("v"), &who()).await.unwrap();
    assert_eq!(life.store.port(boots.uuid).await.unwrap().unwrap().vif(), Some("v"));
    let error = life.conductor.attach_vif(node, vif("v"), &who()).await.unwrap_err();
    assert!(error.to_string().contains("already attached to Ironic Port"), "{error}");
    let told = life.node(node).await.last_error.clone().unwrap();
    assert_eq!(told, format!("Failed to attach VIF v to node {node}. Error: {error}"));
    life.conductor.attach_vif(node, vif("w"), &who()).await.unwrap();
    assert_eq!(life.conductor.vifs(node).await.unwrap(), ["w", "v"]);
    assert!(life.conductor.attach_vif(node, vif("x"), &who()).await.is_err());

    let error = life.conductor.delete_port(&plain, &who()).await.unwrap_err();
    assert!(matches!(&error, Error::Conflict(words) if words.contains("bound to VIF w")), "{error}");
    life.conductor.detach_vif(node, "w".to_owned(), &who()).await.unwrap();
    assert!(life.conductor.detach_vif(node, "w".to_owned(), &who()).await.is_err());
    life.conductor.delete_port(&plain, &who()).await.unwrap();

    assert_eq!(life.provision(node, verb(Verb::Active)).await.provision_state, ProvisionState::Active);
    assert_eq!(life.conductor.vifs(node).await.unwrap(), ["v"], "an instance needs it");
    assert_eq!(life.provision(node, verb(Verb::Deleted)).await.provision_state, ProvisionState::Available);
    assert_eq!(life.conductor.vifs(node).await.unwrap(), Vec::<String>::new());
    stands(&life, node).await;
}
