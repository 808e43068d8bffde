//! `GET /v1/chassis` and `GET /v1/chassis/detail`: lists of chassis.

use kamacite_store::{ChassisColumn, ChassisQuery};

use super::view::{self, DEFAULT_FIELDS};
use crate::{
    App,
    answer::Json,
    fault::Result,
    page::{self, Form, NextLink},
    policy::Policy,
    request::{Caller, Input},
    schema,
    shown::{Document, Listing},
    versions::ChassisField,
};

/// What lists of chassis take, in the order in which the reference reads it.
pub const KNOWN: [&str; 6] = ["marker", "limit", "sort_key", "sort_dir", "fields", "detail"];

/// `GET /v1/chassis`
pub async fn list(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, Form::Chosen, "chassis").await
}

/// `GET /v1/chassis/detail`
pub async fn detail(app: App, who: Caller, input: Input) -> Result<Json<Listing<Document>>> {
    answer(&app, &who, &input, Form::Detail, "chassis/detail").await
}

async fn answer(app: &App, who: &Caller, input: &Input, form: Form, path: &str) -> Result<Json<Listing<Document>>> {
    let args = input.query(&form.known(&KNOWN))?;
    let marker = args.uuid("marker")?;
    args.integer("limit")?;
    let (sort_key, sort_dir) = (args.string("sort_key")?.unwrap_or("id"), args.string("sort_dir")?.unwrap_or("asc"));
    let fields = args.list("fields")?;
    args.boolean("detail")?;
    schema::check_one_of(sort_dir, ["asc", "desc"])?;
    page::check_names::<ChassisField>(fields.as_deref())?;
    app.allow(who, Policy::ChassisGet)?;
    page::check_fields(who.version, fields.as_deref(), |_| Ok(()))?;
    let shown = page::shown(who.version, form, &args, &DEFAULT_FIELDS)?;
    let limit = page::limit(&args, app.config.max_limit)?;
    let query = ChassisQuery {
        filter: (),
        marker,
        limit: Some(limit),
        sort_key: column(sort_key)?,
        descending: page::descending(sort_dir)?,
    };
    let chassis = app.conductor.store().chassis(&query).await.map_err(page::no_marker(super::missing))?;
    let marker = page::marker(chassis.len(), limit, chassis.last().map(|chassis| chassis.uuid));
    let next = marker.map(|marker| {
        let link = NextLink::default().with("sort_key", sort_key).with("sort_dir", sort_dir);
        who.links.v1(&[path, &link.with_shown(form, &args, &shown).after(limit, &marker.to_string())].concat())
    });
    let items = chassis.iter().map(|chassis| view::document(chassis, &who.links, &shown)).collect();
    Ok(Json(Listing { name: "chassis", items, next }))
}

fn column(name: &str) -> Result<ChassisColumn> {
    match name {
        // All rows are of one version.
        "" | "version" => Ok(ChassisColumn::Id),
        "extra" => Err(page::unsortable(name)),
        name => name.parse().map_err(|_| page::unknown_sort_key(name)),
    }
}
