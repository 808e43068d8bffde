//! A chassis as clients see it.

use kamacite_model::Chassis;
use serde_json::{Value, json};

use crate::{
    links::Links,
    shown::{Document, Shown},
    time::Moment,
    versions::ChassisField,
};

/// The fields of a list that asks for none.
pub const DEFAULT_FIELDS: [&str; 2] = ["uuid", "description"];

/// The chassis' document.
pub fn document(chassis: &Chassis, links: &Links, shown: &Shown) -> Document {
    use ChassisField as F;
    let uuid = chassis.uuid.to_string();
    Document::new(F::ALL.iter().copied(), shown, |field| match field {
        F::Links => json!(links.pair("chassis", &uuid, "")),
        // In a list of its own, as Ironic has it.
        F::Nodes => json!([links.pair("chassis", &uuid, "/nodes")]),
        _ => value(chassis, field),
    })
}

/// What a chassis has in a field, whoever asks; links depend on who does.
pub fn value(chassis: &Chassis, field: ChassisField) -> Value {
    use ChassisField as F;
    match field {
        F::Uuid => json!(chassis.uuid),
        F::CreatedAt => json!(Moment(chassis.created_at)),
        F::UpdatedAt => json!(chassis.updated_at.map(Moment)),
        F::Description => json!(chassis.description),
        F::Extra => json!(chassis.extra),
        F::Links | F::Nodes => Value::Null,
    }
}
