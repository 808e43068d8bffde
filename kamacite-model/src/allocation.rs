//! Allocations: a client asks for any node that fits, and is given one.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Json, named::named};

named! {
    /// Where an allocation stands.
    pub enum AllocationState ("allocation state") {
        /// A node is being looked for.
        Allocating = "allocating",
        /// It has its node.
        Active = "active",
        /// No node could be had; `last_error` tells why.
        Error = "error",
    }
}

/// A client's wish for a node, and the node it was given.
///
/// An allocation has a node exactly as long as that node's `allocation_uuid` names it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Allocation {
    /// Its identity; the node's instance gets the same.
    pub uuid: Uuid,
    /// A name clients may use instead of the UUID. The node of the same name is preferred.
    pub name: Option<String>,
    /// The node it was given.
    pub node: Option<Uuid>,
    /// Where it stands.
    pub state: AllocationState,
    /// The project it is for; only nodes that it owns or uses are looked at.
    pub owner: Option<String>,
    /// Why it has no node.
    pub last_error: Option<String>,
    /// The class of the node.
    pub resource_class: Option<String>,
    /// What the node must be able to do.
    pub traits: Vec<String>,
    /// The nodes to choose from, in the client's order; none at all means any.
    pub candidate_nodes: Vec<Uuid>,
    /// Whatever clients want to keep with it.
    pub extra: Json,
    /// The conductor that looks for a node.
    pub conductor_affinity: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

impl Allocation {
    /// An allocation that wants nothing in particular.
    pub fn new(uuid: Uuid, created_at: Timestamp) -> Self {
        Self {
            uuid,
            name: None,
            node: None,
            state: AllocationState::Allocating,
            owner: None,
            last_error: None,
            resource_class: None,
            traits: Vec::new(),
            candidate_nodes: Vec::new(),
            extra: Json::new(),
            conductor_affinity: None,
            created_at,
            updated_at: None,
        }
    }
}
