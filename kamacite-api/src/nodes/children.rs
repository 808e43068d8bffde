//! `/v1/nodes/{node}/children`: the nodes that are parts of a node.

use kamacite_model::Uuid;
use kamacite_store::{NodeColumn, NodeFilter, NodeQuery, ParentFilter};
use serde::Serialize;

use crate::{
    App,
    answer::Json,
    fault::Result,
    links::Link,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    versions::Endpoint,
};

/// The parts of a node, and where they are listed.
#[derive(Serialize)]
pub struct Children {
    children: Vec<Uuid>,
    // One link, not a list, as in Ironic.
    links: Link,
}

/// `GET /v1/nodes/{node}/children`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Children>> {
    Endpoint::NodeChildren.require(who.version)?;
    input.query(&[])?;
    let node = app.node(&who, &ident, Policy::NodeGet).await?;
    let filter = NodeFilter { parent: ParentFilter::Of(node.uuid.to_string()), ..NodeFilter::default() };
    let query = NodeQuery { filter, marker: None, limit: None, sort_key: NodeColumn::Id, descending: false };
    let nodes = app.conductor.store().nodes(&query).await?;
    let links = Link { href: who.links.v1(&format!("nodes?parent_node={}", node.uuid)), rel: "children" };
    Ok(Json(Children { children: nodes.iter().map(|node| node.uuid).collect(), links }))
}
