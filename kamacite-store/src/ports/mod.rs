//! Network ports of nodes and groups of them: found by key or filter, changed under their node's lock.

mod columns;
mod query;
mod write;

use kamacite_model::{Port, Portgroup, Uuid};
use sea_query::{Expr, ExprTrait as _};

use crate::{
    Result, Store,
    db::{Connection, Table},
    sort::Page,
};

pub(crate) use columns::{PORTGROUPS, PORTS};
pub use query::{PortColumn, PortFilter, PortQuery, PortgroupColumn, PortgroupQuery};
pub use write::PortChange;
pub(crate) use write::remove_of;

impl Store {
    /// The port with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn port(&self, uuid: Uuid) -> Result<Option<Port>> {
        self.load_one(&PORTS, Expr::col("uuid").eq(uuid.to_string())).await
    }

    /// The port with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn port_named(&self, name: &str) -> Result<Option<Port>> {
        self.load_one(&PORTS, Expr::col("name").eq(name)).await
    }

    /// The ports that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn ports(&self, query: &PortQuery) -> Result<Vec<Port>> {
        let page = Page {
            table: &PORTS,
            key: query.sort_key.as_str(),
            descending: query.descending,
            marker: query.marker,
            limit: query.limit,
        };
        self.load_page(&page, query::condition(&query.filter)).await
    }

    /// The group of ports with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn portgroup(&self, uuid: Uuid) -> Result<Option<Portgroup>> {
        self.load_one(&PORTGROUPS, Expr::col("uuid").eq(uuid.to_string())).await
    }

    /// The group of ports with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn portgroup_named(&self, name: &str) -> Result<Option<Portgroup>> {
        self.load_one(&PORTGROUPS, Expr::col("name").eq(name)).await
    }

    /// The groups of ports that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn portgroups(&self, query: &PortgroupQuery) -> Result<Vec<Portgroup>> {
        let page = Page {
            table: &PORTGROUPS,
            key: query.sort_key.as_str(),
            descending: query.descending,
            marker: query.marker,
            limit: query.limit,
        };
        self.load_page(&page, query::condition(&query.filter)).await
    }

    /// Changes ports of a node, and groups of them, all or nothing. Durable.
    ///
    /// With the fence of the node's lock, the lock must still be held; without one, the node need only be there.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], [`crate::Error::LeaseLost`]; [`crate::Error::Taken`] for an address, a name or a
    /// UUID that another has; [`crate::Error::NotThere`]; [`crate::Error::PortgroupNotEmpty`]; or trouble with the
    /// database.
    pub async fn change_ports(&self, node: Uuid, fence: Option<i64>, changes: Vec<PortChange>) -> Result<()> {
        self.write(write::ChangePorts { node, fence, changes }).await
    }

    async fn load_one<T>(&self, table: &'static Table<T>, condition: Expr) -> Result<Option<T>> {
        let select = table.select().and_where(condition).to_owned();
        let row = self.db().read().await?.row("loading ports", &select).await?;
        self.db().alive().await;
        row.map(|row| table.load(&row)).transpose()
    }

    async fn load_page<T>(&self, page: &Page<'_, T>, condition: sea_query::Condition) -> Result<Vec<T>> {
        let mut select = page.table.select().cond_where(condition).to_owned();
        let mut connection: Connection = self.db().read().await?;
        page.cut(&mut connection, &mut select).await?;
        let rows = connection.rows("listing ports", &select).await?;
        self.db().alive().await;
        rows.iter().map(|row| page.table.load(row)).collect()
    }
}
