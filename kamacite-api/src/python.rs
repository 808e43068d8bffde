//! Values as the reference words them in its messages: the way Python prints them.
//!
//! Clients compare these texts, so they are kept; nothing else knows of Python.

use std::fmt::Write as _;

use serde_json::Value;

/// A value as `str()` gives it: texts as they are, everything else as [`repr`].
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => repr(value),
    }
}

/// A value as `repr()` gives it.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(value, &mut out);
    out
}

/// A text as `repr()` gives it.
pub fn repr_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_text(text, &mut out);
    out
}

/// Texts as `repr()` gives a list of them.
pub fn repr_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for (i, text) in texts.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_text(text, &mut out);
    }
    out.push(']');
    out
}

/// A text as JSON in which everything beyond ASCII is escaped, as `json.dumps()` writes it.
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_repr(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_text(key, out);
                out.push_str(": ");
                write_repr(value, out);
            }
            out.push('}');
        }
    }
}

/// Single quotes, unless the text has some and no double ones.
fn write_text(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(repr(&value), expected);
    }

    #[test]
    fn values_print_as_python_prints_them() {
        check(json!(null), "None");
        check(json!([true, false, 5, 1.5]), "[True, False, 5, 1.5]");
        check(json!({"op": "add", "value": {"a": []}}), "{'op': 'add', 'value': {'a': []}}");
        check(json!("it's"), "\"it's\"");
        check(json!("it's \"it\""), "'it\\'s \"it\"'");
        check(json!("a\tb\\\u{1}é"), "'a\\tb\\\\\\x01é'");
        assert_eq!(text(&json!("plain")), "plain");
        assert_eq!(repr_list(["a", "b"]), "['a', 'b']");
    }

    #[test]
    fn json_texts_are_ascii() {
        assert_eq!(json_text("a\"é\u{1F600}\u{1}"), r#""a\"\u00e9\ud83d\ude00\u0001""#);
    }
}
