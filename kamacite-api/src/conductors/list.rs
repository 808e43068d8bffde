//! `GET /v1/conductors`: every conductor that ever registered.

use std::cmp::Ordering;

use kamacite_model::ConductorInfo;
use serde::Serialize;

use super::view::{self, ConductorView, DEFAULT_FIELDS};
use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    page::{self, NextLink},
    policy::Policy,
    request::{Caller, Input},
    schema,
    versions::Endpoint,
};

/// A page of conductors.
#[derive(Serialize)]
pub struct Conductors {
    conductors: Vec<ConductorView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /v1/conductors`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Conductors>> {
    Endpoint::Conductors.require(who.version)?;
    let args = input.query(&["marker", "limit", "sort_key", "sort_dir", "fields", "detail"])?;
    let (marker, _) = (args.string("marker")?, args.integer("limit")?);
    if marker == Some("") {
        return Err(Fault::invalid("Missing host in marker"));
    }
    let (sort_key, sort_dir) = (args.string("sort_key")?.unwrap_or("id"), args.string("sort_dir")?.unwrap_or("asc"));
    let (fields, detail) = (args.list("fields")?, args.boolean("detail")?);
    schema::check_one_of(sort_dir, ["asc", "desc"])?;
    view::check_fields(fields.as_deref().unwrap_or_default())?;
    app.allow(&who, Policy::ConductorGet)?;
    if detail == Some(true) && fields.is_some() {
        return Err(page::fields_and_detail());
    }
    let limit = page::limit(&args, app.config.max_limit)?;
    let order = order(sort_key)?;
    let fields = match (fields, detail) {
        (None, Some(true)) => None,
        (None, _) => Some(DEFAULT_FIELDS.map(str::to_owned).to_vec()),
        (fields, _) => fields,
    };

    let mut all = app.conductor.store().conductors().await?;
    all.sort_by(order);
    if sort_dir == "desc" {
        all.reverse();
    }
    let page = after(all, marker, limit)?;
    let next = page.last().filter(|_| page.len() == limit).map(|last| {
        let mut link = NextLink::default().with("sort_key", sort_key).with("sort_dir", sort_dir);
        if let Some(detail) = detail {
            link = link.with_flag("detail", detail);
        }
        if let Some(fields) = fields.as_ref().filter(|fields| !fields.is_empty()) {
            link = link.with("fields", &fields.join(","));
        }
        who.links.v1(&["conductors", &link.after(limit, &last.hostname)].concat())
    });
    let view = |info: ConductorInfo| {
        let alive = app.conductor.is_alive(&info);
        ConductorView { info, alive, fields: fields.clone(), links: who.links.clone() }
    };
    Ok(Json(Conductors { conductors: page.into_iter().map(view).collect(), next }))
}

type Order = fn(&ConductorInfo, &ConductorInfo) -> Ordering;

/// The order by a column; conductors that are equal in it stand in the order of their first registration.
fn order(sort_key: &str) -> Result<Order> {
    Ok(match sort_key {
        "" | "id" | "created_at" => |a, b| a.created_at.cmp(&b.created_at),
        "hostname" => |a, b| a.hostname.cmp(&b.hostname),
        "conductor_group" => |a, b| (&a.conductor_group, a.created_at).cmp(&(&b.conductor_group, b.created_at)),
        "online" => |a, b| (a.online, a.created_at).cmp(&(b.online, b.created_at)),
        "updated_at" => |a, b| a.updated_at.cmp(&b.updated_at),
        "alive" | "drivers" => return Err(page::unsortable(sort_key)),
        _ => return Err(page::unknown_sort_key(sort_key)),
    })
}

fn after(all: Vec<ConductorInfo>, marker: Option<&str>, limit: usize) -> Result<Vec<ConductorInfo>> {
    let start = match marker {
        None => 0,
        Some(marker) => {
            let at = all.iter().position(|one| one.hostname == marker);
            at.ok_or_else(|| view::no_conductor(marker))? + 1
        }
    };
    Ok(all.into_iter().skip(start).take(limit).collect())
}
