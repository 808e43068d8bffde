//! Groups of ports in the OpenAPI document.

use kamacite_store::PortgroupColumn;

use super::{document::KNOWN, list::KNOWN as FILTERS};
use crate::{
    openapi::{
        Operation, Schemas, delete, get,
        parameters::{fields, sort_key},
        patch, post,
        schema::{Schema, flag, mac, moment, named, object, or_null, page, part, said, since, text, told, uuid, whole},
    },
    page::Form,
    ports,
    versions::{Endpoint, Field as _, PortgroupField},
};

pub fn operations() -> Vec<Operation> {
    let about = |name: &str, schema| match PortgroupField::named(name) {
        Some(PortgroupField::Address) => or_null(mac()),
        Some(field) => since(told(schema, shape(field).1), field.since()),
        None => schema,
    };
    let all = vec![
        filtered(get("/v1/portgroups", "listPortgroups", "Lists groups of ports.")),
        post("/v1/portgroups", "createPortgroup", "Makes a group of ports.")
            .body(said(KNOWN, &["node_uuid"], about))
            .creates(named("Portgroup")),
        in_detail(get("/v1/portgroups/detail", "listPortgroupsInDetail", "Lists groups of ports, whole.")),
        get("/v1/portgroups/{portgroup}", "showPortgroup", "Shows a group of ports.")
            .argument(fields(PortgroupField::names()))
            .answers(named("PortgroupInPart")),
        patch("/v1/portgroups/{portgroup}", "updatePortgroup", "Changes fields of a group of ports.")
            .body(named("Patch"))
            .answers(named("Portgroup"))
            .on_hardware(),
        delete("/v1/portgroups/{portgroup}", "deletePortgroup", "Removes a group of ports.").does(),
        get("/v1/portgroups/{portgroup}/{fields}", "showPortgroupFields", "Shows some fields of a group of ports.")
            .answers(named("PortgroupInPart"))
            .old(),
    ];
    let of_groups = all.into_iter().map(|operation| operation.of(Endpoint::Portgroups));
    let ports = [
        ports::openapi::filtered(get(
            "/v1/portgroups/{portgroup}/ports",
            "listPortsOfPortgroup",
            "Lists the ports of a group.",
        )),
        ports::openapi::in_detail(get(
            "/v1/portgroups/{portgroup}/ports/detail",
            "listPortsOfPortgroupInDetail",
            "Lists the ports of a group, whole.",
        )),
    ];
    of_groups.chain(ports.into_iter().map(|operation| operation.of(Endpoint::PortgroupPorts))).collect()
}

pub fn schemas() -> Schemas {
    let group = part(PortgroupField::ALL.iter().map(|field| (field.as_str(), of_field(*field))));
    vec![
        ("Portgroup", told(whole("PortgroupInPart", &group), "A group of ports, whole.")),
        ("PortgroupInPart", told(group, "A group of ports, of which some fields are shown.")),
    ]
}

/// A list of groups that shows what is asked for.
pub fn filtered(operation: Operation) -> Operation {
    sorted(operation, Form::Chosen)
        .argument(fields(PortgroupField::names()))
        .answers(page("portgroups", named("PortgroupInPart")))
}

/// A list of groups that shows everything.
pub fn in_detail(operation: Operation) -> Operation {
    sorted(operation, Form::Detail).answers(page("portgroups", named("Portgroup")))
}

fn sorted(operation: Operation, form: Form) -> Operation {
    // The column that holds a row of another table is no name on the wire.
    let columns = PortgroupColumn::ALL.iter().filter(|column| !matches!(column, PortgroupColumn::Node));
    operation.query(&form.known(&FILTERS)).argument(sort_key(columns.map(|column| column.as_str())))
}

fn of_field(field: PortgroupField) -> Schema {
    let (schema, words) = shape(field);
    since(told(schema, words), field.since())
}

fn shape(field: PortgroupField) -> (Schema, &'static str) {
    use PortgroupField as F;
    match field {
        F::Uuid => (uuid(), "Its identity."),
        F::CreatedAt => (moment(), "When it was made."),
        F::UpdatedAt => (or_null(moment()), "When it was changed last."),
        F::Address => (or_null(mac()), "The hardware address that its ports share."),
        F::Extra => (object(), "Whatever clients want to keep with it."),
        F::InternalInfo => (object(), "What the conductor keeps about it."),
        F::Mode => (or_null(text()), "How its ports act as one, in the words of the Linux kernel's bonding."),
        F::Name => (or_null(text()), "A name to use instead of the UUID."),
        F::Properties => (object(), "Settings of how its ports act as one."),
        F::StandalonePortsSupported => (flag(), "Whether each of its ports works alone, too."),
        F::NodeUuid => (uuid(), "The node whose ports it has."),
        F::PhysicalNetwork => (or_null(text()), "The physical network that it is on."),
        F::Category => (or_null(text()), "What sort of group it is."),
        F::DynamicPortgroup => (flag(), "Whether it was made when it was needed."),
        F::Links => (named("Links"), ""),
        F::Ports => (named("Links"), "Its ports."),
    }
}
