//! A request and a response as plain data, so that a BMC can answer without a network.

use std::borrow::Cow;

use serde_json::Value;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET, and HEAD, whose answer the transport cuts to its head.
    Get,
    /// POST.
    Post,
    /// PATCH.
    Patch,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path, percent signs as they came, without the query.
    pub path: String,
    /// What stood after the question mark.
    pub query: Option<String>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there was none.
    pub body: Vec<u8>,
}

/// A response as it will leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides those of the transport. A `Content-Type` among them stands instead of the body's own.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What it says.
    pub body: Body,
}

/// The content of a response.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON, not yet written out.
    Json(Value),
    /// Anything, with its content type.
    Raw(&'static str, Vec<u8>),
}

impl Method {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Reads the word on the wire.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "GET" | "HEAD" => Some(Self::Get),
            "POST" => Some(Self::Post),
            "PATCH" => Some(Self::Patch),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            _ => None,
        }
    }

    /// Whether it changes nothing.
    pub fn reads(self) -> bool {
        match self {
            Self::Get => true,
            Self::Post | Self::Patch | Self::Put | Self::Delete => false,
        }
    }
}

impl Request {
    /// A request without headers; a `body` of null is none.
    pub fn new(method: Method, path: &str, body: &Value) -> Self {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        Self { method, path: path.to_owned(), query, headers: Vec::new(), body }
    }

    /// The same with a header; the name in lower case.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query that is a number.
    pub fn number(&self, name: &str) -> Option<usize> {
        let query = self.query.as_deref()?;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| key.replace("%24", "$") == name).find_map(|(_, value)| value.parse().ok())
    }
}

impl Response {
    /// A status and nothing else.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// A status and JSON.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// The same with a header.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The JSON it says, or null.
    pub fn value(&self) -> &Value {
        match &self.body {
            Body::Json(value) => value,
            Body::Empty | Body::Raw(..) => &Value::Null,
        }
    }

    /// The same with every link moved below a prefix, as for a BMC behind a gateway.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        for (name, value) in &mut self.headers {
            if name == "Location" || name == "Link" {
                *value = value.replace("/redfish/v1", &format!("{prefix}/redfish/v1"));
            }
        }
        if let Body::Json(value) = &mut self.body {
            prefixed(value, prefix);
        }
        self
    }
}

fn prefixed(value: &mut Value, prefix: &str) {
    match value {
        Value::String(text) if text.starts_with("/redfish/v1") => text.insert_str(0, prefix),
        Value::Array(items) => items.iter_mut().for_each(|item| prefixed(item, prefix)),
        Value::Object(members) => members.values_mut().for_each(|member| prefixed(member, prefix)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn links_move_below_a_prefix() {
        let body = json!({"@odata.id": "/redfish/v1/Systems", "Members": [{"@odata.id": "/redfish/v1/Systems/1"}],
            "Name": "see /redfish/v1"});
        let moved = Response::json(200, body).with("Location", "/redfish/v1/Systems/1").below("/bmc-00007");
        assert_eq!(moved.header("location"), Some("/bmc-00007/redfish/v1/Systems/1"));
        assert_eq!(moved.value()["Members"][0]["@odata.id"], "/bmc-00007/redfish/v1/Systems/1");
        assert_eq!(moved.value()["Name"], "see /redfish/v1");
    }

    #[test]
    fn a_query_is_read_encoded_or_not() {
        for path in ["/a?$skip=5", "/a?x=1&%24skip=5"] {
            assert_eq!(Request::new(Method::Get, path, &Value::Null).number("$skip"), Some(5));
        }
        assert_eq!(Request::new(Method::Get, "/a?$skip=x", &Value::Null).number("$skip"), None);
    }
}
