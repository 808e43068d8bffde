//! Virtual media (DSP0268, VirtualMedia), the manager's or the system's, put in by action or by writing `Image`.

use serde_json::{Map, Value, json};

use super::{Call, Outcome, Refusal, collections::collection, resource, system, text};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{Event, Media},
    vendor::{MediaBy, MediaHome},
};

/// `GET /redfish/v1/Managers/{manager}/VirtualMedia`
pub(crate) fn list_of_manager(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    list(bmc, call, MediaHome::Manager)
}

/// `GET /redfish/v1/Systems/{system}/VirtualMedia`
pub(crate) fn list_of_system(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    list(bmc, call, MediaHome::System)
}

/// `GET /redfish/v1/Managers/{manager}/VirtualMedia/{id}`
pub(crate) fn of_manager(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    slot(bmc, call, MediaHome::Manager)
}

/// `GET /redfish/v1/Systems/{system}/VirtualMedia/{id}`
pub(crate) fn of_system(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    slot(bmc, call, MediaHome::System)
}

/// `POST .../Actions/VirtualMedia.InsertMedia`
pub(crate) fn insert(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    const ACTION: &str = "VirtualMedia.InsertMedia";
    let index = acted_on(bmc, call)?;
    if text(call.body, "Image")?.is_none_or(str::is_empty) {
        return Err(Refusal::parameter_missing(ACTION, "Image"));
    }
    if bmc.vendor.media_by == MediaBy::ActionWithProtocol && !call.body.contains_key("TransferProtocolType") {
        return Err(Refusal::parameter_missing(ACTION, "TransferProtocolType"));
    }
    if bmc.machine.media().get(index).is_some_and(Option::is_some) {
        return Err(Refusal::new(409, "ResourceInUse", "An image is in the slot already."));
    }
    put_in(bmc, call, index)?;
    Ok(Response::empty(204))
}

/// `POST .../Actions/VirtualMedia.EjectMedia`
pub(crate) fn eject(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let index = acted_on(bmc, call)?;
    system::carry_out(bmc, vec![Event::Eject(index)], call)?;
    Ok(Response::empty(204))
}

/// `PATCH` of a slot, where images are put in by writing.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let index = index(bmc, call.id).ok_or_else(|| Refusal::no_member("VirtualMedia", call.id))?;
    if bmc.vendor.media_by != MediaBy::Patch {
        let member = call.body.keys().next().map_or("Image", String::as_str);
        return Err(Refusal::read_only(member));
    }
    let known =
        ["Image", "Inserted", "WriteProtected", "UserName", "Password", "TransferMethod", "TransferProtocolType"];
    if let Some(unknown) = call.body.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Refusal::unknown(unknown));
    }
    if text(call.body, "Image")?.is_some_and(|image| !image.is_empty()) {
        put_in(bmc, call, index)?;
    } else if call.body.contains_key("Image") && bmc.machine.media().get(index).is_some_and(Option::is_some) {
        system::carry_out(bmc, vec![Event::Eject(index)], call)?;
    }
    Ok(Response::empty(204))
}

fn put_in(bmc: &mut Bmc, call: &Call<'_>, index: usize) -> Result<(), Refusal> {
    let media = Media {
        image: text(call.body, "Image")?.unwrap_or_default().into(),
        write_protected: flag(call.body, "WriteProtected")?,
        inserted: flag(call.body, "Inserted")?,
        username: text(call.body, "UserName")?.map(Into::into),
    };
    system::carry_out(bmc, vec![Event::Insert(index, media)], call)
}

/// True unless it says otherwise, as the schema has it.
fn flag(body: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(true),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(other) => Err(Refusal::wrong_type(name, other)),
    }
}

fn list(bmc: &Bmc, call: &Call<'_>, home: MediaHome) -> Option<Value> {
    let ids = bmc.vendor.slots.iter().map(|slot| slot.id);
    (bmc.vendor.media == home).then(|| collection(bmc, call, "VirtualMediaCollection", "Virtual Media", ids))
}

fn slot(bmc: &Bmc, call: &Call<'_>, home: MediaHome) -> Option<Value> {
    if bmc.vendor.media != home {
        return None;
    }
    let index = index(bmc, call.id)?;
    let (slot, media) = (bmc.vendor.slots.get(index)?, bmc.machine.media().get(index)?.as_ref());
    let name = media.and_then(|media| media.image.rsplit('/').next());
    let mut own = json!({
        "MediaTypes": slot.types,
        "Image": media.map(|media| &*media.image),
        "ImageName": name,
        "Inserted": media.is_some_and(|media| media.inserted),
        "WriteProtected": media.is_none_or(|media| media.write_protected),
        "ConnectedVia": if media.is_some() { "URI" } else { "NotConnected" },
        "UserName": media.and_then(|media| media.username.as_deref()),
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    if bmc.vendor.media_by != MediaBy::Patch {
        own["Actions"] = json!({
            "#VirtualMedia.InsertMedia": {"target": format!("{}/Actions/VirtualMedia.InsertMedia", call.path)},
            "#VirtualMedia.EjectMedia": {"target": format!("{}/Actions/VirtualMedia.EjectMedia", call.path)},
        });
    }
    Some(resource(call.path, "#VirtualMedia.v1_6_1.VirtualMedia", slot.id, "Virtual Media", own))
}

/// The slot an action is for. Only those of the vendor's kind have actions, and only where its media are.
fn acted_on(bmc: &Bmc, call: &Call<'_>) -> Result<usize, Refusal> {
    let home = if call.path.contains("/Managers/") { MediaHome::Manager } else { MediaHome::System };
    let there = bmc.vendor.media == home && bmc.vendor.media_by != MediaBy::Patch;
    index(bmc, call.id).filter(|_| there).ok_or_else(|| Refusal::not_found(call.path))
}

fn index(bmc: &Bmc, id: &str) -> Option<usize> {
    bmc.vendor.slots.iter().position(|slot| slot.id == id)
}
