//! Allocations in the OpenAPI document.

use kamacite_model::AllocationState;
use kamacite_store::AllocationColumn;

use super::{document::KNOWN, list::KNOWN as FILTERS};
use crate::{
    openapi::{
        Operation, Schemas, delete, get,
        parameters::{argument, fields, sort_key},
        patch, post,
        schema::{
            Schema, ident, list, moment, named, object, one_of, or_null, page, part, said, since, text, told, uuid,
            whole,
        },
    },
    versions::{AllocationField, Endpoint, Field as _, since as versions},
};

pub fn operations() -> Vec<Operation> {
    vec![
        listed(get("/v1/allocations", "listAllocations", "Lists allocations.")),
        post("/v1/allocations", "createAllocation", "Asks for a node, whichever fits.")
            .body(said(KNOWN, &[], asked))
            .creates(named("Allocation"))
            .of(Endpoint::ChangeAllocations),
        shown(get("/v1/allocations/{allocation}", "showAllocation", "Shows an allocation.")).of(Endpoint::Allocations),
        patch(
            "/v1/allocations/{allocation}",
            "updateAllocation",
            "Changes an allocation's name, or what is kept with it.",
        )
        .body(named("Patch"))
        .answers(named("Allocation"))
        .of(Endpoint::UpdateAllocation),
        delete("/v1/allocations/{allocation}", "deleteAllocation", "Gives up an allocation and frees its node.")
            .does()
            .of(Endpoint::ChangeAllocations),
        get("/v1/allocations/{allocation}/{fields}", "showAllocationFields", "Shows some fields of an allocation.")
            .answers(named("AllocationInPart"))
            .of(Endpoint::Allocations)
            .old(),
    ]
}

pub fn schemas() -> Schemas {
    let of_field = |field: &AllocationField| {
        let (schema, words) = shape(*field);
        (field.as_str(), since(told(schema, words), field.since()))
    };
    let allocation = part(AllocationField::ALL.iter().map(of_field));
    vec![
        ("Allocation", told(whole("AllocationInPart", &allocation), "An allocation, whole.")),
        ("AllocationInPart", told(allocation, "An allocation, of which some fields are shown.")),
    ]
}

/// One allocation, of which a client may choose the fields.
pub fn shown(operation: Operation) -> Operation {
    operation.argument(fields(AllocationField::names())).answers(named("AllocationInPart"))
}

fn listed(operation: Operation) -> Operation {
    // The column that holds a row of another table is no name on the wire.
    let columns = AllocationColumn::ALL.iter().filter(|column| !matches!(column, AllocationColumn::Node));
    operation
        .query(&FILTERS)
        .argument(argument("state", states(), "Those that stand here."))
        .argument(sort_key(columns.map(|column| column.as_str())))
        .argument(fields(AllocationField::names()))
        .answers(page("allocations", named("AllocationInPart")))
        .of(Endpoint::Allocations)
}

/// What a new allocation may say.
fn asked(name: &str, schema: Schema) -> Schema {
    match name {
        "candidate_nodes" => told(or_null(list(ident())), shape(AllocationField::CandidateNodes).1),
        "traits" => told(or_null(list(text())), shape(AllocationField::Traits).1),
        "node" => since(told(or_null(ident()), "A node in use, which is given the allocation."), versions::BACKFILL),
        name => match AllocationField::named(name) {
            Some(field) => since(told(schema, shape(field).1), field.since()),
            None => schema,
        },
    }
}

fn states() -> Schema {
    one_of(AllocationState::ALL.iter().map(|state| state.as_str()))
}

fn shape(field: AllocationField) -> (Schema, &'static str) {
    use AllocationField as F;
    match field {
        F::Uuid => (uuid(), "Its identity, which the node's instance gets as well."),
        F::CreatedAt => (moment(), "When it was made."),
        F::UpdatedAt => (or_null(moment()), "When it was changed last."),
        F::CandidateNodes => (list(uuid()), "The nodes to choose from; none at all means any."),
        F::Extra => (object(), "Whatever clients want to keep with it."),
        F::LastError => (or_null(text()), "Why it has no node."),
        F::Name => (or_null(text()), "A name to use instead of the UUID."),
        F::Owner => (or_null(text()), "The project that it is for."),
        F::ResourceClass => (or_null(text()), "The class of the node."),
        F::State => (states(), "Where it stands."),
        F::Traits => (list(text()), "What the node must be able to do."),
        F::Links => (named("Links"), ""),
        F::NodeUuid => (or_null(uuid()), "The node that it was given."),
    }
}
