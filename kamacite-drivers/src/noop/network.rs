//! `noop` network: the machine's network is somebody else's business.

use kamacite_driver::{
    ExclusiveTask, Interface, Result, SharedTask, async_trait,
    interfaces::{Network, Vif},
};

/// Plugs nothing in.
pub struct NoopNetwork;

#[async_trait]
impl Interface for NoopNetwork {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Network for NoopNetwork {
    async fn attach_vif(&self, _: &mut ExclusiveTask, _: Vif) -> Result<()> {
        Ok(())
    }

    async fn detach_vif(&self, _: &mut ExclusiveTask, _: String) -> Result<()> {
        Ok(())
    }

    async fn vifs(&self, _: &SharedTask) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
