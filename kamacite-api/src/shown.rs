//! Documents of which a client sees some fields: the whole of one, or what `?fields=` names; and lists of them.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::{
    fault::{Fault, Result},
    versions::Field,
};

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

    /// Those that the end of a path names, between commas: an old way to ask for fields.
    pub fn in_path(names: &str) -> Self {
        Self::Only(names.split(',').map(|name| name.trim().to_lowercase()).collect())
    }

    /// Those of these names, whoever asks.
    pub fn these(names: &[&str]) -> Self {
        Self::Only(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The names, where some are asked for.
    pub fn names(&self) -> Option<&[String]> {
        match self {
            Self::All => None,
            Self::Only(names) => Some(names),
        }
    }

    /// Whether a field is asked for by its name.
    pub fn asks_for(&self, name: &str) -> bool {
        self.names().is_some_and(|names| names.iter().any(|asked| asked == name))
    }

    /// Refuses names that are none of these fields.
    ///
    /// Ironic looks at names only where there is something to show, so that an empty list accepts any.
    pub fn check<F: Field>(&self) -> Result<()> {
        let names = self.names().unwrap_or_default().iter().map(String::as_str);
        let strangers: Vec<&str> = names.filter(|name| F::named(name).is_none()).collect();
        if strangers.is_empty() {
            return Ok(());
        }
        Err(Fault::invalid(format!("Field(s) \"{}\" are not valid", strangers.join(", "))))
    }

    fn shows(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(_) => name == "links" || self.asks_for(name),
        }
    }
}

/// A document: names with values, in the order of the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Document(Vec<(&'static str, Value)>);

impl Document {
    /// Of these fields, those that are shown, each with its value. No other value is made.
    pub fn new<F: Field>(fields: impl IntoIterator<Item = F>, shown: &Shown, value: impl Fn(F) -> Value) -> Self {
        let is_shown = |field: &F| shown.shows(field.as_str());
        Self(fields.into_iter().filter(is_shown).map(|field| (field.as_str(), value(field))).collect())
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
    use crate::versions::ChassisField as F;

    #[test]
    fn links_are_always_shown() {
        let fields = [F::Uuid, F::Description, F::Links];
        let shown = |shown: &Shown| serde_json::to_value(Document::new(fields, shown, |_| json!(1))).unwrap();
        assert_eq!(shown(&Shown::All), json!({"uuid": 1, "description": 1, "links": 1}));
        assert_eq!(shown(&Shown::these(&["description"])), json!({"description": 1, "links": 1}));
    }

    #[test]
    fn what_is_not_shown_is_not_made() {
        let value = |field| if field == F::Extra { unreachable!("it was not asked for") } else { json!(1) };
        let document = Document::new([F::Uuid, F::Extra], &Shown::in_path(" UUID,name"), value);
        assert_eq!(serde_json::to_value(document).unwrap(), json!({"uuid": 1}));
    }

    #[test]
    fn names_that_are_no_fields_are_refused() {
        let asked = Shown::asked(Some(vec!["uuid".to_owned(), "x".to_owned(), "y".to_owned()]));
        assert_eq!(asked.check::<F>().unwrap_err().text(), "Field(s) \"x, y\" are not valid");
        assert!(Shown::asked(None).check::<F>().is_ok());
    }
}
