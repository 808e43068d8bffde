//! `GET /v1/volume/targets`: lists of targets; also those of one node.

use kamacite_store::{Error as StoreError, VolumeTargetColumn};

use super::{KIND, missing, view};
use crate::{
    App,
    answer::Json,
    fault::Result,
    request::{Caller, Input, NodeIdent},
    shown::{Document, Listing},
};

/// `GET /v1/volume/targets`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, None).await
}

/// `GET /v1/nodes/{node}/volume/targets`
pub async fn of_node(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, Some(&ident)).await
}

async fn answer(app: &App, who: &Caller, input: &Input, within: Option<&NodeIdent>) -> Result<Json<Listing<Document>>> {
    let asked = KIND.read::<VolumeTargetColumn>(app, who, input, within).await?;
    let targets = app.conductor.store().volume_targets(&asked.query).await.map_err(|error| match error {
        StoreError::MarkerNotFound { marker } => missing(marker),
        error => error.into(),
    })?;
    let items = targets.iter().map(|target| view::document(app, who, target, &asked.shown)).collect();
    let next = asked.next(who, targets.len(), targets.last().map(|target| target.uuid));
    Ok(Json(Listing { name: "targets", items, next }))
}
