//! `GET /v1/volume/connectors`: lists of connectors; also those of one node.

use kamacite_store::{Error as StoreError, VolumeConnectorColumn};

use super::{KIND, missing, view};
use crate::{
    App,
    answer::Json,
    fault::Result,
    request::{Caller, Input, NodeIdent},
    shown::{Document, Listing},
};

/// `GET /v1/volume/connectors`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, None).await
}

/// `GET /v1/nodes/{node}/volume/connectors`
pub async fn of_node(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, Some(&ident)).await
}

async fn answer(app: &App, who: &Caller, input: &Input, within: Option<&NodeIdent>) -> Result<Json<Listing<Document>>> {
    let asked = KIND.read::<VolumeConnectorColumn>(app, who, input, within).await?;
    let connectors = app.conductor.store().volume_connectors(&asked.query).await.map_err(|error| match error {
        StoreError::MarkerNotFound { marker } => missing(marker),
        error => error.into(),
    })?;
    let items = connectors.iter().map(|connector| view::document(connector, &who.links, &asked.shown)).collect();
    let next = asked.next(who, connectors.len(), connectors.last().map(|connector| connector.uuid));
    Ok(Json(Listing { name: "connectors", items, next }))
}
