//! Secure boot: whether firmware starts only what is signed (DSP0268, SecureBoot).

use serde_json::json;

use crate::error::{Error, Result};
use crate::system::System;

/// Secure boot of a system as it was when read; what the BMC does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureBoot {
    /// Whether it will be on from the next boot.
    pub enabled: Option<bool>,
    /// Whether it was on in the current one.
    pub current: Option<bool>,
    path: String,
}

impl System {
    /// Secure boot.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] where the system has none; those of reading it.
    pub async fn secure_boot(&self) -> Result<SecureBoot> {
        let none = || self.bmc.unsupported(&format!("secure boot of {}", self.path()));
        let link = self.resource.link("/SecureBoot").ok_or_else(none)?;
        let read = match self.bmc.get(&link).await {
            Ok(read) => read,
            Err(Error::NotFound { .. }) => return Err(none()),
            Err(e) => return Err(e),
        };
        let current = match read.text("/SecureBootCurrentBoot").as_deref() {
            Some("Enabled") => Some(true),
            Some("Disabled") => Some(false),
            Some(_) | None => None,
        };
        Ok(SecureBoot { enabled: read.flag("/SecureBootEnable"), current, path: read.path().to_owned() })
    }

    /// Turns secure boot on or off from the next boot.
    ///
    /// # Errors
    ///
    /// Those of [`System::secure_boot`] and of [`crate::Bmc::patch`].
    pub async fn set_secure_boot(&self, on: bool) -> Result<()> {
        let now = self.secure_boot().await?;
        if now.enabled == Some(on) {
            return Ok(());
        }
        let reply = self.bmc.patch(&now.path, &json!({ "SecureBootEnable": on })).await?;
        self.bmc.finish(reply).await.map(drop)
    }
}
