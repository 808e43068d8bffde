//! The door: what happens to every request before a handler sees it, and to every answer before it leaves.
//!
//! In: a request id, the guard of size and depth, the path in one form, the version. Out: the faults put into words, the
//! version headers, the request id.

use std::{borrow::Cow, time::Instant};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts, uri::PathAndQuery},
    response::{IntoResponse, Response},
};
use kamacite_model::{Requester, Uuid};
use tower_service::Service;
use tracing::Instrument;

use crate::{
    App,
    accept::Accept,
    answer,
    audit::Trail,
    fault::Fault,
    links::Links,
    metrics,
    negotiation::{self, MAX_VERSION, MIN_VERSION, VERSION},
    policy::Identity,
    request::{Caller, RawBody},
    route,
    versions::Version,
};

/// The whole API as one service.
pub fn router(app: App) -> Router {
    let routes = route::all().with_state(app.clone());
    Router::new().fallback(pass).with_state(Gate { app, routes })
}

#[derive(Clone)]
struct Gate {
    app: App,
    routes: Router,
}

const REQUEST_ID: header::HeaderName = header::HeaderName::from_static("x-openstack-request-id");
// Ironic sends both names.
const OLD_REQUEST_ID: header::HeaderName = header::HeaderName::from_static("openstack-request-id");

async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let (verb, meters) = (parts.method.clone(), gate.app.meters.clone());
    if verb == Method::OPTIONS && parts.uri.path() != "/" {
        // The reference's CORS layer answers these, before and after everything else.
        meters.count(None, &verb, StatusCode::OK, began.elapsed());
        return answer::empty(StatusCode::OK);
    }
    let area = area(parts.uri.path(), gate.app.config.tells_metrics());
    let at_the_door = area.path(gate.app.config.healthcheck);
    let id = format!("req-{}", Uuid::new_v4());
    let span = tracing::info_span!("request", %id, method = %parts.method, path = parts.uri.path());
    let trail = Trail::of(&parts);
    let (mut response, route) = gate.answer(parts, body, area, &id, &trail).instrument(span.clone()).await;
    trail.write(&id, route.as_ref(), &response);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id.clone());
        response.headers_mut().insert(OLD_REQUEST_ID, id);
    }
    let (status, elapsed) = (response.status(), began.elapsed());
    meters.count(at_the_door.or(route.as_ref().map(MatchedPath::as_str)), &verb, status, elapsed);
    span.in_scope(|| tracing::debug!(status = status.as_u16(), elapsed_ms = elapsed.as_millis(), "answered"));
    response
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// The reference's API.
    Ironic,
    /// Its root document.
    Root,
    /// What only Kamacite has.
    Own,
    /// Whether the service is there at all.
    Health,
    /// What it counts of itself.
    Metrics,
}

impl Area {
    /// The one path of what is answered at the door, and so has no route: requests are counted under it.
    const fn path(self, tells_health: bool) -> Option<&'static str> {
        match self {
            Self::Health if tells_health => Some(HEALTH),
            Self::Metrics => Some(metrics::PATH),
            Self::Health | Self::Ironic | Self::Root | Self::Own => None,
        }
    }
}

/// Whether the service is there at all.
const HEALTH: &str = "/healthcheck";

impl Gate {
    /// The answer, and the route that the path led to, if it led anywhere.
    async fn answer(
        self,
        mut parts: Parts,
        body: Body,
        area: Area,
        id: &str,
        trail: &Trail,
    ) -> (Response, Option<MatchedPath>) {
        let accept = Accept::of(&parts.headers);
        let method = parts.method.clone();
        let json_suffix = settle_path(&mut parts, area);
        let version = match area {
            Area::Ironic | Area::Root => negotiation::negotiate(&parts.headers),
            Area::Own | Area::Health | Area::Metrics => Ok(Version::MAX),
        };
        let mut response = match self.guard(&parts, body).await {
            Err(fault) => fault.into_response(),
            Ok(_) if area == Area::Health => self.health(&method),
            Ok(_) if area == Area::Metrics => self.metrics(&method).await,
            Ok(bytes) => match &version {
                Err(refusal) => Fault::bad_version(&refusal.text, area == Area::Root).into_response(),
                Ok(version) => {
                    parts.extensions.insert(RawBody(bytes));
                    let caller = self.caller(&parts, *version, id, &accept, json_suffix);
                    trail.who(&caller.requester);
                    parts.extensions.insert(Caller { trail: trail.clone(), ..caller });
                    self.route(parts).await
                }
            },
        };
        let route = response.extensions_mut().remove::<MatchedPath>();
        let fault = response.extensions_mut().remove::<Fault>();
        let by_router = fault.as_ref().is_some_and(Fault::is_routers);
        if let Some(fault) = fault {
            response = if area == Area::Own { fault.render_own() } else { fault.render(&accept, method.as_str()) };
        }
        if matches!(area, Area::Ironic | Area::Root) {
            say_versions(&mut response, &version, by_router);
        }
        (response, route)
    }

    /// Reads the body, if it is neither too large nor nested too deeply.
    async fn guard(&self, parts: &Parts, body: Body) -> Result<Bytes, Fault> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let limit = self.app.config.body_limit(parts.uri.path());
        let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: usize| length > limit) {
            return Err(Fault::body_too_large());
        }
        let bytes = axum::body::to_bytes(body, limit).await.map_err(|_| Fault::body_too_large())?;
        if is_deeper(&bytes, self.app.config.max_body_depth) { Err(Fault::body_too_deep()) } else { Ok(bytes) }
    }

    fn health(&self, method: &Method) -> Response {
        if !self.app.config.healthcheck {
            return Fault::no_such_path().into_response();
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Fault::method_not_allowed("GET, HEAD").into_response();
        }
        ([(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], "OK").into_response()
    }

    async fn metrics(&self, method: &Method) -> Response {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Fault::method_not_allowed("GET, HEAD").into_response();
        }
        metrics::show(&self.app).await.into_response()
    }

    fn caller(&self, parts: &Parts, version: Version, id: &str, accept: &Accept, json_suffix: bool) -> Caller {
        let identity = Identity::default();
        let requester = Requester {
            request_id: Some(id.to_owned()),
            user: identity.user.clone(),
            project: identity.project.clone(),
            roles: identity.roles.clone(),
        };
        let (links, takes_json) = (self.links(parts), accept.takes_json());
        Caller { version, identity, requester, links, json_suffix, takes_json, trail: Trail::default() }
    }

    fn links(&self, parts: &Parts) -> Links {
        let config = &self.app.config;
        if let Some(endpoint) = &config.public_endpoint {
            return Links::new(endpoint);
        }
        match parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()) {
            Some(host) => Links::new(&["http://", host].concat()),
            None => Links::new(&format!("http://{}:{}", config.host_ip, config.port)),
        }
    }

    async fn route(mut self, parts: Parts) -> Response {
        match self.routes.call(Request::from_parts(parts, Body::empty())).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

fn area(path: &str, tells_metrics: bool) -> Area {
    match path {
        "" | "/" => Area::Root,
        HEALTH => Area::Health,
        // Where it does not answer, it is a path like any other that is not there.
        metrics::PATH if tells_metrics => Area::Metrics,
        path if path == "/kamacite" || path.starts_with("/kamacite/") => Area::Own,
        _ => Area::Ironic,
    }
}

/// Brings the path into the form that the routes have: under `/v1`, without a slash at its end. Tells whether a `.json`
/// was taken off.
fn settle_path(parts: &mut Parts, area: Area) -> bool {
    let (path, json_suffix) = {
        let path = parts.uri.path();
        let bare = path.trim_end_matches('/');
        match bare.strip_suffix(".json") {
            Some(stripped) if area == Area::Ironic && negotiation::strips_json_suffix(&parts.headers) => {
                (stripped, true)
            }
            Some(_) | None => (path, false),
        }
    };
    let settled = match area {
        Area::Ironic => settled(path),
        Area::Own => Cow::Borrowed(path.strip_suffix('/').unwrap_or(path)),
        Area::Root | Area::Health | Area::Metrics => Cow::Borrowed(path),
    };
    if settled == parts.uri.path() {
        return json_suffix;
    }
    let path_and_query = match parts.uri.query() {
        Some(query) => format!("{settled}?{query}"),
        None => settled.into_owned(),
    };
    let mut uri = std::mem::take(&mut parts.uri).into_parts();
    uri.path_and_query = PathAndQuery::try_from(path_and_query).ok();
    parts.uri = Uri::from_parts(uri).unwrap_or_default();
    json_suffix
}

/// `/nodes` means `/v1/nodes`: the links called "bookmark" say so.
fn settled(path: &str) -> Cow<'_, str> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if path == "/v1" || path.starts_with("/v1/") { Cow::Borrowed(path) } else { Cow::Owned(format!("/v1{path}")) }
}

/// Whether JSON is nested more than `limit` deep, without reading it.
fn is_deeper(body: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Every answer of a handler names the version in force and the range; the router's refusals name none.
fn say_versions(response: &mut Response, version: &Result<Version, negotiation::Refusal>, by_router: bool) {
    let headers = response.headers_mut();
    match version {
        Ok(version) if !by_router => {
            if let Ok(value) = HeaderValue::from_str(&version.to_string()) {
                headers.insert(VERSION, value);
            }
        }
        Err(refusal) if refusal.understood => {}
        Ok(_) | Err(_) => return,
    }
    headers.insert(MIN_VERSION, HeaderValue::from_static("1.1"));
    headers.insert(MAX_VERSION, HeaderValue::from_static("1.115"));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &'static str, version: Option<&'static str>, expected: &str, suffix: bool) {
        let mut request = Request::builder().uri(uri);
        if let Some(version) = version {
            request = request.header(VERSION, version);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let area = area(parts.uri.path(), true);
        assert_eq!(settle_path(&mut parts, area), suffix, "{uri}");
        assert_eq!(parts.uri.to_string(), expected);
    }

    #[test]
    fn paths_have_one_form() {
        check("/v1/nodes", None, "/v1/nodes", false);
        check("/v1/nodes/?a=1", None, "/v1/nodes?a=1", false);
        check("/nodes/n", None, "/v1/nodes/n", false);
        check("/v1/", None, "/v1", false);
        check("/v1", None, "/v1", false);
        check("/v2", None, "/v1/v2", false);
        check("/", None, "/", false);
        check("/kamacite/v1/", None, "/kamacite/v1", false);
        check("/v1/kamacite/v1", None, "/v1/kamacite/v1", false);
        check("/v1/nodes/n.json", Some("1.90"), "/v1/nodes/n", true);
        check("/v1/nodes/n.json?a=1", Some("1.91"), "/v1/nodes/n.json?a=1", false);
        check("/v1/nodes/n.json", None, "/v1/nodes/n.json", false);
    }

    #[test]
    fn brackets_in_texts_do_not_nest() {
        assert!(!is_deeper(br#"{"a": ["[[[[\"[[[[", "]"]}"#, 2));
        assert!(is_deeper(br#"{"a": [[1]]}"#, 2));
        assert!(!is_deeper(br#"[[1],[2],[3]]"#, 2));
    }

    #[test]
    fn the_range_is_the_tables() {
        assert_eq!((Version::MIN.to_string(), Version::MAX.to_string()), ("1.1".to_owned(), "1.115".to_owned()));
    }
}
