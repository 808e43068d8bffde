//! The root documents in the OpenAPI document.

use crate::{
    openapi::{
        Operation, Schemas, get,
        schema::{list, named, one_of, part, record, since, text},
    },
    versions::RootResource,
};

pub fn operations() -> Vec<Operation> {
    vec![
        get("/", "showVersions", "Tells which versions of the API there are.").answers(named("Root")),
        get("/v1", "showResources", "Tells what there is in the client's version.").answers(named("V1")),
    ]
}

pub fn schemas() -> Schemas {
    let root = record([
        ("name", text()),
        ("description", text()),
        ("default_version", named("ApiVersion")),
        ("versions", list(named("ApiVersion"))),
    ]);
    let version = record([
        ("id", text()),
        ("links", list(named("Link"))),
        ("status", one_of(["CURRENT"])),
        ("min_version", text()),
        ("version", text()),
    ]);
    let base = [
        ("id", text()),
        ("links", list(part([("href", text()), ("rel", text()), ("type", text())]))),
        ("media_types", record([("base", text()), ("type", text())])),
        ("chassis", named("Links")),
        ("nodes", named("Links")),
        ("ports", named("Links")),
        ("drivers", named("Links")),
        ("version", named("ApiVersion")),
    ];
    let later = RootResource::ALL.iter().map(|of| (of.as_str(), since(named("Links"), of.since())));
    vec![("Root", root), ("ApiVersion", version), ("V1", record(base.into_iter().chain(later)))]
}
