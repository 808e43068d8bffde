//! An event as clients see it.

use kamacite_model::event::{Event, FromTo, Happening, Work};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::time::Moment;

/// An event to be written.
pub struct EventView<'a>(pub &'a Event);

impl Serialize for EventView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("node", &event.subject.node)?;
        map.serialize_entry("node_name", &event.subject.name)?;
        map.serialize_entry("driver", &event.subject.driver)?;
        write(&event.what, &mut map)?;
        map.serialize_entry("at", &Moment(event.at))?;
        map.serialize_entry("request_id", &event.request)?;
        map.serialize_entry("operation", &event.operation)?;
        map.end()
    }
}

fn write<M: SerializeMap>(what: &Happening, map: &mut M) -> Result<(), M::Error> {
    match what {
        Happening::Created(state) | Happening::Deleted(state) => map.serialize_entry("provision_state", state.as_str()),
        Happening::ProvisionState { from, to, target } => {
            from_to(map, from.as_str(), to.as_str())?;
            map.serialize_entry("target", &target.map(|target| target.as_str()))
        }
        Happening::PowerState(FromTo { from, to }) => {
            from_to(map, from.map(|state| state.as_str()), to.map(|state| state.as_str()))
        }
        Happening::Maintenance { on, reason } => {
            from_to(map, !on, *on)?;
            map.serialize_entry("reason", reason)
        }
        Happening::Fault(FromTo { from, to }) => {
            from_to(map, from.map(|fault| fault.as_str()), to.map(|fault| fault.as_str()))
        }
        Happening::LastError(FromTo { from, to }) => from_to(map, from, to),
        Happening::Begun(work) | Happening::Ended(work) => {
            let Work { kind, name, state, error } = work;
            map.serialize_entry("kind", kind.as_str())?;
            map.serialize_entry("name", name)?;
            map.serialize_entry("state", state.as_str())?;
            map.serialize_entry("error", error)
        }
    }
}

fn from_to<M: SerializeMap, T: Serialize>(map: &mut M, from: T, to: T) -> Result<(), M::Error> {
    map.serialize_entry("from", &from)?;
    map.serialize_entry("to", &to)
}
