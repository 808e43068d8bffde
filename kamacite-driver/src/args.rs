//! Arguments of vendor methods and steps: described by a JSON Schema, coerced to it, read into the author's type.
//!
//! Clients lose types on the way: the command line turns `--arg bar=5` into a number, a query string turns everything
//! into text. So a scalar is brought to the type the schema asks for, in both directions, before it is read.

use kamacite_model::Json;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Result, schema::takes};

/// What a method or step takes: any type that serde reads and schemars describes. A [`Json`] object takes anything.
pub trait Args: DeserializeOwned + JsonSchema + Send + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Args for T {}

/// The JSON Schema (draft 2020-12) of an argument type, without references.
#[doc(hidden)] // For the engine.
pub fn schema_of<A: Args>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<A>().to_value();
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
    }
    schema
}

/// Brings arguments to the shape the schema asks for, and tells whether they have it.
///
/// # Errors
/// [`crate::ErrorKind::Missing`] names the argument that is needed and not there; [`crate::ErrorKind::Invalid`] one that
/// the schema forbids.
#[doc(hidden)] // For the engine.
pub fn fit(schema: &Value, method: &str, mut args: Json) -> Result<Json> {
    let known = schema["properties"].as_object();
    for (name, schema) in known.into_iter().flatten() {
        if let Some(value) = args.get_mut(name) {
            coerce(schema, value);
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if args.get(name).is_none_or(|value| is_none(&schema["properties"][name], value)) {
            // The reference's words for it.
            return Err(Error::missing(format!("Parameter '{name}' not passed to method '{method}'.")));
        }
    }
    if schema["additionalProperties"] == Value::Bool(false)
        && let Some(stranger) = args.keys().find(|key| known.is_none_or(|known| !known.contains_key(*key)))
    {
        let known = known.map(|known| known.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default();
        return Err(Error::invalid(format!("Method '{method}' takes no argument '{stranger}'; it takes: {known}")));
    }
    let args = Value::Object(args);
    crate::schema::check(schema, &args, "").map_err(|why| does_not_fit(method, &why))?;
    match args {
        Value::Object(args) => Ok(args),
        _ => Ok(Json::new()),
    }
}

/// Reads fitted arguments into the author's type.
///
/// # Errors
/// Those of [`fit`], and [`crate::ErrorKind::Invalid`] with the reader's words for a value that does not fit.
#[doc(hidden)] // For the engine.
pub fn read<A: Args>(schema: &Value, method: &str, args: Json) -> Result<A> {
    let args = fit(schema, method, args)?;
    serde_json::from_value(Value::Object(args)).map_err(|why| does_not_fit(method, &why.to_string()))
}

fn does_not_fit(method: &str, why: &str) -> Error {
    Error::invalid(format!("Arguments of method '{method}' do not fit: {why}"))
}

/// Whether a needed argument says nothing: `null`, or an empty text where the schema wants one that is not.
fn is_none(schema: &Value, value: &Value) -> bool {
    match value {
        Value::Null => !takes(schema, "null"),
        Value::String(text) => text.is_empty() && schema["minLength"].as_u64().is_some_and(|min| min > 0),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Turns a scalar into the type the schema wants, where it says the same thing; otherwise leaves it as it is.
fn coerce(schema: &Value, value: &mut Value) {
    let wants = |kind: &str| takes(schema, kind);
    let coerced = match &*value {
        Value::String(text) if !wants("string") => match text.as_str() {
            "true" | "True" if wants("boolean") => Some(Value::Bool(true)),
            "false" | "False" if wants("boolean") => Some(Value::Bool(false)),
            "null" | "None" | "" if wants("null") => Some(Value::Null),
            text => serde_json::from_str(text).ok().filter(|read: &Value| match read {
                Value::Number(_) => wants("integer") || wants("number"),
                Value::Array(_) => wants("array"),
                Value::Object(_) => wants("object"),
                Value::Null | Value::Bool(_) | Value::String(_) => false,
            }),
        },
        Value::Number(number) if wants("string") && !wants("number") && !wants("integer") => {
            Some(Value::String(number.to_string()))
        }
        Value::Bool(flag) if wants("string") && !wants("boolean") => Some(Value::String(flag.to_string())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if let Some(coerced) = coerced {
        *value = coerced;
    }
    // A whole number is one however it is written: 5.0 is 5.
    if wants("integer")
        && !wants("number")
        && let Some(float) = value.as_f64().filter(|_| value.is_f64())
        && float.fract() == 0.0
        && float.abs() < EXACT
    {
        *value = Value::from(float as i64);
    }
}

/// Whole numbers below this are exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Blink {
        seconds: u32,
        colour: Option<String>,
        #[serde(default)]
        loud: bool,
    }

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        #[schemars(length(min = 1))]
        bar: String,
    }

    fn object(value: Value) -> Json {
        value.as_object().cloned().unwrap_or_default()
    }

    #[track_caller]
    fn check(given: Value, expected: Blink) {
        assert_eq!(read::<Blink>(&schema_of::<Blink>(), "blink", object(given)).ok(), Some(expected));
    }

    #[track_caller]
    fn refuse<A: Args + std::fmt::Debug>(given: Value, kind: ErrorKind, words: &str) {
        let error = read::<A>(&schema_of::<A>(), "blink", object(given)).err();
        let error = error.unwrap_or_else(|| Error::internal("it was accepted"));
        assert_eq!((error.kind(), error.message().contains(words)), (kind, true), "{error}");
    }

    #[test]
    fn scalars_come_to_the_type_that_is_asked_for() {
        let blink = |seconds, colour: Option<&str>, loud| Blink { seconds, colour: colour.map(str::to_owned), loud };
        check(json!({"seconds": 5}), blink(5, None, false));
        check(json!({"seconds": "5", "loud": "true"}), blink(5, None, true));
        check(json!({"seconds": 5, "colour": 7}), blink(5, Some("7"), false));
        check(json!({"seconds": 5, "colour": true, "loud": "False"}), blink(5, Some("true"), false));
        check(json!({"seconds": 5, "unknown": 1}), blink(5, None, false));
        check(json!({"seconds": 5.0, "colour": null}), blink(5, None, false));
        check(json!({"seconds": "5.0", "colour": "null"}), blink(5, Some("null"), false));
    }

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    struct Parts {
        list: Vec<u8>,
        choice: Option<Choice>,
        any: Option<Value>,
    }

    #[derive(Debug, PartialEq, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Choice {
        /// Left.
        Left,
        /// Right.
        Right,
    }

    #[test]
    fn structures_come_as_text_from_a_query() {
        let read = |given| read::<Parts>(&schema_of::<Parts>(), "m", object(given)).map_err(|e| e.message().to_owned());
        let right = Parts { list: vec![1, 2], choice: Some(Choice::Right), any: None };
        assert_eq!(read(json!({"list": "[1, 2]", "choice": "right"})), Ok(right));
        let words = "Arguments of method 'm' do not fit: list[1] must be of type integer, not \"a\"";
        assert_eq!(read(json!({"list": [1, "a"]})), Err(words.to_owned()));
        let words = "Arguments of method 'm' do not fit: choice must be one of \"left\", \"right\", not \"up\"";
        assert_eq!(read(json!({"list": [], "choice": "up"})), Err(words.to_owned()));
        let any = Parts { list: vec![], choice: None, any: Some(json!("5")) };
        assert_eq!(read(json!({"list": [], "any": "5"})), Ok(any));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        refuse::<Blink>(json!({}), ErrorKind::Missing, "Parameter 'seconds' not passed to method 'blink'.");
        refuse::<Blink>(json!({"seconds": null}), ErrorKind::Missing, "'seconds'");
        refuse::<Blink>(
            json!({"seconds": "soon"}),
            ErrorKind::Invalid,
            "seconds must be of type integer, not \"soon\"",
        );
        refuse::<Blink>(json!({"seconds": -1}), ErrorKind::Invalid, "seconds must be at least 0, not -1");
        refuse::<Blink>(
            json!({"seconds": 5_000_000_000_u64}),
            ErrorKind::Invalid,
            "seconds must be at most 4294967295",
        );
        refuse::<Blink>(json!({"seconds": 1, "loud": 3}), ErrorKind::Invalid, "loud must be of type boolean, not 3");
        refuse::<Closed>(json!({"bar": ""}), ErrorKind::Missing, "Parameter 'bar' not passed to method 'blink'.");
        refuse::<Closed>(json!({"bar": "a", "baz": 1}), ErrorKind::Invalid, "'baz'; it takes: bar");
    }
}
