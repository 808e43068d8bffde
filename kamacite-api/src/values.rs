//! Values out of documents that were checked.

use kamacite_model::Json;
use serde_json::Value;

/// A text, where there is one.
pub fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An object; nothing is an empty one.
pub fn object(value: Value) -> Json {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Json::new(),
    }
}
