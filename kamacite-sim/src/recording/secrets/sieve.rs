//! The one walk that decides for each leaf of a conversation whether it is a secret.
//!
//! To learn and to mask are this same walk, so that nothing is masked where it was found and shown elsewhere.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    MARK, is_one_of, is_value,
    known::Known,
    names::{self, Naming},
    text,
};

/// Members that tell what others of the same object hold.
const NAMES: [&str; 7] = ["AttributeName", "Header", "Key", "Name", "Property", "PropertyName", "Type"];

/// How a secret was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By {
    /// Its form says so: `Basic ...`, the password of a URL.
    Form,
    /// The name of the member, or of one above, is that of a secret.
    Name,
    /// It stands beside such a name in a text.
    Beside,
    /// The name of the member is about a secret.
    About,
    /// The name of a member above is about a secret.
    Within,
    /// It is the name of a session.
    Session,
    /// It is none itself, but the name of an attribute that a registry calls a password.
    Attribute,
}

/// A walk, which tells what it finds.
pub(super) struct Sieve<'a, F: FnMut(By, &str)> {
    pub known: &'a Known,
    /// Names of attributes that a registry calls passwords.
    pub attributes: &'a HashSet<String>,
    pub found: F,
}

impl<F: FnMut(By, &str)> Sieve<'_, F> {
    /// A body without its secrets.
    pub fn body(&mut self, body: &Value) -> Value {
        match body {
            Value::Object(members) if is_published(members) => self.published(body),
            Value::Object(members) => Value::Object(self.object(members)),
            Value::Array(items) => items.iter().map(|item| self.body(item)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) if self.known.is(&number.to_string()) => MARK.into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
        }
    }

    /// A text without its secrets. One that is JSON is a body.
    pub fn text(&mut self, text: &str) -> String {
        if let Some(body) = nested(text) {
            let kept = self.body(&body);
            if kept != body {
                return kept.to_string();
            }
        }
        text::clean(&self.known.blot(text), &mut self.found)
    }

    /// What anybody may read, and what only names secrets, loses what is known to be one.
    fn published(&mut self, body: &Value) -> Value {
        match body {
            Value::Object(members) => {
                members.iter().map(|(name, value)| (self.member_name(name), self.published(value))).collect()
            }
            Value::Array(items) => items.iter().map(|item| self.published(item)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
        }
    }

    fn object(&mut self, members: &Map<String, Value>) -> Map<String, Value> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let is_session = text("@odata.type").is_some_and(|kind| kind.starts_with("#Session."));
        if let (Some(attribute), Some("Password")) = (text("AttributeName"), text("Type")) {
            (self.found)(By::Attribute, attribute);
        }
        let beside = self.beside(members);
        let mut kept = Map::new();
        for (name, value) in members {
            let value = match value {
                Value::String(id) if is_session && name == "Id" => {
                    (self.found)(By::Session, id);
                    MARK.into()
                }
                value if key_is_name(members) && is_key(name) => self.body(value),
                value if is_value(name) => self.member(name, value, beside.max(self.naming(name)), true),
                value => self.member(name, value, self.naming(name), true),
            };
            kept.insert(self.member_name(name), value);
        }
        kept
    }

    /// What the names in an object say of the values beside them, as in lists of attributes.
    fn beside(&self, members: &Map<String, Value>) -> Naming {
        let names = members.iter().filter(|(name, _)| is_one_of(&NAMES, name)).filter_map(|(_, name)| name.as_str());
        names.map(|name| self.naming(name)).max().unwrap_or(Naming::Plain)
    }

    /// A member as it is kept, when its own name or one above says this of it.
    fn member(&mut self, name: &str, value: &Value, naming: Naming, own: bool) -> Value {
        // A link to where secrets are is none.
        if naming == Naming::Plain || name.starts_with("@odata.") {
            return self.body(value);
        }
        let by = match naming {
            Naming::Secret => By::Name,
            Naming::About | Naming::Plain if own => By::About,
            Naming::About | Naming::Plain => By::Within,
        };
        match value {
            Value::String(text) if text.is_empty() => value.clone(),
            Value::String(text) => {
                (self.found)(by, text);
                MARK.into()
            }
            Value::Number(number) if naming == Naming::Secret => {
                (self.found)(by, &number.to_string());
                MARK.into()
            }
            Value::Array(items) => items.iter().map(|item| self.member("", item, naming, own)).collect(),
            Value::Object(members) => {
                let mut kept = Map::new();
                for (name, value) in members {
                    let theirs = self.naming(name);
                    let value = self.member(name, value, naming.max(theirs), theirs != Naming::Plain);
                    kept.insert(self.member_name(name), value);
                }
                Value::Object(kept)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn naming(&self, name: &str) -> Naming {
        if self.attributes.contains(name) { Naming::Secret } else { names::naming(name) }
    }

    /// A name of a member as it is kept. Words stay: a secret that is one must not take the structure of everything along.
    fn member_name(&self, name: &str) -> String {
        let is_word = name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '@' | '.' | '#'));
        if is_word { name.to_owned() } else { self.known.blot(name) }
    }
}

/// Whether what an object calls a key is the name of its value; beside another name it is a key.
fn key_is_name(members: &Map<String, Value>) -> bool {
    let mut names = members.keys().filter(|name| is_one_of(&NAMES, name));
    members.keys().any(|name| is_value(name)) && names.next().is_some_and(|name| is_key(name)) && names.next().is_none()
}

fn is_key(name: &str) -> bool {
    name.eq_ignore_ascii_case("key")
}

/// A text that is a body of its own, as of a task that tells what it was asked.
fn nested(text: &str) -> Option<Value> {
    let is_likely = text.trim_start().starts_with(['{', '[']);
    is_likely.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Whether this is a registry of messages or privileges, or a schema, as they are published for everybody: a message called
/// `PasswordChangeRequired` is no secret.
fn is_published(members: &Map<String, Value>) -> bool {
    const KINDS: [&str; 2] = ["#MessageRegistry.", "#PrivilegeRegistry."];
    let kind = members.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
    let is_schema = members.contains_key("$schema") && !members.contains_key("@odata.id");
    KINDS.iter().any(|known| kind.starts_with(known)) || is_schema
}
