//! Allocations: found by key or filter, changed by clients, and made to follow their node.

mod columns;
mod query;
mod write;

use kamacite_model::{Allocation, AllocationState, Uuid};
use sea_query::{Expr, ExprTrait as _};

use crate::{Result, Store, sort::Page};

pub(crate) use columns::ALLOCATIONS;
pub use query::{AllocationColumn, AllocationFilter, AllocationQuery};
pub use write::AllocationChange;
pub(crate) use write::{follow, insert, remove_of};

impl Store {
    /// The allocation with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn allocation(&self, uuid: Uuid) -> Result<Option<Allocation>> {
        self.load_allocation(Expr::col("uuid").eq(uuid.to_string())).await
    }

    /// The allocation with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn allocation_named(&self, name: &str) -> Result<Option<Allocation>> {
        self.load_allocation(Expr::col("name").eq(name)).await
    }

    /// The allocations that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn allocations(&self, query: &AllocationQuery) -> Result<Vec<Allocation>> {
        let page = Page {
            table: &ALLOCATIONS,
            key: query.sort_key.as_str(),
            descending: query.descending,
            marker: query.marker,
            limit: query.limit,
        };
        let mut select = ALLOCATIONS.select().cond_where(query::condition(&query.filter)).to_owned();
        let mut connection = self.db().read().await?;
        page.cut(&mut connection, &mut select).await?;
        let rows = connection.rows("listing allocations", &select).await?;
        self.db().alive().await;
        rows.iter().map(|row| ALLOCATIONS.load(row)).collect()
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
    /// [`crate::Error::Taken`] for a name or a UUID that another has, or trouble with the database.
    pub async fn create_allocation(&self, allocation: &Allocation) -> Result<()> {
        self.write(write::Create(allocation.clone())).await
    }

    /// Writes what clients may change of an allocation, and returns it as stored. Durable.
    ///
    /// # Errors
    /// [`crate::Error::NotThere`]; [`crate::Error::Taken`] for a name that another has; or trouble with the database.
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

    async fn load_allocation(&self, condition: Expr) -> Result<Option<Allocation>> {
        let select = ALLOCATIONS.select().and_where(condition).to_owned();
        let row = self.db().read().await?.row("loading an allocation", &select).await?;
        self.db().alive().await;
        row.map(|row| ALLOCATIONS.load(&row)).transpose()
    }
}
