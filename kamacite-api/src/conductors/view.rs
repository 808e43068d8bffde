//! A conductor as clients see it.

use kamacite_model::ConductorInfo;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    fault::{Fault, Result},
    links::Links,
    schema,
    time::Moment,
};

/// What may be asked for.
pub const FIELDS: [&str; 7] = ["alive", "conductor_group", "created_at", "drivers", "hostname", "links", "updated_at"];

/// What a list shows that asks for nothing.
pub const DEFAULT_FIELDS: [&str; 3] = ["hostname", "conductor_group", "alive"];

/// A conductor to be written.
pub struct ConductorView {
    /// The conductor.
    pub info: ConductorInfo,
    /// Whether it runs.
    pub alive: bool,
    /// Only these fields are shown, and the links.
    pub fields: Option<Vec<String>>,
    /// Where links begin.
    pub links: Links,
}

/// Refuses what is no field.
pub fn check_fields(fields: &[String]) -> Result<()> {
    fields.iter().try_for_each(|field| schema::check_one_of(field, FIELDS))
}

/// There is no such conductor.
pub fn no_conductor(hostname: &str) -> Fault {
    Fault::not_found(format!("Conductor {hostname} could not be found."))
}

impl Serialize for ConductorView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shows = |field: &str| self.fields.as_ref().is_none_or(|fields| fields.iter().any(|asked| asked == field));
        let info = &self.info;
        let mut map = serializer.serialize_map(None)?;
        if shows("created_at") {
            map.serialize_entry("created_at", &Moment(info.created_at))?;
        }
        if shows("updated_at") {
            map.serialize_entry("updated_at", &Moment(info.updated_at))?;
        }
        if shows("hostname") {
            map.serialize_entry("hostname", &info.hostname)?;
        }
        if shows("conductor_group") {
            map.serialize_entry("conductor_group", &info.conductor_group)?;
        }
        if shows("drivers") {
            map.serialize_entry("drivers", &info.drivers)?;
        }
        map.serialize_entry("links", &self.links.pair("conductors", &info.hostname, ""))?;
        if shows("alive") {
            map.serialize_entry("alive", &self.alive)?;
        }
        map.end()
    }
}
