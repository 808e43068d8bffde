//! `GET /v1/volume/connectors` and `GET /v1/volume/targets`: lists of them; also those of one node.

use std::str::FromStr;

use kamacite_store::{PageQuery, VolumeFilter};

use super::part::{self, Part};
use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    page::{self, NextLink},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    schema,
    shown::{Document, Listing, Shown},
    versions::Endpoint,
};

/// What lists take, in the order in which the reference reads it; the last is refused in other words than strangers are.
pub const KNOWN: [&str; 8] = ["node", "marker", "limit", "sort_key", "sort_dir", "fields", "detail", "project"];

/// `GET /v1/volume/{parts}`
pub async fn list<T: Part>(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer::<T>(&app, &who, &input, None).await
}

/// `GET /v1/nodes/{node}/volume/{parts}`
pub async fn of_node<T: Part>(
    app: App,
    who: Caller,
    ident: NodeIdent,
    input: Input,
) -> Result<Json<Listing<Document>>> {
    answer::<T>(&app, &who, &input, Some(&ident)).await
}

async fn answer<T: Part>(
    app: &App,
    who: &Caller,
    input: &Input,
    within: Option<&NodeIdent>,
) -> Result<Json<Listing<Document>>> {
    let Asked { query, shown, limit, next } = read::<T>(app, who, input, within).await?;
    let found = T::list(app.conductor.store(), &query).await.map_err(page::no_marker(part::missing::<T>))?;
    let items = found.iter().map(|part| part::document(app, who, part, &shown)).collect();
    let marker = page::marker(found.len(), limit, found.last().map(T::uuid));
    let next = marker.map(|marker| who.links.v1(&[T::KIND.path(), next.after(limit, &marker.to_string())].concat()));
    Ok(Json(Listing { name: T::KIND.many, items, next }))
}

/// A list that was asked for.
struct Asked<Key> {
    /// Which of them, in which order.
    query: PageQuery<VolumeFilter, Key>,
    /// What of them.
    shown: Shown,
    limit: usize,
    next: NextLink,
}

/// Reads what is asked for, of all nodes or of the one that the path names.
async fn read<T: Part>(app: &App, who: &Caller, input: &Input, within: Option<&NodeIdent>) -> Result<Asked<T::Column>> {
    Endpoint::VolumeParts.require(who.version)?;
    let args = input.query(&KNOWN)?;
    args.uuid_or_name("node")?;
    let marker = args.uuid("marker")?;
    args.integer("limit")?;
    let sort_key = args.string("sort_key")?.unwrap_or("id");
    let sort_dir = args.string("sort_dir")?.unwrap_or("asc");
    let (fields, detail) = (args.list("fields")?, args.boolean("detail")? == Some(true));
    check_forms::<T>(&args, sort_dir, fields.as_deref())?;
    app.allow(who, Policy::VolumeList)?;
    // Ironic finds the node of the path by its UUID only.
    let mut node = match within {
        Some(ident) => Some(app.node(who, ident, Policy::VolumeList).await?.uuid),
        None => None,
    };
    if detail && fields.as_ref().is_some_and(|fields| !fields.is_empty()) {
        return Err(Fault::invalid("Can't fetch a subset of fields with 'detail' set"));
    }
    let limit = page::limit(&args, app.config.max_limit)?;
    let descending = page::descending(sort_dir)?;
    if T::KIND.unsortable.contains(&sort_key) {
        return Err(page::unsortable(sort_key));
    }
    let mut next = NextLink::default();
    if let Some(ident) = args.string("node")?.filter(|ident| node.is_none() && !ident.is_empty()) {
        node = Some(app.node(who, &NodeIdent(ident.to_owned()), Policy::NodeGet).await?.uuid);
    }
    if let Some(node) = node {
        // Ironic forgets the node, and so leads to what others have.
        next = next.with("node", &node.to_string());
    }
    let key = column(sort_key)?;
    next = next.with("sort_key", sort_key).with("sort_dir", sort_dir);
    let shown = match fields {
        _ if detail => Shown::All,
        Some(fields) => Shown::Only(fields),
        None => Shown::these(T::KIND.default),
    };
    next = match &shown {
        Shown::All => next.with_flag("detail", true),
        Shown::Only(names) if names.is_empty() => next,
        Shown::Only(names) => next.with("fields", &names.join(",")),
    };
    let filter = VolumeFilter { node, project: None };
    let query = PageQuery { filter, marker, limit: Some(limit), sort_key: key, descending };
    Ok(Asked { query, shown, limit, next })
}

fn check_forms<T: Part>(args: &Args, sort_dir: &str, fields: Option<&[String]>) -> Result<()> {
    if args.get("project").is_some() {
        let text = "Schema error: Additional properties are not allowed ('project' was unexpected)";
        return Err(Fault::invalid(text));
    }
    page::check_names::<T::Field>(fields)?;
    schema::check_one_of(sort_dir, ["asc", "desc"])
}

fn column<Key: FromStr>(name: &str) -> Result<Key> {
    let column = match name {
        // All rows are of one version.
        "" | "version" => "id",
        "node_id" => "node",
        "node" => return Err(page::unknown_sort_key(name)),
        name => name,
    };
    column.parse().map_err(|_| page::unknown_sort_key(name))
}
