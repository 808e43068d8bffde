//! Ports in the OpenAPI document.

use kamacite_store::PortColumn;
use serde_json::json;

use super::{document::KNOWN, list::KNOWN as FILTERS, local_link};
use crate::{
    openapi::{
        Operation, Schemas, delete, get,
        parameters::{fields, sort_key},
        patch, post,
        schema::{Schema, flag, mac, moment, named, object, or_null, page, part, said, since, text, told, uuid, whole},
    },
    page::Form,
    versions::{Field as _, PortField},
};

pub fn operations() -> Vec<Operation> {
    vec![
        filtered(get("/v1/ports", "listPorts", "Lists ports.")),
        post("/v1/ports", "createPort", "Makes a port.").body(new()).creates(named("Port")),
        in_detail(get("/v1/ports/detail", "listPortsInDetail", "Lists ports, whole.")),
        get("/v1/ports/{port}", "showPort", "Shows a port.")
            .argument(fields(PortField::names()))
            .answers(named("PortInPart")),
        patch("/v1/ports/{port}", "updatePort", "Changes fields of a port.")
            .body(named("Patch"))
            .answers(named("Port"))
            .on_hardware(),
        delete("/v1/ports/{port}", "deletePort", "Removes a port.").at("port", uuid()).does(),
        get("/v1/ports/{port}/{fields}", "showPortFields", "Shows some fields of a port.")
            .answers(named("PortInPart"))
            .old(),
    ]
}

pub fn schemas() -> Schemas {
    let port = part(PortField::ALL.iter().map(|field| (field.as_str(), of_field(*field))));
    vec![
        ("Port", told(whole("PortInPart", &port), "A port, whole.")),
        ("PortInPart", told(port, "A port, of which some fields are shown.")),
    ]
}

/// A list of ports that shows what is asked for.
pub fn filtered(operation: Operation) -> Operation {
    sorted(operation, Form::Chosen).argument(fields(PortField::names())).answers(page("ports", named("PortInPart")))
}

/// A list of ports that shows everything.
pub fn in_detail(operation: Operation) -> Operation {
    sorted(operation, Form::Detail).answers(page("ports", named("Port")))
}

fn sorted(operation: Operation, form: Form) -> Operation {
    // Columns that hold rows of other tables are no names on the wire.
    let columns = PortColumn::ALL.iter().filter(|column| !matches!(column, PortColumn::Node | PortColumn::Portgroup));
    operation.query(&form.known(&FILTERS)).argument(sort_key(columns.map(|column| column.as_str())))
}

/// A new port: a part of one node, which is named in one of two ways.
fn new() -> Schema {
    let mut new = said(KNOWN, &["address"], |name, schema| match (name, PortField::named(name)) {
        ("address", _) => mac(),
        ("local_link_connection", Some(field)) => since(told(or_null(link()), shape(field).1), field.since()),
        (_, Some(field)) => since(told(schema, shape(field).1), field.since()),
        (_, None) => schema,
    });
    new["oneOf"] = json!([{"required": ["node_uuid"]}, {"required": ["node_ident"]}]);
    new
}

fn link() -> Schema {
    part(local_link::KEYS.map(|key| (key, text())))
}

fn of_field(field: PortField) -> Schema {
    let (schema, words) = shape(field);
    since(told(schema, words), field.since())
}

fn shape(field: PortField) -> (Schema, &'static str) {
    use PortField as F;
    match field {
        F::Uuid => (uuid(), "Its identity."),
        F::CreatedAt => (moment(), "When it was made."),
        F::UpdatedAt => (or_null(moment()), "When it was changed last."),
        F::Address => (mac(), "Its hardware address."),
        F::Extra => (object(), "Whatever clients want to keep with it."),
        F::InternalInfo => (object(), "What the conductor keeps about it."),
        F::IsSmartnic => (flag(), "Whether it is a smart NIC's."),
        F::LocalLinkConnection => (object(), "Where its cable ends."),
        F::PhysicalNetwork => (or_null(text()), "The physical network that it is on."),
        F::PxeEnabled => (flag(), "Whether the node may boot from it."),
        F::NodeUuid => (uuid(), "The node that it is a part of."),
        F::Name => (or_null(text()), "A name to use instead of the UUID."),
        F::Description => (or_null(text()), "What it is, in a person's words."),
        F::Vendor => (or_null(text()), "Who made it."),
        F::Category => (or_null(text()), "What sort of port it is."),
        F::AvailableForDynamicPortgroup => (flag(), "Whether groups that are made when needed may have it."),
        F::Links => (named("Links"), ""),
        F::PortgroupUuid => (or_null(uuid()), "The group that it is in."),
    }
}
