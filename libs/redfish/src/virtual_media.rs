//! Virtual media: the drives a BMC pretends to have, putting images in, and taking them out.

use serde_json::{Value, json};

use crate::address;
use crate::bmc::{Bmc, Reply};
use crate::error::{Error, Result};
use crate::names::open_names;
use crate::resource::Resource;
use crate::system::System;
use crate::target::Password;

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

const EJECT: &str = "EjectMedia";
const INSERT: &str = "InsertMedia";

/// An image to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where the BMC fetches it.
    pub url: String,
    /// The account it needs there.
    pub account: Option<(String, Password)>,
}

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

    /// Reads the slot anew.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::get`].
    pub async fn refresh(&mut self) -> Result<()> {
        self.resource = self.bmc.get(self.resource.path()).await?;
        Ok(())
    }

    /// Takes the image out, by the action where there is one, else by clearing `Image`. An empty
    /// slot is no failure.
    ///
    /// # Errors
    ///
    /// Those of the request, unless the slot turns out to be empty all the same.
    pub async fn eject(&self) -> Result<()> {
        let outcome = match self.action(EJECT) {
            // An empty object, not an empty body: DSP0266 prescribes it, and iLO insists.
            Some(target) => self.bmc.post(&target, &json!({})).await,
            None => self.bmc.patch(self.path(), &json!({"Image": null, "Inserted": false})).await,
        };
        match outcome {
            Ok(reply) => self.bmc.finish(reply).await.map(drop),
            // BMCs reject the ejection from an empty slot with anything from 400 to 500.
            Err(e @ Error::Rejected { .. }) => match self.bmc.get(self.path()).await {
                Ok(now) if !has_image(&now) => Ok(()),
                _ => Err(e),
            },
            Err(e) => Err(e),
        }
    }
}

impl VirtualMedia {
    /// Puts an image in, by the action where there is one, else by setting `Image`. What is in the slot is taken out
    /// first: BMCs refuse, or swap it without telling the machine.
    ///
    /// An image that takes no account is inserted with nothing but its URL at first; a BMC that wants to be told more
    /// (400) is told how it is transferred and that it is write-protected.
    ///
    /// # Errors
    ///
    /// Those of the requests.
    pub async fn insert(&self, image: &Image) -> Result<()> {
        if self.inserted() {
            self.eject().await?;
        }
        let mut wanted = json!({ "Image": image.url });
        if let Some((username, password)) = &image.account {
            wanted["UserName"] = json!(username);
            wanted["Password"] = json!(password.reveal());
        }
        let outcome = match self.put(&wanted).await {
            Err(Error::Rejected { status: 400, .. }) => {
                wanted["Inserted"] = json!(true);
                wanted["WriteProtected"] = json!(true);
                wanted["TransferMethod"] = json!("Stream");
                if let Some((scheme, _)) = image.url.split_once("://") {
                    wanted["TransferProtocolType"] = json!(scheme.to_ascii_uppercase());
                }
                self.put(&wanted).await
            }
            outcome => outcome,
        };
        let reply = outcome?;
        self.bmc.finish(reply).await.map(drop)
    }

    async fn put(&self, wanted: &Value) -> Result<Reply> {
        match self.action(INSERT) {
            Some(target) => self.bmc.post(&target, wanted).await,
            None => {
                let mut change = wanted.clone();
                change["Inserted"] = json!(true);
                self.bmc.patch(self.path(), &change).await
            }
        }
    }

    /// Where an action of the slot is; `None` if it has none of that name.
    fn action(&self, name: &str) -> Option<String> {
        let action = format!("/Actions/#VirtualMedia.{name}");
        match (self.resource.link(&format!("{action}/target")), self.resource.body().pointer(&action)) {
            (Some(target), _) => Some(target),
            (None, Some(_)) => Some(format!("{}/Actions/VirtualMedia.{name}", self.path().trim_end_matches('/'))),
            (None, None) => None,
        }
    }
}

fn has_image(slot: &Resource) -> bool {
    slot.flag("/Inserted").unwrap_or_else(|| slot.text("/Image").is_some())
}
