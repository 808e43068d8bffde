//! Connectors and targets of volumes: found by UUID or filter, changed under their node's lock.

mod columns;
mod query;

use kamacite_model::{Uuid, VolumeConnector, VolumeTarget};

use crate::{
    Error, RecordChange, Result, Store,
    db::{Failed, Table, Tx},
    records::{self, ChangeOfNode, Record},
};

use columns::{CONNECTORS, TARGETS};
pub use query::{VolumeConnectorColumn, VolumeConnectorQuery, VolumeFilter, VolumeTargetColumn, VolumeTargetQuery};

impl Store {
    /// The connector with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn volume_connector(&self, uuid: Uuid) -> Result<Option<VolumeConnector>> {
        self.record_by_uuid(uuid).await
    }

    /// The connectors that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`Error::MarkerNotFound`], or trouble with the database.
    pub async fn volume_connectors(&self, query: &VolumeConnectorQuery) -> Result<Vec<VolumeConnector>> {
        self.records(query, query::condition(&query.filter)).await
    }

    /// The target with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn volume_target(&self, uuid: Uuid) -> Result<Option<VolumeTarget>> {
        self.record_by_uuid(uuid).await
    }

    /// The targets that a filter lets through, sorted, from a marker on.
    ///
    /// # Errors
    /// [`Error::MarkerNotFound`], or trouble with the database.
    pub async fn volume_targets(&self, query: &VolumeTargetQuery) -> Result<Vec<VolumeTarget>> {
        self.records(query, query::condition(&query.filter)).await
    }

    /// Changes a connector of a node. Durable.
    ///
    /// With the fence of the node's lock, the lock must still be held; without one, the node need only be there.
    ///
    /// # Errors
    /// [`Error::NodeNotFound`], [`Error::LeaseLost`]; [`Error::Taken`] for a UUID, or for a type with an id, that another
    /// has; [`Error::NotThere`]; or trouble with the database.
    pub async fn change_volume_connector(
        &self,
        node: Uuid,
        fence: Option<i64>,
        change: RecordChange<VolumeConnector>,
    ) -> Result<()> {
        self.write(ChangeOfNode { node, fence, change }).await
    }

    /// Changes a target of a node. Durable.
    ///
    /// With the fence of the node's lock, the lock must still be held; without one, the node need only be there.
    ///
    /// # Errors
    /// [`Error::NodeNotFound`], [`Error::LeaseLost`]; [`Error::Taken`] for a UUID, or for a boot index on the same node,
    /// that another has; [`Error::NotThere`]; or trouble with the database.
    pub async fn change_volume_target(
        &self,
        node: Uuid,
        fence: Option<i64>,
        change: RecordChange<VolumeTarget>,
    ) -> Result<()> {
        self.write(ChangeOfNode { node, fence, change }).await
    }
}

impl Record for VolumeConnector {
    const WHAT: &'static str = "Volume connector";
    const TABLE: &'static Table<Self> = &CONNECTORS;

    fn uuid(&self) -> Uuid {
        self.uuid
    }

    fn clash(&self, failed: Failed) -> Error {
        let taken = |column, value| Error::Taken { what: "volume connector", column, value };
        match failed.clash() {
            Some("uuid") => taken("UUID", self.uuid.to_string()),
            Some("connector_id") => taken("type", format!("{} and connector ID {}", self.kind, self.connector_id)),
            Some(_) | None => failed.into(),
        }
    }
}

impl Record for VolumeTarget {
    const WHAT: &'static str = "Volume target";
    const TABLE: &'static Table<Self> = &TARGETS;

    fn uuid(&self) -> Uuid {
        self.uuid
    }

    fn clash(&self, failed: Failed) -> Error {
        let taken = |column, value| Error::Taken { what: "volume target", column, value };
        match failed.clash() {
            Some("uuid") => taken("UUID", self.uuid.to_string()),
            Some("boot_index") => taken("boot index", format!("'{}' for the same node", self.boot_index)),
            Some(_) | None => failed.into(),
        }
    }
}

/// Removes what a node has of volumes.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    records::remove_of(tx, &[CONNECTORS.name, TARGETS.name], node).await
}
