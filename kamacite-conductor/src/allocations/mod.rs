//! Allocations: made, changed and removed for clients. Nodes are looked for in the background.

mod rules;
mod search;

use std::sync::Arc;

use kamacite_model::{Allocation, Requester, Uuid};
use kamacite_store::AllocationChange;

use crate::{
    Conductor, Error, Result,
    engine::Engine,
    lock::{Extra, Lock},
};

pub(crate) use search::sweep;

impl Conductor {
    /// Makes an allocation; a node is looked for in the background. One that is told to a client is on disk, and goes on
    /// after a restart.
    ///
    /// # Errors
    /// A name or a UUID that another has.
    pub async fn create_allocation(&self, mut allocation: Allocation) -> Result<Allocation> {
        let engine = self.engine().clone();
        self.tracked(async move {
            stamp(&engine, &mut allocation);
            // Before it can be seen: a sweep must not look for a node as well.
            let searching = engine.searching.enter(allocation.uuid);
            engine.store.create_allocation(&allocation).await?;
            search::begin(&engine, allocation.clone(), searching);
            Ok(allocation)
        })
        .await
    }

    /// Makes an allocation for a node that is in use already. Where that fails nothing is left behind: Ironic keeps the
    /// allocation, which then has an error and no node.
    ///
    /// # Errors
    /// What does not fit between the two; a name or a UUID that another has; the node's lock.
    pub async fn backfill_allocation(
        &self,
        mut allocation: Allocation,
        node: Uuid,
        who: &Requester,
    ) -> Result<Allocation> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            stamp(&engine, &mut allocation);
            check_free(&engine, &allocation).await?;
            let lock = Lock::take(&engine, node, &who).await?;
            let mut after = (*lock.node()).clone();
            if let Err(error) = rules::check_backfill(&after, &allocation) {
                lock.release().await;
                return Err(error);
            }
            rules::hand_over(&mut after, &allocation);
            let uuid = allocation.uuid;
            lock.save_and_release(after, Extra { allocation: Some(allocation), ..Extra::default() }).await?;
            engine.store.allocation(uuid).await?.ok_or_else(|| not_there(uuid))
        })
        .await
    }

    /// Changes what clients may change of an allocation.
    ///
    /// # Errors
    /// No such allocation; a name that another has.
    pub async fn update_allocation(&self, allocation: Uuid, change: AllocationChange) -> Result<Allocation> {
        let engine = self.engine().clone();
        self.tracked(async move { Ok(engine.store.update_allocation(allocation, change).await?) }).await
    }

    /// Removes an allocation, and frees its node.
    ///
    /// # Errors
    /// No such allocation; a node that is in use, where it is not in maintenance; the node's lock.
    pub async fn delete_allocation(&self, allocation: Uuid, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            // It may get its node, or lose it, while this looks: then it is looked at anew.
            loop {
                let now = engine.store.allocation(allocation).await?.ok_or_else(|| not_there(allocation))?;
                let gone = match now.node {
                    None => engine.store.delete_allocation(allocation).await?,
                    Some(node) => free(&engine, node, allocation, &who).await?,
                };
                if gone {
                    return Ok(());
                }
            }
        })
        .await
    }
}

fn stamp(engine: &Engine, allocation: &mut Allocation) {
    allocation.created_at = engine.now();
    allocation.conductor_affinity = Some(engine.hostname.to_string());
}

fn not_there(uuid: Uuid) -> Error {
    Error::NotThere { what: "Allocation", uuid }
}

/// Refuses what another allocation has before a lock is waited for; the store sees to it in the end.
async fn check_free(engine: &Engine, allocation: &Allocation) -> Result<()> {
    let taken = |column, value| kamacite_store::Error::Taken { what: "allocation", column, value };
    if engine.store.allocation(allocation.uuid).await?.is_some() {
        return Err(taken("UUID", allocation.uuid.to_string()).into());
    }
    if let Some(name) = &allocation.name
        && engine.store.allocation_named(name).await?.is_some()
    {
        return Err(taken("name", name.clone()).into());
    }
    Ok(())
}

/// Takes an allocation from its node, and the instance with it; tells whether the node had it.
async fn free(engine: &Arc<Engine>, node: Uuid, allocation: Uuid, who: &Requester) -> Result<bool> {
    let lock = match Lock::take(engine, node, who).await {
        Ok(lock) => lock,
        Err(Error::NodeNotFound(_)) => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut after = (*lock.node()).clone();
    if after.allocation_uuid != Some(allocation) {
        lock.release().await;
        return Ok(false);
    }
    if let Err(error) = rules::check_release(&after, allocation) {
        lock.release().await;
        return Err(error);
    }
    after.allocation_uuid = None;
    after.instance_uuid = None;
    lock.save_and_release(after, Extra::default()).await?;
    Ok(true)
}
