//! Network interfaces, as the BMC knows them.

use kamacite_driver::interfaces::Nic;
use kamacite_model::Uuid;

use crate::{Conductor, Result};

impl Conductor {
    /// The network interfaces of the node's machine, as its BMC tells them now.
    ///
    /// # Errors
    /// What the driver finds missing, hardware that does not tell them, or its trouble.
    pub async fn nics(&self, node: Uuid) -> Result<Vec<Nic>> {
        self.asked(node, "get_mac_addresses", |on, task| Some(on.management.nics()?.nics(task))).await
    }
}
