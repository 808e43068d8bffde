//! `GET /v1/ports` and `GET /v1/ports/detail`: lists of ports; also those of one node or of one group.

use kamacite_store::{PortColumn, PortFilter, PortQuery};

use super::view::{self, DEFAULT_FIELDS};
use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    names,
    page::{self, Form, NextLink},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    shown::{Document, Listing},
    versions::{Endpoint, PortField, Version, since},
};

/// What lists of ports take, in the order in which the reference reads it.
pub const KNOWN: [&str; 13] = [
    "node",
    "node_uuid",
    "address",
    "marker",
    "limit",
    "sort_key",
    "sort_dir",
    "fields",
    "portgroup",
    "detail",
    "shard",
    "description_contains",
    "conductor_groups",
];

/// What the next page is narrowed by as well.
const NARROWING: [&str; 7] =
    ["node", "node_uuid", "address", "portgroup", "shard", "description_contains", "conductor_groups"];

/// `GET /v1/ports`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, Form::Chosen, PortFilter::default(), "ports").await
}

/// `GET /v1/ports/detail`
pub async fn detail(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, Form::Detail, PortFilter::default(), "ports/detail").await
}

/// The ports of one node or of one group: `within` says which, and `path` where they are.
pub async fn nested(
    app: &App,
    who: &Caller,
    input: &Input,
    form: Form,
    within: PortFilter,
    path: &str,
) -> Result<Json<Listing<Document>>> {
    answer(app, who, input, form, within, path).await
}

async fn answer(
    app: &App,
    who: &Caller,
    input: &Input,
    form: Form,
    within: PortFilter,
    path: &str,
) -> Result<Json<Listing<Document>>> {
    let args = input.query(&form.known(&KNOWN))?;
    check_types(&args)?;
    app.allow(who, Policy::PortList)?;
    let version = who.version;
    page::check_fields(version, args.list("fields")?.as_deref(), |name| require_field(version, name))?;
    let sort_key = args.string("sort_key")?.unwrap_or("id");
    require_field(version, sort_key)?;
    if args.get("portgroup").is_some() {
        Endpoint::PortgroupPorts.require(version).map_err(|_| Fault::not_acceptable())?;
    }
    if args.get("shard").is_some() {
        version.require_named(since::SHARDS)?;
    }
    let shown = page::shown(version, form, &args, &DEFAULT_FIELDS)?;
    check_name(version, &args)?;
    let limit = page::limit(&args, app.config.max_limit)?;
    let descending = page::descending(args.string("sort_dir")?.unwrap_or("asc"))?;
    let column = column(sort_key)?;
    let filter = filter(app, who, &args, within).await?;
    let query = PortQuery { filter, marker: args.uuid("marker")?, limit: Some(limit), sort_key: column, descending };
    let ports = app.conductor.store().ports(&query).await.map_err(page::no_marker(super::missing))?;
    shown.check::<PortField>()?;
    let marker = page::marker(ports.len(), limit, ports.last().map(|port| port.uuid));
    let next = marker.map(|marker| {
        let link = NextLink::narrowed(&args, &NARROWING).sorted(sort_key, descending).with_shown(form, &args, &shown);
        who.links.v1(&[path, &link.after(limit, &marker.to_string())].concat())
    });
    let items = ports.iter().map(|port| view::document(port, &who.links, version, &shown)).collect();
    Ok(Json(Listing { name: "ports", items, next }))
}

/// Every argument by its type, in the order in which the reference reads them.
fn check_types(args: &Args) -> Result<()> {
    args.uuid_or_name("node")?;
    args.uuid("node_uuid")?;
    args.mac("address")?;
    args.uuid("marker")?;
    args.integer("limit")?;
    args.string("sort_key")?;
    args.string("sort_dir")?;
    args.list("fields")?;
    args.uuid_or_name("portgroup")?;
    args.boolean("detail")?;
    args.list("shard")?;
    args.string("description_contains")?;
    args.list("conductor_groups")?;
    Ok(())
}

/// Old clients know nodes by their UUIDs only.
fn check_name(version: Version, args: &Args) -> Result<()> {
    match (args.get("node_uuid"), args.string("node")?) {
        (None, Some(name)) if !name.is_empty() && !names::is_uuid_like(name) => version.require(since::NAMES),
        _ => Ok(()),
    }
}

/// Which ports are asked for.
///
/// Ironic takes one of node, group and shard, answers 403 to two of them, and forgets others beside one of these without a
/// word. Here any of them narrow the list down together, but for two that Ironic refuses as well.
async fn filter(app: &App, who: &Caller, args: &Args, within: PortFilter) -> Result<PortFilter> {
    let node = args.string("node_uuid")?.or(args.string("node")?).filter(|ident| !ident.is_empty());
    let portgroup = args.string("portgroup")?.filter(|ident| !ident.is_empty());
    let address = args.mac("address")?;
    let shard_in = args.exact_list("shard")?.filter(|shards| !shards.is_empty());
    let conductor_group_in = args.list("conductor_groups")?.filter(|groups| !groups.is_empty());
    let of_node = node.is_some() || within.node.is_some();
    let of_group = portgroup.is_some() || within.portgroup.is_some();
    if [of_node, of_group, shard_in.is_some()].iter().filter(|said| **said).count() > 1 {
        return Err(Fault::invalid(
            "Filtering by node, portgroup, or shard simultaneously is not supported; name one of them.",
        ));
    }
    if conductor_group_in.is_some() && (of_node || of_group || address.is_some()) {
        return Err(Fault::invalid(
            "Filtering by conductor_groups cannot be combined with node_ident, portgroup_ident, or node address filters.",
        ));
    }
    // What the path says wins over the query.
    let node = match node.filter(|_| within.node.is_none()) {
        Some(ident) => Some(app.node(who, &NodeIdent(ident.to_owned()), Policy::NodeGet).await?.uuid),
        None => within.node,
    };
    let portgroup = match portgroup.filter(|_| within.portgroup.is_none()) {
        Some(ident) => Some(app.portgroup(who, ident, Policy::PortgroupGet).await?.0.uuid),
        None => within.portgroup,
    };
    let description_contains = args.string("description_contains")?.filter(|part| !part.is_empty()).map(str::to_owned);
    Ok(PortFilter { node, portgroup, address, description_contains, shard_in, conductor_group_in, project: None })
}

/// Refuses fields that are newer than the client. Ironic forgets `internal_info`, which is hidden instead.
pub fn require_field(version: Version, name: &str) -> Result<()> {
    if name == "local_link_connection/network_type" {
        return version.require(since::NETWORK_TYPE);
    }
    match PortField::named(name) {
        None | Some(PortField::InternalInfo) => Ok(()),
        Some(field) => version.require(field.since()),
    }
}

fn column(name: &str) -> Result<PortColumn> {
    match name {
        "" => Ok(PortColumn::Id),
        // All rows are of one version.
        "version" => Ok(PortColumn::Id),
        "node_id" => Ok(PortColumn::Node),
        "portgroup_id" => Ok(PortColumn::Portgroup),
        "node" | "portgroup" => Err(page::unknown_sort_key(name)),
        "extra" | "internal_info" | "local_link_connection" => Err(page::unsortable(name)),
        name => name.parse().map_err(|_| page::unknown_sort_key(name)),
    }
}
