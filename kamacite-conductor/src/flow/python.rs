//! Data as the reference prints it into messages: the way Python shows a dictionary.

use kamacite_model::Json;
use serde_json::Value;

/// A JSON object as Python's `repr` shows a dictionary.
pub(crate) fn repr_object(object: &Json) -> String {
    let entries: Vec<String> = object.iter().map(|(key, value)| format!("{}: {}", text(key), repr(value))).collect();
    format!("{{{}}}", entries.join(", "))
}

/// JSON objects as Python's `repr` shows a list of dictionaries.
pub(crate) fn repr_list<'a>(objects: impl IntoIterator<Item = &'a Json>) -> String {
    let items: Vec<String> = objects.into_iter().map(repr_object).collect();
    format!("[{}]", items.join(", "))
}

fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(string) => text(string),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(object) => repr_object(object),
    }
}

fn text(string: &str) -> String {
    let escaped = string.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    // Python prefers single quotes, and takes double ones when that saves an escape.
    if escaped.contains('\'') && !escaped.contains('"') {
        format!("\"{escaped}\"")
    } else {
        format!("'{}'", escaped.replace('\'', "\\'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_look_as_python_shows_them() {
        let object = serde_json::json!({"a": "it's", "b": [true, null, 1.5], "c": {"d": "x\n"}});
        let shown = object.as_object().map(repr_object).unwrap_or_default();
        assert_eq!(shown, r#"{'a': "it's", 'b': [True, None, 1.5], 'c': {'d': 'x\n'}}"#);
    }
}
