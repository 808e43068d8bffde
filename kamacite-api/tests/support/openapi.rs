//! Holds every answer of every story against the OpenAPI document: its status, its head, its body.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(kamacite_api::openapi_document);

/// Panics where an answer is none that the document tells of.
#[track_caller]
pub fn check(verb: &str, uri: &str, answer: &Answer) {
    if let Some(fault) = fault_of(verb, uri, answer) {
        panic!("{verb} {uri} answers {}, and the OpenAPI document says: {fault}\n{}", answer.status, answer.text());
    }
}

/// In what an answer is not as the document tells it.
pub fn fault_of(verb: &str, uri: &str, answer: &Answer) -> Option<String> {
    match operation(verb, uri) {
        Some(operation) => fault_in(operation, answer),
        // Whatever is not told is refused.
        None => (answer.status < 300 && !is_aside(verb, uri)).then(|| "no operation is told".to_owned()),
    }
}

/// Whether it is told elsewhere than in the document.
fn is_aside(verb: &str, uri: &str) -> bool {
    matches!(verb, "HEAD" | "OPTIONS") || matches!(uri, "/" | "/healthcheck")
}

/// The operation of a request: the path that has the fewest parameters.
fn operation(verb: &str, uri: &str) -> Option<&'static Value> {
    let path = uri.split('?').next().unwrap_or_default();
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let path = if path == "/" || path.starts_with("/v1") || path.starts_with("/kamacite") {
        path.to_owned()
    } else {
        format!("/v1{path}")
    };
    let fits = |template: &str| {
        let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
        template.len() == path.len() && template.iter().zip(&path).all(|(of, part)| of.starts_with('{') || of == part)
    };
    let paths = DOCUMENT["paths"].as_object()?;
    let found = paths.iter().filter(|(template, _)| fits(template));
    let (_, item) = found.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(verb.to_lowercase())
}

fn fault_in(operation: &'static Value, answer: &Answer) -> Option<String> {
    let Some(told) = operation["responses"].get(answer.status.to_string()) else {
        return Some("there is no such status".to_owned());
    };
    let told = resolved(told);
    let headers = told["headers"].as_object().into_iter().flatten();
    for (name, header) in headers.filter(|(_, header)| resolved(header)["required"] == true) {
        let value = answer.header(name);
        if value.is_empty() {
            return Some(format!("{name} is missing from the head ({header})"));
        }
    }
    let Some(content) = told.get("content").and_then(Value::as_object) else {
        return (!answer.body.is_empty()).then(|| "there is no body".to_owned());
    };
    let media_type = answer.header("content-type");
    match (content.get("*/*"), content.get(media_type)) {
        (Some(_), _) => None,
        (None, None) => Some(format!("the body is not of type {media_type:?}")),
        (None, Some(of)) => match serde_json::from_slice(&answer.body) {
            Ok(body) => fault(&of["schema"], &body, "the body"),
            Err(why) => Some(format!("the body is JSON: {why}")),
        },
    }
}

/// What a reference leads to.
fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(to) => DOCUMENT.pointer(to.trim_start_matches('#')).unwrap_or_else(|| panic!("{to} is not there")),
        None => value,
    }
}

/// What is wrong with a value: the keywords of JSON Schema that our document uses, and no others.
fn fault(schema: &'static Value, value: &Value, at: &str) -> Option<String> {
    let rules = schema.as_object()?;
    rules.iter().find_map(|(keyword, rule)| {
        let broken = match keyword.as_str() {
            "$ref" => return fault(resolved(schema), value, at),
            "allOf" => return rule.as_array()?.iter().find_map(|of| fault(of, value, at)),
            "anyOf" => return any_fault(rule, value, at),
            "properties" => return members_fault(rule, rules, value, at),
            "additionalProperties" if rules.contains_key("properties") => false,
            "additionalProperties" => {
                return value.as_object()?.iter().find_map(|(name, value)| fault(rule, value, &format!("{at}.{name}")));
            }
            "items" => {
                let items = value.as_array()?.iter().enumerate();
                return items.map(|(i, item)| fault(rule, item, &format!("{at}[{i}]"))).find_map(|fault| fault);
            }
            "required" => {
                let missing = rule.as_array()?.iter().find(|name| value.get(name.as_str().unwrap()).is_none())?;
                return value.is_object().then(|| format!("{at} has no {missing}"));
            }
            "type" => !rule.as_array().map_or_else(|| is_of(rule, value), |any| any.iter().any(|of| is_of(of, value))),
            "enum" => !rule.as_array()?.contains(value),
            "format" => value.as_str().is_some_and(|text| !is_in_format(rule, text)),
            "pattern" => value.as_str().is_some_and(|text| !fits(rule, text)),
            "minLength" => value.as_str().is_some_and(|text| (text.chars().count() as u64) < rule.as_u64().unwrap()),
            "maxLength" => value.as_str().is_some_and(|text| text.chars().count() as u64 > rule.as_u64().unwrap()),
            "description" | "x-since" => false,
            other => panic!("{at}: teach kamacite-api/tests/support/openapi.rs the keyword {other}"),
        };
        broken.then(|| format!("{at} is {value}, and its {keyword} is {rule}"))
    })
}

fn any_fault(schemas: &'static Value, value: &Value, at: &str) -> Option<String> {
    let faults: Option<Vec<String>> = schemas.as_array()?.iter().map(|of| fault(of, value, at)).collect();
    faults.map(|faults| faults.join("; or "))
}

fn members_fault(members: &'static Value, rules: &Map<String, Value>, value: &Value, at: &str) -> Option<String> {
    value.as_object()?.iter().find_map(|(name, value)| match members.get(name) {
        Some(schema) => fault(schema, value, &format!("{at}.{name}")),
        None => (rules.get("additionalProperties") == Some(&Value::Bool(false))).then(|| format!("{at} has no {name}")),
    })
}

fn is_of(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn is_in_format(name: &Value, text: &str) -> bool {
    match name.as_str().unwrap() {
        "uuid" => kamacite_model::Uuid::try_parse(text).is_ok(),
        "date-time" => text.parse::<kamacite_model::Timestamp>().is_ok(),
        other => panic!("teach kamacite-api/tests/support/openapi.rs the format {other}"),
    }
}

/// The only pattern of what is answered is that of hardware addresses.
fn fits(pattern: &Value, text: &str) -> bool {
    assert_eq!(
        pattern, "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$",
        "teach kamacite-api/tests/support/openapi.rs the pattern"
    );
    text.parse::<kamacite_model::Mac>().is_ok()
}
