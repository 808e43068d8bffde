//! `GET /kamacite/v1/operations/{id}`: one operation.

use kamacite_model::OperationId;

use super::view::OperationView;
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent},
};

/// `GET /kamacite/v1/operations/{id}`
pub async fn show(app: App, who: Caller, Last(id): Last, input: Input) -> Result<Json<OperationView>> {
    input.query(&[])?;
    let unknown = || Fault::not_found(format!("there is no operation {id}; it may have been forgotten since it ended"));
    let uuid: OperationId = id.parse().map_err(|_| unknown())?;
    let operation = app.conductor.store().operation(uuid).await?.ok_or_else(unknown)?;
    allow(&app, &who, operation.node).await.map_err(|_| unknown())?;
    Ok(Json(OperationView { operation, links: who.links }))
}

/// Whoever may see the node may see what is done to it; without one, whoever may see the hardware type.
async fn allow(app: &App, who: &Caller, node: Option<kamacite_model::Uuid>) -> Result<()> {
    let Some(node) = node else { return app.allow(who, Policy::DriverGet) };
    match app.conductor.store().node(node).await? {
        Some(_) => app.node(who, &NodeIdent(node.to_string()), Policy::NodeGet).await.map(drop),
        // Operations outlive their nodes.
        None => app.allow(who, Policy::NodeList),
    }
}
