//! `GET /kamacite/v1/nodes/{node}/operations`: what was done to a node last.

use serde::Serialize;

use super::view::OperationView;
use crate::{
    App,
    answer::Json,
    fault::Result,
    page,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// Operations, newest first.
#[derive(Serialize)]
pub struct Operations {
    operations: Vec<OperationView>,
}

/// `GET /kamacite/v1/nodes/{node}/operations`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Operations>> {
    let args = input.query(&["limit"])?;
    let limit = page::limit(&args, app.config.max_limit)?;
    let node = app.node(&who, &ident, Policy::NodeGet).await?;
    let found = app.conductor.store().operations_of(node.uuid, limit).await?;
    let view = |operation| OperationView { operation, links: who.links.clone() };
    Ok(Json(Operations { operations: found.into_iter().map(view).collect() }))
}
