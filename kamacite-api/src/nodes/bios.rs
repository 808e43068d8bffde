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
    schema,
    shown::{Document, Listing, Shown},
    time::Moment,
    versions::{BiosField, Endpoint, Version, since},
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
    let [known @ .., forgotten] = KNOWN;
    // Ironic left the last one out, and refuses it.
    let mut named = fields.unwrap_or_default().iter().filter(|field| **field != forgotten);
    named.try_for_each(|field| schema::check_one_of(field, known))
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
    use BiosField as F;
    let what = &setting.what;
    // Only who asks for it sees whose setting it is; Ironic answers 500 then.
    let has = |field: &F| *field != F::NodeUuid || shown.asks_for(F::NodeUuid.as_str());
    Document::new(F::ALL.iter().copied().filter(has), shown, |field| match field {
        F::CreatedAt => json!(Moment(setting.created_at)),
        F::UpdatedAt => json!(setting.updated_at.map(Moment)),
        F::Name => json!(what.name),
        F::Value => json!(what.value),
        F::AttributeType => json!(what.attribute_type),
        F::AllowableValues => json!(what.allowable_values),
        F::LowerBound => json!(what.lower_bound),
        F::MaxLength => json!(what.max_length),
        F::MinLength => json!(what.min_length),
        F::ReadOnly => json!(what.read_only),
        F::ResetRequired => json!(what.reset_required),
        F::Unique => json!(what.unique),
        F::UpperBound => json!(what.upper_bound),
        F::Links => json!(links.pair("nodes", at, &format!("/bios/{}", what.name))),
        F::NodeUuid => json!(node),
    })
}
