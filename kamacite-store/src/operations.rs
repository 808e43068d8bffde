//! The journal of operations.

use kamacite_model::{Operation, OperationId, Timestamp, Uuid};

use crate::{Result, Store};

impl Store {
    /// Adds an operation. Durable.
    ///
    /// # Errors
    /// Trouble with the database, also when there is an operation with this id.
    pub async fn insert_operation(&self, operation: &Operation) -> Result<()> {
        let _ = operation;
        todo!()
    }

    /// Writes an operation that is there already. Durable.
    ///
    /// # Errors
    /// [`crate::Error::OperationNotFound`], or trouble with the database.
    pub async fn update_operation(&self, operation: &Operation) -> Result<()> {
        let _ = operation;
        todo!()
    }

    /// The operation with this id.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn operation(&self, id: OperationId) -> Result<Option<Operation>> {
        let _ = id;
        todo!()
    }

    /// Every operation that has not ended, oldest first.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn unfinished_operations(&self) -> Result<Vec<Operation>> {
        todo!()
    }

    /// A node's last operations, newest first.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn operations_of(&self, node: Uuid, limit: usize) -> Result<Vec<Operation>> {
        let _ = (node, limit);
        todo!()
    }

    /// Forgets operations that ended before a moment; returns how many.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn purge_operations(&self, finished_before: Timestamp) -> Result<u64> {
        let _ = finished_before;
        todo!()
    }
}
