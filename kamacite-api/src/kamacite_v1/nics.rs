//! `GET /kamacite/v1/nodes/{node}/nics`: a machine's network interfaces, as its BMC knows them: what ports are made from.

use kamacite_driver::interfaces::Nic;
use serde::Serialize;

use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// The network interfaces of a node.
#[derive(Serialize)]
pub struct Nics {
    nics: Vec<NicView>,
}

#[derive(Serialize)]
struct NicView {
    name: Option<String>,
    mac: String,
    link: Option<bool>,
    speed_mbps: Option<u64>,
}

/// `GET /kamacite/v1/nodes/{node}/nics`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Nics>> {
    input.query(&[])?;
    // Ironic has no rule for them; whoever may see the node may see its cards.
    let node = app.node(&who, &ident, Policy::NodeGet).await?;
    let found = app.conductor.nics(node.uuid).await?;
    Ok(Json(Nics { nics: found.into_iter().map(NicView::from).collect() }))
}

impl From<Nic> for NicView {
    fn from(nic: Nic) -> Self {
        let Nic { name, mac, link, speed_mbps } = nic;
        Self { name, mac, link, speed_mbps }
    }
}
