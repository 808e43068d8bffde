//! Schemas in few words: what the parts of an OpenAPI document are put together from (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

use crate::schema::Property;

/// A schema.
pub type Schema = Value;

/// Any text.
pub fn text() -> Schema {
    json!({"type": "string"})
}

/// A truth value.
pub fn flag() -> Schema {
    json!({"type": "boolean"})
}

/// A whole number.
pub fn integer() -> Schema {
    json!({"type": "integer"})
}

/// A number.
pub fn number() -> Schema {
    json!({"type": "number"})
}

/// A UUID.
pub fn uuid() -> Schema {
    json!({"type": "string", "format": "uuid"})
}

/// A hardware address.
pub fn mac() -> Schema {
    json!({"type": "string", "pattern": "^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$"})
}

/// A UUID or a logical name.
pub fn ident() -> Schema {
    json!({"type": "string", "pattern": "^[A-Za-z0-9._~-]+$", "maxLength": 255})
}

/// A moment.
pub fn moment() -> Schema {
    json!({"type": "string", "format": "date-time"})
}

/// An object that may hold anything.
pub fn object() -> Schema {
    json!({"type": "object"})
}

/// A text of a closed set.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Schema {
    json!({"type": "string", "enum": names.into_iter().collect::<Vec<_>>()})
}

/// A list.
pub fn list(of: Schema) -> Schema {
    json!({"type": "array", "items": of})
}

/// An object of any names, each with the same kind of value.
pub fn map(of: Schema) -> Schema {
    json!({"type": "object", "additionalProperties": of})
}

/// The same, or null.
pub fn or_null(mut schema: Schema) -> Schema {
    if let Some(Value::String(of)) = schema.get("type").cloned() {
        schema["type"] = json!([of, "null"]);
        if let Some(Value::Array(names)) = schema.get_mut("enum") {
            names.push(Value::Null);
        }
        return schema;
    }
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// Any of several.
pub fn any_of(schemas: impl IntoIterator<Item = Schema>) -> Schema {
    json!({"anyOf": schemas.into_iter().collect::<Vec<_>>()})
}

/// A schema of the document's own, by its name.
pub fn named(name: &str) -> Schema {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A whole object: these members, all of them, and no others.
pub fn record<'a>(members: impl IntoIterator<Item = (&'a str, Schema)>) -> Schema {
    let mut schema = part(members);
    let required: Vec<Value> = names(&schema).map(Into::into).collect();
    schema["required"] = required.into();
    schema
}

/// An object of some of these members, and no others.
pub fn part<'a>(members: impl IntoIterator<Item = (&'a str, Schema)>) -> Schema {
    let members: Map<String, Value> = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({"type": "object", "properties": members, "additionalProperties": false})
}

/// A whole object: every member of a part that has a name in the document.
pub fn whole(name: &str, part: &Schema) -> Schema {
    json!({"allOf": [named(name)], "required": names(part).collect::<Vec<_>>()})
}

/// A page of a list, under a name of its own, with a link to the next where there is one.
pub fn page(name: &str, of: Schema) -> Schema {
    let mut schema =
        part([(name, list(of)), ("next", told(text(), "The next page; where there is none, this is the last."))]);
    schema["required"] = json!([name]);
    schema
}

/// What a client may say: an object of these properties and no others, as the handlers check it. `about` tells what more is
/// known of a property by its name.
pub fn said(properties: &[Property], required: &[&str], about: impl Fn(&str, Schema) -> Schema) -> Schema {
    let mut schema = part(properties.iter().map(|property| (property.name, about(property.name, of(property)))));
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The same, with what it is for.
pub fn told(mut schema: Schema, words: &str) -> Schema {
    if !words.is_empty() {
        schema["description"] = words.into();
    }
    schema
}

/// The same, with the version `1.N` that it came with.
pub fn since(mut schema: Schema, since: u16) -> Schema {
    let words = schema.get("description").and_then(Value::as_str).map(|words| format!("{words} ")).unwrap_or_default();
    schema["description"] = format!("{words}Since 1.{since}.").into();
    schema["x-since"] = format!("1.{since}").into();
    schema
}

fn names(schema: &Schema) -> impl Iterator<Item = &str> {
    schema["properties"].as_object().into_iter().flat_map(Map::keys).map(String::as_str)
}

/// What a property may be.
fn of(property: &Property) -> Schema {
    let mut schema = json!({});
    match property.types {
        [] => {}
        [only] => schema["type"] = only.as_str().into(),
        many => schema["type"] = many.iter().map(|of| of.as_str()).collect::<Vec<_>>().into(),
    }
    if property.min_length > 0 {
        schema["minLength"] = property.min_length.into();
    }
    if property.max_length < usize::MAX {
        schema["maxLength"] = property.max_length.into();
    }
    if !property.one_of.is_empty() {
        schema["enum"] = property.one_of.into();
    }
    if property.name.ends_with("uuid") {
        schema["format"] = "uuid".into();
    }
    schema
}
