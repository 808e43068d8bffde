//! JSON as text in a column.

use serde::Serialize;

use crate::db::TooDeep;

/// The deepest nesting that is stored: serde_json reads no deeper, as its stack would end.
pub(crate) const DEPTH: usize = 127;

/// The text of a value, if it can be read back.
pub(crate) fn to_text(value: &impl Serialize) -> Result<String, TooDeep> {
    // Only what nests too deeply or has keys that are no text fails, and the types we store have none such.
    let text = serde_json::to_string(value).map_err(|_| TooDeep)?;
    if depth(&text) > DEPTH { Err(TooDeep) } else { Ok(text) }
}

/// How deeply the objects and arrays of a JSON text nest.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn nested(levels: usize) -> Value {
        (1..levels).fold(json!([]), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"k": inner}) })
    }

    #[test]
    fn what_is_stored_can_be_read_and_what_cannot_be_read_is_refused() {
        let deepest = nested(DEPTH);
        let text = to_text(&deepest).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), deepest);
        assert_eq!(to_text(&nested(DEPTH + 1)), Err(TooDeep));
        assert!(serde_json::from_str::<Value>(&nested(DEPTH + 1).to_string()).is_err());
    }

    #[test]
    fn brackets_in_text_do_not_nest() {
        assert_eq!(depth(r#"{"a": "[[[\"[[", "b\\": [1, {}]}"#), 3);
    }
}
