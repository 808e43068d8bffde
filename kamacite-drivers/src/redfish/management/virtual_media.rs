//! Images in place of media: the BMC fetches them itself and pretends to have a drive with them in it.

use kamacite_driver::{
    Error, ExclusiveTask, Result, SharedTask, async_trait,
    interfaces::{self, MediaSlot},
    model::{self, MediaDevice},
};
use redfish::{Image, MediaType, VirtualMedia};

use super::RedfishManagement;
use crate::redfish::{bmcs::failed, media};

#[async_trait]
impl interfaces::VirtualMedia for RedfishManagement {
    async fn media_slots(&self, task: &SharedTask) -> Result<Vec<MediaSlot>> {
        let slots = self.bmcs.system(task).await?.virtual_media().await.map_err(failed)?;
        Ok(slots.iter().map(shown).collect())
    }

    async fn attach_media(&self, task: &mut ExclusiveTask, device: MediaDevice, image_url: String) -> Result<()> {
        let system = self.bmcs.system(task).await?;
        let mut slots = system.virtual_media().await.map_err(failed)?;
        slots.retain(|slot| fits(device, slot));
        // The one that the image is in already, or an empty one, if there is one.
        let holds_it = |slot: &VirtualMedia| slot.inserted() && slot.image().is_some_and(|held| held == image_url);
        slots.sort_by_key(|slot| (!holds_it(slot), slot.inserted()));
        let slot = slots.into_iter().next().ok_or_else(|| {
            Error::unsupported(format!(
                "the BMC has no virtual drive for {device}; see which it lists, or attach another"
            ))
        })?;
        let image = Image { url: image_url.clone(), account: None };
        let inserted = media::insert(&task.node(), &system, &self.bmcs.read_back, slot, &image).await;
        inserted.map_err(|why| without_account_of(&image_url, why))
    }

    async fn detach_media(&self, task: &mut ExclusiveTask, devices: Option<Vec<MediaDevice>>) -> Result<()> {
        let system = self.bmcs.system(task).await?;
        let mut slots = system.virtual_media().await.map_err(failed)?;
        if let Some(devices) = devices {
            slots.retain(|slot| devices.iter().any(|device| fits(*device, slot)));
        }
        media::eject(&task.node(), &system, &self.bmcs.read_back, slots).await.map(drop)
    }
}

fn fits(device: MediaDevice, slot: &VirtualMedia) -> bool {
    match device {
        MediaDevice::Cdrom => media::is_for_cds(slot),
        MediaDevice::Disk => slot.media_types().contains(&MediaType::UsbStick),
        MediaDevice::Floppy => slot.media_types().contains(&MediaType::Floppy),
    }
}

fn shown(slot: &VirtualMedia) -> MediaSlot {
    let known = |one: &MediaType| match one {
        MediaType::Cd => Some(model::MediaType::Cd),
        MediaType::Dvd => Some(model::MediaType::Dvd),
        MediaType::Floppy => Some(model::MediaType::Floppy),
        MediaType::UsbStick => Some(model::MediaType::UsbStick),
        MediaType::Other(_) => None,
    };
    MediaSlot {
        media_types: slot.media_types().iter().filter_map(known).collect(),
        inserted: Some(slot.inserted()),
        image: slot.image().map(|url| without_account(&url)),
    }
}

/// An error that does not quote the account in an address, as some BMCs do when they refuse it.
fn without_account_of(url: &str, why: Error) -> Error {
    let account = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next()?.rsplit_once('@'));
    match account {
        Some((account, _)) if why.message().contains(account) => Error::hardware(why.message().replace(account, "***")),
        Some(_) | None => why,
    }
}

/// An address without what it may say of an account: some BMCs show it back.
fn without_account(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_account_to_itself() {
        for (given, shown) in [
            ("http://images/boot.iso", "http://images/boot.iso"),
            ("http://reader:s3cret@images:8080/a@b.iso?x=1", "http://images:8080/a@b.iso?x=1"),
            ("nfs://u@host", "nfs://host"),
            ("boot.iso", "boot.iso"),
        ] {
            assert_eq!(without_account(given), shown);
        }
    }
}
