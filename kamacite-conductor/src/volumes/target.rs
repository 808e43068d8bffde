//! Making, changing and removing targets: the volumes that nodes are given.

use kamacite_model::{Requester, Uuid, VolumeTarget};
use kamacite_store::RecordChange;

use super::{check_may_change, check_may_delete};
use crate::{
    Conductor, Error, Result,
    belongings::{carry_over, lock_both, release_both},
    engine::Engine,
    lock::Lock,
};

impl Conductor {
    /// Makes a target. The node's lock is not waited for: what is new is in nobody's way.
    ///
    /// # Errors
    /// No such node; a UUID, or a boot index on the node, that another target has.
    pub async fn create_volume_target(&self, mut target: VolumeTarget) -> Result<VolumeTarget> {
        let engine = self.engine().clone();
        self.tracked(async move {
            target.created_at = engine.now();
            let insert = RecordChange::Insert(target.clone());
            engine.store.change_volume_target(target.node, None, insert).await?;
            Ok(target)
        })
        .await
    }

    /// Changes what differs between the target that a client saw and the one it wants.
    ///
    /// # Errors
    /// A node that is not powered off; a UUID, or a boot index on the node, that another target has; the node's lock.
    pub async fn update_volume_target(
        &self,
        before: VolumeTarget,
        after: VolumeTarget,
        who: &Requester,
    ) -> Result<VolumeTarget> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let locks = lock_both(&engine, after.node, before.node, &who).await?;
            let outcome = change(&engine, &locks.0, before, after).await;
            release_both(locks).await;
            outcome
        })
        .await
    }

    /// Removes a target.
    ///
    /// # Errors
    /// A node that is in use and not powered off; the node's lock.
    pub async fn delete_volume_target(&self, target: &VolumeTarget, who: &Requester) -> Result<()> {
        let (engine, who, node, uuid) = (self.engine().clone(), who.clone(), target.node, target.uuid);
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let outcome = remove(&engine, &lock, uuid).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

async fn change(engine: &Engine, lock: &Lock, before: VolumeTarget, wanted: VolumeTarget) -> Result<VolumeTarget> {
    let (node, uuid) = (lock.node(), before.uuid);
    let now = find(engine, uuid, before.node).await?;
    check_may_change(&node, "volume target")?;
    let mut after = now.clone();
    carry_over!(after, before, wanted: node, volume_type, properties, boot_index, volume_id, extra);
    if after == now {
        return Ok(now);
    }
    after.updated_at = Some(engine.now());
    let update = RecordChange::Update(after.clone());
    engine.store.change_volume_target(node.uuid, Some(node.fence), update).await?;
    Ok(after)
}

async fn remove(engine: &Engine, lock: &Lock, uuid: Uuid) -> Result<()> {
    let node = lock.node();
    find(engine, uuid, node.uuid).await?;
    check_may_delete(&node, "volume target")?;
    Ok(engine.store.change_volume_target(node.uuid, Some(node.fence), RecordChange::Delete(uuid)).await?)
}

/// The target as it stands, if it still is of the node that was locked for it.
async fn find(engine: &Engine, uuid: Uuid, node: Uuid) -> Result<VolumeTarget> {
    let now = engine.store.volume_target(uuid).await?.filter(|now| now.node == node);
    now.ok_or(Error::NotThere { what: "Volume target", uuid })
}
