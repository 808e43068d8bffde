//! `noop` network: the machine's network is somebody else's business.

use kamacite_driver::{Interface, Result, SharedTask, async_trait, interfaces::Network};

/// Plugs nothing in.
pub struct NoopNetwork;

#[async_trait]
impl Interface for NoopNetwork {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

impl Network for NoopNetwork {}
