//! Volumes in the OpenAPI document.

use super::{connectors, list::KNOWN, list::Kind, targets};
use crate::{
    openapi::{
        Operation, Schemas, get,
        parameters::{fields, sort_key},
        schema::{named, record, told},
    },
    versions::Endpoint,
};

pub fn operations() -> Vec<Operation> {
    let mut all = vec![links(get("/v1/volume", "showVolume", "Tells where connectors and targets are."))];
    all.extend(connectors::openapi::operations());
    all.extend(targets::openapi::operations());
    all
}

pub fn schemas() -> Schemas {
    let where_ = record(["connectors", "targets", "links"].map(|name| (name, named("Links"))));
    let mut all = vec![("Volume", told(where_, "Where connectors and targets are."))];
    all.extend(connectors::openapi::schemas());
    all.extend(targets::openapi::schemas());
    all
}

/// Where connectors and targets are.
pub fn links(operation: Operation) -> Operation {
    operation.answers(named("Volume")).of(Endpoint::Volume)
}

impl Kind {
    /// A list of these, sorted by any of some columns.
    pub fn listed<'a>(&self, operation: Operation, columns: impl Iterator<Item = &'a str>) -> Operation {
        // The column that holds a row of another table is no name on the wire, and the last name is refused by all.
        operation
            .query(&KNOWN[..KNOWN.len() - 1])
            .argument(sort_key(columns.filter(|column| *column != "node")))
            .argument(fields(self.fields.iter().copied()))
            .of(Endpoint::VolumeParts)
    }
}
