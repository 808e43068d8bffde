//! `GET /v1/nodes` and `GET /v1/nodes/detail`: lists of nodes.

use std::sync::Arc;

use kamacite_driver::Registry;
use kamacite_model::Node;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    filters::{self, Asked, Form},
    view::{Fields, NodeView},
};
use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    masking::Secrets,
    page,
    policy::Policy,
    request::{Caller, Input, Last},
    versions::NodeFilterName as Name,
};

/// `GET /v1/nodes`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Nodes>> {
    let args = input.query(&Form::Chosen.known())?;
    answer(app, who, args, Form::Chosen, "nodes").await
}

/// `GET /v1/nodes/detail`
pub async fn detail(app: App, who: Caller, input: Input) -> Result<Json<Nodes>> {
    let args = input.query(&Form::Detail.known())?;
    answer(app, who, args, Form::Detail, "nodes/detail").await
}

/// The nodes that stand in a chassis.
pub async fn of_chassis(app: App, who: Caller, Last(chassis): Last, input: Input) -> Result<Json<Nodes>> {
    let args = within(&input, Form::Chosen, &chassis)?;
    answer(app, who, args, Form::Chosen, "nodes").await
}

/// The same, with all that is known of them.
pub async fn of_chassis_in_detail(app: App, who: Caller, Last(chassis): Last, input: Input) -> Result<Json<Nodes>> {
    let args = within(&input, Form::Detail, &chassis)?;
    answer(app, who, args, Form::Detail, "nodes/detail").await
}

/// What is said of a list, and the chassis that the path names.
fn within(input: &Input, form: Form, chassis: &str) -> Result<Args> {
    let name = Name::ChassisUuid.as_str();
    let known: Vec<&str> = form.known().into_iter().filter(|known| *known != name).collect();
    let mut args = input.query(&known)?;
    args.add(name, chassis.into());
    Ok(args)
}

async fn answer(app: App, who: Caller, args: Args, form: Form, path: &str) -> Result<Json<Nodes>> {
    app.allow(&who, Policy::NodeList)?;
    let asked = filters::read(who.version, form, &args, app.config.max_limit)?;
    if let Some(chassis) = asked.query.filter.chassis_uuid {
        app.chassis(&who, chassis, Policy::ChassisGet).await?;
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
    let mut nodes = app
        .conductor
        .store()
        .nodes(&query)
        .await
        .map_err(page::no_marker(|marker| Fault::no_node(&marker.to_string())))?;
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
