//! What connectors and targets have in common on the wire; `connector.rs` and `target.rs` say what each is.

use std::{str::FromStr, sync::Arc};

use kamacite_conductor::VolumePart;
use kamacite_model::{Json, Node, Uuid};
use kamacite_store::{PageQuery, Result as Stored, Store, VolumeFilter};
use serde_json::{Value, json};

use crate::{
    App, args,
    fault::{Fault, Result},
    policy::Policy,
    request::Caller,
    schema::{self, Property},
    shown::{Document, Shown},
    versions::Field,
};

/// A connector or a target.
pub trait Part: VolumePart {
    /// Its fields.
    type Field: Field;

    /// What lists are sorted by.
    type Column: FromStr + Send + Sync;

    /// What it is called, and what may be said of it.
    const KIND: &'static Kind;

    /// One of a node, of which nothing is said.
    fn of_node(node: Uuid) -> Self;

    /// The same, of another node.
    fn moved(self, node: Uuid) -> Self;

    /// What it has in a field, whoever asks; links are not in it.
    fn value(&self, field: Self::Field) -> Value;

    /// What a client is shown in a field, where that depends on who asks.
    fn guarded(&self, _: &App, _: &Caller, _: Self::Field) -> Option<Value> {
        None
    }

    /// Puts a checked value into it. The node is found first, by whoever calls.
    fn set(&mut self, field: Self::Field, value: Value) -> Result<()>;

    /// Those that a filter lets through, sorted, from a marker on.
    fn list(
        store: &Store,
        query: &PageQuery<VolumeFilter, Self::Column>,
    ) -> impl Future<Output = Stored<Vec<Self>>> + Send;
}

/// What connectors, or targets, are called, and what may be said and asked of them.
pub struct Kind {
    /// One of them.
    pub one: &'static str,
    /// Many of them; also the end of the path where they are.
    pub many: &'static str,
    /// What a client may say of one, with the types of each.
    pub known: &'static [Property],
    /// What must be said of one.
    pub required: &'static [&'static str],
    /// What a patch may touch, in the order in which the reference lists it.
    pub patchable: &'static [&'static str],
    /// What a list shows that asks for nothing.
    pub default: &'static [&'static str],
    /// What cannot be sorted by.
    pub unsortable: &'static [&'static str],
}

impl Kind {
    /// Where they are.
    pub fn path(&self) -> String {
        format!("volume/{}", self.many)
    }

    /// What their UUIDs are called.
    pub fn uuid_name(&self) -> String {
        format!("{}_uuid", self.one)
    }

    /// The UUID that a path names one by.
    pub fn uuid(&self, ident: &str) -> Result<Uuid> {
        args::uuid(&self.uuid_name(), &ident.into())
    }

    /// Checks a document, which `what` is: a new one, or as a patch has left it.
    pub fn check(&self, what: &str, document: &Value) -> Result<Json> {
        if document.is_null() {
            return Err(Fault::invalid("Schema error: None is not of type 'object'"));
        }
        let map = schema::object(what, document, self.known, self.required)?;
        for name in ["node_uuid", "uuid"] {
            if let Some(uuid) = map.get(name).filter(|uuid| !uuid.is_null()) {
                args::uuid(name, uuid)?;
            }
        }
        Ok(map.clone())
    }
}

/// The document of one.
pub fn document<T: Part>(app: &App, who: &Caller, part: &T, shown: &Shown) -> Document {
    Document::new(T::Field::of(who.version), shown, |field| match field.as_str() {
        "links" => json!(who.links.pair(&T::KIND.path(), &part.uuid().to_string(), "")),
        _ => part.guarded(app, who, field).unwrap_or_else(|| part.value(field)),
    })
}

/// The one of a UUID, and its node, if the caller may do this to it.
pub async fn find<T: Part>(app: &App, who: &Caller, uuid: Uuid, policy: Policy) -> Result<(T, Arc<Node>)> {
    who.trail.names(&uuid.to_string());
    let store = app.conductor.store();
    let found = T::load(store, uuid).await?.ok_or_else(|| missing::<T>(uuid))?;
    let node = store.node(found.node()).await?.ok_or_else(|| missing::<T>(uuid))?;
    who.trail.finds(node.uuid);
    app.allow_on(who, policy, &node, || missing::<T>(uuid))?;
    Ok((found, node))
}

/// There is none of this UUID.
pub fn missing<T: Part>(uuid: Uuid) -> Fault {
    Fault::not_found(format!("{} {uuid} could not be found.", T::WHAT))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{VolumeConnector, VolumeTarget};

    use super::*;

    #[track_caller]
    fn check<T: Part>(recorded: &str) {
        let facts: Value = serde_json::from_str(include_str!("../../tests/data/microversions.json")).unwrap();
        let recorded = facts["fields"][recorded]["fields"].as_array().unwrap();
        assert_eq!(recorded.len(), T::Field::ALL.len());
        for field in T::Field::ALL {
            assert!(recorded.contains(&field.as_str().into()), "{}", field.as_str());
            assert_eq!(field.since(), 32);
        }
    }

    #[test]
    fn a_part_has_the_fields_of_the_reference() {
        check::<VolumeConnector>("volume_connector");
        check::<VolumeTarget>("volume_target");
    }
}
