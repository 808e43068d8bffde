//! Whether firmware starts only what is signed.

use kamacite_driver::{Error, ExclusiveTask, Result, SharedTask, async_trait, interfaces::SecureBoot};

use super::RedfishManagement;
use crate::redfish::bmcs::failed;

#[async_trait]
impl SecureBoot for RedfishManagement {
    async fn secure_boot_state(&self, task: &SharedTask) -> Result<bool> {
        let found = self.bmcs.system(task).await?.secure_boot().await.map_err(failed)?;
        found.enabled.ok_or_else(|| Error::unsupported("the BMC does not tell whether secure boot is on"))
    }

    async fn set_secure_boot(&self, task: &mut ExclusiveTask, on: bool) -> Result<()> {
        self.bmcs.system(task).await?.set_secure_boot(on).await.map_err(failed)
    }
}
