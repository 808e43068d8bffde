//! Who asks and what is said: what handlers take out of a request.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, header, request::Parts},
};
use kamacite_model::Requester;
use serde_json::{Map, Value};

use crate::{
    App,
    args::Args,
    audit::Trail,
    fault::{Fault, Result},
    links::Links,
    names,
    policy::Identity,
    versions::Version,
};

/// Who asks, in which version; refuses clients that do not accept JSON.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The version that the client speaks.
    pub version: Version,
    /// Who it is.
    pub identity: Identity,
    /// The same for the conductor's records.
    pub requester: Requester,
    /// Links for the answer.
    pub links: Links,
    /// The path ended in `.json`, which was taken off.
    pub json_suffix: bool,
    /// The client accepts JSON.
    pub takes_json: bool,
    /// What the audit log is to say of the request.
    pub trail: Trail,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let AnyCaller(caller) = AnyCaller::from_request_parts(parts, app).await?;
        if caller.takes_json { Ok(caller) } else { Err(Fault::accepts_no_json()) }
    }
}

/// Who asks, whatever it accepts: for answers that need not be JSON.
pub struct AnyCaller(pub Caller);

impl FromRequestParts<App> for AnyCaller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        // The gate puts it there for every request; a router that is mounted without its gate finds no path.
        parts.extensions.remove::<Caller>().map(Self).ok_or_else(Fault::no_such_path)
    }
}

impl FromRequestParts<Self> for App {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &Self) -> Result<Self, Infallible> {
        Ok(app.clone())
    }
}

/// Paths below a node; none of them is a node.
pub const SUB_RESOURCES: &[&str] = &[
    "allocation",
    "bios",
    "children",
    "firmware",
    "history",
    "inventory",
    "portgroups",
    "ports",
    "traits",
    "vifs",
    "vmedia",
    "volume",
];

/// Paths below a node whose handlers, not the router, refuse what cannot name one.
const CHECKED_LATER: &[&str] = &["maintenance", "management", "states", "vendor_passthru"];

/// A node's UUID or name in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeIdent(pub String);

impl FromRequestParts<App> for NodeIdent {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let ident = param(parts, app, "ident").await?;
        if SUB_RESOURCES.contains(&ident.as_str()) {
            return Err(Fault::no_such_path());
        }
        let below = parts.uri.path().split('/').nth(4).unwrap_or_default();
        if names::is_ident(&ident) || CHECKED_LATER.contains(&below) {
            Ok(Self(ident))
        } else {
            Err(Fault::bad_path(format!("Expected UUID or name for node: {ident}")))
        }
    }
}

macro_rules! path_texts {
    ($($(#[$doc:meta])* $Name:ident = $param:literal;)+) => {$(
        $(#[$doc])*
        pub struct $Name(pub String);

        impl FromRequestParts<App> for $Name {
            type Rejection = Fault;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
                param(parts, app, $param).await.map(Self)
            }
        }
    )+};
}

path_texts! {
    /// What names the thing that the path ends in.
    Last = "last";
    /// A part of a machine.
    OnComponent = "component";
    /// A port, or a group of ports, above what the path ends in.
    PortIdent = "port";
    /// A chassis above what the path ends in.
    ChassisUuid = "chassis";
    /// A connector or a target of a volume above what the path ends in.
    VolumePart = "part";
    /// An allocation above what the path ends in.
    AllocationIdent = "allocation";
    /// A conductor.
    HostName = "host";
    /// The method at the end of a vendor passthru path.
    MethodName = "method";
}

/// A hardware type.
pub struct DriverName(pub String);

impl FromRequestParts<App> for DriverName {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let name = param(parts, app, "driver").await?;
        if name.is_empty() { Err(Fault::missing("driver_name")) } else { Ok(Self(name)) }
    }
}

async fn param(parts: &mut Parts, app: &App, name: &str) -> Result<String> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Fault::no_such_path())?;
    let found = params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
    found.ok_or_else(Fault::no_such_path)
}

/// The body as it came, read once by the gate.
#[derive(Debug, Clone, Default)]
pub struct RawBody(pub axum::body::Bytes);

/// The query and the body, before anyone knows what they should say.
#[derive(Debug)]
pub struct Input {
    query: Option<String>,
    body: axum::body::Bytes,
    kind: BodyKind,
}

/// What a body claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyKind {
    Json,
    /// Also when nothing is claimed.
    Form,
    Other,
}

impl FromRequestParts<App> for Input {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self {
            query: parts.uri.query().map(str::to_owned),
            body: parts.extensions.remove::<RawBody>().unwrap_or_default().0,
            kind: BodyKind::of(&parts.headers),
        })
    }
}

impl Input {
    /// The query's arguments alone, of those the endpoint takes.
    pub fn query(&self, known: &[&str]) -> Result<Args> {
        self.open_query().only(known)
    }

    /// The query's arguments, whatever they are.
    pub fn open_query(&self) -> Args {
        Args::parse(self.query.as_deref().unwrap_or_default())
    }

    /// Named arguments of query and body together, of those the endpoint takes.
    ///
    /// A body that is no JSON object says nothing: Ironic misses the argument then, and so do we.
    pub fn args(&self, known: &[&str]) -> Result<Args> {
        let mut args = self.unchecked_query();
        if self.kind == BodyKind::Json
            && let Ok(Value::Object(body)) = serde_json::from_slice(&self.body)
        {
            body.into_iter().for_each(|(name, value)| args.add(&name, value));
        }
        args.only(known)
    }

    /// The body as one JSON value, an empty object where there is none, and the query's arguments, which give way to
    /// the body's keys of the same name.
    pub fn document(&self, known: &[&str]) -> Result<(Value, Args)> {
        let (body, mut args) = (self.json()?, self.unchecked_query());
        if let Value::Object(body) = &body {
            body.keys().for_each(|name| drop(args.take(name)));
        }
        Ok((body, args.only(known)?))
    }

    /// The body as one JSON value, and the query's arguments, whatever they are.
    pub fn open_document(&self) -> Result<(Value, Args)> {
        if self.kind == BodyKind::Form && !self.body.is_empty() {
            // As in Ironic, where a form, or a body of no type, is no document.
            let form = String::from_utf8_lossy(&self.body);
            Args::parse(&form).only(&[])?;
        }
        Ok((self.json()?, self.open_query()))
    }

    fn json(&self) -> Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        // Ironic answers 500 with its parser's words.
        serde_json::from_slice(&self.body)
            .map_err(|why| Fault::invalid(format!("The request body is not JSON: {why}. Send one JSON value.")))
    }

    fn unchecked_query(&self) -> Args {
        let mut args = self.open_query();
        if self.kind == BodyKind::Form && !self.body.is_empty() {
            let form = String::from_utf8_lossy(&self.body);
            Args::parse(&form).into_iter().for_each(|(name, value)| args.add(&name, value));
        }
        args
    }
}

impl BodyKind {
    fn of(headers: &HeaderMap) -> Self {
        let claimed = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match claimed.split(';').next().unwrap_or_default().trim() {
            "application/json" => Self::Json,
            "" | "application/x-www-form-urlencoded" => Self::Form,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(query: &str, body: &'static str, content_type: &'static str) -> Input {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        let query = (!query.is_empty()).then(|| query.to_owned());
        Input { query, body: axum::body::Bytes::from_static(body.as_bytes()), kind: BodyKind::of(&headers) }
    }

    const JSON: &str = "application/json";

    #[test]
    fn named_arguments_come_from_query_and_body() {
        let args = input("", r#"{"target": "power on"}"#, "application/json; charset=utf-8").args(&["target"]).unwrap();
        assert_eq!(args.string("target").unwrap(), Some("power on"));
        let args = input("", "target=on", "application/x-www-form-urlencoded").args(&["target"]).unwrap();
        assert_eq!(args.string("target").unwrap(), Some("on"));
        for (body, kind) in [("{bad", JSON), ("[]", JSON), ("null", JSON), (r#"{"target": "x"}"#, "text/plain")] {
            assert!(input("", body, kind).args(&["target"]).unwrap().require("target").is_err(), "{body}");
        }
    }

    #[test]
    fn a_document_may_be_of_any_type_but_must_be_json() {
        let document = |body, kind| input("", body, kind).document(&[]);
        assert_eq!(document(r#"{"driver": "d"}"#, "text/plain").unwrap().0, json!({"driver": "d"}));
        assert_eq!(document("", JSON).unwrap().0, json!({}));
        assert!(document("{", JSON).unwrap_err().text().starts_with("The request body is not JSON"));
    }

    #[test]
    fn a_document_without_a_type_is_an_argument_that_nobody_takes() {
        let refused = input("", r#"{"driver":"nope"}"#, "").document(&[]).unwrap_err();
        assert_eq!(refused.text(), r#"Unexpected arguments: {"driver":"nope"}"#);
    }

    #[test]
    fn a_documents_keys_win_over_the_querys() {
        assert!(input("bar=1", r#"{"bar": "meow"}"#, JSON).document(&[]).is_ok());
        assert_eq!(input("zz=1", r#"{"bar": 1}"#, JSON).document(&[]).unwrap_err().text(), "Unexpected arguments: zz");
    }
}
