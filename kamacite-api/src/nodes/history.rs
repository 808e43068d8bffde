//! `/v1/nodes/{node}/history`: what happened to a node, for people to read.

use kamacite_model::{HistoryEntry, Node, ProvisionState, Uuid};
use kamacite_store::{HistoryColumn, HistoryQuery};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    App,
    answer::Json,
    args::Args,
    fault::{Fault, Result},
    links::{Link, Links},
    names,
    page::{self, NextLink},
    policy::Policy,
    request::{Caller, Input, Last, NodeIdent},
    time::Moment,
    versions::{Endpoint, HistoryField, Version},
};

/// `GET /v1/nodes/{node}/history`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<History>> {
    Endpoint::NodeHistory.require(who.version)?;
    let args = input.query(&["detail", "marker", "limit", "sort_key", "sort_dir"])?;
    let (detail, _, _) = (args.boolean("detail")?, args.uuid("marker")?, args.integer("limit")?);
    let node = app.node(&who, &ident, Policy::NodeHistory).await?;
    let (form, limit) = (Form::new(detail == Some(true)), page::limit(&args, app.config.max_limit)?);
    let query = query(&args, limit)?;
    let events = app
        .conductor
        .store()
        .history(node.uuid, &query)
        .await
        .map_err(page::no_marker(|marker| no_entry(&marker.to_string())))?;
    let next = page::marker(events.len(), limit, events.last().map(|event| event.uuid)).map(|marker| {
        // Ironic repeats the old marker and the names of the fields, and then refuses its own link for both.
        let repeat = NextLink::default()
            .with("sort_key", query.sort_key.as_str())
            .with("sort_dir", if query.descending { "desc" } else { "asc" });
        let repeat = if form == Form::Detail { repeat.with_flag("detail", true) } else { repeat };
        who.links.v1(&format!("nodes/{}/history{}", ident.0, repeat.after(limit, &marker.to_string())))
    });
    let entries = events.into_iter().map(|event| Entry::new(&who, &node, event, form)).collect();
    Ok(Json(History { history: entries, next }))
}

/// `GET /v1/nodes/{node}/history/{entry}`: everything of one entry.
pub async fn show(app: App, who: Caller, ident: NodeIdent, Last(entry): Last, input: Input) -> Result<Json<Entry>> {
    Endpoint::NodeHistory.require(who.version)?;
    input.query(&[])?;
    if !names::is_ident(&entry) {
        return Err(Fault::invalid(format!("Expected UUID or name for event: {entry}")));
    }
    let node = app.node(&who, &ident, Policy::NodeHistory).await?;
    let uuid = Uuid::try_parse(&entry).map_err(|_| no_entry(&entry))?;
    let found = app.conductor.store().history_entry(node.uuid, uuid).await?.ok_or_else(|| no_entry(&entry))?;
    Ok(Json(Entry::new(&who, &node, found, Form::Detail)))
}

fn no_entry(entry: &str) -> Fault {
    Fault::not_found(format!("Node history record {entry} could not be found."))
}

fn query(args: &Args, limit: usize) -> Result<HistoryQuery> {
    let sort_key = args.string("sort_key")?.unwrap_or("created_at");
    let descending = page::descending(args.string("sort_dir")?.unwrap_or("asc"))?;
    let sort_key: HistoryColumn = sort_key.parse().map_err(|_| page::unknown_sort_key(sort_key))?;
    Ok(HistoryQuery { marker: args.uuid("marker")?, limit: Some(limit), sort_key, descending })
}

/// How much of an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Short,
    Detail,
}

impl Form {
    const fn new(detail: bool) -> Self {
        if detail { Self::Detail } else { Self::Short }
    }

    /// The fields in the reference's order.
    const fn fields(self) -> &'static [HistoryField] {
        use HistoryField as F;
        match self {
            Self::Short => &[F::Uuid, F::CreatedAt, F::Severity, F::Event],
            Self::Detail => &[
                F::Uuid,
                F::CreatedAt,
                F::Severity,
                F::EventType,
                F::Event,
                F::Conductor,
                F::User,
                F::Project,
                F::State,
                F::TargetProvisionState,
                F::DurationSeconds,
            ],
        }
    }
}

/// A page of history.
#[derive(Serialize)]
pub struct History {
    history: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One entry of history.
pub struct Entry {
    event: HistoryEntry,
    form: Form,
    version: Version,
    link: Link,
}

impl Entry {
    fn new(who: &Caller, node: &Node, event: HistoryEntry, form: Form) -> Self {
        let link = link(&who.links, node.uuid, event.uuid);
        Self { event, form, version: who.version, link }
    }
}

fn link(links: &Links, node: Uuid, entry: Uuid) -> Link {
    Link { href: links.v1(&format!("nodes/{node}/history/{entry}")), rel: "self" }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use HistoryField as F;
        let event = &self.event;
        let mut map = serializer.serialize_map(None)?;
        for field in self.form.fields().iter().filter(|field| self.version.has(field.since())) {
            let name = field.as_str();
            match field {
                F::Uuid => map.serialize_entry(name, &event.uuid)?,
                F::CreatedAt => map.serialize_entry(name, &Moment(event.created_at))?,
                F::Severity => map.serialize_entry(name, event.severity.as_str())?,
                F::Event if self.form == Form::Short => map.serialize_entry(name, &shortened(&event.event))?,
                F::Event => map.serialize_entry(name, &event.event)?,
                F::EventType => map.serialize_entry(name, &event.event_type)?,
                F::Conductor => map.serialize_entry(name, &event.conductor)?,
                F::User => map.serialize_entry(name, &event.user)?,
                F::Project => map.serialize_entry(name, &event.project)?,
                F::State => map.serialize_entry(name, &event.state.map(ProvisionState::as_str))?,
                F::TargetProvisionState => {
                    map.serialize_entry(name, &event.target_provision_state.map(ProvisionState::as_str))?;
                }
                F::DurationSeconds => map.serialize_entry(name, &event.duration_s)?,
            }
        }
        map.serialize_entry("links", &[&self.link])?;
        map.end()
    }
}

/// The short form of a long text: its first 251 characters.
fn shortened(text: &str) -> String {
    if text.chars().count() <= 255 {
        return text.to_owned();
    }
    text.chars().take(251).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_in_the_short_form() {
        assert_eq!(shortened(&"x".repeat(255)).len(), 255);
        assert_eq!(shortened(&"x".repeat(256)), format!("{}...", "x".repeat(251)));
    }
}
