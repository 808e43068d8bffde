//! Data as the reference prints it into messages: the way Python shows a dictionary.

use kamacite_model::{Json, is_secret_key};
use serde_json::Value;

/// A JSON object as Python's `repr` shows a dictionary. Secrets among the `args` of a step are hidden: what is written
/// here goes to clients, into histories and into logs.
pub(crate) fn repr_object(object: &Json) -> String {
    entries(object, false)
}

/// JSON objects as Python's `repr` shows a list of dictionaries, with secrets hidden likewise.
pub(crate) fn repr_list<'a>(objects: impl IntoIterator<Item = &'a Json>) -> String {
    let items: Vec<String> = objects.into_iter().map(repr_object).collect();
    format!("[{}]", items.join(", "))
}

fn entries(object: &Json, in_args: bool) -> String {
    let entry = |(key, value): (&String, &Value)| match in_args && is_secret_key(key) && !value.is_null() {
        true => format!("{}: '******'", text(key)),
        false => format!("{}: {}", text(key), repr(value, in_args || key == "args")),
    };
    format!("{{{}}}", object.iter().map(entry).collect::<Vec<_>>().join(", "))
}

fn repr(value: &Value, in_args: bool) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(string) => text(string),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(|item| repr(item, in_args)).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => entries(object, in_args),
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

    #[test]
    fn secrets_among_arguments_are_hidden_wherever_they_are() {
        let step = serde_json::json!({
            "args": {"password": "calvin", "users": [{"api_token": {"deep": 1}, "name": "n"}], "secret": null},
            "argsinfo": {"password": {"required": true}},
        });
        let shown = step.as_object().map(repr_object).unwrap_or_default();
        let args = "{'password': '******', 'users': [{'api_token': '******', 'name': 'n'}], 'secret': None}";
        assert_eq!(shown, format!("{{'args': {args}, 'argsinfo': {{'password': {{'required': True}}}}}}"));
    }
}
