//! The client: what many BMCs share, which is patience.

use crate::bmc::Bmc;
use crate::error::Result;
use crate::limits::Limits;
use crate::target::Target;

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
}
