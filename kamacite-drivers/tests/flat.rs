//! The `flat` network: what is attached is written down on a port or a group, and told; ports of a group that acts as one.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test")]

mod support;

use kamacite_driver::{
    Effect, ErrorKind, Json,
    interfaces::{PortChange, PortgroupChange, Vif},
    model::{InterfaceKind, Mac, NodePorts, Port, Portgroup, TENANT_VIF, Timestamp, Uuid},
};
use support::{Bench, Way, both_ways, refusal};

both_ways!(
    a_group_acts_as_one_once_no_port_of_it_stands_alone,
    a_port_of_a_group_that_acts_as_one_does_not_stand_alone,
    a_vif_is_attached_told_and_detached,
    a_vif_that_is_asked_onto_a_port_is_on_that,
    what_cannot_be_attached_or_detached_is_told,
);

const ALONE: Uuid = Uuid::from_u128(0xa);
const MEMBER: Uuid = Uuid::from_u128(0xb);
const GROUP: Uuid = Uuid::from_u128(0xc);

/// A node with a port of its own, and a group of one.
fn bench(way: Way) -> Bench {
    let bench = Bench::new(way, "fake-hardware", &[]).with(InterfaceKind::Network, "flat");
    let node = bench.node().uuid;
    let port = |uuid, portgroup| Port {
        portgroup,
        pxe_enabled: false,
        ..Port::new(uuid, node, Mac::default(), Timestamp::UNIX_EPOCH)
    };
    let ports = vec![port(ALONE, None), port(MEMBER, Some(GROUP))];
    let portgroups = vec![Portgroup::new(GROUP, node, Timestamp::UNIX_EPOCH)];
    bench.machine.change_ports(|all| *all = NodePorts { ports, portgroups });
    bench
}

fn vif(id: &str, port: Option<Uuid>) -> Vif {
    Vif { id: id.to_owned(), port: port.map(|uuid| uuid.to_string()), portgroup: None, other: Json::new() }
}

async fn attach(bench: &Bench, vif: Vif) -> kamacite_driver::Result<()> {
    bench.on().network.attach_vif(&mut bench.exclusive(), vif).await
}

async fn detach(bench: &Bench, id: &str) -> kamacite_driver::Result<()> {
    bench.on().network.detach_vif(&mut bench.exclusive(), id.to_owned()).await
}

async fn vifs(bench: &Bench) -> Vec<String> {
    bench.on().network.vifs(&bench.shared()).await.unwrap()
}

async fn a_vif_is_attached_told_and_detached(way: Way) {
    let bench = bench(way);
    assert_eq!(vifs(&bench).await, [""; 0]);
    attach(&bench, vif("first", None)).await.unwrap();
    attach(&bench, vif("second", None)).await.unwrap();
    assert_eq!(vifs(&bench).await, ["second", "first"], "ports, then groups; a group is taken first");
    detach(&bench, "first").await.unwrap();
    assert_eq!(vifs(&bench).await, ["second"]);
    detach(&bench, "second").await.unwrap();
    assert_eq!(vifs(&bench).await, [""; 0]);
    let recorded = |on, vif: Option<&str>| Effect::RecordVif { on, vif: vif.map(str::to_owned) };
    let expected =
        [recorded(GROUP, Some("first")), recorded(ALONE, Some("second")), recorded(GROUP, None), recorded(ALONE, None)];
    assert_eq!(bench.machine.effects(), expected);
}

async fn a_vif_that_is_asked_onto_a_port_is_on_that(way: Way) {
    let bench = bench(way);
    attach(&bench, vif("v", Some(ALONE))).await.unwrap();
    let port = bench.machine.ports().ports.into_iter().find(|port| port.uuid == ALONE).unwrap();
    assert_eq!(port.vif(), Some("v"));
}

async fn what_cannot_be_attached_or_detached_is_told(way: Way) {
    let bench = bench(way);
    attach(&bench, vif("v", None)).await.unwrap();
    let (kind, words) = refusal(attach(&bench, vif("v", None)).await);
    let expected = format!("Unable to attach VIF because VIF v is already attached to Ironic Portgroup {GROUP}");
    assert_eq!((kind, words), (ErrorKind::Conflict, expected));
    let (kind, words) = refusal(attach(&bench, vif("w", Some(Uuid::from_u128(9)))).await);
    assert_eq!((kind, &*words), (ErrorKind::Invalid, "Unable to attach VIF w, not enough free physical ports."));
    let (kind, words) = refusal(detach(&bench, "w").await);
    let node = bench.node().uuid;
    let expected = format!("Unable to detach VIF w from node {node} because it is not attached to it.");
    assert_eq!((kind, words), (ErrorKind::Invalid, expected));
    bench.machine.lose_lock();
    assert_eq!(refusal(detach(&bench, "v").await).0, ErrorKind::LockLost);
    assert_eq!(vifs(&bench).await, ["v"]);
}

fn with_vif(mut port: Port) -> Port {
    port.internal_info.insert(TENANT_VIF.to_owned(), "v".into());
    port
}

async fn a_port_of_a_group_that_acts_as_one_does_not_stand_alone(way: Way) {
    let bench = bench(way);
    let check = async |after: Port, before: Port| {
        let change = PortChange { before: Box::new(before), after: Box::new(after) };
        bench.on().network.check_port(&bench.shared(), change).await
    };
    let member = bench.machine.ports().ports[1].clone();
    let boots = Port { pxe_enabled: true, ..member.clone() };
    check(boots.clone(), member.clone()).await.unwrap();

    bench.machine.change_ports(|all| all.portgroups[0].standalone_ports_supported = false);
    let refused = |why: &str| {
        let words = format!(
            "Port group {GROUP} doesn't support standalone ports. This port {MEMBER} cannot be  a member of that port \
             group because of: {why}"
        );
        (ErrorKind::Conflict, words)
    };
    let pxe = "'pxe_enabled' was set to True";
    let vif = "VIF v is attached to the port";
    assert_eq!(refusal(check(boots.clone(), member.clone()).await), refused(pxe));
    assert_eq!(refusal(check(with_vif(member.clone()), member.clone()).await), refused(vif));
    let joins = Port { portgroup: None, ..with_vif(boots.clone()) };
    assert_eq!(refusal(check(with_vif(boots.clone()), joins).await), refused(&format!("{pxe}, {vif}")));

    check(boots.clone(), boots).await.expect("what is so already is not looked at");
    check(Port { portgroup: None, ..with_vif(member.clone()) }, with_vif(member.clone())).await.expect("it leaves");
    check(Port { address: Mac([1; 6]), ..member.clone() }, member).await.expect("it stands for nothing alone");
}

async fn a_group_acts_as_one_once_no_port_of_it_stands_alone(way: Way) {
    let bench = bench(way);
    let check = async |after: bool, before: bool| {
        let group = |standalone_ports_supported| {
            let group = bench.machine.ports().portgroups.remove(0);
            Box::new(Portgroup { standalone_ports_supported, ..group })
        };
        let change = PortgroupChange { before: group(before), after: group(after) };
        bench.on().network.check_portgroup(&bench.shared(), change).await
    };
    let set = |pxe_enabled: bool, has_vif: bool| {
        bench.machine.change_ports(|all| {
            let member = Port { pxe_enabled, internal_info: Json::new(), ..all.ports[1].clone() };
            all.ports[1] = if has_vif { with_vif(member) } else { member };
            // Of no group, it is in nobody's way.
            all.ports[0].pxe_enabled = true;
        });
    };
    check(false, true).await.unwrap();
    let refused = |why: &str| {
        let words = format!(
            "standalone_ports_supported can not be set to False, because the port group {GROUP} contains port with {why}"
        );
        (ErrorKind::Conflict, words)
    };
    let pxe = "'pxe_enabled' is set to True";
    let vif = "VIF v is attached to this port";
    for (pxe_enabled, has_vif, why) in [(true, false, pxe), (false, true, vif)] {
        set(pxe_enabled, has_vif);
        assert_eq!(refusal(check(false, true).await), refused(why));
    }
    set(true, true);
    assert_eq!(refusal(check(false, true).await), refused(&format!("{pxe}, {vif}")));
    check(true, true).await.unwrap();
    check(true, false).await.unwrap();
    check(false, false).await.expect("it is so already");
    set(false, false);
    check(false, true).await.unwrap();
}
