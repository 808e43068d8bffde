//! `flat` network: every machine is in one network that is there already; what is attached to which port is written down.
//!
//! Ironic's interface of this name tells Neutron as well. Here there is no Neutron to tell: whoever manages the network reads
//! the node's ports, or asks `GET /v1/nodes/{node}/vifs`.

use std::{collections::HashSet, sync::Arc};

use kamacite_driver::{
    Driver, Error, ExclusiveTask, Interface, Result, Services, SharedTask, async_trait,
    interfaces::{Network, PortChange, PortgroupChange, Vif},
    model::{Node, NodePorts, Port, Portgroup, Uuid},
};

/// The interface, and no hardware type.
pub fn driver(_: &Services) -> Driver {
    Driver::new("flat").network("flat", Arc::new(FlatNetwork))
}

/// Writes down what is attached where.
pub struct FlatNetwork;

#[async_trait]
impl Interface for FlatNetwork {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Network for FlatNetwork {
    async fn attach_vif(&self, task: &mut ExclusiveTask, vif: Vif) -> Result<()> {
        let on = choose(&task.ports().await?, &vif)?;
        task.record_vif(on, Some(vif.id)).await
    }

    async fn detach_vif(&self, task: &mut ExclusiveTask, id: String) -> Result<()> {
        let on = holder(&task.ports().await?, &id).ok_or_else(|| not_attached(&task.node(), &id))?;
        task.record_vif(on, None).await
    }

    async fn vifs(&self, task: &SharedTask) -> Result<Vec<String>> {
        let NodePorts { ports, portgroups } = task.ports().await?;
        let on_ports = ports.iter().filter_map(Port::vif);
        Ok(on_ports.chain(portgroups.iter().filter_map(Portgroup::vif)).map(str::to_owned).collect())
    }

    async fn check_port(&self, task: &SharedTask, change: PortChange) -> Result<()> {
        let PortChange { before, after } = change;
        let NodePorts { portgroups, .. } = task.ports().await?;
        let group = portgroups.iter().find(|group| Some(group.uuid) == after.portgroup);
        let Some(group) = group.filter(|group| !group.standalone_ports_supported) else { return Ok(()) };
        let moved = before.pxe_enabled != after.pxe_enabled || before.portgroup != after.portgroup;
        if !moved && after.vif().is_none() {
            return Ok(());
        }
        let reasons: Vec<String> = [
            after.pxe_enabled.then(|| "'pxe_enabled' was set to True".to_owned()),
            after.vif().map(|vif| format!("VIF {vif} is attached to the port")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if reasons.is_empty() {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "Port group {} doesn't support standalone ports. This port {} cannot be  a member of that port group because \
             of: {}",
            group.uuid,
            after.uuid,
            reasons.join(", ")
        )))
    }

    async fn check_portgroup(&self, task: &SharedTask, change: PortgroupChange) -> Result<()> {
        let PortgroupChange { before, after } = change;
        if after.standalone_ports_supported || !before.standalone_ports_supported {
            return Ok(());
        }
        let NodePorts { ports, .. } = task.ports().await?;
        for port in ports.iter().filter(|port| port.portgroup == Some(after.uuid)) {
            let reasons: Vec<String> = [
                port.pxe_enabled.then(|| "'pxe_enabled' is set to True".to_owned()),
                port.vif().map(|vif| format!("VIF {vif} is attached to this port")),
            ]
            .into_iter()
            .flatten()
            .collect();
            if !reasons.is_empty() {
                return Err(Error::conflict(format!(
                    "standalone_ports_supported can not be set to False, because the port group {} contains port with {}",
                    after.uuid,
                    reasons.join(", ")
                )));
            }
        }
        Ok(())
    }
}

/// Whether nothing is asked for, or this.
fn is_asked(asked: Option<&str>, uuid: Uuid) -> bool {
    asked.is_none_or(|asked| Uuid::try_parse(asked) == Ok(uuid))
}

fn not_attached(node: &Node, vif: &str) -> Error {
    Error::invalid(format!("Unable to detach VIF {vif} from node {} because it is not attached to it.", node.uuid))
}

/// The port or group that a VIF is on.
fn holder(on: &NodePorts, vif: &str) -> Option<Uuid> {
    let groups = on.portgroups.iter().map(|group| (group.uuid, group.vif()));
    let ports = on.ports.iter().map(|port| (port.uuid, port.vif()));
    groups.chain(ports).find(|(_, has)| *has == Some(vif)).map(|(uuid, _)| uuid)
}

/// The port or group that a VIF goes to: a group before a port, and a port that boots from the network before one that does
/// not; the oldest of equals.
fn choose(on: &NodePorts, vif: &Vif) -> Result<Uuid> {
    let taken = |what: &str, uuid: Uuid| {
        Error::conflict(format!(
            "Unable to attach VIF because VIF {} is already attached to Ironic {what} {uuid}",
            vif.id
        ))
    };
    let asked_port = |port: &&Port| is_asked(vif.port.as_deref(), port.uuid);
    // Of a group with a VIF on one of its ports, only the other ports are free.
    let mut split = HashSet::new();
    let mut free_ports = Vec::new();
    for port in on.ports.iter().filter(asked_port) {
        match port.vif() {
            Some(has) if has == vif.id => return Err(taken("Port", port.uuid)),
            Some(_) => drop(split.insert(port.portgroup)),
            None => free_ports.push(port),
        }
    }
    let asked_group = |group: &&Portgroup| vif.port.is_none() && is_asked(vif.portgroup.as_deref(), group.uuid);
    let mut whole = Vec::new();
    for group in on.portgroups.iter().filter(asked_group) {
        match group.vif() {
            Some(has) if has == vif.id => return Err(taken("Portgroup", group.uuid)),
            Some(_) => {}
            None => whole.push(group),
        }
    }
    let has_free_port = |group: &&&Portgroup| free_ports.iter().any(|port| port.portgroup == Some(group.uuid));
    let group = whole.iter().filter(|group| !split.contains(&Some(group.uuid))).find(has_free_port);
    if let Some(group) = group {
        return Ok(group.uuid);
    }
    let alone = |port: &&&Port| match port.portgroup {
        None => vif.portgroup.is_none(),
        // A port of a group that is whole goes with the group.
        Some(group) => {
            vif.portgroup.is_none() && split.contains(&Some(group)) && whole.iter().any(|whole| whole.uuid == group)
        }
    };
    let mut alone: Vec<&&Port> = free_ports.iter().filter(alone).collect();
    alone.sort_by_key(|port| !port.pxe_enabled);
    let refuse = || Error::invalid(format!("Unable to attach VIF {}, not enough free physical ports.", vif.id));
    alone.first().map(|port| port.uuid).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use kamacite_driver::model::{Json, Mac, TENANT_VIF, Timestamp};

    use super::*;

    const A: Uuid = Uuid::from_u128(0xa);
    const B: Uuid = Uuid::from_u128(0xb);
    const G: Uuid = Uuid::from_u128(0x6);

    fn port(uuid: Uuid, portgroup: Option<Uuid>, pxe_enabled: bool, vif: Option<&str>) -> Port {
        let mut port = Port::new(uuid, Uuid::nil(), Mac::default(), Timestamp::UNIX_EPOCH);
        (port.portgroup, port.pxe_enabled) = (portgroup, pxe_enabled);
        if let Some(vif) = vif {
            port.internal_info.insert(TENANT_VIF.to_owned(), vif.into());
        }
        port
    }

    fn group(vif: Option<&str>) -> Portgroup {
        let mut group = Portgroup::new(G, Uuid::nil(), Timestamp::UNIX_EPOCH);
        if let Some(vif) = vif {
            group.internal_info.insert(TENANT_VIF.to_owned(), vif.into());
        }
        group
    }

    fn vif(port: Option<Uuid>, portgroup: Option<Uuid>) -> Vif {
        let text = |uuid: Option<Uuid>| uuid.map(|uuid| uuid.to_string());
        Vif { id: "v".to_owned(), port: text(port), portgroup: text(portgroup), other: Json::new() }
    }

    #[track_caller]
    fn check(ports: Vec<Port>, portgroups: Vec<Portgroup>, vif: &Vif, expected: Result<Uuid, &str>) {
        let chosen = choose(&NodePorts { ports, portgroups }, vif);
        match (chosen, expected) {
            (Ok(chosen), Ok(expected)) => assert_eq!(chosen, expected),
            (Err(error), Err(words)) => assert!(error.message().contains(words), "{error}"),
            (chosen, expected) => panic!("{chosen:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_port_that_boots_from_the_network_is_taken_first() {
        check(vec![port(A, None, false, None), port(B, None, true, None)], vec![], &vif(None, None), Ok(B));
        check(vec![port(A, None, true, None), port(B, None, true, None)], vec![], &vif(None, None), Ok(A));
        check(vec![port(A, None, true, Some("w")), port(B, None, false, None)], vec![], &vif(None, None), Ok(B));
    }

    #[test]
    fn a_group_is_taken_before_a_port() {
        let ports = || vec![port(A, None, true, None), port(B, Some(G), false, None)];
        check(ports(), vec![group(None)], &vif(None, None), Ok(G));
        check(ports(), vec![group(Some("w"))], &vif(None, None), Ok(A));
        check(vec![port(A, None, true, None)], vec![group(None)], &vif(None, None), Ok(A));
    }

    #[test]
    fn of_a_group_with_a_vif_on_a_port_the_other_ports_are_free() {
        let ports = || vec![port(A, Some(G), true, Some("w")), port(B, Some(G), true, None)];
        check(ports(), vec![group(None)], &vif(None, None), Ok(B));
        check(ports(), vec![group(None)], &vif(None, Some(G)), Err("not enough free physical ports"));
    }

    #[test]
    fn what_is_asked_for_is_taken_or_nothing() {
        let ports = || vec![port(A, None, true, None), port(B, Some(G), true, None)];
        check(ports(), vec![group(None)], &vif(Some(A), None), Ok(A));
        check(ports(), vec![group(None)], &vif(None, Some(G)), Ok(G));
        check(vec![port(A, None, true, Some("w"))], vec![], &vif(Some(A), None), Err("not enough free"));
        check(vec![], vec![], &vif(None, None), Err("not enough free"));
    }

    #[test]
    fn a_vif_is_attached_once() {
        let words = "VIF v is already attached to Ironic Port";
        check(vec![port(A, None, true, Some("v")), port(B, None, true, None)], vec![], &vif(None, None), Err(words));
        let words = "VIF v is already attached to Ironic Portgroup";
        check(vec![port(A, Some(G), true, None)], vec![group(Some("v"))], &vif(None, None), Err(words));
    }
}
