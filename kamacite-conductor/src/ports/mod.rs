//! Network ports of nodes, groups of ports, and the virtual network interfaces that are attached to them.

mod port;
mod portgroup;
mod vifs;

use kamacite_model::{Node, NodePorts, ProvisionState, Uuid};
use kamacite_store::{PortFilter, PortQuery, PortgroupQuery, Store};

pub use port::PortUpdate;
pub use portgroup::PortgroupUpdate;
pub(crate) use vifs::{detach_all, forget_all};

/// The ports of a node and their groups.
pub(crate) async fn of_node(store: &Store, node: Uuid) -> kamacite_store::Result<NodePorts> {
    let filter = PortFilter { node: Some(node), ..PortFilter::default() };
    let ports = store.ports(&PortQuery { filter: filter.clone(), ..PortQuery::default() }).await?;
    let portgroups = store.portgroups(&PortgroupQuery { filter, ..PortgroupQuery::default() }).await?;
    Ok(NodePorts { ports, portgroups })
}

/// Why a port may not be in a group.
pub(crate) fn another_network(portgroup: Uuid, wanted: &str, is_on: &str) -> String {
    format!(
        "Port with physical network {wanted} cannot become a member of port group {portgroup} which has ports in physical network \
         {is_on}."
    )
}

/// Whether a node may be rewired: it is not in use, or somebody looks after it.
fn may_rewire(node: &Node) -> bool {
    REWIRABLE.contains(&node.provision_state) || node.maintenance
}

/// The states in which a node may be rewired, in the reference's order.
const REWIRABLE: [ProvisionState; 4] =
    [ProvisionState::Enroll, ProvisionState::Inspecting, ProvisionState::InspectWait, ProvisionState::Manageable];

fn rewirable() -> String {
    REWIRABLE.map(ProvisionState::as_str).join(", ")
}
