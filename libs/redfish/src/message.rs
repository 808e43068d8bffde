//! What a BMC says about an error (DSP0266, "Error responses"), whatever shape it says it in.

use serde_json::Value;

/// No error message is worth more than this: some BMCs answer with a page of HTML.
const LONGEST: usize = 600;

/// The messages of an error reply as one line; empty when it holds none.
///
/// Preferred are the messages of `error.@Message.ExtendedInfo`, then `error.message`. Accepted:
/// one object or string where the standard wants a list, the members at the top level, a bare
/// string, and plain text. HTML says nothing an operator can use.
pub(crate) fn of_reply(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = match serde_json::from_str::<Value>(&text) {
        Ok(value) => of_value(&value),
        Err(_) if text.trim_start().starts_with('<') => String::new(),
        Err(_) => text.into_owned(),
    };
    shorten(&line)
}

/// Whether an error reply says that the table of sessions is full (DSP8011, `SessionLimitExceeded`; some BMCs say that
/// no more members can be created). What else it is answered with differs from BMC to BMC: 400, 500, 503.
pub(crate) fn tells_of_full_sessions(body: &[u8]) -> bool {
    const WORDS: [&str; 2] = ["SessionLimitExceeded", "CreateLimitReachedForResource"];
    let text = String::from_utf8_lossy(body);
    WORDS.iter().any(|word| text.contains(word))
}

/// What a task says of its end (DSP0268, Task `Messages`).
pub(crate) fn of_task(task: &Value) -> String {
    shorten(&task.get("Messages").map(of_extended_info).unwrap_or_default().join("; "))
}

fn of_value(value: &Value) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    let error = value.get("error").unwrap_or(value);
    if let Value::String(text) = error {
        return text.clone();
    }
    let extended = error
        .get("@Message.ExtendedInfo")
        .or_else(|| value.get("@Message.ExtendedInfo"))
        .map(of_extended_info)
        .unwrap_or_default();
    if !extended.is_empty() {
        return extended.join("; ");
    }
    let general = error.get("message").or_else(|| error.get("Message")).and_then(Value::as_str);
    if let Some(general) = general {
        return general.to_owned();
    }
    // Nothing for people: the code is better than silence.
    error.get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn of_extended_info(info: &Value) -> Vec<String> {
    let items = match info {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        let text = match item {
            Value::String(text) => Some(text.as_str()),
            other => other.get("Message").or_else(|| other.get("message")).and_then(Value::as_str),
        };
        if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty())
            && !lines.iter().any(|seen| seen == text)
        {
            lines.push(text.to_owned());
        }
    }
    lines
}

/// One line of bounded length.
fn shorten(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST {
        line = line.chars().take(LONGEST).collect();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(of_reply(body.as_bytes()), expected, "{body}");
    }

    #[test]
    fn the_shape_of_the_standard() {
        check(
            r#"{"error": {"code": "Base.1.8.GeneralError", "message": "See extended information.",
                "@Message.ExtendedInfo": [
                  {"MessageId": "Base.1.8.PropertyUnknown", "Message": "The property Foo is unknown."},
                  {"MessageId": "Base.1.8.PropertyUnknown", "Message": "The property Bar is unknown."}]}}"#,
            "The property Foo is unknown.; The property Bar is unknown.",
        );
    }

    #[test]
    fn shapes_of_the_field() {
        // An object, or strings, for a list.
        check(r#"{"error": {"@Message.ExtendedInfo": {"Message": "One."}}}"#, "One.");
        check(r#"{"error": {"@Message.ExtendedInfo": ["One.", "Two.", "One."]}}"#, "One.; Two.");
        // Messages without text: the general one remains.
        check(r#"{"error": {"message": "General.", "@Message.ExtendedInfo": [{"MessageId": "X"}]}}"#, "General.");
        check(r#"{"error": {"message": "General.", "@Message.ExtendedInfo": null}}"#, "General.");
        // Everything at the top level.
        check(r#"{"@Message.ExtendedInfo": [{"Message": "Top."}]}"#, "Top.");
        check(r#"{"error": {"message": "General."}, "@Message.ExtendedInfo": [{"Message": "Top."}]}"#, "Top.");
        check(r#"{"message": "Flat."}"#, "Flat.");
        check(r#"{"error": "Plain."}"#, "Plain.");
        check(r#"{"error": {"code": "Base.1.0.GeneralError"}}"#, "Base.1.0.GeneralError");
        check(r#""EOF""#, "EOF");
        check("PATCH only works\n for Boot", "PATCH only works for Boot");
    }

    #[test]
    fn nothing_usable_is_nothing() {
        check("", "");
        check("<html><title>503</title></html>", "");
        check("{}", "");
        check("[1, 2]", "");
        check(r#"{"error": {"@Message.ExtendedInfo": [{}, 3, ""]}}"#, "");
    }

    #[test]
    fn a_flood_is_cut() {
        let line = of_reply("é".repeat(10_000).as_bytes());
        assert_eq!(line.chars().count(), LONGEST + 1);
    }
}
