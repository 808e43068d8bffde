//! How a machine is, and who made it, as its BMC says.

use kamacite_driver::{
    Result, SharedTask, async_trait,
    interfaces::{DetectVendor, HealthReport},
    model::Health,
};

use super::RedfishManagement;

#[async_trait]
impl HealthReport for RedfishManagement {
    async fn read_health(&self, task: &SharedTask) -> Result<Option<Health>> {
        let system = self.bmcs.system(task).await?;
        // That of all its parts, where the BMC sums it up.
        let told = system.resource().text("/Status/HealthRollup").or_else(|| system.health());
        Ok(told.and_then(|word| word.parse().ok()))
    }
}

#[async_trait]
impl DetectVendor for RedfishManagement {
    async fn detect_vendor(&self, task: &SharedTask) -> Result<Option<String>> {
        Ok(self.bmcs.system(task).await?.manufacturer())
    }
}
