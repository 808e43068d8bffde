//! The network ports of the kit's node: one that is free, one with a VIF on it, and a group of two.

use kamacite_model::{Mac, Node, NodePorts, Port, Portgroup, TENANT_VIF, Uuid};

/// A port of its own, on which nothing is.
pub const FREE: Uuid = Uuid::from_u128(0xa);
/// A group of two ports, on which nothing is.
pub const GROUP: Uuid = Uuid::from_u128(0xb);
/// What is on a port already.
pub const ATTACHED: &str = "vif-that-is-there";
/// What is on none.
pub const NEW: &str = "vif-that-is-new";

/// What a node has of them; each port with an address of its own.
pub fn of(node: &Node) -> NodePorts {
    let port = |number: u8, uuid| {
        let address = Mac([0x52, 0x54, 0, 0, 0, number]);
        Port::new(uuid, node.uuid, address, node.created_at)
    };
    let mut taken = port(1, Uuid::from_u128(0xc));
    taken.internal_info.insert(TENANT_VIF.to_owned(), ATTACHED.into());
    let members = [2, 3].map(|number| {
        let port = port(number, Uuid::from_u128(u128::from(number)));
        Port { portgroup: Some(GROUP), pxe_enabled: false, ..port }
    });
    let portgroups = vec![Portgroup::new(GROUP, node.uuid, node.created_at)];
    NodePorts { ports: [port(0, FREE), taken].into_iter().chain(members).collect(), portgroups }
}
