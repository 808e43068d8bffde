//! Targets of volumes in the OpenAPI document.

use kamacite_store::VolumeTargetColumn;

use super::{
    KIND,
    document::{KNOWN, REQUIRED},
};
use crate::{
    openapi::{
        Operation, Schemas, delete, get,
        parameters::fields,
        patch, post,
        schema::{Schema, integer, moment, named, object, or_null, page, part, said, since, text, told, uuid, whole},
    },
    versions::{Endpoint, VolumeTargetField},
};

pub fn operations() -> Vec<Operation> {
    let about = |name: &str, schema| match VolumeTargetField::named(name) {
        Some(field) => told(schema, shape(field).1),
        None => schema,
    };
    let all = vec![
        listed(get("/v1/volume/targets", "listVolumeTargets", "Lists targets of volumes.")),
        post("/v1/volume/targets", "createVolumeTarget", "Makes a target.")
            .body(said(KNOWN, REQUIRED, about))
            .creates(named("VolumeTarget")),
        get("/v1/volume/targets/{target}", "showVolumeTarget", "Shows a target.")
            .argument(fields(KIND.fields.iter().copied()))
            .answers(named("VolumeTargetInPart")),
        patch("/v1/volume/targets/{target}", "updateVolumeTarget", "Changes fields of a target.")
            .body(named("Patch"))
            .answers(named("VolumeTarget")),
        delete("/v1/volume/targets/{target}", "deleteVolumeTarget", "Removes a target.").does(),
        get("/v1/volume/targets/{target}/{fields}", "showVolumeTargetFields", "Shows some fields of a target.")
            .answers(named("VolumeTargetInPart"))
            .old(),
    ];
    all.into_iter().map(|operation| operation.of(Endpoint::VolumeParts)).collect()
}

pub fn schemas() -> Schemas {
    let of_field = |field: &VolumeTargetField| {
        let (schema, words) = shape(*field);
        (field.as_str(), since(told(schema, words), field.since()))
    };
    let whole_of = part(VolumeTargetField::ALL.iter().map(of_field));
    vec![
        ("VolumeTarget", told(whole("VolumeTargetInPart", &whole_of), "A target of volumes, whole.")),
        ("VolumeTargetInPart", told(whole_of, "A target of volumes, of which some fields are shown.")),
    ]
}

/// A list of targets.
pub fn listed(operation: Operation) -> Operation {
    let columns = VolumeTargetColumn::ALL.iter().map(|column| column.as_str());
    KIND.listed(operation, columns).answers(page("targets", named("VolumeTargetInPart")))
}

fn shape(field: VolumeTargetField) -> (Schema, &'static str) {
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
