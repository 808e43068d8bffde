//! Changes of nodes: each is one job for the writer.

use std::sync::Arc;

use kamacite_model::{HistoryEntry, Node, Operation};

/// What is written together, all or nothing.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// A change of a node.
    pub node: Option<NodeChange>,
    /// A change of the journal.
    pub operation: Option<OperationChange>,
    /// Entries of history.
    pub history: Vec<HistoryEntry>,
}

/// A change of a node: what differs between two snapshots is written.
#[derive(Debug, Clone)]
pub struct NodeChange {
    /// The node as it was; its reservation and fence must still be those of the row.
    pub before: Arc<Node>,
    /// The node as it should be. Its identity, reservation, fence, `created_at` and `updated_at` are not looked at.
    pub after: Node,
    /// Whether to give up the lock at the same time.
    pub release: bool,
}

/// A change of the journal.
#[derive(Debug, Clone)]
pub enum OperationChange {
    /// A new operation.
    Insert(Operation),
    /// An operation that is there already.
    Update(Operation),
}
