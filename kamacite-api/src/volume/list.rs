//! What lists of connectors and of targets are asked for, and the link to the next page.

use std::str::FromStr;

use kamacite_model::Uuid;
use kamacite_store::{PageQuery, VolumeFilter};

use crate::{
    App,
    args::Args,
    fault::{Fault, Result},
    page::{self, NextLink},
    policy::Policy,
    request::{Caller, Input, NodeIdent},
    schema,
    shown::Shown,
    versions::Endpoint,
};

/// What lists take, in the order in which the reference reads it; the last is refused in other words than strangers are.
pub const KNOWN: [&str; 8] = ["node", "marker", "limit", "sort_key", "sort_dir", "fields", "detail", "project"];

/// Connectors, or targets.
pub struct Kind {
    /// Where they are.
    pub path: &'static str,
    /// The names of their fields, sorted.
    pub fields: &'static [&'static str],
    /// What a list shows that asks for nothing.
    pub default: &'static [&'static str],
    /// What cannot be sorted by.
    pub unsortable: &'static [&'static str],
}

/// A list that was asked for.
pub struct Asked<Key> {
    /// Which of them, in which order.
    pub query: PageQuery<VolumeFilter, Key>,
    /// What of them.
    pub shown: Shown,
    limit: usize,
    next: NextLink,
    path: &'static str,
}

impl Kind {
    /// Reads what is asked for, of all nodes or of the one that the path names.
    pub async fn read<Key: FromStr>(
        &self,
        app: &App,
        who: &Caller,
        input: &Input,
        within: Option<&NodeIdent>,
    ) -> Result<Asked<Key>> {
        Endpoint::VolumeParts.require(who.version)?;
        let args = input.query(&KNOWN)?;
        args.uuid_or_name("node")?;
        let marker = args.uuid("marker")?;
        args.integer("limit")?;
        let sort_key = args.string("sort_key")?.unwrap_or("id");
        let sort_dir = args.string("sort_dir")?.unwrap_or("asc");
        let (fields, detail) = (args.list("fields")?, args.boolean("detail")? == Some(true));
        self.check_forms(&args, sort_dir, fields.as_deref())?;
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
        if self.unsortable.contains(&sort_key) {
            return Err(page::unsortable(sort_key));
        }
        let mut next = NextLink::default();
        if let Some(ident) = args.string("node")?.filter(|ident| node.is_none() && !ident.is_empty()) {
            node = Some(app.find(who, ident).await?.ok_or_else(|| Fault::no_node(ident))?.uuid);
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
            None => Shown::Only(self.default.iter().map(|name| (*name).to_owned()).collect()),
        };
        next = match &shown {
            Shown::All => next.with_flag("detail", true),
            Shown::Only(names) if names.is_empty() => next,
            Shown::Only(names) => next.with("fields", &names.join(",")),
        };
        let filter = VolumeFilter { node, project: None };
        let query = PageQuery { filter, marker, limit: Some(limit), sort_key: key, descending };
        Ok(Asked { query, shown, limit, next, path: self.path })
    }

    /// Refuses names that are no fields.
    pub fn check_names(&self, fields: Option<&[String]>) -> Result<()> {
        let known = self.fields.iter().copied();
        fields.unwrap_or_default().iter().try_for_each(|field| schema::check_one_of(field, known.clone()))
    }

    fn check_forms(&self, args: &Args, sort_dir: &str, fields: Option<&[String]>) -> Result<()> {
        if args.get("project").is_some() {
            let text = "Schema error: Additional properties are not allowed ('project' was unexpected)";
            return Err(Fault::invalid(text));
        }
        self.check_names(fields)?;
        schema::check_one_of(sort_dir, ["asc", "desc"])
    }
}

impl<Key> Asked<Key> {
    /// The link to the next page, where this one is full.
    pub fn next(self, who: &Caller, items: usize, last: Option<Uuid>) -> Option<String> {
        let marker = page::marker(items, self.limit, last)?;
        Some(who.links.v1(&[self.path, &self.next.after(self.limit, &marker.to_string())].concat()))
    }
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
