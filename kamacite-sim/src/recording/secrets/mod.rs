//! The one place that decides what of a conversation is secret, and puts a mark in its place.
//!
//! Two things work together. *Names* tell where a secret is: a member `Password`, a header `X-Auth-Token`, a parameter
//! `token=`. And what was found there is *learned*: it is not written down wherever else it turns up, be it in an error
//! message that quotes what was sent. In doubt a value goes.

mod known;
mod markup;
mod names;
mod sieve;
mod text;

use std::collections::HashSet;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use serde_json::Value;

use known::Known;
use names::{Naming, naming};
use sieve::{By, Sieve};

/// What stands in the place of a secret.
pub const MARK: &str = "******";

/// What a BMC shows under the name of a secret and is shorter than this may be a mere word.
const SHORTEST_SHOWN: usize = 8;

/// What merely may be a secret, and is shorter than this, may as well be anything.
const SHORTEST_LIKELY: usize = 6;

/// A larger body that is no JSON is firmware, and no form.
const LARGEST_FORM: usize = 64 << 10;

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

/// Members that hold the value of what another member of the same object names, as in lists of attributes.
const VALUES: [&str; 7] =
    ["AttributeValue", "CurrentValue", "DefaultValue", "NewValue", "PendingValue", "Value", "Values"];

/// The secrets of a conversation, as far as they are known.
#[derive(Default)]
pub struct Secrets {
    known: Known,
    /// Names of attributes that a registry calls passwords.
    attributes: HashSet<String>,
}

/// Who says something. With what a BMC shows more care is taken, since it may show mere words under the name of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    ByClient,
    ByBmc,
}

impl Secrets {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on a text is a secret, however it is spelt: as it is, in a URL, within JSON or XML, in base64.
    pub fn learn(&mut self, secret: &str) {
        self.known.learn(secret);
    }

    /// Learns an account: its password, and what basic authentication makes of it.
    pub fn learn_account(&mut self, username: &str, password: &str) {
        self.learn(password);
        self.learn(&BASE64_STANDARD.encode(format!("{username}:{password}")));
    }

    /// Whether there were more than can be kept out of a file.
    pub fn overflown(&self) -> bool {
        self.known.overflown()
    }

    /// Learns what headers hold: tokens, user name and password of basic authentication, cookies.
    pub fn learn_headers<'a>(&mut self, headers: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (name, value) in headers {
            match name.to_lowercase().as_str() {
                "authorization" => self.learn_authorization(value),
                "cookie" => value.split(';').for_each(|pair| self.learn_cookie(pair)),
                "set-cookie" if !expires(value) => self.learn_cookie(value.split(';').next().unwrap_or_default()),
                "set-cookie" => {}
                "x-auth-token" => self.learn(value),
                name if naming(name) == Naming::Secret => self.learn(value),
                _ => self.learn_shown_text(value),
            }
        }
    }

    /// Learns the secrets of a body that is sent.
    pub fn learn_sent(&mut self, body: &Value) {
        self.sift(Said::ByClient, |sieve| drop(sieve.body(body)));
    }

    /// Learns the secrets of a body that is shown.
    pub fn learn_shown(&mut self, body: &Value) {
        self.sift(Said::ByBmc, |sieve| drop(sieve.body(body)));
    }

    /// Learns the secrets of a text that is sent, such as a path with its query.
    pub fn learn_sent_text(&mut self, text: &str) {
        self.sift(Said::ByClient, |sieve| drop(sieve.text(text)));
    }

    /// Learns the secrets of a text that is shown.
    pub fn learn_shown_text(&mut self, text: &str) {
        self.sift(Said::ByBmc, |sieve| drop(sieve.text(text)));
    }

    /// Learns the secrets of a body that is sent and no JSON, if it is a form or other text.
    pub fn learn_form(&mut self, body: &[u8]) {
        if let (true, Ok(text)) = (body.len() <= LARGEST_FORM, str::from_utf8(body)) {
            self.learn_sent_text(text);
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
        self.mask().text(text)
    }

    /// A body as it is kept.
    pub fn body(&self, body: &Value) -> Value {
        self.mask().body(body)
    }

    fn mask(&self) -> Sieve<'_, impl FnMut(By, &str) + use<>> {
        Sieve { known: &self.known, attributes: &self.attributes, found: |_, _: &str| () }
    }

    /// Walks as [`Self::mask`] does, and learns what is found.
    fn sift(&mut self, said: Said, walk: impl FnOnce(&mut Sieve<'_, &mut dyn FnMut(By, &str)>)) {
        let mut all = HashSet::new();
        let mut found = |by, secret: &str| {
            if all.len() <= known::MOST && is_worth_learning(by, said, secret) {
                all.insert((by, secret.to_owned()));
            }
        };
        // What is known would be found as marks.
        walk(&mut Sieve { known: &Known::default(), attributes: &self.attributes, found: &mut found });
        if all.len() > known::MOST {
            self.known.overflow();
        }
        for (by, secret) in all {
            match by {
                By::Attribute if self.attributes.len() < known::MOST => drop(self.attributes.insert(secret)),
                By::Attribute => {}
                By::Name | By::About => self.learn_authorization(&secret),
                By::Form | By::Beside | By::Within | By::Session => self.learn(&secret),
            }
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
        self.learn(rest.trim_end_matches('='));
        pair(rest).iter().for_each(|(_, password)| self.learn(password));
    }

    /// A cookie that says what it is for, or is no mere word: `lang=English` is no secret.
    fn learn_cookie(&mut self, pair: &str) {
        let Some((name, value)) = pair.split_once('=') else { return };
        let name = name.trim();
        let value = value.trim().trim_matches('"');
        let says = name.to_lowercase().contains("sess") || naming(name) != Naming::Plain;
        if says || value.chars().any(|c| c.is_ascii_digit()) {
            self.learn(value);
        }
    }
}

/// What is found is masked in any case. It is looked for elsewhere, too, unless it may be a mere word.
fn is_worth_learning(by: By, said: Said, secret: &str) -> bool {
    match (by, said) {
        (By::Form | By::Attribute, _) | (By::Beside, Said::ByClient) => true,
        // Headers for events: those that are no secret are what all of them are about.
        (By::Name | By::About, Said::ByClient) => !is_media_type(secret),
        (By::Name, Said::ByBmc) => secret.len() >= SHORTEST_SHOWN,
        (By::Beside, Said::ByBmc) | (By::Within, Said::ByClient) | (By::Session, _) => is_likely(secret),
        (By::About | By::Within, Said::ByBmc) => false,
    }
}

/// Whether a text looks more like a token than like a word, a path or a small number.
fn is_likely(text: &str) -> bool {
    let has_letter = text.chars().any(char::is_alphabetic);
    let shortest = if has_letter { SHORTEST_LIKELY } else { SHORTEST_SHOWN };
    let has_digit = text.chars().any(|c| c.is_ascii_digit());
    has_digit && text.len() >= shortest && !text.starts_with('/') && !text.contains(char::is_whitespace)
}

/// Whether a cookie is taken back.
fn expires(cookie: &str) -> bool {
    let cookie = cookie.to_lowercase().replace(' ', "");
    let ends =
        |attribute: &str| attribute == "max-age=0" || attribute.starts_with("expires=") && attribute.contains("1970");
    cookie.split(';').next().is_some_and(|pair| pair.ends_with("=deleted")) || cookie.split(';').skip(1).any(ends)
}

/// User name and password of basic authentication, padded or not; one in an older encoding is read as Latin-1.
fn pair(basic: &str) -> Option<(String, String)> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient).decode(basic.trim()).ok()?;
    let text = |bytes: &[u8]| {
        let latin_1 = || bytes.iter().copied().map(char::from).collect();
        str::from_utf8(bytes).map_or_else(|_| latin_1(), str::to_owned)
    };
    let at = bytes.iter().position(|byte| *byte == b':')?;
    let (username, password) = (text(&bytes[..at]), text(&bytes[at + 1..]));
    (!username.contains(char::is_control)).then_some((username, password))
}

fn is_value(name: &str) -> bool {
    is_one_of(&VALUES, name)
}

fn is_one_of(known: &[&str], name: &str) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_media_type(text: &str) -> bool {
    ["application/", "text/"].iter().any(|kind| text.starts_with(kind))
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
        check(json!({"name": "X-Auth-Token", "value": "x"}), json!({"name": "X-Auth-Token", "value": MARK}));
        check(json!({"key": "api_token", "value": "x"}), json!({"key": "api_token", "value": MARK}));
        check(
            json!({"Name": "SetupPassword", "PendingValue": "x"}),
            json!({"Name": "SetupPassword", "PendingValue": MARK}),
        );
        check(json!({"Name": "Fan 1", "Value": "x"}), json!({"Name": "Fan 1", "Value": "x"}));
        check(json!({"Key": "PowerState", "Value": "On"}), json!({"Key": "PowerState", "Value": "On"}));
        check(json!({"Name": "a", "Key": "x", "Value": "b"}), json!({"Name": "a", "Key": MARK, "Value": "b"}));
        check(json!({"Key": "x"}), json!({"Key": MARK}));
    }

    #[test]
    fn an_attribute_that_a_registry_calls_a_password() {
        let mut secrets = Secrets::new();
        secrets.learn_shown(&json!({"Attributes": [{"AttributeName": "SETUP001", "Type": "Password"}]}));
        let sent = json!({"Attributes": {"SETUP001": "x", "SETUP002": "y"}});
        assert_eq!(secrets.body(&sent), json!({"Attributes": {"SETUP001": MARK, "SETUP002": "y"}}));
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
        let sent = r#"{"SNMP":{"CommunityStrings":[{"CommunityString":"s3cr3t"}]}}"#;
        check(json!({"JsonBody": sent}), json!({"JsonBody": sent.replace("s3cr3t", MARK)}));
        let sent = r#"[{"AttributeName":"SetupPassword","Value":"hunter2"}]"#;
        check(json!({"JsonBody": sent}), json!({"JsonBody": sent.replace("hunter2", MARK)}));
        let sent = r#"<Attribute Name="Users.2#Password">n3w-pass</Attribute>"#;
        check(json!({"ImportBuffer": sent}), json!({"ImportBuffer": sent.replace("n3w-pass", MARK)}));
    }

    #[test]
    fn what_is_learned_is_not_quoted() {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&json!({"UserName": "admin", "Password": "hun\"ter 2"}));
        check_learned(&secrets, r#"'hun"ter 2' is too short"#, "'******' is too short");
        check_learned(&secrets, "admin", "admin");
        assert_eq!(secrets.body(&json!({"MessageArgs": ["hun\"ter 2"]})), json!({"MessageArgs": [MARK]}));
        assert_eq!(secrets.body(&json!({"hun\"ter 2": 1})), json!({MARK: 1}));
    }

    #[track_caller]
    fn check_teaches(sent: Value, secret: &str) {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&sent);
        check_learned(&secrets, &format!("'{secret}' is wrong"), "'******' is wrong");
    }

    #[test]
    fn whatever_is_masked_is_learned() {
        check_teaches(json!({"SNMP": {"CommunityStrings": [{"CommunityString": "s3cr3t-ro"}]}}), "s3cr3t-ro");
        check_teaches(json!([{"AttributeName": "SetupPassword", "Value": "hunter2"}]), "hunter2");
        check_teaches(json!({"Pin": 123_456}), "123456");
        check_teaches(json!({"PasswordHint": "my cat"}), "my cat");
        check_teaches(json!({"JsonBody": "{\"a\":{\"Password\":\"hunter2\"}}"}), "hunter2");
        check_teaches(json!({"ImportBuffer": "<Password>correct horse</Password>"}), "correct horse");
        check_teaches(json!({"Image": "cifs://u:s3cr%40et@h/x"}), "s3cr@et");
    }

    #[test]
    fn what_sessions_teach() {
        let mut secrets = Secrets::new();
        secrets.learn_shown(&json!({"@odata.type": "#Session.v1_0_0.Session", "Id": "4f1abc"}));
        secrets.learn_headers([("Location", "/redfish/v1/SessionService/Sessions/9b7def")]);
        secrets.learn_shown(&json!({"@odata.id": "/redfish/v1/SessionService/Sessions/17"}));
        check_learned(&secrets, "4f1abc, 9b7def and 17", "******, ****** and 17");
    }

    #[test]
    fn what_an_account_teaches() {
        let mut secrets = Secrets::new();
        secrets.learn_account("admin", "hunter2");
        check_learned(&secrets, "hunter2 YWRtaW46aHVudGVyMg==", "****** ******");
    }

    #[test]
    fn the_names_of_members_stay() {
        let mut secrets = Secrets::new();
        secrets.learn("PowerState");
        assert_eq!(secrets.body(&json!({"PowerState": "On"})), json!({"PowerState": "On"}));
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
        secrets.learn_headers([
            ("Authorization", "Basic YWRtaW46YmF0dGVyeQ"),
            ("Authorization", "Basic YWRtaW466OnpMTIz"),
            ("Set-Cookie", "SESSION=deleted; Path=/"),
            ("Set-Cookie", "SESSION=goneforgood; Max-Age=0"),
            ("Cookie", "lang=English; SESSION=cafebabe"),
        ]);
        check_learned(&secrets, "battery, èéé123, cafebabe", "******, ******, ******");
        check_learned(&secrets, "deleted, goneforgood, English", "deleted, goneforgood, English");
    }

    #[test]
    fn what_forms_teach_and_firmware_does_not() {
        let mut secrets = Secrets::new();
        secrets.learn_form(b"UserName=admin&Secret=f0rm");
        secrets.learn_form(b"\xff&Secret=firm");
        secrets.learn_form(format!("Secret=1mage&{}", "x".repeat(LARGEST_FORM)).as_bytes());
        check_learned(&secrets, "f0rm, firm, 1mage", "******, firm, 1mage");
    }

    #[test]
    fn what_urls_teach() {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&json!({"Image": "http://u:hunter2@h/x.iso?sig=s1gned"}));
        secrets.learn_sent_text("/redfish/v1/Systems?token=t0ken");
        check_learned(&secrets, "cannot log in with hunter2", "cannot log in with ******");
        check_learned(&secrets, "s1gned and t0ken", "****** and ******");
    }

    #[test]
    fn what_headers_of_events_and_forms_teach() {
        let mut secrets = Secrets::new();
        secrets.learn_sent(&json!({"HttpHeaders": [{"X-Site": "blue-7", "Content-Type": "application/json"}]}));
        secrets.learn_sent(&json!({"HttpHeaders": ["X-Site: green-8"]}));
        secrets.learn_sent_text("UserName=admin&Secret=f0rm");
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
