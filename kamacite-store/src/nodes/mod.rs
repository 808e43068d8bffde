//! Nodes: found by key or filter, reserved, changed under their reservation.

mod query;
mod write;

use std::sync::Arc;

use kamacite_model::{HistoryEntry, Node, Uuid};

use crate::{Result, Store};

pub use query::{NodeColumn, NodeFilter, NodeQuery, ParentFilter};
pub use write::{Change, NodeChange, OperationChange};

impl Store {
    /// The node with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn node(&self, uuid: Uuid) -> Result<Option<Arc<Node>>> {
        let _ = uuid;
        todo!()
    }

    /// The node with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn node_named(&self, name: &str) -> Result<Option<Arc<Node>>> {
        let _ = name;
        todo!()
    }

    /// The nodes that a filter lets through, sorted, from a marker on.
    ///
    /// Each node is as it stands when it is returned, which may be a moment after it was selected.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn nodes(&self, query: &NodeQuery) -> Result<Vec<Arc<Node>>> {
        let _ = query;
        todo!()
    }

    /// How many nodes a filter lets through.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn count_nodes(&self, filter: &NodeFilter) -> Result<u64> {
        let _ = filter;
        todo!()
    }

    /// Enrols a node. Durable.
    ///
    /// # Errors
    /// [`crate::Error::NodeNameTaken`], [`crate::Error::NodeUuidTaken`], [`crate::Error::InstanceTaken`], or trouble
    /// with the database.
    pub async fn create_node(&self, node: &Node, history: &[HistoryEntry]) -> Result<()> {
        let _ = (node, history);
        todo!()
    }

    /// Takes the node's lock for `holder`, if nobody has it, and returns the node with the new fence. Lazily durable.
    ///
    /// Run it to its end: a caller that is dropped while waiting may leave the lock taken.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], [`crate::Error::NodeLocked`], or trouble with the database.
    pub async fn reserve(&self, node: Uuid, holder: &str) -> Result<Arc<Node>> {
        let _ = (node, holder);
        todo!()
    }

    /// Takes the node's lock for `holder`, whoever has it; what the former holder still writes is refused.
    /// Lazily durable.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], or trouble with the database.
    pub async fn take_over(&self, node: Uuid, holder: &str) -> Result<Arc<Node>> {
        let _ = (node, holder);
        todo!()
    }

    /// Gives up the node's lock if `fence` is still that of the lock. Lazily durable; repeating it does no harm.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn release(&self, node: Uuid, fence: i64) -> Result<()> {
        let _ = (node, fence);
        todo!()
    }

    /// Writes a change of a node, of an operation and entries of history, all or nothing. Durable.
    ///
    /// Returns the node as stored, where the change had one.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when the node's lock is no longer that of `before`; [`crate::Error::NodeNotFound`],
    /// [`crate::Error::NodeNameTaken`], [`crate::Error::InstanceTaken`], [`crate::Error::OperationNotFound`]; or trouble
    /// with the database.
    pub async fn save(&self, change: Change) -> Result<Option<Arc<Node>>> {
        let _ = change;
        todo!()
    }

    /// Removes a node with its traits and history, if `fence` is still that of its lock; its operations stay. Durable.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], [`crate::Error::LeaseLost`], or trouble with the database.
    pub async fn delete_node(&self, node: Uuid, fence: i64) -> Result<()> {
        let _ = (node, fence);
        todo!()
    }
}
