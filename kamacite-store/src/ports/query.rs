//! Which ports, in which order.

use kamacite_model::{Mac, Uuid};
use sea_query::{Condition, Expr, ExprTrait as _};

use crate::{
    nodes::contains,
    records::{of_nodes, of_project},
    sort::{PageQuery, sort_keys},
};

/// A page of ports.
pub type PortQuery = PageQuery<PortFilter, PortColumn>;

/// A page of groups of ports; those that have ports in another group, or a description, are not asked for.
pub type PortgroupQuery = PageQuery<PortFilter, PortgroupColumn>;

/// Which ports, or groups of them: every field that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct PortFilter {
    /// Of this node.
    pub node: Option<Uuid>,
    /// In this group; for ports only.
    pub portgroup: Option<Uuid>,
    /// With this hardware address.
    pub address: Option<Mac>,
    /// With this text in the description, whatever the case of ASCII letters; for ports only.
    pub description_contains: Option<String>,
    /// Of nodes in one of these shards; an empty list lets nothing through.
    pub shard_in: Option<Vec<String>>,
    /// Of nodes in one of these conductor groups; an empty list lets nothing through.
    pub conductor_group_in: Option<Vec<String>>,
    /// Of nodes that this project owns or uses.
    pub project: Option<String>,
}

sort_keys! {
    /// What ports can be sorted by: every plain column of the reference's table.
    pub enum PortColumn {
        Id = "id",
        Uuid = "uuid",
        Address = "address",
        Name = "name",
        Description = "description",
        PxeEnabled = "pxe_enabled",
        PhysicalNetwork = "physical_network",
        IsSmartnic = "is_smartnic",
        Vendor = "vendor",
        Category = "category",
        Node = "node",
        Portgroup = "portgroup",
        AvailableForDynamicPortgroup = "available_for_dynamic_portgroup",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

sort_keys! {
    /// What groups of ports can be sorted by: every plain column of the reference's table.
    pub enum PortgroupColumn {
        Id = "id",
        Uuid = "uuid",
        Address = "address",
        Name = "name",
        Mode = "mode",
        Node = "node",
        StandalonePortsSupported = "standalone_ports_supported",
        PhysicalNetwork = "physical_network",
        Category = "category",
        DynamicPortgroup = "dynamic_portgroup",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

/// What holds for the rows that the filter lets through.
pub(super) fn condition(filter: &PortFilter) -> Condition {
    let PortFilter { node, portgroup, address, description_contains, shard_in, conductor_group_in, project } = filter;
    let is = |column: &'static str, value: String| Expr::col(column).eq(value);
    let any_of = |column: &'static str, values: &[String]| of_nodes(Expr::col(column).is_in(values));
    Condition::all()
        .add_option(node.map(|node| is("node", node.to_string())))
        .add_option(portgroup.map(|portgroup| is("portgroup", portgroup.to_string())))
        .add_option(address.map(|address| is("address", address.to_string())))
        .add_option(description_contains.as_deref().map(|part| contains("description", part)))
        .add_option(shard_in.as_deref().map(|shards| any_of("shard", shards)))
        .add_option(conductor_group_in.as_deref().map(|groups| any_of("conductor_group", groups)))
        .add_option(project.as_deref().map(of_project))
}
