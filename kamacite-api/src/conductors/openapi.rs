//! Conductors in the OpenAPI document.

use super::view::FIELDS;
use crate::{
    openapi::{
        Operation, Schemas, get,
        parameters::{argument, fields, sort_key},
        schema::{Schema, flag, list, moment, named, one_of, page, part, text, told},
    },
    versions::Endpoint,
};

pub fn operations() -> Vec<Operation> {
    let all = [
        get("/v1/conductors", "listConductors", "Lists conductors.")
            .query(&["limit", "sort_dir", "detail"])
            .argument(argument("marker", text(), "The host name of the last one of the page before."))
            .argument(sort_key(["id", "hostname", "conductor_group", "online", "created_at", "updated_at"]))
            .argument(fields(FIELDS))
            .answers(page("conductors", named("Conductor"))),
        get("/v1/conductors/{conductor}", "showConductor", "Shows a conductor.")
            .argument(fields(FIELDS))
            .answers(named("Conductor")),
        get("/v1/conductors/{conductor}/{field}", "showConductorField", "Shows one field of a conductor.")
            .at("field", one_of(FIELDS))
            .answers(named("Conductor"))
            .old(),
    ];
    all.into_iter().map(|operation| operation.of(Endpoint::Conductors)).collect()
}

pub fn schemas() -> Schemas {
    vec![(
        "Conductor",
        told(part(FIELDS.map(|name| (name, of_field(name)))), "A conductor, of which some fields are shown."),
    )]
}

fn of_field(name: &str) -> Schema {
    match name {
        "alive" => told(flag(), "Whether it runs."),
        "created_at" => told(moment(), "When it first registered."),
        "updated_at" => told(moment(), "Its last sign of life."),
        "drivers" => told(list(text()), "The hardware types that it has."),
        "links" => named("Links"),
        "conductor_group" => told(text(), "The group of nodes that it looks after; empty for the common group."),
        _ => text(),
    }
}
