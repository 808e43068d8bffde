//! The one place that decides what of a conversation is secret, and puts a mark in its place.
//!
//! Two things work together. *Names* tell where a secret is: a member `Password`, a header `X-Auth-Token`, a parameter
//! `token=`. And what was found there is *learned*: it is not written down wherever else it turns up, be it in an error
//! message that quotes what was sent. In doubt a value goes.

mod names;
mod text;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use names::{Naming, naming};

/// What stands in the place of a secret.
pub const MARK: &str = "******";

/// Shorter texts are not looked for elsewhere: they would be found in the middle of everything.
const SHORTEST: usize = 4;

/// What a BMC shows under the name of a secret and is shorter than this may be a mere word.
const SHORTEST_SHOWN: usize = 8;

/// Headers of requests and answers that hold secrets.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "set-cookie", "x-auth-token"];

/// Headers that are worth keeping, secret ones aside. All others are left out.
const KEPT_HEADERS: [&str; 10] = [
    "allow",
    "content-type",
    "etag",
    "if-match",
    "if-none-match",
    "link",
    "location",
    "odata-version",
    "retry-after",
    "www-authenticate",
];

/// Words that are the value of many things, and no secret worth spoiling all of them.
const COMMON: &[&str] =
    &["absent", "auto", "default", "disabled", "enabled", "false", "none", "null", "standby", "true", "unknown"];

/// Members that hold the value of what another member of the same object names, as in lists of attributes.
const VALUES: [&str; 5] = ["CurrentValue", "DefaultValue", "NewValue", "Value", "Values"];

/// Members that tell what others of the same object hold.
const NAMES: [&str; 7] = ["AttributeName", "Header", "Key", "Name", "Property", "PropertyName", "Type"];

/// The secrets of a conversation, as far as they are known.
#[derive(Default)]
pub struct Secrets {
    /// Longest first, so that none is torn by a shorter one.
    known: Vec<String>,
}

impl Secrets {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on a text is a secret, however it is spelt: as it is, in a URL, within JSON, in base64.
    pub fn learn(&mut self, secret: &str) {
        let secret = secret.trim();
        let first = secret.chars().next();
        let dull = secret.chars().all(|c| Some(c) == first) || COMMON.contains(&secret.to_lowercase().as_str());
        if secret.chars().count() < SHORTEST || dull || secret == MARK {
            return;
        }
        let quoted = Value::from(secret).to_string();
        let spellings = [
            secret.to_owned(),
            quoted.trim_matches('"').to_owned(),
            percent_encoded(secret),
            BASE64_STANDARD.encode(secret),
        ];
        for spelling in spellings {
            if !self.known.contains(&spelling) {
                self.known.push(spelling);
            }
        }
        self.known.sort_by_key(|known| std::cmp::Reverse(known.len()));
    }

    /// Learns what headers hold: tokens, user name and password of basic authentication, cookies.
    pub fn learn_headers<'a>(&mut self, headers: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (name, value) in headers {
            match name.to_lowercase().as_str() {
                "authorization" => self.learn_authorization(value),
                "cookie" | "set-cookie" => value.split(';').for_each(|pair| self.learn_cookie(pair)),
                "x-auth-token" => self.learn(value),
                name if naming(name) == Naming::Secret => self.learn(value),
                _ => {}
            }
        }
    }

    /// Learns the secrets of a body that is sent.
    pub fn learn_sent(&mut self, body: &Value) {
        self.learn_body(body, true);
    }

    /// Learns the secrets of what is shown. With these more care is taken, since a BMC may show mere words under the name
    /// of a secret.
    pub fn learn_shown(&mut self, body: &Value) {
        self.learn_body(body, false);
    }

    /// Learns the secrets of a text that is sent: a path with its query, a body that is no JSON.
    pub fn learn_text(&mut self, text: &str) {
        text::passwords(text).iter().chain(&text::values(text)).for_each(|secret| self.learn(secret));
    }

    fn learn_body(&mut self, body: &Value, sent: bool) {
        match body {
            Value::Object(members) => {
                for (name, value) in members {
                    match naming(name) {
                        Naming::Secret => self.learn_value(value, sent),
                        Naming::About | Naming::Plain => self.learn_body(value, sent),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_body(item, sent)),
            Value::String(text) if sent => self.learn_text(text),
            Value::String(text) => text::passwords(text).iter().for_each(|secret| self.learn(secret)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Learns what stands under the name of a secret.
    fn learn_value(&mut self, value: &Value, sent: bool) {
        match value {
            Value::String(text) if sent || text.len() >= SHORTEST_SHOWN => self.learn_authorization(text),
            // Headers for events: those that are no secret are what all of them are about.
            Value::Array(items) if sent => items.iter().for_each(|item| self.learn_value(item, sent)),
            Value::Object(members) if sent => {
                let secret = members.values().filter(|value| !value.as_str().is_some_and(is_media_type));
                secret.for_each(|value| self.learn_value(value, sent));
            }
            other => self.learn_body(other, sent),
        }
    }

    /// A header as it is kept; `None` when it is not.
    pub fn header(&self, name: &str, value: &str) -> Option<String> {
        let lower = name.to_lowercase();
        if SECRET_HEADERS.contains(&lower.as_str()) {
            return Some(MARK.to_owned());
        }
        KEPT_HEADERS.contains(&lower.as_str()).then(|| self.text(value))
    }

    /// A text as it is kept: a path with its query, a message, a body that is no JSON.
    pub fn text(&self, text: &str) -> String {
        text::clean(&self.without_known(text))
    }

    /// A body as it is kept.
    pub fn body(&self, body: &Value) -> Value {
        match body {
            Value::Object(members) if is_published(members) => self.published(body),
            Value::Object(members) => Value::Object(self.object(members)),
            Value::Array(items) => items.iter().map(|item| self.body(item)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) if self.is_known(&number.to_string()) => MARK.into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
        }
    }

    /// What anybody may read, and what only names secrets, loses what is known to be one.
    fn published(&self, body: &Value) -> Value {
        match body {
            Value::Object(members) => {
                let kept = members.iter().map(|(name, value)| (self.without_known(name), self.published(value)));
                Value::Object(kept.collect())
            }
            Value::Array(items) => items.iter().map(|item| self.published(item)).collect(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let names_a_secret = NAMES.iter().filter_map(|name| text(name)).any(|name| naming(name) == Naming::Secret);
        let is_session = text("@odata.type").is_some_and(|kind| kind.starts_with("#Session."));
        let kept = members.iter().map(|(name, value)| {
            let elsewhere = names_a_secret && VALUES.contains(&name.as_str()) || is_session && name == "Id";
            let naming = if elsewhere { Naming::Secret } else { naming(name) };
            (self.without_known(name), self.member(name, value, naming))
        });
        kept.collect()
    }

    /// A member as it is kept, when its own name or one above says this of it.
    fn member(&self, name: &str, value: &Value, naming: Naming) -> Value {
        // A link to where secrets are is none.
        if naming == Naming::Plain || name.starts_with("@odata.") {
            return self.body(value);
        }
        match value {
            Value::String(text) if text.is_empty() => value.clone(),
            Value::String(_) => MARK.into(),
            Value::Number(_) if naming == Naming::Secret => MARK.into(),
            Value::Array(items) => items.iter().map(|item| self.member("", item, naming)).collect(),
            Value::Object(members) => {
                let kept = members.iter().map(|(name, value)| {
                    let own = names::naming(name);
                    let naming = if own == Naming::Secret { own } else { naming };
                    (self.without_known(name), self.member(name, value, naming))
                });
                Value::Object(kept.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// `Basic` and what follows, a token, a header with its name, or anything else that is a secret as a whole.
    fn learn_authorization(&mut self, value: &str) {
        self.learn(value);
        if let Some((_, value)) = value.split_once(": ") {
            self.learn(value);
        }
        let Some((scheme, rest)) = value.trim().split_once(' ') else { return };
        if !["basic", "bearer", "digest"].contains(&scheme.to_lowercase().as_str()) {
            return;
        }
        self.learn(rest);
        let decoded = BASE64_STANDARD.decode(rest.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
        if let Some((_, password)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) {
            self.learn(password);
        }
    }

    fn learn_cookie(&mut self, pair: &str) {
        const ATTRIBUTES: [&str; 6] = ["domain", "expires", "max-age", "path", "samesite", "version"];
        if let Some((name, value)) = pair.split_once('=')
            && !ATTRIBUTES.contains(&name.trim().to_lowercase().as_str())
        {
            self.learn(value.trim().trim_matches('"'));
        }
    }

    fn without_known(&self, text: &str) -> String {
        let hit = self.known.iter().filter(|secret| text.contains(secret.as_str()));
        hit.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MARK))
    }

    fn is_known(&self, text: &str) -> bool {
        self.known.iter().any(|secret| secret == text)
    }
}

/// Whether this is a registry of messages or privileges, or a schema, as they are published for everybody: a message called
/// `PasswordChangeRequired` is no secret.
fn is_published(members: &Map<String, Value>) -> bool {
    const KINDS: [&str; 2] = ["#MessageRegistry.", "#PrivilegeRegistry."];
    let kind = members.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
    let is_schema = members.contains_key("$schema") && !members.contains_key("@odata.id");
    KINDS.iter().any(|known| kind.starts_with(known)) || is_schema
}

fn is_media_type(text: &str) -> bool {
    ["application/", "text/"].iter().any(|kind| text.starts_with(kind))
}

/// A text as it stands in a URL (RFC 3986, 2.1).
fn percent_encoded(text: &str) -> String {
    let one = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.as_bytes().iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: Value, expected: Value) {
        assert_eq!(Secrets::new().body(&body), expected);
    }

    #[track_caller]
    fn check_learned(secrets: &Secrets, text: &str, expected: &str) {
        assert_eq!(secrets.text(text), expected);
    }

    #[test]
    fn members_that_name_a_secret() {
        check(json!({"UserName": "admin", "Password": "x"}), json!({"UserName": "admin", "Password": MARK}));
        check(json!({"Password": null, "Token": ""}), json!({"Password": null, "Token": ""}));
        check(json!({"Pin": 1234, "PasswordSet": true}), json!({"Pin": MARK, "PasswordSet": true}));
        check(json!({"MaxPasswordLength": 20}), json!({"MaxPasswordLength": 20}));
        check(json!({"PasswordHint": "my cat"}), json!({"PasswordHint": MARK}));
        check(
            json!({"Attributes": {"AdminPassword": "x", "Boot": "Uefi"}}),
            json!({"Attributes": {"AdminPassword": MARK, "Boot": "Uefi"}}),
        );
        check(json!({"SNMP.1.AgentCommunity": "public"}), json!({"SNMP.1.AgentCommunity": MARK}));
        check(json!({"HttpHeaders": [{"X-Site": "blue"}]}), json!({"HttpHeaders": [{"X-Site": MARK}]}));
        check(json!({"HttpHeaders": ["X-Site: blue"]}), json!({"HttpHeaders": [MARK]}));
        check(json!({"Credentials": {"a": ["b", 7, true]}}), json!({"Credentials": {"a": [MARK, MARK, true]}}));
        check(
            json!({"PasswordPolicy": {"Class": "b", "Length": 7}}),
            json!({"PasswordPolicy": {"Class": MARK, "Length": 7}}),
        );
    }

    #[test]
    fn links_to_secrets_are_none() {
        let link = json!({"@odata.id": "/redfish/v1/Keys"});
        check(
            json!({"Keys": link.clone(), "TokenService": link.clone()}),
            json!({"Keys": link.clone(), "TokenService": link}),
        );
        check(json!({"Password@Redfish.AllowableValues": ["a"]}), json!({"Password@Redfish.AllowableValues": ["a"]}));
    }

    #[test]
    fn actions_on_secrets_are_none() {
        let actions = json!({"Actions": {"#SecureBoot.ResetKeys": {"target": "/x", "title": "Reset the keys"}}});
        check(actions.clone(), actions);
    }

    #[test]
    fn what_is_published_for_everybody() {
        let registry = json!({
            "@odata.type": "#MessageRegistry.v1_6_0.MessageRegistry",
            "Messages": {"PasswordChangeRequired": {"Message": "It must be changed.", "ParamTypes": ["string"]}},
        });
        check(registry.clone(), registry);
        let schema = json!({"$schema": "http://x", "properties": {"Password": {"type": "string"}}});
        check(schema.clone(), schema);
    }

    #[test]
    fn a_value_beside_the_name_of_a_secret() {
        check(
            json!([{"AttributeName": "SetupPassword", "CurrentValue": "x", "Type": "Password"}]),
            json!([{"AttributeName": "SetupPassword", "CurrentValue": MARK, "Type": "Password"}]),
        );
        check(json!({"Name": "X-Auth-Token", "Value": "x"}), json!({"Name": "X-Auth-Token", "Value": MARK}));
        check(json!({"Name": "Fan 1", "Value": "x"}), json!({"Name": "Fan 1", "Value": "x"}));
    }

    #[test]
    fn what_leads_to_a_session() {
        check(
            json!({"@odata.id": "/redfish/v1/SessionService/Sessions/4f1", "@odata.type": "#Session.v1_0_0.Session", "Id": "4f1"}),
            json!({"@odata.id": "/redfish/v1/SessionService/Sessions/******", "@odata.type": "#Session.v1_0_0.Session", "Id": MARK}),
        );
    }

    #[test]
    fn credentials_within_texts_of_a_body() {
        check(json!({"Image": "http://u:p@h/x.iso"}), json!({"Image": "http://******@h/x.iso"}));
        check(json!({"Image": "http://h/x.iso?token=x"}), json!({"Image": "http://h/x.iso?token=******"}));
        check(json!({"Message": "no such Password: x"}), json!({"Message": "no such Password: ******"}));
    }

    #[test]
    fn what_is_learned_is_not_quoted() {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&json!({"UserName": "admin", "Password": "hun\"ter 2"}));
        check_learned(&secrets, r#"'hun"ter 2' is too short"#, "'******' is too short");
        check_learned(&secrets, r#"{"Value": "hun\"ter 2"}"#, r#"{"Value": "******"}"#);
        check_learned(&secrets, "/x?y=hun%22ter%202", "/x?y=******");
        check_learned(&secrets, "aHVuInRlciAy", "******");
        check_learned(&secrets, "admin", "admin");
        assert_eq!(secrets.body(&json!({"MessageArgs": ["hun\"ter 2"]})), json!({"MessageArgs": [MARK]}));
        assert_eq!(secrets.body(&json!({"hun\"ter 2": 1})), json!({MARK: 1}));
    }

    #[test]
    fn what_headers_teach() {
        let mut secrets = Secrets::new();
        secrets.learn_headers([
            ("Authorization", "Basic YWRtaW46aHVudGVyMg=="),
            ("X-Auth-Token", "0123abcd"),
            ("Set-Cookie", "SESSION=feedbeef; Path=/redfish; Secure"),
        ]);
        check_learned(&secrets, "hunter2", MARK);
        check_learned(&secrets, "YWRtaW46aHVudGVyMg==", MARK);
        check_learned(&secrets, "/Things/0123abcd", "/Things/******");
        check_learned(&secrets, "feedbeef", MARK);
        check_learned(&secrets, "/redfish", "/redfish");
    }

    #[test]
    fn what_urls_teach() {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&json!({"Image": "http://u:hunter2@h/x.iso?sig=s1gned"}));
        secrets.learn_text("/redfish/v1/Systems?token=t0ken");
        check_learned(&secrets, "cannot log in with hunter2", "cannot log in with ******");
        check_learned(&secrets, "s1gned and t0ken", "****** and ******");
    }

    #[test]
    fn what_headers_of_events_and_forms_teach() {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&json!({"HttpHeaders": [{"X-Site": "blue-7", "Content-Type": "application/json"}]}));
        secrets.learn_sent(&json!({"HttpHeaders": ["X-Site: green-8"]}));
        secrets.learn_text("UserName=admin&Secret=f0rm");
        check_learned(&secrets, "blue-7, green-8, f0rm", "******, ******, ******");
        check_learned(&secrets, "application/json of admin", "application/json of admin");
    }

    #[test]
    fn what_is_too_common_is_not_learned() {
        let mut secrets = Secrets::new();
        for word in ["On", "abc", "Enabled", "none", "0000", "********", ""] {
            secrets.learn(word);
            check_learned(&secrets, &format!("is {word}"), &format!("is {word}"));
        }
        secrets.learn_shown(&json!({"SecureBootKeys": "Custom", "Message": "Password: expired"}));
        check_learned(&secrets, "Custom, expired", "Custom, expired");
    }

    #[test]
    fn headers_that_are_kept() {
        let secrets = Secrets::new();
        assert_eq!(secrets.header("ETag", "W/\"1\""), Some("W/\"1\"".to_owned()));
        assert_eq!(secrets.header("Authorization", "Basic x"), Some(MARK.to_owned()));
        assert_eq!(secrets.header("x-auth-token", "x"), Some(MARK.to_owned()));
        assert_eq!(secrets.header("Set-Cookie", "a=b"), Some(MARK.to_owned()));
        assert_eq!(secrets.header("Location", "/x/Sessions/1").as_deref(), Some("/x/Sessions/******"));
        assert_eq!(secrets.header("X-Request-Id", "1"), None);
    }
}
