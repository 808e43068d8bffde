//! Interrupting a system that does not listen any more.

use kamacite_model::{Requester, Uuid};

use super::unsupported;
use crate::{
    Conductor, Result,
    engine::Engine,
    lock::{Lock, unbroken, while_leased},
};

impl Conductor {
    /// Raises a non-maskable interrupt. Returns when it is done.
    ///
    /// # Errors
    /// The node's lock, what the driver finds missing, hardware that cannot do it, or its trouble.
    pub async fn inject_nmi(&self, node: Uuid, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let outcome = unbroken(interrupt(&engine, &mut lock)).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

async fn interrupt(engine: &Engine, lock: &mut Lock) -> Result<()> {
    let on = lock.interfaces()?;
    on.management.validate(lock.task()).await?;
    let nmi = on.management.nmi().ok_or_else(|| unsupported(&lock.node(), "inject_nmi"))?;
    Ok(while_leased(engine, nmi.inject_nmi(lock.task())).await?)
}
