//! A group of ports as clients of each version see it.

use kamacite_model::Portgroup;
use serde_json::{Value, json};

use crate::{
    links::Links,
    shown::{Document, Shown},
    time::Moment,
    versions::{Field as _, PortgroupField, Version},
};

/// The fields of a list that asks for none.
pub const DEFAULT_FIELDS: [&str; 3] = ["uuid", "address", "name"];

/// The group's document.
pub fn document(group: &Portgroup, links: &Links, version: Version, shown: &Shown) -> Document {
    use PortgroupField as F;
    let uuid = group.uuid.to_string();
    Document::new(F::of(version), shown, |field| match field {
        F::Links => json!(links.pair("portgroups", &uuid, "")),
        F::Ports => json!(links.pair("portgroups", &uuid, "/ports")),
        _ => value(group, field),
    })
}

/// What a group has in a field, whoever asks; links depend on who does.
pub fn value(group: &Portgroup, field: PortgroupField) -> Value {
    use PortgroupField as F;
    match field {
        F::Uuid => json!(group.uuid),
        F::CreatedAt => json!(Moment(group.created_at)),
        F::UpdatedAt => json!(group.updated_at.map(Moment)),
        F::Address => json!(group.address),
        F::Extra => json!(group.extra),
        F::InternalInfo => json!(group.internal_info),
        F::Mode => json!(group.mode),
        F::Name => json!(group.name),
        F::Properties => json!(group.properties),
        F::StandalonePortsSupported => json!(group.standalone_ports_supported),
        F::NodeUuid => json!(group.node),
        F::PhysicalNetwork => json!(group.physical_network),
        F::Category => json!(group.category),
        F::DynamicPortgroup => json!(group.dynamic),
        F::Links | F::Ports => Value::Null,
    }
}
