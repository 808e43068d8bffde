//! Connectors of volumes in the OpenAPI document.

use kamacite_store::VolumeConnectorColumn;

use super::{
    KIND,
    document::{KNOWN, REQUIRED},
};
use crate::{
    openapi::{
        Operation, Schemas, delete, get,
        parameters::fields,
        patch, post,
        schema::{Schema, moment, named, object, or_null, page, part, said, since, text, told, uuid, whole},
    },
    versions::{Endpoint, VolumeConnectorField},
};

pub fn operations() -> Vec<Operation> {
    let about = |name: &str, schema| match VolumeConnectorField::named(name) {
        Some(field) => told(schema, shape(field).1),
        None => schema,
    };
    let all = vec![
        listed(get("/v1/volume/connectors", "listVolumeConnectors", "Lists connectors of volumes.")),
        post("/v1/volume/connectors", "createVolumeConnector", "Makes a connector.")
            .body(said(KNOWN, REQUIRED, about))
            .creates(named("VolumeConnector")),
        get("/v1/volume/connectors/{connector}", "showVolumeConnector", "Shows a connector.")
            .argument(fields(KIND.fields.iter().copied()))
            .answers(named("VolumeConnectorInPart")),
        patch("/v1/volume/connectors/{connector}", "updateVolumeConnector", "Changes fields of a connector.")
            .body(named("Patch"))
            .answers(named("VolumeConnector")),
        delete("/v1/volume/connectors/{connector}", "deleteVolumeConnector", "Removes a connector.").does(),
        get(
            "/v1/volume/connectors/{connector}/{fields}",
            "showVolumeConnectorFields",
            "Shows some fields of a connector.",
        )
        .answers(named("VolumeConnectorInPart"))
        .old(),
    ];
    all.into_iter().map(|operation| operation.of(Endpoint::VolumeParts)).collect()
}

pub fn schemas() -> Schemas {
    let of_field = |field: &VolumeConnectorField| {
        let (schema, words) = shape(*field);
        (field.as_str(), since(told(schema, words), field.since()))
    };
    let whole_of = part(VolumeConnectorField::ALL.iter().map(of_field));
    vec![
        ("VolumeConnector", told(whole("VolumeConnectorInPart", &whole_of), "A connector of volumes, whole.")),
        ("VolumeConnectorInPart", told(whole_of, "A connector of volumes, of which some fields are shown.")),
    ]
}

/// A list of connectors.
pub fn listed(operation: Operation) -> Operation {
    let columns = VolumeConnectorColumn::ALL.iter().map(|column| column.as_str());
    KIND.listed(operation, columns).answers(page("connectors", named("VolumeConnectorInPart")))
}

fn shape(field: VolumeConnectorField) -> (Schema, &'static str) {
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
