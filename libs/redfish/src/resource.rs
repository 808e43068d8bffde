//! One Redfish resource: its path and its JSON, read without ever taking offence.

use serde_json::Value;

use crate::address;

/// A resource as the BMC returned it (DSP0266, "Resources").
///
/// The readers take a JSON pointer (RFC 6901) and answer `None` or an empty list for a member
/// that is missing, null, or of a type nothing sensible can be made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    path: String,
    body: Value,
    etag: Option<String>,
}

impl Resource {
    pub(crate) fn new(path: String, body: Value) -> Self {
        Self { path, body, etag: None }
    }

    /// The resource with the tag it was answered with.
    pub(crate) fn tagged(self, etag: Option<String>) -> Self {
        Self { etag: etag.or(self.etag), ..self }
    }

    /// Which state of the resource this is (RFC 9110, 8.8.3), as the BMC tells it in a header or in the resource.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref().or_else(|| self.body.get("@odata.etag")?.as_str())
    }

    /// Where the resource was read: a path on the BMC, after redirects.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole resource, for members this crate has no word for (`Oem` above all).
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The whole resource, without a copy.
    pub fn into_body(self) -> Value {
        self.body
    }

    /// A string; numbers are accepted (some BMCs number their `Id`), blank strings are absent.
    pub fn text(&self, pointer: &str) -> Option<String> {
        text(self.body.pointer(pointer)?)
    }

    /// A Boolean; the strings `true` and `false` are accepted.
    pub fn flag(&self, pointer: &str) -> Option<bool> {
        match self.body.pointer(pointer)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A list of strings; a lone string is a list of one, and what is no string is left out.
    /// `None` when the member is missing, which can mean other things than an empty list.
    pub fn texts(&self, pointer: &str) -> Option<Vec<String>> {
        match self.body.pointer(pointer)? {
            Value::Array(items) => Some(items.iter().filter_map(text).collect()),
            other => text(other).map(|one| vec![one]),
        }
    }

    /// The path a member links to: `{"@odata.id": ...}`, or a bare string.
    pub fn link(&self, pointer: &str) -> Option<String> {
        self.link_of(self.body.pointer(pointer)?)
    }

    /// The paths a list of members links to, in order, each once.
    pub fn links(&self, pointer: &str) -> Vec<String> {
        let items = match self.body.pointer(pointer) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let mut paths: Vec<String> = Vec::with_capacity(items.len());
        for path in items.iter().filter_map(|item| self.link_of(item)) {
            if !paths.iter().any(|seen| address::same_path(seen, &path)) {
                paths.push(path);
            }
        }
        paths
    }

    /// The members of a collection (DSP0266, "Resource collections") on this page.
    pub fn members(&self) -> Vec<String> {
        self.links("/Members")
    }

    fn link_of(&self, value: &Value) -> Option<String> {
        let link = match value {
            Value::Object(object) => object.get("@odata.id")?.as_str()?,
            Value::String(link) => link,
            _ => return None,
        };
        address::resolve(&self.path, link)
    }
}

/// A reply as a JSON object, whatever its content type says. A byte order mark, padding with
/// zeros and bytes that are no UTF-8 are forgiven.
pub(crate) fn json(body: &[u8]) -> Result<Value, String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    match serde_json::from_str(text) {
        Ok(object @ Value::Object(_)) => Ok(object),
        Ok(_) => Err("it is JSON, but no object".to_owned()),
        Err(e) => Err(format!("it is no JSON: {e}")),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn resource(body: Value) -> Resource {
        Resource::new("/redfish/v1/Systems/1".to_owned(), body)
    }

    #[test]
    fn a_wrong_type_reads_as_absent() {
        let odd = resource(json!({"Id": 7, "Name": ["x"], "UUID": null, "Model": " ", "On": "True", "Off": 0}));
        assert_eq!(odd.text("/Id").as_deref(), Some("7"));
        for pointer in ["/Name", "/UUID", "/Model", "/Missing", "/Name/Deeper"] {
            assert_eq!(odd.text(pointer), None, "{pointer}");
        }
        assert_eq!(odd.flag("/On"), Some(true));
        assert_eq!(odd.flag("/Off"), None);
    }

    #[test]
    fn lists_keep_what_is_usable() {
        let odd = resource(json!({"Types": ["CD", 5, null, {}], "One": "DVD", "None": null, "Empty": []}));
        assert_eq!(odd.texts("/Types"), Some(vec!["CD".to_owned(), "5".to_owned()]));
        assert_eq!(odd.texts("/One"), Some(vec!["DVD".to_owned()]));
        assert_eq!(odd.texts("/None"), None);
        assert_eq!(odd.texts("/Empty"), Some(vec![]));
    }

    #[test]
    fn links_may_be_relative_absolute_bare_or_repeated() {
        let odd = resource(json!({"Links": {"ManagedBy": [
            {"@odata.id": "/redfish/v1/Managers/1"},
            {"@odata.id": "https://bmc.internal/redfish/v1/Managers/2"},
            "/redfish/v1/Managers/3",
            {"@odata.id": "/redfish/v1/Managers/1/"},
            {"@odata.id": 4},
            {},
        ]}}));
        assert_eq!(
            odd.links("/Links/ManagedBy"),
            ["/redfish/v1/Managers/1", "/redfish/v1/Managers/2", "/redfish/v1/Managers/3"]
        );
        assert_eq!(odd.links("/Links/Nothing"), Vec::<String>::new());
    }

    #[test]
    fn keys_with_odd_characters_are_reached() {
        let system = resource(json!({"Actions": {"#ComputerSystem.Reset": {"target": "/x"}}}));
        assert_eq!(system.text("/Actions/#ComputerSystem.Reset/target").as_deref(), Some("/x"));
    }

    #[test]
    fn replies_are_read_as_far_as_they_make_sense() {
        assert_eq!(super::json(b"{\"a\": 1}").unwrap(), json!({"a": 1}));
        assert_eq!(super::json(b"\xef\xbb\xbf {\"a\": 1}\n\0\0").unwrap(), json!({"a": 1}));
        assert_eq!(super::json(b"{\"a\": \"\xff\"}").unwrap(), json!({"a": "\u{fffd}"}));
        for (unreadable, why) in
            [("", "empty"), (" \n", "empty"), ("[]", "no object"), ("{\"a\":", "no JSON"), ("<html>", "no JSON")]
        {
            let problem = super::json(unreadable.as_bytes()).unwrap_err();
            assert!(problem.contains(why), "{unreadable}: {problem}");
        }
    }
}
