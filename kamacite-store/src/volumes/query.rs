//! Which connectors or targets of volumes, in which order.

use kamacite_model::Uuid;
use sea_query::{Condition, Expr, ExprTrait as _};

use crate::{
    records::of_project,
    sort::{PageQuery, sort_keys},
};

/// A page of connectors.
pub type VolumeConnectorQuery = PageQuery<VolumeFilter, VolumeConnectorColumn>;

/// A page of targets.
pub type VolumeTargetQuery = PageQuery<VolumeFilter, VolumeTargetColumn>;

/// Which connectors or targets: every field that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct VolumeFilter {
    /// Of this node.
    pub node: Option<Uuid>,
    /// Of nodes that this project owns or uses.
    pub project: Option<String>,
}

sort_keys! {
    /// What connectors can be sorted by: every plain column of the reference's table.
    pub enum VolumeConnectorColumn {
        Id = "id",
        Uuid = "uuid",
        Node = "node",
        Type = "type",
        ConnectorId = "connector_id",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

sort_keys! {
    /// What targets can be sorted by: every plain column of the reference's table.
    pub enum VolumeTargetColumn {
        Id = "id",
        Uuid = "uuid",
        Node = "node",
        VolumeType = "volume_type",
        BootIndex = "boot_index",
        VolumeId = "volume_id",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

/// What holds for the rows that the filter lets through.
pub(super) fn condition(filter: &VolumeFilter) -> Condition {
    let VolumeFilter { node, project } = filter;
    Condition::all()
        .add_option(node.map(|node| Expr::col("node").eq(node.to_string())))
        .add_option(project.as_deref().map(of_project))
}
