//! Putting a node into maintenance and out of it.

use kamacite_model::{Requester, Uuid};

use crate::{Conductor, Result};

impl Conductor {
    /// Puts a node into maintenance, or out of it; leaving it clears the reason and the fault.
    ///
    /// # Errors
    /// The node's lock.
    pub async fn set_maintenance(&self, node: Uuid, on: bool, reason: Option<String>, who: &Requester) -> Result<()> {
        self.edit(node, who, move |_, node| {
            node.maintenance = on;
            node.maintenance_reason = if on { reason } else { None };
            if !on {
                node.fault = None;
            }
            Ok(())
        })
        .await
        .map(drop)
    }
}
