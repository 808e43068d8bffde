//! Links in answers: absolute, beginning with the configured endpoint or with the host that the client asked.

use std::sync::Arc;

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Where links begin.
#[derive(Debug, Clone)]
pub struct Links(Arc<str>);

impl Links {
    /// Links that begin with `base`, which has no slash at its end.
    pub fn new(base: &str) -> Self {
        Self(base.into())
    }

    /// `/v1/{path}`, absolute.
    pub fn v1(&self, path: &str) -> String {
        [&self.0, "/v1/", path].concat()
    }

    /// Any path, absolute; it begins with a slash.
    pub fn absolute(&self, path: &str) -> String {
        [&self.0, path].concat()
    }

    /// The two links of a thing: to itself, and to itself whatever the version of the API.
    pub fn pair<'a>(&'a self, resource: &'a str, id: &'a str, rest: &'a str) -> Pair<'a> {
        Pair { base: &self.0, resource, id, rest }
    }
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it is to the thing that has it.
    pub rel: &'static str,
}

/// The two links of a thing; written without building them first.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    base: &'a str,
    resource: &'a str,
    id: &'a str,
    rest: &'a str,
}

impl Serialize for Pair<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { base, resource, id, rest } = *self;
        [
            Half { parts: [base, "/v1/", resource, "/", id, rest], rel: "self" },
            Half { parts: [base, "/", resource, "/", id, rest], rel: "bookmark" },
        ]
        .serialize(serializer)
    }
}

struct Half<'a> {
    parts: [&'a str; 6],
    rel: &'static str,
}

impl Serialize for Half<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut link = serializer.serialize_struct("Link", 2)?;
        link.serialize_field("href", &self.parts.concat())?;
        link.serialize_field("rel", self.rel)?;
        link.end()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thing_links_to_itself_twice() {
        let links = Links::new("http://h:1");
        assert_eq!(
            serde_json::to_value(links.pair("nodes", "n", "/ports")).unwrap(),
            json!([
                {"href": "http://h:1/v1/nodes/n/ports", "rel": "self"},
                {"href": "http://h:1/nodes/n/ports", "rel": "bookmark"},
            ])
        );
        assert_eq!(links.v1("nodes"), "http://h:1/v1/nodes");
    }
}
