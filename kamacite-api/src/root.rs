//! The documents at `/` and `/v1`: which versions there are and what there is.

pub mod openapi;

use axum::{
    Router,
    http::Method,
    routing::{MethodFilter, any},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    App,
    answer::Json,
    fault::{Fault, Result},
    links::{Link, Links},
    request::{Caller, Input},
    versions::{RootResource, Version},
};

pub fn routes() -> Router<App> {
    let v1_document = any(refuse_v1).on(MethodFilter::GET, v1).on(MethodFilter::HEAD, v1);
    Router::new().route("/", any(root)).route("/v1", v1_document)
}

/// `/`, whatever the verb.
async fn root(who: Caller, input: Input) -> Result<Json<Root>> {
    input.query(&[])?;
    let version = ApiVersion::current(&who.links);
    Ok(Json(Root {
        name: "OpenStack Ironic API",
        description: "Ironic is an OpenStack project which enables the provision and management of baremetal machines.",
        default_version: version.clone(),
        versions: [version],
    }))
}

/// `GET /v1`
async fn v1(who: Caller, input: Input) -> Result<Json<V1>> {
    input.query(&[])?;
    Ok(Json(V1 { version: who.version, links: who.links }))
}

async fn refuse_v1(_: Caller, _: Method) -> Result<()> {
    Err(Fault::root_method_not_allowed())
}

#[derive(Serialize)]
struct Root {
    name: &'static str,
    description: &'static str,
    default_version: ApiVersion,
    versions: [ApiVersion; 1],
}

#[derive(Clone, Serialize)]
struct ApiVersion {
    id: &'static str,
    links: [Link; 1],
    status: &'static str,
    min_version: String,
    version: String,
}

impl ApiVersion {
    fn current(links: &Links) -> Self {
        Self {
            id: "v1",
            links: [Link { href: links.v1(""), rel: "self" }],
            status: "CURRENT",
            min_version: Version::MIN.to_string(),
            version: Version::MAX.to_string(),
        }
    }
}

#[derive(Serialize)]
struct MediaTypes {
    base: &'static str,
    #[serde(rename = "type")]
    versioned: &'static str,
}

#[derive(Serialize)]
struct DescribedBy {
    href: &'static str,
    rel: &'static str,
    #[serde(rename = "type")]
    media_type: &'static str,
}

struct V1 {
    version: Version,
    links: Links,
}

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The slashes are the reference's.
        let described_by = DescribedBy {
            href: "https://docs.openstack.org//ironic/latest/contributor//webapi.html",
            rel: "describedby",
            media_type: "text/html",
        };
        let media = MediaTypes { base: "application/json", versioned: "application/vnd.openstack.ironic.v1+json" };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", "v1")?;
        map.serialize_entry("links", &(Link { href: self.links.v1(""), rel: "self" }, described_by))?;
        map.serialize_entry("media_types", &media)?;
        for resource in ["chassis", "nodes", "ports", "drivers"] {
            map.serialize_entry(resource, &self.links.pair(resource, "", ""))?;
        }
        map.serialize_entry("version", &ApiVersion::current(&self.links))?;
        for resource in RootResource::ALL.iter().filter(|resource| self.version.has(resource.since())) {
            map.serialize_entry(resource.as_str(), &self.links.pair(resource.as_str(), "", ""))?;
        }
        map.end()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(minor: u16) -> Vec<String> {
        let v1 = V1 { version: Version::new(minor).unwrap(), links: Links::new("http://h") };
        serde_json::to_value(v1).unwrap().as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn resources_are_listed_from_their_version_on() {
        let base = ["id", "links", "media_types", "chassis", "nodes", "ports", "drivers", "version"];
        assert_eq!(shown(2), base);
        assert_eq!(shown(38)[base.len()..], ["portgroups", "volume", "lookup", "heartbeat"]);
        assert_eq!(shown(115).len(), base.len() + RootResource::ALL.len());
    }
}
