//! Checks of JSON documents, with the words of the reference's schema library.
//!
//! Of several faults the reference tells one: the one nearest to the root, and of those equally near the first rule that
//! was broken; among properties, the last by name.

use kamacite_model::Mac;
use serde_json::{Map, Value};

use crate::{
    fault::{Fault, Result},
    names, python,
};

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as in JSON Schema")]
pub enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Object,
    String,
}

impl Type {
    /// Its name in JSON Schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Null => "null",
            Self::Object => "object",
            Self::String => "string",
        }
    }

    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Array => value.is_array(),
            Self::Boolean => value.is_boolean(),
            // As in the fourth draft of JSON Schema, where 1.0 is none.
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Null => value.is_null(),
            Self::Object => value.is_object(),
            Self::String => value.is_string(),
        }
    }
}

/// What a property may be.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Any of these types; none at all means any type.
    pub types: &'static [Type],
    /// The fewest characters of a text.
    pub min_length: usize,
    /// The most characters of a text.
    pub max_length: usize,
    /// The texts that it may be; none at all means any text.
    pub one_of: &'static [&'static str],
}

impl Property {
    /// A property of any length.
    pub const fn new(name: &'static str, types: &'static [Type]) -> Self {
        Self { name, types, min_length: 0, max_length: usize::MAX, one_of: &[] }
    }

    /// A text of limited length.
    pub const fn sized(self, min_length: usize, max_length: usize) -> Self {
        Self { min_length, max_length, ..self }
    }

    /// A text of a closed set.
    pub const fn one_of(self, one_of: &'static [&'static str]) -> Self {
        Self { one_of, ..self }
    }

    /// What is wrong with a value.
    pub fn fault(&self, value: &Value) -> Option<String> {
        if let Some(fault) = type_fault(value, self.types) {
            return Some(fault);
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|known| value == known) {
            let known: Vec<String> = self.one_of.iter().map(|known| python::repr_text(known)).collect();
            return Some(format!("{} is not one of [{}]", python::repr(value), known.join(", ")));
        }
        let length = value.as_str()?.chars().count();
        if length < self.min_length {
            Some(format!("{} should be non-empty", python::repr(value)))
        } else if length > self.max_length {
            Some(format!("{} is too long", python::repr(value)))
        } else {
            None
        }
    }
}

/// Checks that a document is an object of these properties and no others, and returns it.
pub fn object<'a>(
    what: &str,
    value: &'a Value,
    properties: &[Property],
    required: &[&str],
) -> Result<&'a Map<String, Value>> {
    let Value::Object(document) = value else {
        return Err(refusal(what, &type_fault(value, &[Type::Object]).unwrap_or_default()));
    };
    let fault = missing(document, required).or_else(|| unexpected(document, properties)).or_else(|| {
        let mut faults: Vec<(&str, String)> = properties
            .iter()
            .filter_map(|property| Some((property.name, property.fault(document.get(property.name)?)?)))
            .collect();
        faults.sort_unstable_by_key(|(name, _)| *name);
        faults.pop().map(|(_, fault)| fault)
    });
    fault.map_or(Ok(document), |fault| Err(refusal(what, &fault)))
}

/// A refusal of a document: 400.
pub fn refusal(what: &str, fault: &str) -> Fault {
    Fault::invalid(format!("Schema error for {what}: {fault}"))
}

/// The same, where the reference does not say what the document is.
pub fn plain_refusal(fault: &str) -> Fault {
    Fault::invalid(format!("Schema error: {fault}"))
}

/// What is said of a value of the wrong type; no type at all means any.
pub fn type_fault(value: &Value, types: &[Type]) -> Option<String> {
    if types.is_empty() || types.iter().any(|of| of.takes(value)) {
        return None;
    }
    let names: Vec<String> = types.iter().map(|of| format!("'{}'", of.as_str())).collect();
    Some(format!("{} is not of type {}", python::repr(value), names.join(", ")))
}

/// A refusal of the end of a path, which Ironic takes for the document: 400.
pub fn path_refusal(what: &str, last: &str, wanted: Type) -> Fault {
    refusal(what, &type_fault(&last.into(), &[wanted]).unwrap_or_default())
}

/// What is said of what should be a UUID.
pub fn uuid_fault(value: &Value) -> Option<String> {
    format_fault(value, "uuid", names::is_uuid_like)
}

/// What is said of what should be a hardware address.
pub fn mac_fault(value: &Value) -> Option<String> {
    format_fault(value, "mac-address", |text| text.parse::<Mac>().is_ok())
}

/// What is said of what should be a UUID or a name.
pub fn ident_fault(value: &Value) -> Option<String> {
    let cause = format_fault(value, "uuid", names::is_ident)?;
    let shown = python::repr(value);
    Some(format!("{shown} is not valid under any of the given schemas. Possible root cause: {cause}"))
}

fn format_fault(value: &Value, format: &str, is_one: impl Fn(&str) -> bool) -> Option<String> {
    type_fault(value, &[Type::String]).or_else(|| {
        let fits = value.as_str().is_some_and(is_one);
        (!fits).then(|| format!("{} is not a '{format}'", python::repr(value)))
    })
}

/// Refuses a text that is none of those known.
pub fn check_one_of<'a>(text: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Result<()> {
    if known.clone().into_iter().any(|one| one == text) {
        return Ok(());
    }
    let text = python::repr_text(text);
    Err(plain_refusal(&format!("{text} is not one of {}", python::repr_list(known))))
}

/// What is said of a property that is needed and not there.
pub fn missing(document: &Map<String, Value>, required: &[&str]) -> Option<String> {
    let name = required.iter().find(|name| !document.contains_key(**name))?;
    Some(format!("'{name}' is a required property"))
}

/// What is said of properties that nobody knows.
pub fn unexpected(document: &Map<String, Value>, known: &[Property]) -> Option<String> {
    let mut strangers: Vec<String> = document
        .keys()
        .filter(|name| !known.iter().any(|property| property.name == *name))
        .map(|name| python::repr_text(name))
        .collect();
    strangers.sort_unstable();
    match strangers.as_slice() {
        [] => None,
        [one] => Some(format!("Additional properties are not allowed ({one} was unexpected)")),
        many => Some(format!("Additional properties are not allowed ({} were unexpected)", many.join(", "))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    const THING: &[Property] = &[
        Property::new("driver", &[Type::String]),
        Property::new("extra", &[Type::Object, Type::Null]),
        Property::new("name", &[Type::String, Type::Null]).sized(1, 3),
    ];

    #[test]
    fn the_form_of_a_text_is_told_after_its_type() {
        assert_eq!(uuid_fault(&json!(5)).unwrap(), "5 is not of type 'string'");
        assert_eq!(uuid_fault(&json!("n")).unwrap(), "'n' is not a 'uuid'");
        assert_eq!(uuid_fault(&json!("6cb3c5e5-fd2e-4fff-a5eb-549c092f9f76")), None);
        assert_eq!(mac_fault(&json!("n")).unwrap(), "'n' is not a 'mac-address'");
        assert_eq!(mac_fault(&json!("52:54:00:00:00:01")), None);
        let root = "is not valid under any of the given schemas. Possible root cause:";
        assert_eq!(ident_fault(&json!(5)).unwrap(), format!("5 {root} 5 is not of type 'string'"));
        assert_eq!(ident_fault(&json!("a b")).unwrap(), format!("'a b' {root} 'a b' is not a 'uuid'"));
        assert_eq!(ident_fault(&json!("n")), None);
    }

    #[track_caller]
    fn check(value: Value, expected: &str) {
        let refused = object("node", &value, THING, &["driver"]).unwrap_err();
        assert_eq!(refused.text(), format!("Schema error for node: {expected}"));
    }

    #[test]
    fn the_nearest_fault_is_told() {
        check(json!([]), "[] is not of type 'object'");
        check(json!("x"), "'x' is not of type 'object'");
        check(json!({}), "'driver' is a required property");
        check(json!({"a": 1}), "'driver' is a required property");
        check(json!({"driver": 5, "a": 1}), "Additional properties are not allowed ('a' was unexpected)");
        check(
            json!({"driver": "d", "b": 1, "a": 1}),
            "Additional properties are not allowed ('a', 'b' were unexpected)",
        );
        check(json!({"driver": "d", "extra": []}), "[] is not of type 'object', 'null'");
        check(json!({"driver": "d", "name": ""}), "'' should be non-empty");
        check(json!({"driver": "d", "name": "long"}), "'long' is too long");
        check(json!({"driver": 5, "name": 6}), "6 is not of type 'string', 'null'");
        assert!(object("node", &json!({"driver": "d", "extra": null}), THING, &["driver"]).is_ok());
    }
}
