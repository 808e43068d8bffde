//! Documents of which a client sees some fields: the whole of one, or what `?fields=` names; and lists of them.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::fault::{Fault, Result};

/// Which fields are shown; links always are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// All that the client's version has.
    All,
    /// Those of these names.
    Only(Vec<String>),
}

impl Shown {
    /// All of them, or those that are asked for.
    pub fn asked(names: Option<Vec<String>>) -> Self {
        names.map_or(Self::All, Self::Only)
    }

    /// Refuses names that are none of these fields.
    ///
    /// Ironic looks at names only where there is something to show, so that an empty list accepts any.
    pub fn check(&self, known: &[&str]) -> Result<()> {
        let Self::Only(names) = self else { return Ok(()) };
        let strangers: Vec<&str> = names.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
        if strangers.is_empty() {
            return Ok(());
        }
        Err(Fault::invalid(format!("Field(s) \"{}\" are not valid", strangers.join(", "))))
    }

    fn shows(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => name == "links" || names.iter().any(|asked| asked == name),
        }
    }
}

/// A document: names with values, in the order of the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Vec<(&'static str, Value)>);

impl Document {
    /// Of these fields, those that are shown.
    pub fn new(fields: impl IntoIterator<Item = (&'static str, Value)>, shown: &Shown) -> Self {
        Self(fields.into_iter().filter(|(name, _)| shown.shows(name)).collect())
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A page of a list: the items under a name of their own, and the link to the next page.
pub struct Listing<T> {
    /// What the items are called.
    pub name: &'static str,
    /// The items.
    pub items: Vec<T>,
    /// The next page.
    pub next: Option<String>,
}

impl<T: Serialize> Serialize for Listing<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.name, &self.items)?;
        if let Some(next) = &self.next {
            map.serialize_entry("next", next)?;
        }
        map.end()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn links_are_always_shown() {
        let fields = || [("uuid", json!("u")), ("name", json!(null)), ("links", json!([]))];
        let shown = |shown: &Shown| serde_json::to_value(Document::new(fields(), shown)).unwrap();
        assert_eq!(shown(&Shown::All), json!({"uuid": "u", "name": null, "links": []}));
        assert_eq!(shown(&Shown::Only(vec!["name".to_owned()])), json!({"name": null, "links": []}));
    }

    #[test]
    fn names_that_are_no_fields_are_refused() {
        let asked = Shown::asked(Some(vec!["uuid".to_owned(), "x".to_owned(), "y".to_owned()]));
        assert_eq!(asked.check(&["uuid"]).unwrap_err().text(), "Field(s) \"x, y\" are not valid");
        assert!(Shown::asked(None).check(&[]).is_ok());
    }
}
