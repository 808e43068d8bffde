//! A port as clients of each version see it.

use kamacite_model::Port;
use serde_json::{Value, json};

use crate::{
    links::Links,
    shown::{Document, Shown},
    time::Moment,
    versions::{Field as _, PortField, Version, since},
};

/// The fields of a list that asks for none.
pub const DEFAULT_FIELDS: [&str; 2] = ["uuid", "address"];

/// Keys of `local_link_connection` that hide the whole of it from clients of versions that do not have them.
const VTEP: [&str; 2] = ["vtep-logical-switch", "vtep-physical-switch"];

/// The port's document.
pub fn document(port: &Port, links: &Links, version: Version, shown: &Shown) -> Document {
    Document::new(PortField::of(version), shown, |field| match field {
        PortField::LocalLinkConnection if hides_link(port, version) => json!({}),
        PortField::Links => json!(links.pair("ports", &port.uuid.to_string(), "")),
        _ => value(port, field),
    })
}

fn hides_link(port: &Port, version: Version) -> bool {
    !version.has_vtep() && VTEP.iter().any(|key| port.local_link_connection.contains_key(*key))
}

/// What a port has in a field, whoever asks; links depend on who does.
pub fn value(port: &Port, field: PortField) -> Value {
    use PortField as F;
    match field {
        F::Uuid => json!(port.uuid),
        F::CreatedAt => json!(Moment(port.created_at)),
        F::UpdatedAt => json!(port.updated_at.map(Moment)),
        F::Address => json!(port.address),
        F::Extra => json!(port.extra),
        F::InternalInfo => json!(port.internal_info),
        F::IsSmartnic => json!(port.is_smartnic),
        F::LocalLinkConnection => json!(port.local_link_connection),
        F::PhysicalNetwork => json!(port.physical_network),
        F::PxeEnabled => json!(port.pxe_enabled),
        F::NodeUuid => json!(port.node),
        F::Name => json!(port.name),
        F::Description => json!(port.description),
        F::Vendor => json!(port.vendor),
        F::Category => json!(port.category),
        F::AvailableForDynamicPortgroup => json!(port.available_for_dynamic_portgroup),
        F::Links => Value::Null,
        F::PortgroupUuid => json!(port.portgroup),
    }
}

impl Version {
    /// Whether OVN's VTEP gateways may be named in `local_link_connection`: they came with 1.90 and went with 1.105.
    pub const fn has_vtep(self) -> bool {
        self.has(since::VTEP) && !self.has(since::NO_VTEP)
    }
}
