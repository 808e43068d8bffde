//! The API told to machines: an OpenAPI 3.1 document, made from the tables that handlers read and answer from.
//!
//! The rows of a noun, one for each verb on a path, are in the noun's own folder (`nodes/openapi.rs`, `ports/openapi.rs`,
//! ...), because the tables are there; [`NOUNS`] lists them. What is common to all is here.

mod components;
mod operation;
pub mod parameters;
#[cfg(test)]
mod routes;
pub mod schema;

use serde_json::{Map, Value, json};

use crate::{
    allocations, chassis, conductors, drivers, kamacite_v1, nodes, portgroups, ports, root, versions::Version, volume,
};

pub use operation::{Operation, delete, get, patch, post, put, vendor_calls};

/// Schemas by the names that they have in the document.
pub type Schemas = Vec<(&'static str, schema::Schema)>;

/// A noun: its rows, and the schemas that they name.
struct Noun {
    operations: fn() -> Vec<Operation>,
    schemas: fn() -> Schemas,
}

/// Every noun there is, in the order of the document.
const NOUNS: &[Noun] = &[
    Noun { operations: root::openapi::operations, schemas: root::openapi::schemas },
    Noun { operations: nodes::openapi::operations, schemas: nodes::openapi::schemas },
    Noun { operations: ports::openapi::operations, schemas: ports::openapi::schemas },
    Noun { operations: portgroups::openapi::operations, schemas: portgroups::openapi::schemas },
    Noun { operations: volume::openapi::operations, schemas: volume::openapi::schemas },
    Noun { operations: chassis::openapi::operations, schemas: chassis::openapi::schemas },
    Noun { operations: allocations::openapi::operations, schemas: allocations::openapi::schemas },
    Noun { operations: drivers::openapi::operations, schemas: drivers::openapi::schemas },
    Noun { operations: conductors::openapi::operations, schemas: conductors::openapi::schemas },
    Noun { operations: kamacite_v1::openapi::operations, schemas: kamacite_v1::openapi::schemas },
];

/// The document for the latest version.
pub fn document() -> Value {
    let operations = operations();
    let mut tags: Vec<&str> = operations.iter().map(Operation::tag).collect();
    tags.dedup();
    let tags: Vec<Value> =
        tags.into_iter().map(|tag| json!({"name": tag, "description": components::tag(tag)})).collect();
    let schemas = NOUNS.iter().flat_map(|noun| (noun.schemas)());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kamacite",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Bare-metal provisioning that speaks the Ironic API.",
            "description": format!(
                "This is microversion {} of Ironic's API under `/v1`, and Kamacite's own under `/kamacite/v1`. Older clients are \
                 shown less: `x-since` tells the version that a field or an operation came with.",
                Version::MAX
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths(&operations),
        "components": components::all(schemas),
    })
}

/// Every operation there is.
fn operations() -> Vec<Operation> {
    NOUNS.iter().flat_map(|noun| (noun.operations)()).collect()
}

fn paths(operations: &[Operation]) -> Map<String, Value> {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.verb.to_lowercase()] = operation.written();
    }
    paths
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Calls `look` with every value of the document and where it is.
    fn walk(value: &Value, at: &str, look: &mut impl FnMut(&str, &Value)) {
        look(at, value);
        match value {
            Value::Object(map) => map.iter().for_each(|(name, value)| walk(value, &format!("{at}/{name}"), look)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, at, look)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn what_is_named_is_there_and_what_is_there_is_named() {
        let document = document();
        let mut named = BTreeSet::new();
        walk(&document, "", &mut |at, value| {
            if let Some(to) = value.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{at} names {to}, which is not there");
                named.insert(to.to_owned());
            }
        });
        for kind in ["schemas", "responses", "headers", "parameters"] {
            for name in document["components"][kind].as_object().into_iter().flat_map(Map::keys) {
                assert!(named.contains(&format!("#/components/{kind}/{name}")), "nobody names {kind}/{name}");
            }
        }
    }

    #[test]
    fn every_parameter_and_every_tag_is_explained() {
        walk(&document(), "", &mut |at, value| {
            let explained = value.get("description").and_then(Value::as_str).is_some_and(|words| !words.is_empty());
            if value.get("in").is_some() || at == "/tags" && value.is_object() {
                assert!(explained, "{at} {value}: say what it is in kamacite-api/src/openapi");
            }
        });
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let mut seen = BTreeSet::new();
        for operation in operations() {
            let id = operation.written()["operationId"].to_string();
            assert!(seen.insert(id.clone()), "{id} is there twice");
        }
    }
}
