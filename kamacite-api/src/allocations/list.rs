//! `GET /v1/allocations`: allocations, filtered, sorted and paged.

use kamacite_store::{AllocationColumn, AllocationFilter, AllocationQuery};
use serde_json::Value;

use super::view::{self, check_fields, require_owner};
use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    page::{self, Form, NextLink},
    policy::Policy,
    request::{Caller, Input},
    schema::{self, Property, Type},
    shown::{Document, Listing, Shown},
    versions::Endpoint,
};

/// What lists of allocations take.
pub const KNOWN: [&str; 9] =
    ["node", "resource_class", "state", "marker", "limit", "sort_key", "sort_dir", "fields", "owner"];

/// What the next page is narrowed by as well.
const FILTERS: [&str; 4] = ["node", "resource_class", "state", "owner"];

/// `GET /v1/allocations`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    Endpoint::Allocations.require(who.version)?;
    let args = input.query(&KNOWN)?;
    args.integer("limit")?;
    let fields = args.list("fields")?;
    check_fields(who.version, fields.as_deref())?;
    check_schema(&args)?;
    app.allow(&who, Policy::AllocationList)?;
    if args.get("owner").is_some() {
        require_owner(who.version)?;
    }
    let limit = page::limit(&args, app.config.max_limit)?;
    let descending = args.string("sort_dir")? == Some("desc");
    let sort_key = args.string("sort_key")?.unwrap_or("id");
    if let "extra" | "candidate_nodes" | "traits" = sort_key {
        return Err(page::unsortable(sort_key));
    }
    let marker = args.uuid("marker")?;
    if let Some(marker) = marker
        && app.conductor.store().allocation(marker).await?.is_none()
    {
        return Err(no_marker(marker));
    }
    let filter = filter(&app, &who, &args).await?;
    let sort_key_column = column(sort_key)?;
    let query = AllocationQuery { filter, marker, limit: Some(limit), sort_key: sort_key_column, descending };
    let allocations = app.conductor.store().allocations(&query).await.map_err(page::no_marker(no_marker))?;
    let shown = Shown::asked(fields);
    let marker = page::marker(allocations.len(), limit, allocations.last().map(|allocation| allocation.uuid));
    let next = marker.map(|marker| {
        let link =
            NextLink::narrowed(&args, &FILTERS).sorted(sort_key, descending).with_shown(Form::Chosen, &args, &shown);
        who.links.v1(&["allocations", &link.after(limit, &marker.to_string())].concat())
    });
    let items =
        allocations.iter().map(|allocation| view::document(allocation, &who.links, who.version, &shown)).collect();
    Ok(Json(Listing { name: "allocations", items, next }))
}

/// Every argument but `fields` and `limit`, in the order of the reference's schema.
fn check_schema(args: &Args) -> Result<()> {
    const TEXT: Property = Property::new("", &[Type::String]);
    let fault = |name: &str, value: &Value| match name {
        "marker" => schema::uuid_fault(value),
        "node" => schema::ident_fault(value),
        "sort_dir" => TEXT.one_of(&["asc", "desc"]).fault(value),
        _ => TEXT.fault(value),
    };
    let names = ["marker", "node", "owner", "resource_class", "sort_dir", "sort_key", "state"];
    match names.into_iter().find_map(|name| fault(name, args.get(name)?)) {
        None => Ok(()),
        Some(fault) => Err(schema::plain_refusal(&fault)),
    }
}

/// Which allocations are asked for.
async fn filter(app: &App, who: &Caller, args: &Args) -> Result<AllocationFilter> {
    let node = match args.string("node")? {
        None => None,
        Some(ident) => Some(app.node_said(who, ident, Policy::NodeGet).await?.uuid),
    };
    let text = |name: &str| Ok::<_, Fault>(args.string(name)?.map(str::to_owned));
    Ok(AllocationFilter { node, state: text("state")?, resource_class: text("resource_class")?, owner: text("owner")? })
}

fn no_marker(marker: kamacite_model::Uuid) -> Fault {
    Fault::not_found(format!("Allocation {marker} could not be found."))
}

fn column(name: &str) -> Result<AllocationColumn> {
    match name {
        // All rows are of one version.
        "" | "version" => Ok(AllocationColumn::Id),
        "node_id" => Ok(AllocationColumn::Node),
        "node" => Err(page::unknown_sort_key(name)),
        name => name.parse().map_err(|_| page::unknown_sort_key(name)),
    }
}
