//! Network ports of nodes and groups of them: found by key or filter, changed under their node's lock.

mod columns;
mod query;
mod write;

use kamacite_model::{Port, Portgroup, Uuid};
use sea_query::{Expr, ExprTrait as _};

use crate::{Result, Store};

use columns::{PORTGROUPS, PORTS};
pub use query::{PortColumn, PortFilter, PortQuery, PortgroupColumn, PortgroupQuery};
pub use write::PortChange;
pub(crate) use write::remove_of;

impl Store {
    /// The port with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn port(&self, uuid: Uuid) -> Result<Option<Port>> {
        self.record_by_uuid(uuid).await
    }

    /// The port with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn port_named(&self, name: &str) -> Result<Option<Port>> {
        self.record(Expr::col("name").eq(name)).await
    }

    /// The ports that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn ports(&self, query: &PortQuery) -> Result<Vec<Port>> {
        self.records(query, query::condition(&query.filter)).await
    }

    /// The group of ports with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn portgroup(&self, uuid: Uuid) -> Result<Option<Portgroup>> {
        self.record_by_uuid(uuid).await
    }

    /// The group of ports with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn portgroup_named(&self, name: &str) -> Result<Option<Portgroup>> {
        self.record(Expr::col("name").eq(name)).await
    }

    /// The groups of ports that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn portgroups(&self, query: &PortgroupQuery) -> Result<Vec<Portgroup>> {
        self.records(query, query::condition(&query.filter)).await
    }

    /// Changes ports of a node, and groups of them, all or nothing. Durable.
    ///
    /// With the fence of the node's lock, the lock must still be held; without one, the node need only be there.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], [`crate::Error::LeaseLost`]; [`crate::Error::Taken`] for an address, a name or a
    /// UUID that another has; [`crate::Error::NotThere`]; [`crate::Error::PortgroupNotEmpty`]; [`crate::Error::PortgroupElsewhere`]; or trouble with the
    /// database.
    pub async fn change_ports(&self, node: Uuid, fence: Option<i64>, changes: Vec<PortChange>) -> Result<()> {
        self.write(write::ChangePorts { node, fence, changes }).await
    }
}
