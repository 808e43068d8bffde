//! Free-form data of a node that may hold secrets.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use serde_json::{Map, Value};

/// `driver_info`, `instance_info` and `driver_internal_info`: a JSON object whose secret values never reach a log.
#[derive(Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Info(pub Map<String, Value>);

impl Info {
    /// The text under `key`, where there is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }

    /// A copy with every secret value replaced by stars.
    pub fn masked(&self) -> Map<String, Value> {
        self.0.iter().map(|(key, value)| (key.clone(), masked(key, value))).collect()
    }
}

fn masked(key: &str, value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        _ if is_secret_key(key) => Value::from("******"),
        Value::Object(inner) => {
            Value::Object(inner.iter().map(|(key, value)| (key.clone(), masked(key, value))).collect())
        }
        Value::Array(items) => items.iter().map(|item| masked("", item)).collect(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Whether a key names something that must not be shown.
pub fn is_secret_key(key: &str) -> bool {
    const SECRET: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "snmp_auth_key",
        "snmp_priv_key",
        "private_key",
        "kg_key",
    ];
    let key = key.to_ascii_lowercase();
    SECRET.iter().any(|part| key.contains(part))
}

impl Deref for Info {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Info {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<Map<String, Value>> for Info {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.masked().fmt(f)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_stars_for_secrets_at_any_depth() {
        let text = r#"{"redfish_password": "calvin", "a": {"api_token": "calvin"}, "b": 1,
            "steps": [{"args": {"password": "calvin"}}], "secret": {"deep": "calvin"}}"#;
        let info: Info = serde_json::from_str(text).expect("an object");
        let shown = format!("{info:?}");
        assert!(!shown.contains("calvin"), "{shown}");
        assert_eq!(info.text("redfish_password"), Some("calvin"));
    }
}
