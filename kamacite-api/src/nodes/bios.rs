//! `/v1/nodes/{node}/bios`: the settings of a node's firmware, as read last.

use kamacite_model::{BiosSetting, Recorded, Uuid};
use serde_json::{Value, json};

use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    links::Links,
    names, page,
    policy::Policy,
    python,
    request::{Caller, Input, Last, NodeIdent},
    shown::{Document, Listing, Shown},
    time::Moment,
    versions::{Endpoint, Version, since},
};

/// What a list shows that asks for nothing.
const SHORT: [&str; 2] = ["name", "value"];

/// What can be asked for, in the reference's order, and what it forgot.
pub const KNOWN: [&str; 15] = [
    "allowable_values",
    "attribute_type",
    "created_at",
    "lower_bound",
    "links",
    "max_length",
    "min_length",
    "name",
    "node_uuid",
    "read_only",
    "reset_required",
    "unique",
    "updated_at",
    "value",
    "upper_bound",
];

/// `GET /v1/nodes/{node}/bios`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Listing<Document>>> {
    Endpoint::NodeBios.require(who.version)?;
    let args = input.query(&["detail", "fields"])?;
    let (fields, detail) = (args.list("fields")?, args.boolean("detail")? == Some(true));
    check(who.version, &args, fields.as_deref())?;
    let node = app.node(&who, &ident, Policy::NodeGetBios).await?;
    let shown = match fields {
        Some(_) if detail => return Err(page::fields_and_detail()),
        Some(fields) => Shown::Only(with_times(fields)),
        None if detail => Shown::All,
        None => short(),
    };
    let settings = app.conductor.store().bios_settings(node.uuid).await?;
    let item = |setting| document(setting, &who.links, &ident.0, node.uuid, &shown);
    let items = settings.iter().map(item).collect();
    Ok(Json(Listing { name: "bios", items, next: None }))
}

/// `GET /v1/nodes/{node}/bios/{setting}`: the setting under its own name.
pub async fn show(
    app: App,
    who: Caller,
    ident: NodeIdent,
    Last(name): Last,
    input: Input,
) -> Result<Json<serde_json::Map<String, Value>>> {
    Endpoint::NodeBios.require(who.version)?;
    if let Some((name, _)) = input.open_query().into_iter().next() {
        return Err(unexpected(&name));
    }
    if !names::is_logical_name(&name) {
        let text = format!("Schema error: {} does not match '(?i)^[A-Z0-9-._~]+$'", python::repr_text(&name));
        return Err(Fault::invalid(text));
    }
    let node = app.node(&who, &ident, Policy::NodeGetBios).await?;
    let settings = app.conductor.store().bios_settings(node.uuid).await?;
    let setting = settings
        .iter()
        .find(|setting| setting.what.name == name)
        .ok_or_else(|| Fault::not_found(format!("Node {} doesn't have a BIOS setting '{name}'", node.uuid)))?;
    let shown = if who.version.has(since::BIOS_REGISTRY) { Shown::All } else { short() };
    let document = json!(document(setting, &who.links, &node.uuid.to_string(), node.uuid, &shown));
    Ok(Json([(name, document)].into_iter().collect()))
}

fn check(version: Version, args: &Args, fields: Option<&[String]>) -> Result<()> {
    for name in ["detail", "fields"] {
        if args.get(name).is_some() && !version.has(since::BIOS_REGISTRY) {
            return Err(unexpected(name));
        }
    }
    match fields.unwrap_or_default().iter().find(|field| !KNOWN.contains(&field.as_str())) {
        None => Ok(()),
        Some(field) => Err(Fault::invalid(format!(
            "Schema error: {} is not one of {}",
            python::repr_text(field),
            // Ironic left the last one out, and refuses it.
            python::repr_list(KNOWN[..KNOWN.len() - 1].iter().copied())
        ))),
    }
}

fn unexpected(name: &str) -> Fault {
    Fault::invalid(format!("Schema error: Additional properties are not allowed ('{name}' was unexpected)"))
}

fn short() -> Shown {
    Shown::Only(with_times(SHORT.map(str::to_owned).to_vec()))
}

/// When it was read is always shown.
fn with_times(mut fields: Vec<String>) -> Vec<String> {
    fields.extend(["created_at", "updated_at"].map(str::to_owned));
    fields
}

/// A setting as it is shown; `at` is what the client calls the node.
fn document(setting: &Recorded<BiosSetting>, links: &Links, at: &str, node: Uuid, shown: &Shown) -> Document {
    let what = &setting.what;
    let rest = format!("/bios/{}", what.name);
    // Only who asks for it sees whose setting it is; Ironic answers 500 then.
    let asked = matches!(shown, Shown::Only(fields) if fields.iter().any(|field| field == "node_uuid"));
    let whose = asked.then(|| ("node_uuid", json!(node)));
    Document::new(
        [
            ("created_at", json!(Moment(setting.created_at))),
            ("updated_at", json!(setting.updated_at.map(Moment))),
            ("name", json!(what.name)),
            ("value", json!(what.value)),
            ("attribute_type", json!(what.attribute_type)),
            ("allowable_values", json!(what.allowable_values)),
            ("lower_bound", json!(what.lower_bound)),
            ("max_length", json!(what.max_length)),
            ("min_length", json!(what.min_length)),
            ("read_only", json!(what.read_only)),
            ("reset_required", json!(what.reset_required)),
            ("unique", json!(what.unique)),
            ("upper_bound", json!(what.upper_bound)),
            ("links", json!(links.pair("nodes", at, &rest))),
        ]
        .into_iter()
        .chain(whose),
        shown,
    )
}
