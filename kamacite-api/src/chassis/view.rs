//! A chassis as clients see it.

use kamacite_model::Chassis;
use serde_json::{Value, json};

use crate::{
    fault::Result,
    links::Links,
    schema,
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
    let fields = F::ALL.iter().map(|field| match field {
        F::Links => (field.as_str(), json!(links.pair("chassis", &uuid, ""))),
        // In a list of its own, as Ironic has it.
        F::Nodes => (field.as_str(), json!([links.pair("chassis", &uuid, "/nodes")])),
        _ => (field.as_str(), value(chassis, *field)),
    });
    Document::new(fields, shown)
}

/// Refuses names that are no fields.
pub fn check_names(fields: Option<&[String]>) -> Result<()> {
    let mut known = names();
    known.sort_unstable();
    fields.unwrap_or_default().iter().try_for_each(|field| schema::check_one_of(field, known.iter().copied()))
}

/// The names of all fields.
pub fn names() -> Vec<&'static str> {
    ChassisField::ALL.iter().map(|field| field.as_str()).collect()
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
