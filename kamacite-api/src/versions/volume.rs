//! Since which microversion each field of connectors and targets of volumes is there.

use super::fields;

fields! {
    /// What the document of a connector may hold.
    pub enum VolumeConnectorField {
        Uuid = "uuid" since 32,
        CreatedAt = "created_at" since 32,
        UpdatedAt = "updated_at" since 32,
        ConnectorId = "connector_id" since 32,
        Extra = "extra" since 32,
        Type = "type" since 32,
        Links = "links" since 32,
        NodeUuid = "node_uuid" since 32,
    }
}

fields! {
    /// What the document of a target may hold.
    pub enum VolumeTargetField {
        Uuid = "uuid" since 32,
        CreatedAt = "created_at" since 32,
        UpdatedAt = "updated_at" since 32,
        BootIndex = "boot_index" since 32,
        Extra = "extra" since 32,
        Properties = "properties" since 32,
        VolumeId = "volume_id" since 32,
        VolumeType = "volume_type" since 32,
        Links = "links" since 32,
        NodeUuid = "node_uuid" since 32,
    }
}
