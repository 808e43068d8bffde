//! `/v1/nodes/{node}/firmware`: the firmware of a node's parts, as read last.

use kamacite_model::{FirmwareComponent, Recorded};
use serde_json::json;

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    python,
    request::{Caller, Input, NodeIdent},
    schema,
    shown::{Document, Listing, Shown},
    time::Moment,
    versions::{Endpoint, Field as _, FirmwareField, Version, since},
};

/// Which part it is, in its maker's words.
const IDENTITY: [&str; 3] = ["model", "serial_number", "vendor"];

/// `GET /v1/nodes/{node}/firmware`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Listing<Document>>> {
    Endpoint::NodeFirmware.require(who.version)?;
    let args = input.query(&["detail", "fields"])?;
    if let Some(detail) = args.get("detail") {
        // Ironic wants a truth value that no query can hold.
        return Err(Fault::invalid(format!("Schema error: {} is not of type 'boolean'", python::repr(detail))));
    }
    let fields = args.list("fields")?;
    fields.iter().flatten().try_for_each(|field| schema::check_one_of(field, FirmwareField::names()))?;
    let node = app.node(&who, &ident, Policy::NodeGetFirmware).await?;
    let shown = shown(who.version, fields)?;
    let components = app.conductor.store().firmware_components(node.uuid).await?;
    let items = components.iter().map(|component| document(component, who.version, &shown)).collect();
    Ok(Json(Listing { name: "firmware", items, next: None }))
}

fn shown(version: Version, fields: Option<Vec<String>>) -> Result<Shown> {
    let Some(mut fields) = fields else { return Ok(Shown::All) };
    let newer: Vec<&str> = IDENTITY.into_iter().filter(|name| fields.iter().any(|field| field == name)).collect();
    if !version.has(since::FIRMWARE_IDENTITY) && !newer.is_empty() {
        return Err(Fault::invalid(format!(
            "Fields {} are not allowed in this API version. They require at least API version 1.{}.",
            newer.join(", "),
            since::FIRMWARE_IDENTITY
        )));
    }
    // When it was read is always shown.
    fields.extend(["created_at", "updated_at"].map(str::to_owned));
    Ok(Shown::Only(fields))
}

fn document(component: &Recorded<FirmwareComponent>, version: Version, shown: &Shown) -> Document {
    use FirmwareField as F;
    let what = &component.what;
    Document::new(F::of(version), shown, |field| match field {
        F::CreatedAt => json!(Moment(component.created_at)),
        F::UpdatedAt => json!(component.updated_at.map(Moment)),
        F::Component => json!(what.component),
        F::InitialVersion => json!(what.initial_version),
        F::CurrentVersion => json!(what.current_version),
        F::LastVersionFlashed => json!(what.last_version_flashed),
        F::Vendor => json!(what.vendor),
        F::Model => json!(what.model),
        F::SerialNumber => json!(what.serial_number),
    })
}
