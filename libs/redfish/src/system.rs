//! The system a BMC manages: which one it is, and what it says of itself.

use crate::address;
use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::resource::Resource;

/// A computer system (DSP0268, ComputerSystem) as it was when read; [`System::refresh`] reads it
/// anew. What it can do is told beside each ability: power, boot, managers, virtual media.
#[derive(Clone, Debug)]
pub struct System {
    pub(crate) bmc: Bmc,
    pub(crate) resource: Resource,
}

impl Bmc {
    /// Reads the system this client was built for: the one `system_id` names, else the only one
    /// there is. The latter is remembered, so that it is looked for once.
    ///
    /// # Errors
    ///
    /// [`Error::NoSystem`] and [`Error::ManySystems`] name the choice there is.
    pub async fn system(&self) -> Result<System> {
        let path = match (self.system_id(), self.only_system()) {
            (Some(id), _) => return self.named_system(id).await,
            (None, Some(path)) => path,
            (None, None) => self.find_only_system().await?,
        };
        match self.get(&path).await {
            // Firmware updates have been seen to rename systems.
            Err(Error::NotFound { .. }) => {
                self.remember_only_system(None);
                let path = self.find_only_system().await?;
                self.get(&path).await.map(|resource| self.system_of(resource))
            }
            other => other.map(|resource| self.system_of(resource)),
        }
    }

    /// The paths of all systems.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`].
    pub async fn systems(&self) -> Result<Vec<String>> {
        let collection = self.root_link("Systems").await?;
        self.members(&self.get(&collection).await?).await
    }

    async fn find_only_system(&self) -> Result<String> {
        let mut members = self.systems().await?;
        let address = self.address().to_owned();
        match (members.pop(), members.is_empty()) {
            (Some(only), true) => {
                self.remember_only_system(Some(only.clone()));
                Ok(only)
            }
            (Some(last), false) => {
                members.push(last);
                Err(Error::ManySystems { address, members })
            }
            (None, _) => Err(Error::NoSystem { address, wanted: None, members }),
        }
    }

    /// Reads the system an operator named: by path, or by its bare `Id`.
    async fn named_system(&self, id: &str) -> Result<System> {
        let path =
            if id.contains('/') { self.resolve(id) } else { address::member(&self.root_link("Systems").await?, id) };
        let missing = match path {
            Some(path) => match self.get(&path).await {
                Err(e @ Error::NotFound { .. }) => Some(e),
                other => return other.map(|resource| self.system_of(resource)),
            },
            None => None,
        };
        match (self.systems().await, missing) {
            (Ok(members), _) => {
                let address = self.address().to_owned();
                Err(Error::NoSystem { address, wanted: Some(id.to_owned()), members })
            }
            (Err(_), Some(missing)) => Err(missing),
            (Err(e), None) => Err(e),
        }
    }

    fn system_of(&self, resource: Resource) -> System {
        System { bmc: self.clone(), resource }
    }
}

impl System {
    /// Reads the system anew.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`].
    pub async fn refresh(&mut self) -> Result<()> {
        self.resource = self.bmc.get(self.resource.path()).await?;
        Ok(())
    }

    /// The BMC it was read from.
    pub fn bmc(&self) -> &Bmc {
        &self.bmc
    }

    /// The whole resource.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Its path on the BMC.
    pub fn path(&self) -> &str {
        self.resource.path()
    }

    /// Its `Id`, unique among the systems of this BMC.
    pub fn id(&self) -> Option<String> {
        self.resource.text("/Id")
    }

    /// Its UUID, as SMBIOS has it on most machines.
    pub fn uuid(&self) -> Option<String> {
        self.resource.text("/UUID")
    }

    /// Who made it.
    pub fn manufacturer(&self) -> Option<String> {
        self.resource.text("/Manufacturer")
    }

    /// What it is sold as.
    pub fn model(&self) -> Option<String> {
        self.resource.text("/Model")
    }

    /// Its own health (`OK`, `Warning`, `Critical`).
    pub fn health(&self) -> Option<String> {
        self.resource.text("/Status/Health")
    }
}
