//! `GET /v1/nodes` and `GET /v1/nodes/detail`: lists of nodes.

use std::sync::Arc;

use kamacite_driver::Registry;
use kamacite_model::Node;
use kamacite_store::Error as StoreError;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    filters::{self, Asked, Form},
    masking::Secrets,
    view::{Fields, NodeView},
};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    page,
    policy::Policy,
    request::{Caller, Input},
};

/// `GET /v1/nodes`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Nodes>> {
    answer(app, who, &input, Form::Chosen, "nodes").await
}

/// `GET /v1/nodes/detail`
pub async fn detail(app: App, who: Caller, input: Input) -> Result<Json<Nodes>> {
    answer(app, who, &input, Form::Detail, "nodes/detail").await
}

async fn answer(app: App, who: Caller, input: &Input, form: Form, path: &str) -> Result<Json<Nodes>> {
    let args = input.query(&form.known())?;
    app.allow(&who, Policy::NodeList)?;
    let asked = filters::read(who.version, form, &args, app.config.max_limit)?;
    if let Some(chassis) = asked.query.filter.chassis_uuid {
        // There are no chassis yet, so none can be found.
        return Err(Fault::not_found(format!("Chassis {chassis} could not be found.")));
    }
    let registry = app.conductor.registry();
    let Asked { limit, fields, next, .. } = asked;
    let nodes = find(&app, &registry, asked.query, asked.conductor, limit).await?;
    let marker = page::marker(nodes.len(), limit, nodes.last().map(|node| node.uuid));
    let next =
        next.zip(marker).map(|(next, marker)| who.links.v1(&[path, &next.after(limit, &marker.to_string())].concat()));
    Ok(Json(Nodes { app, who, registry, nodes, fields, next }))
}

async fn find(
    app: &App,
    registry: &Registry,
    mut query: kamacite_store::NodeQuery,
    conductor: Option<String>,
    limit: usize,
) -> Result<Vec<Arc<Node>>> {
    // Who looks after a node is computed, not stored. Ironic sorts others out after the page is cut, so that its pages
    // shrink and lists end early; here the page is cut last.
    query.limit = conductor.is_none().then_some(limit);
    let mut nodes = app.conductor.store().nodes(&query).await.map_err(|error| match error {
        StoreError::MarkerNotFound { marker } => Fault::no_node(&marker.to_string()),
        error => error.into(),
    })?;
    if let Some(conductor) = conductor {
        nodes.retain(|node| app.owner_of(registry, node) == Some(&*conductor));
        nodes.truncate(limit);
    }
    Ok(nodes)
}

/// A page of nodes.
pub struct Nodes {
    app: App,
    who: Caller,
    registry: Arc<Registry>,
    nodes: Vec<Arc<Node>>,
    fields: Fields,
    next: Option<String>,
}

impl Serialize for Nodes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("nodes", &Rows(self))?;
        if let Some(next) = &self.next {
            map.serialize_entry("next", next)?;
        }
        map.end()
    }
}

struct Rows<'a>(&'a Nodes);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let page = self.0;
        serializer.collect_seq(page.nodes.iter().map(|node| NodeView {
            node,
            fields: &page.fields,
            version: page.who.version,
            links: &page.who.links,
            conductor: page.app.owner_of(&page.registry, node),
            secrets: Secrets::Masked,
        }))
    }
}
