//! Tells whether a JSON value fits a JSON Schema (draft 2020-12), as far as schemas of arguments go.
//!
//! Knows what schemars writes for plain data, without references. A keyword it does not know allows everything: the
//! author's type reads the value afterwards and has the last word.

use kamacite_model::is_secret_key;
use serde_json::{Number, Value};

/// Tells whether `value` fits; `place` is what the value is called in the refusal.
///
/// # Errors
/// Says which part does not fit and what is expected of it.
pub fn check(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    if schema == &Value::Bool(false) {
        return Err(format!("{place} must not be there"));
    }
    check_type(schema, value, place)?;
    check_choice(schema, value, place)?;
    match value {
        Value::Number(number) => check_number(schema, number, place)?,
        Value::String(text) => {
            check_size(schema, text.chars().count(), ["minLength", "maxLength"], "characters", place)?
        }
        Value::Array(items) => check_array(schema, items, place)?,
        Value::Object(object) => check_object(schema, object, place)?,
        Value::Null | Value::Bool(_) => {}
    }
    check_alternatives(schema, value, place)
}

/// Whether the schema, or one of its alternatives, takes values of a type.
pub fn takes(schema: &Value, kind: &str) -> bool {
    let here = match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(any) => any.iter().any(|one| one == kind),
        _ => false,
    };
    here || alternatives(schema).any(|schema| takes(schema, kind))
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|keyword| schema[keyword].as_array()).flatten()
}

fn check_type(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let is = |kind: &Value| match kind.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(_) | None => true,
    };
    let kinds = match &schema["type"] {
        Value::Array(any) => any.as_slice(),
        Value::Null => return Ok(()),
        one => std::slice::from_ref(one),
    };
    if kinds.iter().any(is) {
        return Ok(());
    }
    // That nothing at all would do is no help to somebody who says something.
    let names = kinds.iter().filter_map(Value::as_str).filter(|name| kinds.len() == 1 || *name != "null");
    Err(format!("{place} must be of type {}, not {}", names.collect::<Vec<_>>().join(" or "), shown(value, place)))
}

fn check_choice(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    let choices = match (&schema["enum"], schema.get("const")) {
        (Value::Array(choices), _) => choices.as_slice(),
        (_, Some(only)) => std::slice::from_ref(only),
        (_, None) => return Ok(()),
    };
    if choices.contains(value) { Ok(()) } else { Err(none_of(choices.iter(), value, place)) }
}

fn none_of<'a>(choices: impl Iterator<Item = &'a Value>, value: &Value, place: &str) -> String {
    let choices: Vec<_> = choices.map(ToString::to_string).collect();
    format!("{place} must be one of {}, not {}", choices.join(", "), shown(value, place))
}

/// The value as a refusal may show it.
fn shown(value: &Value, place: &str) -> String {
    if is_secret_key(place) { "******".to_owned() } else { value.to_string() }
}

fn check_number(schema: &Value, number: &Number, place: &str) -> Result<(), String> {
    let Some(value) = number.as_f64() else { return Ok(()) };
    let bound = |keyword: &str| schema[keyword].as_f64();
    let (lowest, highest) = range_of(schema["format"].as_str().unwrap_or_default());
    let at_least = [bound("minimum"), lowest].into_iter().flatten().reduce(f64::max);
    let at_most = [bound("maximum"), highest].into_iter().flatten().reduce(f64::min);
    let refuse = |words: &str, bound: f64| Err(format!("{place} must be {words} {bound}, not {number}"));
    match (at_least, at_most, bound("exclusiveMinimum"), bound("exclusiveMaximum")) {
        (Some(bound), ..) if value < bound => refuse("at least", bound),
        (_, Some(bound), ..) if value > bound => refuse("at most", bound),
        (_, _, Some(bound), _) if value <= bound => refuse("more than", bound),
        (.., Some(bound)) if value >= bound => refuse("less than", bound),
        _ => Ok(()),
    }
}

/// What the integers of a format reach.
fn range_of(format: &str) -> (Option<f64>, Option<f64>) {
    let bits = |prefix: &str| format.strip_prefix(prefix).and_then(|bits| bits.parse::<i32>().ok());
    match (bits("uint"), bits("int")) {
        (Some(bits), _) => (Some(0.0), Some(2f64.powi(bits) - 1.0)),
        (_, Some(bits)) => (Some(-2f64.powi(bits - 1)), Some(2f64.powi(bits - 1) - 1.0)),
        (None, None) => (None, None),
    }
}

fn check_size(schema: &Value, size: usize, [min, max]: [&str; 2], of: &str, place: &str) -> Result<(), String> {
    let bound = |keyword: &str| schema[keyword].as_u64().and_then(|bound| usize::try_from(bound).ok());
    match (bound(min), bound(max)) {
        (Some(min), _) if size < min => Err(format!("{place} must have at least {min} {of}, not {size}")),
        (_, Some(max)) if size > max => Err(format!("{place} must have at most {max} {of}, not {size}")),
        _ => Ok(()),
    }
}

fn check_array(schema: &Value, items: &[Value], place: &str) -> Result<(), String> {
    check_size(schema, items.len(), ["minItems", "maxItems"], "items", place)?;
    let Some(of) = schema.get("items") else { return Ok(()) };
    items.iter().enumerate().try_for_each(|(i, item)| check(of, item, &format!("{place}[{i}]")))
}

fn check_object(schema: &Value, object: &serde_json::Map<String, Value>, place: &str) -> Result<(), String> {
    let inner = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    if let Some(missing) = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .find(|name| !object.contains_key(*name))
    {
        return Err(format!("{} is needed", inner(missing)));
    }
    for (name, value) in object {
        let of = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
        if let Some(of) = of {
            check(of, value, &inner(name))?;
        }
    }
    Ok(())
}

fn check_alternatives(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    for all in schema["allOf"].as_array().into_iter().flatten() {
        check(all, value, place)?;
    }
    for any in ["anyOf", "oneOf"].into_iter().filter_map(|keyword| schema[keyword].as_array()) {
        // One that fits will do, for `oneOf` too: which of several is meant is the reader's business.
        let refusals: Vec<_> = any.iter().filter_map(|schema| check(schema, value, place).err()).collect();
        if refusals.len() < any.len() {
            continue;
        }
        // Where all of them are single words, as with an enum, one sentence names them.
        return Err(match any.iter().map(|schema| schema.get("const")).collect::<Option<Vec<_>>>() {
            Some(choices) => none_of(choices.into_iter(), value, place),
            None => refusals.into_iter().next().unwrap_or_else(|| format!("{place} does not fit")),
        });
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn fits(schema: Value, value: Value) {
        assert_eq!(check(&schema, &value, "x"), Ok(()));
    }

    #[track_caller]
    fn refuse(schema: Value, value: Value, words: &str) {
        assert_eq!(check(&schema, &value, "x"), Err(words.to_owned()));
    }

    #[test]
    fn types() {
        fits(json!(true), json!(1));
        fits(json!({}), json!(1));
        fits(json!({"type": "number"}), json!(1));
        fits(json!({"type": ["integer", "null"]}), json!(null));
        fits(json!({"type": "unheard of"}), json!(1));
        refuse(json!(false), json!(1), "x must not be there");
        refuse(json!({"type": "integer"}), json!(1.5), "x must be of type integer, not 1.5");
        refuse(json!({"type": ["integer", "null"]}), json!("a"), "x must be of type integer, not \"a\"");
        refuse(json!({"type": ["array", "string"]}), json!({}), "x must be of type array or string, not {}");
    }

    #[test]
    fn choices() {
        fits(json!({"enum": ["a", 1]}), json!(1));
        fits(json!({"oneOf": [{"const": "a"}, {"const": "b"}]}), json!("b"));
        fits(json!({"anyOf": [{"type": "null"}, {"const": "b"}]}), json!(null));
        refuse(json!({"enum": ["a", 1]}), json!("b"), "x must be one of \"a\", 1, not \"b\"");
        refuse(json!({"const": "a"}), json!("b"), "x must be one of \"a\", not \"b\"");
        refuse(
            json!({"oneOf": [{"const": "a"}, {"const": "b"}]}),
            json!("c"),
            "x must be one of \"a\", \"b\", not \"c\"",
        );
        refuse(json!({"anyOf": [{"const": "a"}, {"type": "null"}]}), json!("c"), "x must be one of \"a\", not \"c\"");
        refuse(json!({"allOf": [{}, {"type": "null"}]}), json!("c"), "x must be of type null, not \"c\"");
    }

    #[test]
    fn sizes() {
        fits(json!({"minimum": 1, "maximum": 2}), json!(2));
        fits(json!({"format": "uint8"}), json!(255));
        fits(json!({"format": "int64"}), json!(i64::MIN));
        fits(json!({"format": "date-time"}), json!(1));
        refuse(json!({"minimum": 1}), json!(0), "x must be at least 1, not 0");
        refuse(json!({"maximum": 1}), json!(1.5), "x must be at most 1, not 1.5");
        refuse(json!({"exclusiveMinimum": 0}), json!(0), "x must be more than 0, not 0");
        refuse(json!({"exclusiveMaximum": 0}), json!(0), "x must be less than 0, not 0");
        refuse(json!({"format": "uint8"}), json!(256), "x must be at most 255, not 256");
        refuse(json!({"format": "uint32"}), json!(-1), "x must be at least 0, not -1");
        refuse(json!({"format": "int8"}), json!(-129), "x must be at least -128, not -129");
        refuse(json!({"minLength": 1}), json!(""), "x must have at least 1 characters, not 0");
        refuse(json!({"maxLength": 1}), json!("éé"), "x must have at most 1 characters, not 2");
        refuse(json!({"minItems": 1}), json!([]), "x must have at least 1 items, not 0");
    }

    #[test]
    fn parts() {
        let schema = json!({"properties": {"a": {"items": {"type": "string"}}}, "required": ["a"]});
        fits(schema.clone(), json!({"a": ["b"], "c": 1}));
        refuse(schema.clone(), json!({}), "x.a is needed");
        refuse(schema, json!({"a": ["b", 1]}), "x.a[1] must be of type string, not 1");
        refuse(json!({"additionalProperties": false}), json!({"a": 1}), "x.a must not be there");
        refuse(json!({"additionalProperties": {"type": "null"}}), json!({"a": 1}), "x.a must be of type null, not 1");
    }

    #[test]
    fn a_refusal_shows_no_secret() {
        let schema = json!({"properties": {"password": {"type": "string"}}});
        let words = "x.password must be of type string, not ******".to_owned();
        assert_eq!(check(&schema, &json!({"password": ["calvin"]}), "x"), Err(words));
    }

    #[test]
    fn a_schema_takes_what_its_alternatives_take() {
        let schema = json!({"anyOf": [{"type": ["integer", "null"]}, {"oneOf": [{"type": "string"}]}]});
        assert!(takes(&schema, "integer") && takes(&schema, "null") && takes(&schema, "string"));
        assert!(!takes(&schema, "boolean"));
    }
}
