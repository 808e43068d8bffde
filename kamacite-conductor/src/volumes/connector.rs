//! Making, changing and removing connectors: what nodes are known by in a storage network.

use kamacite_model::{Requester, Uuid, VolumeConnector};
use kamacite_store::RecordChange;

use super::{check_may_change, check_may_delete};
use crate::{
    Conductor, Error, Result,
    belongings::{carry_over, lock_both, release_both},
    engine::Engine,
    lock::Lock,
};

impl Conductor {
    /// Makes a connector. The node's lock is not waited for: what is new is in nobody's way.
    ///
    /// # Errors
    /// No such node; a UUID, or a type with an id, that another connector has.
    pub async fn create_volume_connector(&self, mut connector: VolumeConnector) -> Result<VolumeConnector> {
        let engine = self.engine().clone();
        self.tracked(async move {
            connector.created_at = engine.now();
            let insert = RecordChange::Insert(connector.clone());
            engine.store.change_volume_connector(connector.node, None, insert).await?;
            Ok(connector)
        })
        .await
    }

    /// Changes what differs between the connector that a client saw and the one it wants.
    ///
    /// # Errors
    /// A node that is not powered off; a UUID, or a type with an id, that another connector has; the node's lock.
    pub async fn update_volume_connector(
        &self,
        before: VolumeConnector,
        after: VolumeConnector,
        who: &Requester,
    ) -> Result<VolumeConnector> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let locks = lock_both(&engine, after.node, before.node, &who).await?;
            let outcome = change(&engine, &locks.0, before, after).await;
            release_both(locks).await;
            outcome
        })
        .await
    }

    /// Removes a connector.
    ///
    /// # Errors
    /// A node that is in use and not powered off; the node's lock.
    pub async fn delete_volume_connector(&self, connector: &VolumeConnector, who: &Requester) -> Result<()> {
        let (engine, who, node, uuid) = (self.engine().clone(), who.clone(), connector.node, connector.uuid);
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let outcome = remove(&engine, &lock, uuid).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

async fn change(
    engine: &Engine,
    lock: &Lock,
    before: VolumeConnector,
    wanted: VolumeConnector,
) -> Result<VolumeConnector> {
    let (node, uuid) = (lock.node(), before.uuid);
    let now = find(engine, uuid, before.node).await?;
    check_may_change(&node, "volume connector")?;
    let mut after = now.clone();
    carry_over!(after, before, wanted: node, kind, connector_id, extra);
    if after == now {
        return Ok(now);
    }
    after.updated_at = Some(engine.now());
    let update = RecordChange::Update(after.clone());
    engine.store.change_volume_connector(node.uuid, Some(node.fence), update).await?;
    Ok(after)
}

async fn remove(engine: &Engine, lock: &Lock, uuid: Uuid) -> Result<()> {
    let node = lock.node();
    find(engine, uuid, node.uuid).await?;
    check_may_delete(&node, "volume connector")?;
    Ok(engine.store.change_volume_connector(node.uuid, Some(node.fence), RecordChange::Delete(uuid)).await?)
}

/// The connector as it stands, if it still is of the node that was locked for it.
async fn find(engine: &Engine, uuid: Uuid, node: Uuid) -> Result<VolumeConnector> {
    let now = engine.store.volume_connector(uuid).await?.filter(|now| now.node == node);
    now.ok_or(Error::NotThere { what: "Volume connector", uuid })
}
