//! Network ports of nodes, and groups of them.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Json, Mac};

/// Under this key of `internal_info` a port or a group keeps the virtual network interface that is attached to it.
pub const TENANT_VIF: &str = "tenant_vif_port_id";

/// A network port of a node.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Port {
    /// Its identity.
    pub uuid: Uuid,
    /// The node it is a part of.
    pub node: Uuid,
    /// Its hardware address.
    pub address: Mac,
    /// Its name.
    pub name: Option<String>,
    /// What people say of it.
    pub description: Option<String>,
    /// The group it belongs to.
    pub portgroup: Option<Uuid>,
    /// Where its cable ends: `switch_id`, `port_id`, `switch_info` and others.
    pub local_link_connection: Json,
    /// Whether the machine may boot from the network through it.
    pub pxe_enabled: bool,
    /// The physical network it is plugged into.
    pub physical_network: Option<String>,
    /// Whether it is on a smart NIC.
    pub is_smartnic: bool,
    /// Who made it.
    pub vendor: Option<String>,
    /// What it is for, in the words of the site.
    pub category: Option<String>,
    /// Whether a group may be made of it when one is needed.
    pub available_for_dynamic_portgroup: bool,
    /// What drivers keep of it: the VIF that is attached, for one.
    pub internal_info: Json,
    /// What clients keep of it.
    pub extra: Json,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

impl Port {
    /// A port as the reference makes it when nothing else is said.
    pub fn new(uuid: Uuid, node: Uuid, address: Mac, created_at: Timestamp) -> Self {
        Self {
            uuid,
            node,
            address,
            name: None,
            description: None,
            portgroup: None,
            local_link_connection: Json::new(),
            pxe_enabled: true,
            physical_network: None,
            is_smartnic: false,
            vendor: None,
            category: None,
            available_for_dynamic_portgroup: true,
            internal_info: Json::new(),
            extra: Json::new(),
            created_at,
            updated_at: None,
        }
    }

    /// The virtual network interface that is attached to it.
    pub fn vif(&self) -> Option<&str> {
        vif(&self.internal_info)
    }
}

fn vif(internal_info: &Json) -> Option<&str> {
    internal_info.get(TENANT_VIF)?.as_str()
}

/// Ports of a node that act as one: a bond.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Portgroup {
    /// Its identity.
    pub uuid: Uuid,
    /// The node whose ports they are.
    pub node: Uuid,
    /// Its name.
    pub name: Option<String>,
    /// The hardware address of the bond.
    pub address: Option<Mac>,
    /// How the ports share the work, in the words of the Linux bonding driver.
    pub mode: String,
    /// Further settings of the bond.
    pub properties: Json,
    /// Whether its ports may also be used one by one.
    pub standalone_ports_supported: bool,
    /// The physical network it is plugged into.
    pub physical_network: Option<String>,
    /// What it is for, in the words of the site.
    pub category: Option<String>,
    /// Whether it was made because a group was needed.
    pub dynamic: bool,
    /// What drivers keep of it: the VIF that is attached, for one.
    pub internal_info: Json,
    /// What clients keep of it.
    pub extra: Json,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

impl Portgroup {
    /// A group as the reference makes it when nothing else is said; its ports are made apart.
    pub fn new(uuid: Uuid, node: Uuid, created_at: Timestamp) -> Self {
        Self {
            uuid,
            node,
            name: None,
            address: None,
            mode: "active-backup".to_owned(),
            properties: Json::new(),
            standalone_ports_supported: true,
            physical_network: None,
            category: None,
            dynamic: false,
            internal_info: Json::new(),
            extra: Json::new(),
            created_at,
            updated_at: None,
        }
    }

    /// The virtual network interface that is attached to it.
    pub fn vif(&self) -> Option<&str> {
        vif(&self.internal_info)
    }
}

/// The network ports of one node, and how they are grouped.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct NodePorts {
    /// The ports, in the order in which they were made.
    pub ports: Vec<Port>,
    /// The groups, in the order in which they were made.
    pub portgroups: Vec<Portgroup>,
}

impl NodePorts {
    /// Says which virtual network interface is on a port or on a group, or that none is any more. Tells whether there is such a
    /// port or group.
    pub fn set_vif(&mut self, on: Uuid, vif: Option<&str>) -> bool {
        let ports = self.ports.iter_mut().map(|port| (port.uuid, &mut port.internal_info));
        let groups = self.portgroups.iter_mut().map(|group| (group.uuid, &mut group.internal_info));
        let Some((_, internal_info)) = ports.chain(groups).find(|(uuid, _)| *uuid == on) else { return false };
        match vif {
            Some(vif) => drop(internal_info.insert(TENANT_VIF.to_owned(), vif.into())),
            None => drop(internal_info.shift_remove(TENANT_VIF)),
        }
        true
    }
}
