//! `acme` management: the built-in Redfish management, with one operation done otherwise.

use std::sync::Arc;

use kamacite_driver::{
    ExclusiveTask, Interface, Property, Result, Services, SharedTask, async_trait,
    interfaces::{Management, ManagementOver},
    model::BootDevice,
};

/// Stands over the built-in `redfish` management.
pub struct AcmeManagement(Arc<dyn Management>);

impl AcmeManagement {
    pub fn new(services: &Services) -> Self {
        Self(kamacite_drivers::redfish::management(services))
    }
}

#[async_trait]
impl Interface for AcmeManagement {
    fn properties(&self) -> Vec<Property> {
        self.0.properties()
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.0.validate(task).await
    }
}

#[async_trait]
impl ManagementOver for AcmeManagement {
    fn under(&self) -> &dyn Management {
        &*self.0
    }

    /// The blades' BIOS forgets a device that is for one boot only, so it is always chosen for good. Whatever else
    /// management is, boot modes, sensors, virtual media and all, falls through.
    async fn set_boot_device(&self, task: &mut ExclusiveTask, device: BootDevice, _: bool) -> Result<()> {
        self.under().set_boot_device(task, device, true).await
    }
}
