//! Volumes in the OpenAPI document.

use kamacite_model::{VolumeConnector, VolumeTarget};
use kamacite_store::{VolumeConnectorColumn, VolumeTargetColumn};

use super::{list::KNOWN, part::Part};
use crate::{
    openapi::{
        Operation, Schemas, delete, get,
        parameters::{fields, sort_key},
        patch, post, schema,
        schema::{Schema, integer, moment, named, object, or_null, page, record, said, since, text, told, uuid, whole},
    },
    versions::{Endpoint, Field as _, VolumeConnectorField, VolumeTargetField},
};

/// The rows of connectors or of targets.
macro_rules! operations {
    ($Part:ident, $one:literal, $many:literal, $listed:ident) => {
        vec![
            $listed(get(
                concat!("/v1/volume/", $many),
                concat!("list", stringify!($Part), "s"),
                concat!("Lists ", $many, " of volumes."),
            )),
            post(concat!("/v1/volume/", $many), concat!("create", stringify!($Part)), concat!("Makes a ", $one, "."))
                .body(new::<$Part>())
                .creates(named(stringify!($Part))),
            get(
                concat!("/v1/volume/", $many, "/{", $one, "}"),
                concat!("show", stringify!($Part)),
                concat!("Shows a ", $one, "."),
            )
            .argument(fields(<$Part as Part>::Field::sorted_names()))
            .answers(named(concat!(stringify!($Part), "InPart"))),
            patch(
                concat!("/v1/volume/", $many, "/{", $one, "}"),
                concat!("update", stringify!($Part)),
                concat!("Changes fields of a ", $one, "."),
            )
            .body(named("Patch"))
            .answers(named(stringify!($Part))),
            delete(
                concat!("/v1/volume/", $many, "/{", $one, "}"),
                concat!("delete", stringify!($Part)),
                concat!("Removes a ", $one, "."),
            )
            .does(),
            get(
                concat!("/v1/volume/", $many, "/{", $one, "}/{fields}"),
                concat!("show", stringify!($Part), "Fields"),
                concat!("Shows some fields of a ", $one, "."),
            )
            .answers(named(concat!(stringify!($Part), "InPart")))
            .old(),
        ]
    };
}

/// What the document says of a field.
trait Told: Part {
    /// What it holds, and what it is for.
    fn told(field: Self::Field) -> (Schema, &'static str);
}

pub fn operations() -> Vec<Operation> {
    let mut all = operations!(VolumeConnector, "connector", "connectors", connectors);
    all.extend(operations!(VolumeTarget, "target", "targets", targets));
    let mut all: Vec<_> = all.into_iter().map(|operation| operation.of(Endpoint::VolumeParts)).collect();
    all.insert(0, links(get("/v1/volume", "showVolume", "Tells where connectors and targets are.")));
    all
}

pub fn schemas() -> Schemas {
    let links = record(["connectors", "targets", "links"].map(|name| (name, named("Links"))));
    let (connector, target) = (in_part::<VolumeConnector>(), in_part::<VolumeTarget>());
    vec![
        ("Volume", told(links, "Where connectors and targets are.")),
        ("VolumeConnector", told(whole("VolumeConnectorInPart", &connector), "A connector of volumes, whole.")),
        ("VolumeConnectorInPart", told(connector, "A connector of volumes, of which some fields are shown.")),
        ("VolumeTarget", told(whole("VolumeTargetInPart", &target), "A target of volumes, whole.")),
        ("VolumeTargetInPart", told(target, "A target of volumes, of which some fields are shown.")),
    ]
}

/// Where connectors and targets are.
pub fn links(operation: Operation) -> Operation {
    operation.answers(named("Volume")).of(Endpoint::Volume)
}

/// A list of connectors.
pub fn connectors(operation: Operation) -> Operation {
    let columns = VolumeConnectorColumn::ALL.iter().map(|column| column.as_str());
    listed::<VolumeConnector>(operation, columns).answers(page("connectors", named("VolumeConnectorInPart")))
}

/// A list of targets.
pub fn targets(operation: Operation) -> Operation {
    let columns = VolumeTargetColumn::ALL.iter().map(|column| column.as_str());
    listed::<VolumeTarget>(operation, columns).answers(page("targets", named("VolumeTargetInPart")))
}

fn listed<'a, T: Part>(operation: Operation, columns: impl Iterator<Item = &'a str>) -> Operation {
    // The column that holds a row of another table is no name on the wire, and the last name is refused by all.
    operation
        .query(&KNOWN[..KNOWN.len() - 1])
        .argument(sort_key(columns.filter(|column| *column != "node")))
        .argument(fields(T::Field::sorted_names()))
        .of(Endpoint::VolumeParts)
}

/// What a new one may say.
fn new<T: Told>() -> Schema {
    said(T::KIND.known, T::KIND.required, |name, schema| match T::Field::named(name) {
        Some(field) => told(schema, T::told(field).1),
        None => schema,
    })
}

fn in_part<T: Told>() -> Schema {
    schema::part(T::Field::ALL.iter().map(|field| {
        let (schema, words) = T::told(*field);
        (field.as_str(), since(told(schema, words), field.since()))
    }))
}

impl Told for VolumeConnector {
    fn told(field: VolumeConnectorField) -> (Schema, &'static str) {
        use VolumeConnectorField as F;
        match field {
            F::Uuid => (uuid(), "Its identity."),
            F::CreatedAt => (moment(), "When it was made."),
            F::UpdatedAt => (or_null(moment()), "When it was changed last."),
            F::Extra => (object(), "Whatever clients want to keep with it."),
            F::Links => (named("Links"), ""),
            F::NodeUuid => (uuid(), "The node that is known by it."),
            F::Type => (text(), "What sort of name it is, such as `iqn` or `wwpn`."),
            F::ConnectorId => (text(), "The name that the node is known by in the storage network."),
        }
    }
}

impl Told for VolumeTarget {
    fn told(field: VolumeTargetField) -> (Schema, &'static str) {
        use VolumeTargetField as F;
        match field {
            F::Uuid => (uuid(), "Its identity."),
            F::CreatedAt => (moment(), "When it was made."),
            F::UpdatedAt => (or_null(moment()), "When it was changed last."),
            F::Extra => (object(), "Whatever clients want to keep with it."),
            F::Links => (named("Links"), ""),
            F::NodeUuid => (uuid(), "The node that is given the volume."),
            F::BootIndex => (integer(), "Its place in the order of booting; the node boots from 0."),
            F::Properties => (object(), "How the volume is reached; secrets are never shown."),
            F::VolumeId => (text(), "The volume, as the storage names it."),
            F::VolumeType => (text(), "How it is spoken to, such as `iscsi` or `fibre_channel`."),
        }
    }
}
