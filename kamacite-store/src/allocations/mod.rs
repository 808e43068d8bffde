//! Allocations: found by key or filter, changed by clients, and made to follow their node.

mod columns;
mod query;
mod write;

use kamacite_model::{Allocation, AllocationState, Uuid};
use sea_query::{Expr, ExprTrait as _};

use crate::{
    Error, Result, Store,
    db::{Failed, Table, Tx},
    records::{self, Record},
};

use columns::ALLOCATIONS;
pub use query::{AllocationColumn, AllocationFilter, AllocationQuery};
pub use write::AllocationChange;
pub(crate) use write::follow;

impl Store {
    /// The allocation with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn allocation(&self, uuid: Uuid) -> Result<Option<Allocation>> {
        self.record_by_uuid(uuid).await
    }

    /// The allocation with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn allocation_named(&self, name: &str) -> Result<Option<Allocation>> {
        self.record(Expr::col("name").eq(name)).await
    }

    /// The allocations that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`Error::MarkerNotFound`], or trouble with the database.
    pub async fn allocations(&self, query: &AllocationQuery) -> Result<Vec<Allocation>> {
        self.records(query, query::condition(&query.filter)).await
    }

    /// Every allocation for which a node is being looked for, oldest first.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn unfinished_allocations(&self) -> Result<Vec<Allocation>> {
        let state = Some(AllocationState::Allocating.as_str().to_owned());
        let filter = AllocationFilter { state, ..AllocationFilter::default() };
        self.allocations(&AllocationQuery { filter, ..AllocationQuery::default() }).await
    }

    /// Adds an allocation that has no node yet. Durable.
    ///
    /// # Errors
    /// [`Error::Taken`] for a name or a UUID that another has, or trouble with the database.
    pub async fn create_allocation(&self, allocation: &Allocation) -> Result<()> {
        self.write(records::Create(allocation.clone())).await
    }

    /// Writes what clients may change of an allocation, and returns it as stored. Durable.
    ///
    /// # Errors
    /// [`Error::NotThere`]; [`Error::Taken`] for a name that another has; or trouble with the database.
    pub async fn update_allocation(&self, uuid: Uuid, change: AllocationChange) -> Result<Allocation> {
        self.write(write::Update { uuid, change, at: self.clock().now() }).await
    }

    /// Gives an allocation up for which no node can be had; tells whether one was still being looked for. Durable.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn fail_allocation(&self, uuid: Uuid, last_error: &str) -> Result<bool> {
        self.write(write::Fail { uuid, last_error: last_error.to_owned(), at: self.clock().now() }).await
    }

    /// Removes an allocation that has no node; tells whether there was one. Durable.
    ///
    /// One that has a node goes when the node lets go of it.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn delete_allocation(&self, uuid: Uuid) -> Result<bool> {
        self.write(write::Delete(uuid)).await
    }
}

impl Record for Allocation {
    const WHAT: &'static str = "Allocation";
    const TABLE: &'static Table<Self> = &ALLOCATIONS;

    fn uuid(&self) -> Uuid {
        self.uuid
    }

    fn clash(&self, failed: Failed) -> Error {
        let taken = |column, value| Error::Taken { what: "allocation", column, value };
        match (failed.clash(), &self.name) {
            (Some("uuid"), _) => taken("UUID", self.uuid.to_string()),
            (Some("name"), Some(name)) => taken("name", name.clone()),
            (Some(_) | None, _) => failed.into(),
        }
    }
}

/// Removes the allocation that has a node.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    records::remove_of(tx, &[ALLOCATIONS.name], node).await
}
