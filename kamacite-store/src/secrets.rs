//! Keeps secret values apart: a row has them in a column of their own, which a dump of the database can leave out.
//!
//! In the public part `null` stands in for each secret, so that keys keep their order. The secret part mirrors the way to
//! each secret, with the places of arrays as keys: `{"a": [{"token": "t"}]}` becomes `{"a": [{"token": null}]}` and
//! `{"a": {"0": {"token": "t"}}}`.

use kamacite_model::{Info, is_secret_key};
use sea_query::Value as SqlValue;
use serde_json::{Map, Value};

use crate::{
    db::{Stored as _, TooDeep},
    json,
};

/// Tells which keys hold secrets.
pub(crate) type IsSecret = fn(&str) -> bool;

/// Of an instance: a config drive holds keys and passwords.
pub(crate) fn is_instance_secret(key: &str) -> bool {
    key == "configdrive" || is_secret_key(key)
}

/// A JSON value, or an object of them.
pub(crate) trait HasSecrets: serde::Serialize {
    /// Whether there is any secret to keep apart.
    fn has(&self, is_secret: IsSecret) -> bool;
    /// The public part and the secret part.
    fn split(&self, is_secret: IsSecret) -> (Value, Map<String, Value>);
    /// Puts the secret part back into the public one.
    fn put_back(&mut self, secrets: Map<String, Value>);
}

impl HasSecrets for Value {
    fn has(&self, is_secret: IsSecret) -> bool {
        match self {
            Self::Object(map) => map_has(map, is_secret),
            Self::Array(items) => items.iter().any(|item| item.has(is_secret)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    fn split(&self, is_secret: IsSecret) -> (Value, Map<String, Value>) {
        match self {
            Self::Object(map) => {
                let (public, secrets) = split_map(map, is_secret);
                (Self::Object(public), secrets)
            }
            Self::Array(items) => {
                let mut secrets = Map::new();
                let public = items.iter().enumerate().map(|(place, item)| {
                    let (public, secret) = item.split(is_secret);
                    if !secret.is_empty() {
                        secrets.insert(place.to_string(), Self::Object(secret));
                    }
                    public
                });
                (Self::Array(public.collect()), secrets)
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => (self.clone(), Map::new()),
        }
    }

    fn put_back(&mut self, secrets: Map<String, Value>) {
        match self {
            Self::Object(map) => put_back_map(map, secrets),
            Self::Array(items) => {
                for (place, secret) in secrets {
                    if let (Some(item), Self::Object(secret)) =
                        (place.parse::<usize>().ok().and_then(|place| items.get_mut(place)), secret)
                    {
                        item.put_back(secret);
                    }
                }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
        }
    }
}

impl HasSecrets for Info {
    fn has(&self, is_secret: IsSecret) -> bool {
        map_has(self, is_secret)
    }

    fn split(&self, is_secret: IsSecret) -> (Value, Map<String, Value>) {
        let (public, secrets) = split_map(self, is_secret);
        (Value::Object(public), secrets)
    }

    fn put_back(&mut self, secrets: Map<String, Value>) {
        put_back_map(self, secrets);
    }
}

/// The public part, as a column keeps it.
pub(crate) fn public(value: &impl HasSecrets, is_secret: IsSecret) -> Result<SqlValue, TooDeep> {
    let text = if value.has(is_secret) { json::to_text(&value.split(is_secret).0) } else { json::to_text(value) };
    text.map(|text| SqlValue::String(Some(text)))
}

/// The secret part, as a column keeps it: nothing where there are no secrets.
pub(crate) fn secrets(value: &impl HasSecrets, is_secret: IsSecret) -> Result<SqlValue, TooDeep> {
    value.has(is_secret).then(|| value.split(is_secret).1).to_value()
}

/// Puts the secret part back into the public one.
pub(crate) fn merge(public: &mut impl HasSecrets, secrets: Map<String, Value>) {
    public.put_back(secrets);
}

fn map_has(map: &Map<String, Value>, is_secret: IsSecret) -> bool {
    map.iter().any(|(key, value)| if is_secret(key) { !value.is_null() } else { value.has(is_secret) })
}

fn split_map(map: &Map<String, Value>, is_secret: IsSecret) -> (Map<String, Value>, Map<String, Value>) {
    let mut secrets = Map::new();
    let public = map.iter().map(|(key, value)| {
        if is_secret(key) {
            if !value.is_null() {
                secrets.insert(key.clone(), value.clone());
            }
            return (key.clone(), Value::Null);
        }
        let (public, secret) = value.split(is_secret);
        if !secret.is_empty() {
            secrets.insert(key.clone(), Value::Object(secret));
        }
        (key.clone(), public)
    });
    (public.collect(), secrets)
}

fn put_back_map(map: &mut Map<String, Value>, secrets: Map<String, Value>) {
    for (key, secret) in secrets {
        match (map.get_mut(&key), secret) {
            // A container on the way to a secret; what stands in for a secret is null.
            (Some(inner @ (Value::Object(_) | Value::Array(_))), Value::Object(secret)) => inner.put_back(secret),
            (Some(place), secret) => *place = secret,
            (None, secret) => {
                map.insert(key, secret);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(whole: Value, public: Value, secrets: Value) {
        let (mut split, secret) = whole.split(is_instance_secret);
        assert_eq!(whole.has(is_instance_secret), !secret.is_empty());
        assert_eq!((split.to_string(), Value::Object(secret.clone())), (public.to_string(), secrets));
        split.put_back(secret);
        assert_eq!(split.to_string(), whole.to_string());
    }

    #[test]
    fn secrets_part_and_come_back_in_their_order() {
        check(
            json!({"a": 1, "redfish_password": "p", "z": 2}),
            json!({"a": 1, "redfish_password": null, "z": 2}),
            json!({"redfish_password": "p"}),
        );
        check(
            json!({"steps": [1, {"x": {"api_token": {"deep": [1]}}}, []]}),
            json!({"steps": [1, {"x": {"api_token": null}}, []]}),
            json!({"steps": {"1": {"x": {"api_token": {"deep": [1]}}}}}),
        );
        check(
            json!({"configdrive": {"user_data": "u"}}),
            json!({"configdrive": null}),
            json!({"configdrive": {"user_data": "u"}}),
        );
        check(json!({"password": null, "list": [[]]}), json!({"password": null, "list": [[]]}), json!({}));
        check(json!("token"), json!("token"), json!({}));
    }
}
