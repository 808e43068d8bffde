//! `/v1/nodes/{node}/management`: what the BMC manages.

use kamacite_model::BootDevice;
use serde::Serialize;

use crate::{
    App,
    answer::{Done, Json},
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// What a node boots from.
#[derive(Serialize)]
pub struct CurrentBootDevice {
    boot_device: Option<BootDevice>,
    persistent: Option<bool>,
}

/// What a node can boot from.
#[derive(Serialize)]
pub struct SupportedBootDevices {
    supported_boot_devices: Vec<BootDevice>,
}

/// `GET /v1/nodes/{node}/management/boot_device`
pub async fn boot_device(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<CurrentBootDevice>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetBootDevice).await?;
    let setting = app.conductor.boot_device(node.uuid).await?;
    Ok(Json(CurrentBootDevice { boot_device: setting.device, persistent: setting.persistent }))
}

/// `PUT /v1/nodes/{node}/management/boot_device`
pub async fn set_boot_device(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    let args = input.args(&["boot_device", "persistent"])?;
    args.require("boot_device")?;
    let device = args.string("boot_device")?.unwrap_or("None");
    let persistent = args.boolean("persistent")?.unwrap_or(false);
    let node = app.node(&who, &ident, Policy::NodeSetBootDevice).await?;
    app.conductor.set_boot_device(node.uuid, device, persistent, &who.requester).await?;
    Ok(Done::default())
}

/// `GET /v1/nodes/{node}/management/boot_device/supported`
pub async fn supported_boot_devices(
    app: App,
    who: Caller,
    ident: NodeIdent,
    input: Input,
) -> Result<Json<SupportedBootDevices>> {
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGetBootDevice).await?;
    let supported_boot_devices = app.conductor.supported_boot_devices(node.uuid).await?;
    Ok(Json(SupportedBootDevices { supported_boot_devices }))
}
