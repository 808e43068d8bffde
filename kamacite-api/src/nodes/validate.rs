//! `GET /v1/nodes/{node}/validate`: tells what a node lacks, by kind of interface.

use kamacite_model::InterfaceKind;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    names,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::since,
};

/// `GET /v1/nodes/{node}/validate`
pub async fn by_path(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Verdicts>> {
    input.query(&[])?;
    require_names(&who, &ident.0)?;
    answer(&app, &who, &ident).await
}

/// `GET /v1/nodes/validate?node=` or `?node_uuid=`
pub async fn by_query(app: App, who: Caller, input: Input) -> Result<Json<Verdicts>> {
    let args = input.query(&["node", "node_uuid"])?;
    let (node, uuid) = (args.uuid_or_name("node")?, args.uuid("node_uuid")?);
    if let Some(node) = node {
        require_names(&who, node)?;
    }
    let ident = uuid.map(|uuid| uuid.to_string()).or_else(|| node.map(str::to_owned));
    let ident = ident.ok_or_else(|| Fault::invalid("Expected a logical name or UUID but received None."))?;
    answer(&app, &who, &NodeIdent(ident)).await
}

/// Names need a version that has them; elsewhere an older client gets 404.
fn require_names(who: &Caller, ident: &str) -> Result<()> {
    if names::is_uuid_like(ident) { Ok(()) } else { who.version.require(since::NAMES) }
}

async fn answer(app: &App, who: &Caller, ident: &NodeIdent) -> Result<Json<Verdicts>> {
    let node = app.node(who, ident, Policy::NodeValidate).await?;
    Ok(Json(Verdicts(app.conductor.validate_node(node.uuid).await?)))
}

/// What each interface finds missing.
pub struct Verdicts(Vec<(InterfaceKind, Result<(), String>)>);

#[derive(Serialize)]
struct Verdict<'a> {
    result: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// What deploys a node first, then the rest by name.
pub const ORDER: [InterfaceKind; 12] = [
    InterfaceKind::Boot,
    InterfaceKind::Deploy,
    InterfaceKind::Management,
    InterfaceKind::Network,
    InterfaceKind::Power,
    InterfaceKind::Bios,
    InterfaceKind::Console,
    InterfaceKind::Firmware,
    InterfaceKind::Inspect,
    InterfaceKind::Raid,
    InterfaceKind::Rescue,
    InterfaceKind::Storage,
];

impl Serialize for Verdicts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for kind in ORDER {
            let Some((_, verdict)) = self.0.iter().find(|(of, _)| *of == kind) else { continue };
            let reason = verdict.as_ref().err().map(String::as_str);
            map.serialize_entry(kind.as_str(), &Verdict { result: reason.is_none(), reason })?;
        }
        map.end()
    }
}
