//! Compares two answers after taking out what may differ: ids, times, host names, addresses.

use std::collections::BTreeMap;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, as text.
    pub body: String,
}

/// One place where two answers differ. `None` stands for absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `status`, `header:NAME`, `body` or a JSON pointer.
    pub at: String,
    /// What the reference has there.
    pub reference: Option<Value>,
    /// What Kamacite has there.
    pub kamacite: Option<Value>,
}

/// What to replace in the answers of one server.
pub struct Normaliser {
    literal: Vec<(String, String)>,
    known: String,
    uuid: Regex,
    time: Regex,
    address: Regex,
}

/// Headers that are compared; of all others a client does not need to know.
const HEADERS: &[&str] = &[
    "allow",
    "content-type",
    "location",
    "openstack-request-id",
    "x-openstack-ironic-api-maximum-version",
    "x-openstack-ironic-api-minimum-version",
    "x-openstack-ironic-api-version",
    "x-openstack-request-id",
];

/// Arrays whose order has no meaning, wherever they are.
const SETS: &[&str] = &["hosts", "traits", "drivers"];

/// Numbers that are never the same twice.
const MEASURED: &[&str] = &["duration_seconds"];

impl Normaliser {
    /// `url` is where the server answers; `captured` holds the ids it made up, by name; ids in `known` were chosen by the scenario and stay.
    pub fn new(url: &str, captured: &BTreeMap<String, String>, known: &str) -> Self {
        let mut literal = vec![(url.to_owned(), "{url}".to_owned())];
        literal.extend(
            captured
                .iter()
                .filter(|(_, value)| value.len() > 3)
                .map(|(name, value)| (value.clone(), format!("{{{name}}}"))),
        );
        // The longest first: an address may be part of another.
        literal.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        Self { literal, known: known.to_owned(), uuid: pattern(UUID), time: pattern(TIME), address: pattern(ADDRESS) }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.literal {
            text = text.replace(value, name);
        }
        let text = self.uuid.replace_all(&text, |found: &Captures<'_>| {
            if self.known.contains(&found[0]) { found[0].to_owned() } else { "{uuid}".to_owned() }
        });
        // The shape of a time is compared: whether it has a fraction, and its offset.
        let shape = |found: &Captures<'_>| if found.get(1).is_some() { "{time.fraction}" } else { "{time}" };
        let text = self.time.replace_all(&text, shape);
        self.address.replace_all(&text, "{address}").into_owned()
    }

    fn value(&self, key: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                // An error message is JSON inside a string; what is inside is compared.
                Ok(inner @ Value::Object(_)) if key == "error_message" => self.value("", &inner),
                _ => Value::String(self.text(text)),
            },
            Value::Array(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.value("", item)).collect();
                if SETS.contains(&key) || (key.starts_with("enabled_") && key.ends_with("_interfaces")) {
                    sort(&mut items);
                }
                Value::Array(items)
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (self.text(name), self.value(name, value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Value::Number(_) if MEASURED.contains(&key) => Value::String("{measured}".into()),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other.clone(),
        }
    }
}

const UUID: &str = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/// Where an object of the reference is in memory, which some of its messages tell.
const ADDRESS: &str = "0x[0-9a-f]{6,}";
const TIME: &str = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?";

// The patterns are constants above, tried by every test below.
#[allow(clippy::expect_used)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// Where the answers differ, each with the normaliser of its server.
pub fn differences(
    reference: (&Answer, &Normaliser),
    kamacite: (&Answer, &Normaliser),
    ignore: &[String],
    unordered: &[String],
) -> Vec<Difference> {
    let mut found = Vec::new();
    let (ours, theirs) = (kamacite.0, reference.0);
    note(&mut found, "status", Some(&theirs.status.into()), Some(&ours.status.into()));
    for name in HEADERS {
        let value = |(answer, normaliser): (&Answer, &Normaliser)| {
            answer.headers.get(*name).map(|value| Value::String(normaliser.text(value)))
        };
        note(&mut found, &format!("header:{name}"), value(reference).as_ref(), value(kamacite).as_ref());
    }
    let body = |(answer, normaliser): (&Answer, &Normaliser)| {
        serde_json::from_str::<Value>(&answer.body).ok().map(|mut value| {
            value = normaliser.value("", &value);
            for at in unordered {
                if let Some(items) = value.pointer_mut(at).and_then(Value::as_array_mut) {
                    sort(items);
                }
            }
            value
        })
    };
    // Where one serves and the other refuses, the bodies have nothing in common: they differ as a whole.
    let comparable = (theirs.status < 400) == (ours.status < 400);
    match (body(reference), body(kamacite)) {
        (Some(reference), Some(kamacite)) if comparable => walk(&mut found, "", Some(&reference), Some(&kamacite)),
        (one, other) => {
            let text = |value: Option<Value>, (answer, normaliser): (&Answer, &Normaliser)| {
                value.unwrap_or_else(|| Value::String(normaliser.text(&answer.body)))
            };
            note(&mut found, "body", Some(&text(one, reference)), Some(&text(other, kamacite)));
        }
    }
    found.retain(|difference| {
        !ignore.iter().any(|at| difference.at == *at || difference.at.starts_with(&format!("{at}/")))
    });
    found
}

fn walk(found: &mut Vec<Difference>, at: &str, reference: Option<&Value>, kamacite: Option<&Value>) {
    match (reference, kamacite) {
        (Some(Value::Object(theirs)), Some(Value::Object(ours))) => {
            let names = theirs.keys().chain(ours.keys().filter(|name| !theirs.contains_key(*name)));
            for name in names {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                walk(found, &format!("{at}/{escaped}"), theirs.get(name), ours.get(name));
            }
        }
        (Some(Value::Array(theirs)), Some(Value::Array(ours))) => {
            for index in 0..theirs.len().max(ours.len()) {
                walk(found, &format!("{at}/{index}"), theirs.get(index), ours.get(index));
            }
        }
        (reference, kamacite) => note(found, at, reference, kamacite),
    }
}

fn note(found: &mut Vec<Difference>, at: &str, reference: Option<&Value>, kamacite: Option<&Value>) {
    if reference != kamacite {
        let at = if at.is_empty() { "body".to_owned() } else { at.to_owned() };
        found.push(Difference { at, reference: reference.cloned(), kamacite: kamacite.cloned() });
    }
}

fn sort(items: &mut [Value]) {
    items.sort_by_key(Value::to_string);
}

/// Whether `part` is contained in `whole`: objects may have more fields, all else is equal.
pub fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|have| contains(have, value)))
        }
        (whole, part) => whole == part,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_and_a_refusal_differ_as_a_whole() {
        let plain = Normaliser::new("http://x", &BTreeMap::new(), "");
        let (good, bad) = (answer(200, r#"{"a": 1, "b": 2}"#), answer(400, r#"{"error_message": "{}"}"#));
        let found = differences((&good, &plain), (&bad, &plain), &[], &[]);
        assert_eq!(found.iter().map(|difference| difference.at.as_str()).collect::<Vec<_>>(), ["status", "body"]);
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: BTreeMap::new(), body: body.to_owned() }
    }

    #[track_caller]
    fn check(reference: &str, kamacite: &str, expected: &[&str]) {
        let theirs = Normaliser::new("http://127.0.0.1:1", &BTreeMap::from([("n".into(), "aaaa".into())]), "");
        let ours = Normaliser::new("http://127.0.0.1:2", &BTreeMap::from([("n".into(), "bbbb".into())]), "");
        let found = differences((&answer(200, reference), &theirs), (&answer(200, kamacite), &ours), &[], &[]);
        assert_eq!(found.iter().map(|difference| difference.at.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn equal_and_different_values() {
        check(r#"{"a": 1}"#, r#"{"a": 1}"#, &[]);
        check(r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#, &[]);
        check(r#"{"a": 1}"#, r#"{"a": 2}"#, &["/a"]);
        check(r#"{"a": null}"#, "{}", &["/a"]);
        check(r#"{"a": [1, 2]}"#, r#"{"a": [2, 1, 3]}"#, &["/a/0", "/a/1", "/a/2"]);
        check(r#"{"a/b": 1}"#, "{}", &["/a~1b"]);
        check("null", "true", &["body"]);
        check("text", "other", &["body"]);
        check("{}", "", &["body"]);
    }

    #[test]
    fn what_may_differ_does_not_count() {
        check(r#"{"href": "http://127.0.0.1:1/v1/aaaa"}"#, r#"{"href": "http://127.0.0.1:2/v1/bbbb"}"#, &[]);
        check(r#"{"href": "http://127.0.0.1:1/v1/bbbb"}"#, r#"{"href": "http://127.0.0.1:2/v1/bbbb"}"#, &["/href"]);
        check(r#"{"t": "2026-01-02T03:04:05.6+00:00"}"#, r#"{"t": "2027-01-02T03:04:05.123+00:00"}"#, &[]);
        check(r#"{"t": "2026-01-02T03:04:05.6+00:00"}"#, r#"{"t": "2027-01-02T03:04:05+00:00"}"#, &["/t"]);
        check(r#"{"t": "2026-01-02T03:04:05.6+00:00"}"#, r#"{"t": "2027-01-02T03:04:05.6Z"}"#, &["/t"]);
        check(r#"{"traits": ["B", "A"]}"#, r#"{"traits": ["A", "B"]}"#, &[]);
        check(r#"{"enabled_bios_interfaces": ["B", "A"]}"#, r#"{"enabled_bios_interfaces": ["A", "B"]}"#, &[]);
        check(r#"{"duration_seconds": 0.1}"#, r#"{"duration_seconds": 0.2}"#, &[]);
        check(r#"{"duration_seconds": 0.1}"#, r#"{"duration_seconds": null}"#, &["/duration_seconds"]);
    }

    #[test]
    fn ids_that_the_scenario_chose_are_compared() {
        let id = "11111111-1111-1111-1111-111111111111";
        let chosen = Normaliser::new("http://x", &BTreeMap::new(), &format!("POST /v1/nodes {id}"));
        let made_up = Normaliser::new("http://x", &BTreeMap::new(), "");
        assert_eq!(chosen.text(id), id);
        assert_eq!(made_up.text(id), "{uuid}");
    }

    #[test]
    fn error_messages_are_compared_inside() {
        let wrap = |text: &str| {
            json!({ "error_message": json!({ "faultstring": text, "debuginfo": null }).to_string() }).to_string()
        };
        check(&wrap("Node aaaa is locked"), &wrap("Node bbbb is locked"), &[]);
        check(&wrap("one"), &wrap("other"), &["/error_message/faultstring"]);
    }

    #[test]
    fn containing() {
        assert!(contains(&json!({ "a": 1, "b": null }), &json!({ "b": null })));
        assert!(!contains(&json!({ "a": 1 }), &json!({ "b": null })));
        assert!(!contains(&json!({ "a": [1] }), &json!({ "a": [1, 2] })));
    }
}
