//! Network interfaces, as the BMC knows them.

use kamacite_driver::interfaces::Nic;
use kamacite_model::Uuid;

use super::unsupported;
use crate::{
    Conductor, Result,
    lock::{unbroken, while_leased},
};

impl Conductor {
    /// The network interfaces of the node's machine, as its BMC tells them now.
    ///
    /// # Errors
    /// What the driver finds missing, hardware that does not tell them, or its trouble.
    pub async fn nics(&self, node: Uuid) -> Result<Vec<Nic>> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async {
            on.management.validate(&task).await?;
            let able = on.management.nics().ok_or_else(|| unsupported(&task.node(), "get_mac_addresses"))?;
            Ok(while_leased(engine, able.nics(&task)).await?)
        })
        .await
    }
}
