//! `GET /v1/nodes/{node}`: one node.

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent, SUB_RESOURCES},
    versions::since,
};

use super::{NodeDocument, view};

/// `GET /v1/nodes/{node}`
pub async fn show(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<NodeDocument>> {
    let fields = input.query(&["fields"])?.list("fields")?;
    answer(app, who, &ident, fields).await
}

/// `GET /v1/nodes/{node}/{field}`: an old way to ask for one field.
pub async fn field(
    app: App,
    who: Caller,
    ident: NodeIdent,
    Last(field): Last,
    input: Input,
) -> Result<Json<NodeDocument>> {
    if SUB_RESOURCES.contains(&field.as_str()) {
        return Err(Fault::no_such_path());
    }
    input.query(&[])?;
    answer(app, who, &ident, Some(vec![field])).await
}

async fn answer(app: App, who: Caller, ident: &NodeIdent, fields: Option<Vec<String>>) -> Result<Json<NodeDocument>> {
    let node = app.node_with_suffix(&who, ident, Policy::NodeGet).await?;
    let fields = match fields {
        None => view::all_fields(who.version),
        Some(names) => {
            who.version.require(since::FIELDS)?;
            view::chosen_fields(who.version, &names)?
        }
    };
    Ok(Json(NodeDocument { app, who, node, fields }))
}
