//! Virtual drives: which of them fits, and opening them.

use kamacite_driver::Result;
use redfish::{MediaType, VirtualMedia};

use super::bmcs::failed;

/// Opens the drives that have something in them, and tells which they were.
///
/// # Errors
/// The first that does not open; the others are opened all the same.
pub async fn eject(slots: &[VirtualMedia]) -> Result<Vec<String>> {
    let (mut ejected, mut failure) = (Vec::new(), None);
    for slot in slots.iter().filter(|slot| slot.inserted()) {
        match slot.eject().await {
            Ok(()) => ejected.push(slot.path().to_owned()),
            Err(why) => failure = failure.or(Some(why)),
        }
    }
    match failure {
        None => Ok(ejected),
        Some(why) => Err(failed(why)),
    }
}

/// Whether a drive is one for CDs; some call themselves DVDs only.
pub fn is_for_cds(slot: &VirtualMedia) -> bool {
    slot.media_types().iter().any(|one| matches!(one, MediaType::Cd | MediaType::Dvd))
}
