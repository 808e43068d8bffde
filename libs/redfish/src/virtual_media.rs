//! Virtual media: the drives a BMC pretends to have, and taking images out of them.

use serde_json::json;

use crate::address;
use crate::bmc::Bmc;
use crate::error::{Error, Result};
use crate::names::open_names;
use crate::resource::Resource;
use crate::system::System;

open_names! {
    /// What a slot can pretend to be (DSP0268, VirtualMedia `MediaTypes`).
    MediaType {
        /// A CD.
        Cd = "CD",
        /// A floppy disk.
        Floppy = "Floppy",
        /// A USB stick.
        UsbStick = "USBStick",
        /// A DVD.
        Dvd = "DVD",
    }
}

const EJECT: &str = "/Actions/#VirtualMedia.EjectMedia";

/// A slot for virtual media (DSP0268, VirtualMedia) as it was when read.
#[derive(Clone, Debug)]
pub struct VirtualMedia {
    bmc: Bmc,
    resource: Resource,
}

impl System {
    /// The slots of this system: those of its managers, then its own, where newer BMCs have
    /// them. A slot found by two ways of the same path is listed once.
    ///
    /// # Errors
    ///
    /// Those of reading them. A BMC without virtual media has no slots.
    pub async fn virtual_media(&self) -> Result<Vec<VirtualMedia>> {
        let managers = self.managers().await?;
        let owners = managers.iter().map(|manager| &manager.resource).chain([&self.resource]);
        let mut collections: Vec<String> = Vec::new();
        for link in owners.filter_map(|owner| owner.link("/VirtualMedia")) {
            if !collections.iter().any(|seen| address::same_path(seen, &link)) {
                collections.push(link);
            }
        }
        let mut slots: Vec<VirtualMedia> = Vec::new();
        for link in collections {
            let collection = match self.bmc.get(&link).await {
                Ok(collection) => collection,
                Err(Error::NotFound { asked, .. }) => {
                    tracing::debug!(%asked, "a link to virtual media leads nowhere");
                    continue;
                }
                Err(e) => return Err(e),
            };
            for resource in self.bmc.read_members(&collection).await? {
                if !slots.iter().any(|seen| address::same_path(seen.path(), resource.path())) {
                    slots.push(VirtualMedia { bmc: self.bmc.clone(), resource });
                }
            }
        }
        Ok(slots)
    }
}

impl VirtualMedia {
    /// The whole resource.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Its path on the BMC.
    pub fn path(&self) -> &str {
        self.resource.path()
    }

    /// Its `Id`, unique in its collection.
    pub fn id(&self) -> Option<String> {
        self.resource.text("/Id")
    }

    /// What it can pretend to be; empty when the BMC does not tell.
    pub fn media_types(&self) -> Vec<MediaType> {
        let names = self.resource.texts("/MediaTypes").unwrap_or_default();
        names.iter().map(|name| name.as_str().into()).collect()
    }

    /// The image in it, by URL.
    pub fn image(&self) -> Option<String> {
        self.resource.text("/Image")
    }

    /// Whether an image is in it. Where the BMC does not tell, an image named is one inserted.
    pub fn inserted(&self) -> bool {
        has_image(&self.resource)
    }

    /// Takes the image out, by the action where there is one, else by clearing `Image`. An empty
    /// slot is no failure.
    ///
    /// # Errors
    ///
    /// Those of the request, unless the slot turns out to be empty all the same.
    pub async fn eject(&self) -> Result<()> {
        let action = match (self.resource.link(&format!("{EJECT}/target")), self.resource.body().pointer(EJECT)) {
            (Some(target), _) => Some(target),
            (None, Some(_)) => Some(format!("{}/Actions/VirtualMedia.EjectMedia", self.path().trim_end_matches('/'))),
            (None, None) => None,
        };
        let outcome = match action {
            // An empty object, not an empty body: DSP0266 prescribes it, and iLO insists.
            Some(target) => self.bmc.post(&target, &json!({})).await,
            None => self.bmc.patch(self.path(), &json!({"Image": null, "Inserted": false})).await,
        };
        match outcome {
            Ok(_) => Ok(()),
            // BMCs reject the ejection from an empty slot with anything from 400 to 500.
            Err(e @ Error::Rejected { .. }) => match self.bmc.get(self.path()).await {
                Ok(now) if !has_image(&now) => Ok(()),
                _ => Err(e),
            },
            Err(e) => Err(e),
        }
    }
}

fn has_image(slot: &Resource) -> bool {
    slot.flag("/Inserted").unwrap_or_else(|| slot.text("/Image").is_some())
}
