//! Virtual media: what is attached, attaching an image and detaching it.

use kamacite_driver::interfaces::MediaSlot;
use kamacite_model::{Fault, MediaDevice, Node, OperationId, Requester, Uuid};

use super::Intent;
use crate::{Conductor, Error, Result};

impl Conductor {
    /// The node's slots for virtual media and what is in them.
    ///
    /// # Errors
    /// What the driver finds missing, hardware that has none, or its trouble.
    pub async fn media_slots(&self, node: Uuid) -> Result<Vec<MediaSlot>> {
        self.asked(node, "get_virtual_media", |on, task| Some(on.management.virtual_media()?.media_slots(task))).await
    }

    /// Attaches the image at an address in the background.
    ///
    /// # Errors
    /// The node's lock, a node whose power cannot be read, or what the driver finds missing.
    pub async fn attach_media(
        &self,
        node: Uuid,
        device: MediaDevice,
        image_url: String,
        who: &Requester,
    ) -> Result<OperationId> {
        self.begin(node, Intent::AttachMedia { device, image_url }, who).await
    }

    /// Detaches what is attached as one of some devices, or whatever is attached, in the background.
    ///
    /// # Errors
    /// The node's lock, a node whose power cannot be read, or what the driver finds missing.
    pub async fn detach_media(
        &self,
        node: Uuid,
        devices: Option<Vec<MediaDevice>>,
        who: &Requester,
    ) -> Result<OperationId> {
        self.begin(node, Intent::DetachMedia { devices }, who).await
    }
}

/// Refuses a node whose BMC does not answer anyway.
pub(super) fn require_power(node: &Node, doing: &str) -> Result<()> {
    if node.maintenance && node.fault == Some(Fault::PowerFailure) {
        // The reference's words.
        let words = format!("Unable to {doing} virtual media for node {} due to power failure state", node.uuid);
        return Err(Error::Busy(words));
    }
    Ok(())
}

/// Devices as the reference lists them in its messages.
pub(super) fn listed(devices: Option<&[MediaDevice]>) -> String {
    let Some(devices) = devices else { return "None".to_owned() };
    let names: Vec<String> = devices.iter().map(|device| format!("'{device}'")).collect();
    format!("[{}]", names.join(", "))
}
