//! Chassis: made, changed, removed. They have no lock; the store sees to it that none goes while nodes stand in it.

use kamacite_model::{Chassis, Uuid};

use crate::{Conductor, Result};

impl Conductor {
    /// Makes a chassis.
    ///
    /// # Errors
    /// A UUID that another has.
    pub async fn create_chassis(&self, mut chassis: Chassis) -> Result<Chassis> {
        let engine = self.engine().clone();
        self.tracked(async move {
            chassis.created_at = engine.now();
            engine.store.create_chassis(&chassis).await?;
            Ok(chassis)
        })
        .await
    }

    /// Changes what differs between the chassis that a client saw and the one it wants.
    ///
    /// # Errors
    /// It is gone.
    pub async fn update_chassis(&self, before: Chassis, after: Chassis) -> Result<Chassis> {
        let engine = self.engine().clone();
        self.tracked(async move { Ok(engine.store.update_chassis(before, after).await?) }).await
    }

    /// Removes a chassis in which no node stands.
    ///
    /// # Errors
    /// Nodes in it; it is gone.
    pub async fn delete_chassis(&self, chassis: Uuid) -> Result<()> {
        let engine = self.engine().clone();
        self.tracked(async move { Ok(engine.store.delete_chassis(chassis).await?) }).await
    }
}
