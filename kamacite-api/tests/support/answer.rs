//! An answer, and what a test may expect of it.

use axum::{
    http::{HeaderMap, header},
    response::Response,
};
use kamacite_model::Uuid;
use serde_json::{Value, json};

/// An answer that has come whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The same, of this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Of this status, and in these words, whatever the shape of the envelope.
    #[track_caller]
    pub fn refused(self, status: u16, words: &str) {
        let told = self.words();
        assert_eq!((self.status, told.as_str()), (status, words));
    }

    /// What an error says.
    pub fn words(&self) -> String {
        let Ok(body) = serde_json::from_slice::<Value>(&self.body) else { return self.text() };
        let inner = body["error_message"].as_str().and_then(|inner| serde_json::from_str::<Value>(inner).ok());
        let inner = inner.unwrap_or(body);
        let words = ["faultstring", "description"].iter().find_map(|name| inner[name].as_str());
        words.or(inner["error"]["message"].as_str()).map_or_else(|| self.text(), str::to_owned)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The whole answer for a snapshot: what is made by chance is numbered in order of appearance.
    pub fn shown(&self) -> Value {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .filter(|(name, _)| **name != header::CONTENT_LENGTH)
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let headers: serde_json::Map<String, Value> =
            headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        let body = match serde_json::from_slice::<Value>(&self.body) {
            Ok(body) => body,
            Err(_) => self.text().into(),
        };
        let mut seen = Vec::new();
        // The body first: its own UUID is the first that matters.
        let body = numbered(&body, &mut seen);
        json!({ "status": self.status, "headers": numbered(&headers.into(), &mut seen), "body": body })
    }

    /// The body alone, for a snapshot.
    pub fn document(&self) -> Value {
        self.shown()["body"].take()
    }
}

fn numbered(value: &Value, seen: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => number_uuids(text, seen).into(),
        Value::Array(items) => items.iter().map(|item| numbered(item, seen)).collect(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| (number_uuids(key, seen), numbered(value, seen)));
            Value::Object(pairs.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

const UUID_LENGTH: usize = 36;

fn number_uuids(text: &str, seen: &mut Vec<String>) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let candidate = rest.get(..UUID_LENGTH).filter(|part| Uuid::try_parse(part).is_ok());
        if let Some(uuid) = candidate {
            let at = seen.iter().position(|known| known == uuid).unwrap_or_else(|| {
                seen.push(uuid.to_owned());
                seen.len() - 1
            });
            shown.push_str(&format!("<uuid {}>", at + 1));
            rest = &rest[UUID_LENGTH..];
        } else {
            shown.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    shown
}
