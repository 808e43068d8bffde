//! Chassis in the OpenAPI document.

use kamacite_store::ChassisColumn;

use super::{document::KNOWN, list::KNOWN as FILTERS};
use crate::{
    nodes,
    openapi::{
        Operation, Schemas, delete, get,
        parameters::{fields, sort_key},
        patch, post,
        schema::{Schema, list, moment, named, object, or_null, page, part, said, text, told, uuid, whole},
    },
    page::Form,
    versions::{ChassisField, Field as _},
};

pub fn operations() -> Vec<Operation> {
    let about = |name: &str, schema| match ChassisField::named(name) {
        Some(field) => told(schema, shape(field).1),
        None => schema,
    };
    vec![
        sorted(get("/v1/chassis", "listChassis", "Lists chassis."), Form::Chosen)
            .argument(fields(ChassisField::names()))
            .answers(page("chassis", named("ChassisInPart"))),
        post("/v1/chassis", "createChassis", "Makes a chassis.")
            .body(said(KNOWN, &[], about))
            .creates(named("Chassis")),
        sorted(get("/v1/chassis/detail", "listChassisInDetail", "Lists chassis, whole."), Form::Detail)
            .answers(page("chassis", named("Chassis"))),
        get("/v1/chassis/{chassis}", "showChassis", "Shows a chassis.")
            .argument(fields(ChassisField::names()))
            .answers(named("ChassisInPart")),
        patch("/v1/chassis/{chassis}", "updateChassis", "Changes fields of a chassis.")
            .body(named("Patch"))
            .answers(named("Chassis")),
        delete("/v1/chassis/{chassis}", "deleteChassis", "Removes a chassis, if it is empty.").does(),
        get("/v1/chassis/{chassis}/{fields}", "showChassisFields", "Shows some fields of a chassis.")
            .answers(named("ChassisInPart"))
            .old(),
        nodes::openapi::in_short(get(
            "/v1/chassis/{chassis}/nodes",
            "listNodesOfChassis",
            "Lists the nodes in a chassis.",
        )),
        nodes::openapi::in_detail(get(
            "/v1/chassis/{chassis}/nodes/detail",
            "listNodesOfChassisInDetail",
            "Lists the nodes in a chassis with everything that is known of them.",
        )),
    ]
}

pub fn schemas() -> Schemas {
    let of_field = |field: &ChassisField| {
        let (schema, words) = shape(*field);
        (field.as_str(), told(schema, words))
    };
    let chassis = part(ChassisField::ALL.iter().map(of_field));
    vec![
        ("Chassis", told(whole("ChassisInPart", &chassis), "A chassis, whole.")),
        ("ChassisInPart", told(chassis, "A chassis, of which some fields are shown.")),
    ]
}

fn sorted(operation: Operation, form: Form) -> Operation {
    operation.query(&form.known(&FILTERS)).argument(sort_key(ChassisColumn::ALL.iter().map(|column| column.as_str())))
}

fn shape(field: ChassisField) -> (Schema, &'static str) {
    use ChassisField as F;
    match field {
        F::Uuid => (uuid(), "Its identity."),
        F::CreatedAt => (moment(), "When it was made."),
        F::UpdatedAt => (or_null(moment()), "When it was changed last."),
        F::Description => (or_null(text()), "What it is, in a person's words."),
        F::Extra => (object(), "Whatever clients want to keep with it."),
        F::Links => (named("Links"), ""),
        F::Nodes => (list(named("Links")), "The nodes in it."),
    }
}
