//! Since which microversion each field of ports and of their groups is there.

use super::fields;

fields! {
    /// What a port document may hold.
    pub enum PortField {
        Uuid = "uuid" since 1,
        CreatedAt = "created_at" since 1,
        UpdatedAt = "updated_at" since 1,
        Address = "address" since 1,
        Extra = "extra" since 1,
        InternalInfo = "internal_info" since 18,
        IsSmartnic = "is_smartnic" since 53,
        LocalLinkConnection = "local_link_connection" since 19,
        PhysicalNetwork = "physical_network" since 34,
        PxeEnabled = "pxe_enabled" since 19,
        NodeUuid = "node_uuid" since 1,
        Name = "name" since 88,
        Description = "description" since 97,
        Vendor = "vendor" since 100,
        Category = "category" since 101,
        AvailableForDynamicPortgroup = "available_for_dynamic_portgroup" since 111,
        Links = "links" since 1,
        PortgroupUuid = "portgroup_uuid" since 24,
    }
}

fields! {
    /// What the document of a group of ports may hold.
    pub enum PortgroupField {
        Uuid = "uuid" since 1,
        CreatedAt = "created_at" since 1,
        UpdatedAt = "updated_at" since 1,
        Address = "address" since 1,
        Extra = "extra" since 1,
        InternalInfo = "internal_info" since 1,
        Mode = "mode" since 26,
        Name = "name" since 1,
        Properties = "properties" since 26,
        StandalonePortsSupported = "standalone_ports_supported" since 1,
        NodeUuid = "node_uuid" since 1,
        PhysicalNetwork = "physical_network" since 102,
        Category = "category" since 103,
        DynamicPortgroup = "dynamic_portgroup" since 111,
        Links = "links" since 1,
        Ports = "ports" since 1,
    }
}
