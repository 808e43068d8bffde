//! The managers of a system: as a rule one, the BMC itself.

use crate::address;
use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::system::System;

/// A manager (DSP0268, Manager) as it was when read.
#[derive(Clone, Debug)]
pub struct Manager {
    pub(crate) resource: Resource,
}

impl System {
    /// The managers of this system: those it links to, else those of the BMC that say they
    /// manage it, else all of them.
    ///
    /// # Errors
    ///
    /// Those of reading them. A link to one that does not exist is passed over; a BMC without
    /// managers has none.
    pub async fn managers(&self) -> Result<Vec<Manager>> {
        let mut linked = Vec::new();
        for path in self.resource.links("/Links/ManagedBy") {
            match self.bmc.get(&path).await {
                Ok(resource) => linked.push(Manager { resource }),
                Err(Error::NotFound { asked, .. }) => {
                    tracing::debug!(%asked, "the system names a manager that does not exist");
                }
                Err(e) => return Err(e),
            }
        }
        if !linked.is_empty() {
            return Ok(linked);
        }
        let all = match self.bmc.get(&self.bmc.root_link("Managers").await?).await {
            Ok(collection) => self.bmc.read_members(&collection).await?,
            Err(Error::NotFound { .. }) => Vec::new(),
            Err(e) => return Err(e),
        };
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|manager| {
            let managed = manager.links("/Links/ManagerForServers");
            managed.iter().any(|path| address::same_path(path, self.path()))
        });
        let chosen = if own.is_empty() { others } else { own };
        Ok(chosen.into_iter().map(|resource| Manager { resource }).collect())
    }
}

impl Manager {
    /// The whole resource.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Its path on the BMC.
    pub fn path(&self) -> &str {
        self.resource.path()
    }

    /// Its `Id`.
    pub fn id(&self) -> Option<String> {
        self.resource.text("/Id")
    }

    /// The version of its firmware.
    pub fn firmware_version(&self) -> Option<String> {
        self.resource.text("/FirmwareVersion")
    }
}
