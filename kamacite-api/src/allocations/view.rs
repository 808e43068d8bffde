//! An allocation as clients of each version see it.

use kamacite_model::Allocation;
use serde_json::{Value, json};

use crate::{
    fault::{Fault, Result},
    links::Links,
    schema,
    shown::{Document, Shown},
    time::Moment,
    versions::{AllocationField, Field as _, Version},
};

/// The allocation's document.
pub fn document(allocation: &Allocation, links: &Links, version: Version, shown: &Shown) -> Document {
    Document::new(AllocationField::of(version), shown, |field| match field {
        AllocationField::Links => json!(links.pair("allocations", &allocation.uuid.to_string(), "")),
        _ => value(allocation, field),
    })
}

/// What an allocation has in a field, whoever asks; links depend on who does.
pub fn value(allocation: &Allocation, field: AllocationField) -> Value {
    use AllocationField as F;
    match field {
        F::Uuid => json!(allocation.uuid),
        F::CreatedAt => json!(Moment(allocation.created_at)),
        F::UpdatedAt => json!(allocation.updated_at.map(Moment)),
        F::CandidateNodes => json!(allocation.candidate_nodes),
        F::Extra => json!(allocation.extra),
        F::LastError => json!(allocation.last_error),
        F::Name => json!(allocation.name),
        F::Owner => json!(allocation.owner),
        F::ResourceClass => json!(allocation.resource_class),
        F::State => json!(allocation.state),
        F::Traits => json!(allocation.traits),
        F::Links => Value::Null,
        F::NodeUuid => json!(allocation.node),
    }
}

/// Refuses `?fields=` that the client's version does not have, in the reference's words; `owner` is the last of its list.
pub fn check_fields(version: Version, fields: Option<&[String]>) -> Result<()> {
    let mut known: Vec<&str> = AllocationField::of(version).map(AllocationField::as_str).collect();
    known.sort_unstable_by_key(|name| (*name == AllocationField::Owner.as_str(), *name));
    fields.unwrap_or_default().iter().try_for_each(|field| schema::check_one_of(field, known.iter().copied()))
}

/// Refuses a client that asks for the owner in a version that does not have it.
pub fn require_owner(version: Version) -> Result<()> {
    if version.has(AllocationField::Owner.since()) { Ok(()) } else { Err(Fault::not_acceptable()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_version() {
        let facts: Value = serde_json::from_str(include_str!("../../tests/data/microversions.json")).unwrap();
        let recorded = facts["fields"]["allocation"].as_object().unwrap();
        // Times and links are in every document, and stand in no list of the facts.
        let known = |name: &&str| !["created_at", "updated_at", "links"].contains(name);
        for name in AllocationField::names().filter(known) {
            let field = AllocationField::named(name).unwrap();
            assert_eq!(recorded[name], format!("1.{}", field.since()), "{name}");
        }
    }

    #[track_caller]
    fn refused(minor: u16, field: &str, words: &str) {
        let fields = [field.to_owned()];
        assert_eq!(check_fields(Version::new(minor).unwrap(), Some(&fields)).unwrap_err().text(), words);
    }

    #[test]
    fn fields_are_checked_by_version() {
        refused(
            59,
            "owner",
            "Schema error: 'owner' is not one of ['candidate_nodes', 'created_at', 'extra', 'last_error', 'links', 'name', \
             'node_uuid', 'resource_class', 'state', 'traits', 'updated_at', 'uuid']",
        );
        refused(
            60,
            "nope",
            "Schema error: 'nope' is not one of ['candidate_nodes', 'created_at', 'extra', 'last_error', 'links', 'name', \
             'node_uuid', 'resource_class', 'state', 'traits', 'updated_at', 'uuid', 'owner']",
        );
        assert!(check_fields(Version::MAX, Some(&["owner".to_owned()])).is_ok());
    }
}
