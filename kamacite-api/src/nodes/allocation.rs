//! `/v1/nodes/{node}/allocation`: the allocation that a node was given to.

use axum::Router;
use kamacite_model::{Allocation, Node};

use crate::{
    App, allocations,
    answer::{Done, Json},
    fault::{Fault, Result},
    policy::Policy,
    request::{AnyCaller, Caller, Input, NodeIdent},
    route::Verbs,
    shown::{Document, Shown},
    versions::{AllocationField, Endpoint},
};

pub fn routes() -> Router<App> {
    // Below the version that it came with there is no such path, whatever the verb.
    let verbs = || Verbs::new().post(other).put(other).patch(other);
    Router::new()
        .route("/v1/nodes/{ident}/allocation", verbs().get(show).delete(delete).showing(&["DELETE", "GET"]).done())
        .route(
            "/v1/nodes/{ident}/allocation/{last}",
            verbs().get(other).delete(other).showing(&["DELETE", "GET"]).done(),
        )
}

/// A verb that the path does not know.
async fn other(AnyCaller(who): AnyCaller, _: NodeIdent) -> Result<()> {
    Endpoint::NodeAllocation.require(who.version)?;
    Err(Fault::method_not_allowed("DELETE, GET"))
}

/// `GET /v1/nodes/{node}/allocation`
async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Document>> {
    Endpoint::NodeAllocation.require(who.version)?;
    let shown = Shown::asked(input.query(&["fields"])?.list("fields")?);
    // Ironic answers 400 here, not 404: it takes the node for a filter of the list.
    let node = app.node_said(&who, &ident.0, Policy::NodeGet).await?;
    let allocation = of(&app, &who, &node, &ident, Policy::AllocationGet).await?;
    shown.check::<AllocationField>()?;
    Ok(Json(allocations::document(&allocation, &who.links, who.version, &shown)))
}

/// `DELETE /v1/nodes/{node}/allocation`
async fn delete(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Done> {
    Endpoint::NodeAllocation.require(who.version)?;
    input.args(&[])?;
    let node = app.node_with_suffix(&who, &ident, Policy::NodeGet).await?;
    let allocation = of(&app, &who, &node, &ident, Policy::AllocationDelete).await?;
    app.conductor.delete_allocation(allocation.uuid, &who.requester).await?;
    Ok(Done::default())
}

async fn of(app: &App, who: &Caller, node: &Node, ident: &NodeIdent, policy: Policy) -> Result<Allocation> {
    app.allow(who, policy)?;
    let missing = || Fault::not_found(format!("Allocation for node {} was not found", ident.0));
    let uuid = node.allocation_uuid.ok_or_else(missing)?;
    app.conductor.store().allocation(uuid).await?.ok_or_else(missing)
}
