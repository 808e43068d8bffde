//! `/v1/nodes/{node}/vmedia`: images that a machine takes for media in its drives.

use kamacite_driver::interfaces::MediaSlot;
use kamacite_model::{MediaDevice, MediaType};
use serde::Serialize;
use serde_json::Value;

use crate::{
    App,
    answer::{Done, Json},
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent},
    schema::{self, Property, Type},
    versions::Endpoint,
};

/// A slot and what is in it.
#[derive(Serialize)]
pub struct Slot {
    media_types: Vec<MediaType>,
    inserted: Option<bool>,
    image: Option<String>,
}

/// `GET /v1/nodes/{node}/vmedia`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Vec<Slot>>> {
    Endpoint::NodeMedia.require(who.version)?;
    Endpoint::GetNodeMedia.require(who.version)?;
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetMedia).await?;
    let slots = app.conductor.media_slots(node.uuid).await?;
    let view = |MediaSlot { media_types, inserted, image }| Slot { media_types, inserted, image };
    Ok(Json(slots.into_iter().map(view).collect()))
}

/// `POST /v1/nodes/{node}/vmedia`
pub async fn attach(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    Endpoint::NodeMedia.require(who.version)?;
    let (document, _) = input.document(&[])?;
    let (device, image_url) = wanted(&document)?;
    let node = app.node(&who, &ident, Policy::NodeAttachMedia).await?;
    let operation = app.conductor.attach_media(node.uuid, device, image_url, &who.requester).await?;
    Ok(Done::default().by(operation))
}

/// `DELETE /v1/nodes/{node}/vmedia`
pub async fn detach(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    Endpoint::NodeMedia.require(who.version)?;
    let named = input.args(&["device_types"])?.list("device_types")?;
    detach_from(app, who, ident, named).await
}

/// `DELETE /v1/nodes/{node}/vmedia/{devices}`: Ironic does not document it and takes it.
pub async fn detach_named(app: App, who: Caller, ident: NodeIdent, Last(named): Last, input: Input) -> Result<Done> {
    Endpoint::NodeMedia.require(who.version)?;
    let mut args = input.args(&[])?;
    args.add("device_types", named.into());
    detach_from(app, who, ident, args.list("device_types")?).await
}

async fn detach_from(app: App, who: Caller, ident: NodeIdent, named: Option<Vec<String>>) -> Result<Done> {
    let devices = named.map(|names| devices(&names)).transpose()?;
    let node = app.node(&who, &ident, Policy::NodeDetachMedia).await?;
    let operation = app.conductor.detach_media(node.uuid, devices, &who.requester).await?;
    Ok(Done::default().by(operation))
}

const DEVICES: &[&str] = &["disk", "cdrom", "floppy"];

/// What a client may say of an image.
pub const ATTACHMENT: &[Property] = &[
    Property::new("device_type", &[Type::String]).one_of(DEVICES),
    // Where the BMC gets the image from is its address's matter; Ironic takes this and loses it on the way.
    Property::new("image_download_source", &[Type::String]).one_of(&["http", "local", "swift"]),
    Property::new("image_url", &[Type::String]),
];

/// What is to be attached, and as what.
fn wanted(document: &Value) -> Result<(MediaDevice, String)> {
    let said = schema::object("vmedia", document, ATTACHMENT, &["device_type", "image_url"])?;
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let url = text("image_url");
    match scheme(url).as_str() {
        "http" | "https" | "nfs" | "cifs" | "smb" => {}
        other => return Err(Fault::invalid(format!("Unsupported or missing URL scheme: {other}"))),
    }
    let device =
        text("device_type").parse().map_err(|why: kamacite_model::UnknownName| Fault::invalid(why.to_string()))?;
    Ok((device, url.to_owned()))
}

/// The scheme of an address (RFC 3986, section 3.1), in lower case; nothing where there is none.
fn scheme(url: &str) -> String {
    let Some((scheme, _)) = url.split_once(':') else { return String::new() };
    let begins_well = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    if begins_well && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)) {
        scheme.to_ascii_lowercase()
    } else {
        String::new()
    }
}

fn devices(names: &[String]) -> Result<Vec<MediaDevice>> {
    let strangers: Vec<&str> = names.iter().map(String::as_str).filter(|name| !DEVICES.contains(name)).collect();
    if strangers.is_empty() {
        return Ok(names.iter().filter_map(|name| name.parse().ok()).collect());
    }
    Err(Fault::invalid(format!("Invalid device type(s) {} (valid are {})", strangers.join(", "), DEVICES.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_what_stands_before_the_colon() {
        for (url, expected) in [
            ("HTTP://h/i.iso", "http"),
            ("nfs://h/i.iso", "nfs"),
            ("glance://id", "glance"),
            ("a+b-c.d:x", "a+b-c.d"),
            ("1a://h", ""),
            ("h/i.iso", ""),
            ("://h", ""),
            ("a b://h", ""),
        ] {
            assert_eq!(scheme(url), expected, "{url}");
        }
    }

    #[test]
    fn the_names_are_the_models() {
        let known: Vec<&str> = MediaDevice::ALL.iter().map(|device| device.as_str()).collect();
        assert_eq!(known, DEVICES);
    }
}
