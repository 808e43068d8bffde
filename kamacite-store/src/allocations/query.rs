//! Which allocations, in which order.

use kamacite_model::Uuid;
use sea_query::{Condition, Expr, ExprTrait as _};

use crate::sort::{PageQuery, sort_keys};

/// A page of allocations.
pub type AllocationQuery = PageQuery<AllocationFilter, AllocationColumn>;

/// Which allocations: every field that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct AllocationFilter {
    /// Of this node.
    pub node: Option<Uuid>,
    /// In this state; a word that is none lets nothing through.
    pub state: Option<String>,
    /// Of this class.
    pub resource_class: Option<String>,
    /// For this project.
    pub owner: Option<String>,
}

sort_keys! {
    /// What allocations can be sorted by: every plain column of the reference's table.
    pub enum AllocationColumn {
        Id = "id",
        Uuid = "uuid",
        Name = "name",
        Node = "node",
        State = "state",
        Owner = "owner",
        LastError = "last_error",
        ResourceClass = "resource_class",
        ConductorAffinity = "conductor_affinity",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

/// What holds for the rows that the filter lets through.
pub(super) fn condition(filter: &AllocationFilter) -> Condition {
    let AllocationFilter { node, state, resource_class, owner } = filter;
    let is = |column: &'static str, value: &Option<String>| value.as_deref().map(|value| Expr::col(column).eq(value));
    Condition::all()
        .add_option(node.map(|node| Expr::col("node").eq(node.to_string())))
        .add_option(is("state", state))
        .add_option(is("resource_class", resource_class))
        .add_option(is("owner", owner))
}
