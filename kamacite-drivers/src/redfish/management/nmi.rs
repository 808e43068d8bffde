//! Interrupting a system that does not listen any more, by the reset of that name.

use kamacite_driver::{ExclusiveTask, Result, async_trait, interfaces::InjectNmi};
use redfish::ResetType;

use super::RedfishManagement;
use crate::redfish::bmcs::failed;

#[async_trait]
impl InjectNmi for RedfishManagement {
    async fn inject_nmi(&self, task: &mut ExclusiveTask) -> Result<()> {
        self.bmcs.system(task).await?.reset(&ResetType::Nmi).await.map_err(failed)
    }
}
