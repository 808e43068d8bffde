//! Virtual drives: which of them fits, putting images in, and taking them out.

use kamacite_driver::{Result, model::Node};
use redfish::{Image, MediaType, System, VirtualMedia};

use super::{
    bmcs::failed,
    quirks::Write,
    read_back::{ReadBack, Seen, Written},
};

/// Opens the drives that have something in them, and tells which they were.
///
/// # Errors
/// The first that does not open, or is not empty afterwards; the others are opened all the same.
pub async fn eject(
    node: &Node,
    system: &System,
    read_back: &ReadBack,
    slots: Vec<VirtualMedia>,
) -> Result<Vec<String>> {
    let (mut ejected, mut failure) = (Vec::new(), None);
    for slot in slots.into_iter().filter(VirtualMedia::inserted) {
        let path = slot.path().to_owned();
        let outcome = match slot.eject().await {
            Ok(()) => read_back.confirm(node, system, Ejected(slot)).await.map(drop),
            Err(why) => Err(failed(why)),
        };
        match outcome {
            Ok(()) => ejected.push(path),
            Err(why) => failure = failure.or(Some(why)),
        }
    }
    failure.map_or(Ok(ejected), Err)
}

/// Puts an image into a drive.
///
/// # Errors
/// Whatever the BMC says, or that the drive is empty all the same.
pub async fn insert(
    node: &Node,
    system: &System,
    read_back: &ReadBack,
    slot: VirtualMedia,
    image: &Image,
) -> Result<()> {
    let before = slot.image().filter(|before| slot.inserted() && *before != image.url);
    slot.insert(image).await.map_err(failed)?;
    read_back.confirm(node, system, Inserted { slot, before }).await.map(drop)
}

/// A drive that is to be empty, to be read back.
struct Ejected(VirtualMedia);

impl Written for Ejected {
    const WRITE: Write = Write::MediaEject;

    fn wanted(&self) -> String {
        format!("the ejection of {}", self.0.path())
    }

    async fn look(&mut self) -> redfish::Result<Seen> {
        self.0.refresh().await?;
        Ok(if self.0.inserted() { Seen::Differs("an image in it".to_owned()) } else { Seen::Holds })
    }
}

/// A drive that is to have an image in it, to be read back. Which one, BMCs write as they like; but not as the one before.
struct Inserted {
    slot: VirtualMedia,
    before: Option<String>,
}

impl Written for Inserted {
    const WRITE: Write = Write::MediaInsert;

    fn wanted(&self) -> String {
        format!("an image into {}", self.slot.path())
    }

    async fn look(&mut self) -> redfish::Result<Seen> {
        self.slot.refresh().await?;
        Ok(match (self.slot.inserted(), self.slot.image()) {
            (false, _) => Seen::Differs("an empty drive".to_owned()),
            (true, shown) if shown.is_some() && shown == self.before => {
                Seen::Differs("the image that was in it before".to_owned())
            }
            (true, _) => Seen::Holds,
        })
    }
}

/// Whether a drive is one for CDs; some call themselves DVDs only.
pub fn is_for_cds(slot: &VirtualMedia) -> bool {
    slot.media_types().iter().any(|one| matches!(one, MediaType::Cd | MediaType::Dvd))
}
