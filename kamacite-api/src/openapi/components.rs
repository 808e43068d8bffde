//! What many operations share: the two shapes of refusals, headers, the version that a client asks for.

use serde_json::{Map, Value, json};

use super::schema::{Schema, any_of, list, map, named, part, record, text, told};
use crate::versions::Version;

/// The components of the document: these, and the schemas of the nouns.
pub fn all(of_nouns: impl Iterator<Item = (&'static str, Schema)>) -> Value {
    let schemas: Map<String, Value> =
        common().into_iter().chain(of_nouns).map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({
        "schemas": schemas,
        "responses": {
            "Refusal": refusal("Refusal"),
            "OwnRefusal": refusal("OwnRefusal"),
        },
        "headers": {
            "RequestId": {
                "required": true,
                "description": "The request's identity, by which logs and operations know it.",
                "schema": {"type": "string", "pattern": "^req-[0-9a-f-]{36}$"},
            },
            "Version": {
                "required": true,
                "description": "The version that the answer is in.",
                "schema": {"type": "string", "pattern": "^1\\.[0-9]+$"},
            },
        },
        "parameters": {
            "Version": {
                "name": "X-OpenStack-Ironic-API-Version",
                "in": "header",
                "description": "The version that the client speaks; without it, the oldest. This document tells the latest.",
                "schema": {"type": "string", "enum": ["latest", Version::MAX.to_string()]},
            },
        },
    })
}

/// What a tag is about; a noun that has none yet gets a row here.
pub fn tag(name: &str) -> &'static str {
    match name {
        "versions" => "Which versions there are.",
        "nodes" => "Machines under management.",
        "ports" => "The network ports of nodes.",
        "portgroups" => "Groups of network ports that act as one.",
        "volume" => "What nodes are known by in a storage network, and which volumes they are given.",
        "chassis" => "What nodes stand in.",
        "allocations" => "Nodes asked for by what they are.",
        "drivers" => "Hardware types.",
        "conductors" => "Who looks after the nodes.",
        "kamacite" => "What Ironic has no word for.",
        _ => "",
    }
}

fn common() -> Vec<(&'static str, Schema)> {
    let link = record([("href", text()), ("rel", text())]);
    let fault = || {
        let code = told(text(), "`Client` or `Server`: whose fault it is.");
        part([
            ("faultcode", code),
            ("faultstring", told(text(), "What is wrong.")),
            ("debuginfo", json!({"type": "null"})),
        ])
    };
    let enveloped = record([("error_message", told(text(), "A JSON text of its own, an object with `faultstring`."))]);
    let own = record([("error", record([("code", json!({"type": "integer"})), ("message", text())]))]);
    vec![
        ("Link", link),
        ("Links", told(list(named("Link")), "To itself, and to itself whatever the version of the API.")),
        (
            "Refusal",
            told(any_of([enveloped, fault()]), "Why it was not done; the second form is of who looks at bodies."),
        ),
        ("OwnRefusal", told(any_of([own, fault()]), "Why it was not done; the second form is of who looks at bodies.")),
        ("VendorMethods", told(map(named("VendorMethod")), "Vendor methods by their names.")),
        ("VendorMethod", vendor_method()),
    ]
}

fn vendor_method() -> Schema {
    let flag = |words| told(json!({"type": "boolean"}), words);
    let mut method = part([
        ("http_methods", list(text())),
        ("async", flag("It answers before it is done.")),
        ("description", text()),
        ("attach", flag("It answers with a file.")),
        ("require_exclusive_lock", flag("It takes the node's lock; methods of hardware types say nothing of it.")),
    ]);
    method["required"] = json!(["http_methods", "async", "description", "attach"]);
    method
}

fn refusal(schema: &str) -> Value {
    json!({"description": "It was not done.", "content": {"application/json": {"schema": named(schema)}}})
}
