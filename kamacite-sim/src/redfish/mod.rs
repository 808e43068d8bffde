//! The Redfish face (DSP0266): a request and a BMC make a response. Nothing here knows of connections.

mod accounts;
mod bios;
mod chassis;
mod collections;
pub(crate) mod etag;
mod events;
mod firmware;
mod managers;
mod nics;
mod parts;
mod power;
pub(crate) mod refusal;
mod root;
mod routes;
mod secure_boot;
mod sensors;
mod sessions;
mod system;
mod tasks;
mod virtual_media;

use kamacite_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    bmc::Bmc,
    http::{Body, Method, Request, Response},
    machine::Change,
};

pub use events::{Header, MOST_SUBSCRIPTIONS, Posting};

use refusal::Refusal;
use routes::Found;

/// What the face keeps for a BMC.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub sessions: sessions::Sessions,
    pub subscriptions: Vec<events::Subscription>,
    pub tasks: tasks::Tasks,
    /// Events that wait for the transport.
    pub outbox: Vec<Posting>,
    /// The last number given to a session, a subscription or a task.
    pub last: u32,
}

/// A write as a handler sees it.
pub(crate) struct Call<'a> {
    /// The path, from `/redfish/v1` on, without a slash at its end.
    pub path: &'a str,
    /// The query, for pages.
    pub request: &'a Request,
    /// The last part of the path that is not fixed; empty when all is.
    pub id: &'a str,
    /// What was sent; empty for a GET.
    pub body: &'a Map<String, Value>,
    /// When.
    pub now: Timestamp,
}

/// What a handler of a write comes to.
pub(crate) type Outcome = Result<Response, Refusal>;

const ROOT: &str = "/redfish/v1";

/// Answers a request. The machine first does what was due.
pub fn answer(bmc: &mut Bmc, request: &Request, now: Timestamp) -> Response {
    bmc.advance(now);
    let response = respond(bmc, request, now).unwrap_or_else(Refusal::into_response);
    response.with("OData-Version", "4.0").with("Cache-Control", "no-cache").below(&bmc.prefix)
}

/// Lets happen what is due, and prepares the events that come of it.
pub(crate) fn advance(bmc: &mut Bmc, now: Timestamp) {
    let changes = bmc.machine.advance(now);
    events::tell(bmc, &changes, now);
    tasks::finish(bmc, now);
}

/// Prepares events about what changed, whoever changed it.
pub(crate) fn tell(bmc: &mut Bmc, changes: &[Change], now: Timestamp) {
    events::tell(bmc, changes, now);
}

/// Whether whoever sent this may do anything at all.
pub(crate) fn lets_in(bmc: &mut Bmc, request: &Request, now: Timestamp) -> bool {
    sessions::check(bmc, request, now).is_ok()
}

/// Takes every place in the table of sessions.
pub(crate) fn fill_sessions(bmc: &mut Bmc, now: Timestamp) {
    sessions::fill(bmc, now);
}

fn respond(bmc: &mut Bmc, request: &Request, now: Timestamp) -> Outcome {
    let path = request.path.trim_end_matches('/');
    if path == "/redfish" {
        return Ok(Response::json(200, json!({"v1": "/redfish/v1/"})));
    }
    let Some(below) = path.strip_prefix(ROOT) else { return Err(Refusal::not_found(&request.path)) };
    let found = routes::find(bmc.vendor, below.trim_start_matches('/'));
    let open = found.as_ref().is_some_and(|found| found.route.open == Some(request.method));
    if !open {
        sessions::check(bmc, request, now)?;
    }
    let found = found.ok_or_else(|| Refusal::not_found(&request.path))?;
    let nothing = Map::new();
    let call = Call { path, request, id: found.id, body: &nothing, now };
    if request.method.reads() {
        return read(bmc, &found, &call);
    }
    // What one cannot look at is not there: a vendor without it, or a member that is gone.
    let current = match found.route.get {
        Some(get) => Some(get(bmc, &call).ok_or_else(|| Refusal::not_found(&request.path))?),
        None => None,
    };
    let Some(write) = found.route.write(request.method) else {
        return Ok(Refusal::not_allowed(request.method).into_response().with("Allow", found.route.allow()));
    };
    if let (Method::Patch | Method::Put, Some(current)) = (request.method, &current) {
        etag::precondition(bmc.vendor.etag, request, current)?;
    }
    let body = body(bmc, request)?;
    write(bmc, &Call { body: &body, ..call })
}

fn read(bmc: &mut Bmc, found: &Found<'_>, call: &Call<'_>) -> Outcome {
    if call.path.ends_with("/$metadata") {
        let content = root::METADATA.as_bytes().to_vec();
        return Ok(Response { status: 200, headers: Vec::new(), body: Body::Raw("application/xml", content) });
    }
    if found.route.pattern.starts_with("TaskService/TaskMonitors/") {
        return tasks::monitor(bmc, call);
    }
    let Some(get) = found.route.get else {
        return Ok(Refusal::not_allowed(Method::Get).into_response().with("Allow", found.route.allow()));
    };
    let resource = get(bmc, call).ok_or_else(|| Refusal::not_found(&call.request.path))?;
    // Clients look here for whether a resource takes PATCH.
    Ok(etag::tagged(bmc.vendor.etag, call.request, resource).with("Allow", found.route.allow()))
}

/// The body as a JSON object. None at all counts as an empty one, where the BMC is not strict.
fn body(bmc: &Bmc, request: &Request) -> Result<Map<String, Value>, Refusal> {
    if request.body.is_empty() {
        let forgiven = !bmc.vendor.strict_body || request.method == Method::Delete;
        return if forgiven { Ok(Map::new()) } else { Err(Refusal::malformed()) };
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Refusal::malformed()),
    }
}

/// A link (DSP0266, "Reference properties").
pub(crate) fn link(path: impl Into<String>) -> Value {
    json!({"@odata.id": path.into()})
}

/// The members every resource has, followed by its own.
pub(crate) fn resource(path: &str, kind: &str, id: &str, name: &str, own: Value) -> Value {
    let mut all = json!({"@odata.id": path, "@odata.type": kind, "Id": id, "Name": name});
    if let (Some(all), Value::Object(own)) = (all.as_object_mut(), own) {
        all.extend(own);
    }
    all
}

/// A text member of what was sent.
pub(crate) fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(Refusal::wrong_type(name, other)),
    }
}

impl State {
    /// Loses what a restart of the BMC loses.
    pub fn forget(&mut self) {
        self.sessions.clear();
        self.tasks = tasks::Tasks::default();
    }

    /// How many sessions are open.
    pub fn sessions(&mut self, now: Timestamp) -> usize {
        self.sessions.open(now)
    }

    /// A number nothing else has.
    pub fn next(&mut self) -> u32 {
        self.last += 1;
        self.last
    }
}
