//! A node's free data without its secrets, masked while it is written.

use kamacite_model::{Info, Json, is_secret_key};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

const STARS: &str = "******";

/// Whether secrets are replaced by stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// They are: for clients.
    Masked,
    /// They are not: for patches.
    Shown,
}

/// Data of a node with its secrets masked or not.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    /// The data.
    pub info: &'a Info,
    /// Whether to mask.
    pub secrets: Secrets,
    /// Keys of the first level that are masked whole, whatever they hold, if they hold anything.
    pub also: &'static [&'static str],
}

impl Serialize for Guarded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.secrets == Secrets::Shown {
            return self.info.0.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(self.info.len()))?;
        for (key, value) in &self.info.0 {
            if self.also.contains(&key.as_str()) && says_something(value) {
                map.serialize_entry(key, STARS)?;
            } else {
                map.serialize_entry(key, &Entry { key, value })?;
            }
        }
        map.end()
    }
}

struct Masked<'a>(&'a Json);

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, Entry { key, value })))
    }
}

struct Entry<'a> {
    key: &'a str,
    value: &'a Value,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            // What stands below a secret's name may hold more than the secret.
            Value::Object(inner) => Masked(inner).serialize(serializer),
            Value::Null => serializer.serialize_unit(),
            _ if is_secret(self.key) => serializer.serialize_str(STARS),
            Value::Array(items) => serializer.collect_seq(items.iter().map(|value| Entry { key: "", value })),
            plain @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain.serialize(serializer),
        }
    }
}

/// Keys that the reference masks beside those that are secret everywhere.
fn is_secret(key: &str) -> bool {
    const ALSO: &[&str] =
        &["adminpass", "admin_pass", "new_pass", "sys_pswd", "configdrive", "encrypted_key", "sslkey"];
    is_secret_key(key) || {
        let key = key.to_ascii_lowercase();
        ALSO.iter().any(|part| key.contains(part))
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(also: &'static [&'static str], given: Value, expected: Value) {
        let info = Info(given.as_object().cloned().unwrap());
        let masked = |secrets| serde_json::to_value(Guarded { info: &info, secrets, also }).unwrap();
        assert_eq!(masked(Secrets::Masked), expected);
        assert_eq!(masked(Secrets::Shown), given);
    }

    #[test]
    fn secrets_are_stars_at_any_depth() {
        check(
            &[],
            json!({
                "redfish_password": "p", "redfish_username": "u", "numeric_secret": 5, "token": null,
                "x": {"auth_token": {"a": 1, "password": "p"}, "list": [{"password": "p"}, "text"]},
            }),
            json!({
                "redfish_password": "******", "redfish_username": "u", "numeric_secret": "******", "token": null,
                "x": {"auth_token": {"a": 1, "password": "******"}, "list": [{"password": "******"}, "text"]},
            }),
        );
    }

    #[test]
    fn some_keys_are_masked_whole() {
        check(
            &["configdrive", "image_url"],
            json!({"configdrive": {"meta_data": {}}, "image_url": "http://i", "image_source": "s"}),
            json!({"configdrive": "******", "image_url": "******", "image_source": "s"}),
        );
        check(&["image_url"], json!({"image_url": ""}), json!({"image_url": ""}));
    }
}
