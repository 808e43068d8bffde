//! The client: what many BMCs share, which is patience.

use crate::bmc::Bmc;
use crate::error::Result;
use crate::limits::Limits;
use crate::opening;
use crate::target::{Password, Target};
use crate::wire::AuthenticationCapabilities;

/// Makes [`Bmc`]s. One is meant to serve a whole program. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    limits: Limits,
}

impl Client {
    /// A client of this patience.
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// Prepares to talk to a BMC. Nothing is sent yet: the session is opened by the first command.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Option`].
    pub fn bmc(&self, target: Target) -> Result<Bmc> {
        target.check()?;
        Ok(Bmc::new(target, self.limits.clone()))
    }

    /// Asks the BMC at an address what its LAN channel speaks and whom it lets in (IPMI 2.0 22.13). No user is needed.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Option`], [`crate::Error::Unresolved`], [`crate::Error::Network`], [`crate::Error::Dead`];
    /// [`crate::Error::Completion`] and [`crate::Error::Malformed`] when the BMC does not tell.
    pub async fn authentication_capabilities(&self, address: &str, port: u16) -> Result<AuthenticationCapabilities> {
        let target = Target { port, ..Target::new(address, "", Password::default()) };
        target.check()?;
        opening::authentication_capabilities(&target, &self.limits).await
    }
}
