//! `GET /v1/portgroups` and `GET /v1/portgroups/detail`: lists of groups of ports; also those of one node.

use kamacite_model::Uuid;
use kamacite_store::{PortFilter, PortgroupColumn, PortgroupQuery};
use serde_json::Value;

use super::view::{self, DEFAULT_FIELDS};
use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    page::{self, Form, NextLink},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    schema::{self, Property, Type},
    shown::{Document, Listing},
    versions::{Endpoint, PortgroupField, Version, since},
};

/// What lists of groups take, in the order in which the reference reads it.
pub const KNOWN: [&str; 10] =
    ["node", "address", "marker", "limit", "sort_key", "sort_dir", "fields", "detail", "shard", "conductor_groups"];

/// What the next page is narrowed by as well.
const NARROWING: [&str; 4] = ["node", "address", "shard", "conductor_groups"];

/// `GET /v1/portgroups`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    Endpoint::Portgroups.require(who.version)?;
    answer(&app, &who, &input, Form::Chosen, None, "portgroups").await
}

/// `GET /v1/portgroups/detail`
pub async fn detail(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    Endpoint::Portgroups.require(who.version)?;
    answer(&app, &who, &input, Form::Detail, None, "portgroups/detail").await
}

/// The groups of one node; `path` is where they are.
pub async fn nested(
    app: &App,
    who: &Caller,
    input: &Input,
    form: Form,
    node: Uuid,
    path: &str,
) -> Result<Json<Listing<Document>>> {
    answer(app, who, input, form, Some(node), path).await
}

async fn answer(
    app: &App,
    who: &Caller,
    input: &Input,
    form: Form,
    node: Option<Uuid>,
    path: &str,
) -> Result<Json<Listing<Document>>> {
    let args = input.query(&form.known(&KNOWN))?;
    args.integer("limit")?;
    args.boolean("detail")?;
    let fields = args.list("fields")?;
    check_forms(&args, fields.as_deref())?;
    app.allow(who, Policy::PortgroupList)?;
    let version = who.version;
    if args.get("shard").is_some() {
        version.require_named(since::PORTGROUP_SHARDS)?;
    }
    fields.iter().flatten().try_for_each(|field| require_field(version, field))?;
    let sort_key = args.string("sort_key")?.unwrap_or("id");
    require_field(version, sort_key)?;
    let shown = page::shown(version, form, &args, &DEFAULT_FIELDS)?;
    let limit = page::limit(&args, app.config.max_limit)?;
    let descending = page::descending(args.string("sort_dir")?.unwrap_or("asc"))?;
    let column = column(sort_key)?;
    let filter = filter(app, who, &args, node).await?;
    let query =
        PortgroupQuery { filter, marker: args.uuid("marker")?, limit: Some(limit), sort_key: column, descending };
    let groups = app.conductor.store().portgroups(&query).await.map_err(page::no_marker(super::missing))?;
    let marker = page::marker(groups.len(), limit, groups.last().map(|group| group.uuid));
    let next = marker.map(|marker| {
        let link = NextLink::narrowed(&args, &NARROWING).sorted(sort_key, descending).with_shown(form, &args, &shown);
        who.links.v1(&[path, &link.after(limit, &marker.to_string())].concat())
    });
    // Lists hide no newer fields from older clients, as in the reference.
    let items = groups.iter().map(|group| view::document(group, &who.links, Version::MAX, &shown)).collect();
    Ok(Json(Listing { name: "portgroups", items, next }))
}

/// The forms of arguments, in the words of the reference's schema library; of several faults, the first by the alphabet.
fn check_forms(args: &Args, fields: Option<&[String]>) -> Result<()> {
    for name in ["address", "fields", "marker", "node", "sort_dir", "sort_key"] {
        if name == "fields" {
            page::check_names::<PortgroupField>(fields)?;
        } else if let Some(fault) = args.get(name).and_then(|value| form_fault(name, value)) {
            return Err(schema::plain_refusal(&fault));
        }
    }
    Ok(())
}

/// What is wrong with the form of an argument.
fn form_fault(name: &str, value: &Value) -> Option<String> {
    const TEXT: Property = Property::new("", &[Type::String]);
    match name {
        "address" => schema::mac_fault(value),
        "marker" => schema::uuid_fault(value),
        "node" => schema::ident_fault(value),
        "sort_dir" => TEXT.one_of(&["asc", "desc"]).fault(value),
        _ => TEXT.fault(value),
    }
}

/// Which groups are asked for.
async fn filter(app: &App, who: &Caller, args: &Args, within: Option<Uuid>) -> Result<PortFilter> {
    let node = args.string("node")?.filter(|ident| !ident.is_empty() && within.is_none());
    let address = args.mac("address")?;
    let shard_in = args.exact_list("shard")?.filter(|shards| !shards.is_empty());
    let conductor_group_in = args.list("conductor_groups")?.filter(|groups| !groups.is_empty());
    let said =
        [node.is_some() || within.is_some(), address.is_some(), shard_in.is_some(), conductor_group_in.is_some()];
    if said.iter().filter(|said| **said).count() > 1 {
        return Err(Fault::invalid("Filtering by node, address, or shard simultaneously is not supported."));
    }
    let node = match node {
        Some(ident) => Some(app.node(who, &NodeIdent(ident.to_owned()), Policy::NodeGet).await?.uuid),
        None => within,
    };
    Ok(PortFilter { node, address, shard_in, conductor_group_in, ..PortFilter::default() })
}

/// Refuses fields that are newer than the client; these only, as in the reference.
pub fn require_field(version: Version, name: &str) -> Result<()> {
    use PortgroupField as F;
    match F::named(name) {
        Some(field @ (F::Mode | F::Properties | F::DynamicPortgroup)) => version.require(field.since()),
        Some(_) | None => Ok(()),
    }
}

fn column(name: &str) -> Result<PortgroupColumn> {
    match name {
        // All rows are of one version.
        "" | "version" => Ok(PortgroupColumn::Id),
        "node_id" => Ok(PortgroupColumn::Node),
        "node" => Err(page::unknown_sort_key(name)),
        "extra" | "internal_info" | "properties" => Err(page::unsortable(name)),
        name => name.parse().map_err(|_| page::unknown_sort_key(name)),
    }
}
