//! Who may come in: sessions with a token (DSP0266, "Redfish session login"), or basic authentication.

use base64::{Engine, prelude::BASE64_STANDARD};
use kamacite_model::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Call, Outcome, ROOT, Refusal, collections::collection, link, resource, text};
use crate::{
    bmc::Bmc,
    http::{Request, Response},
};

/// The sessions of a BMC.
#[derive(Debug)]
pub(crate) struct Sessions {
    open: Vec<Session>,
    /// Seconds of silence after which a session ends.
    timeout_s: u32,
    /// Failed log-ins since the last good one.
    failures: u32,
    locked_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Session {
    id: u32,
    token: u128,
    used: Timestamp,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { open: Vec::new(), timeout_s: 1800, failures: 0, locked_until: None }
    }
}

impl Sessions {
    pub fn clear(&mut self) {
        self.open.clear();
    }

    pub fn open(&mut self, now: Timestamp) -> usize {
        self.expire(now);
        self.open.len()
    }

    fn expire(&mut self, now: Timestamp) {
        let longest = SignedDuration::from_secs(self.timeout_s.into());
        self.open.retain(|session| now.duration_since(session.used) < longest);
    }
}

/// Takes every place in the table of sessions, as forgetful clients do. They time out like any other.
pub(crate) fn fill(bmc: &mut Bmc, now: Timestamp) {
    bmc.redfish.sessions.expire(now);
    while bmc.redfish.sessions.open.len() < bmc.vendor.sessions {
        open(bmc, now);
    }
}

/// Whether a request may be answered: it carries the token of a session, or the account's credentials.
pub(crate) fn check(bmc: &mut Bmc, request: &Request, now: Timestamp) -> Result<(), Refusal> {
    bmc.redfish.sessions.expire(now);
    if let Some(token) = request.header("x-auth-token") {
        let open = &mut bmc.redfish.sessions.open;
        let session = open.iter_mut().find(|session| shown(session.token) == token);
        session.ok_or_else(Refusal::not_logged_in)?.used = now;
        return Ok(());
    }
    let credentials = request.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let decoded = credentials.and_then(|text| BASE64_STANDARD.decode(text.trim()).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(Refusal::not_logged_in)?;
    let (username, password) = decoded.split_once(':').ok_or_else(Refusal::not_logged_in)?;
    authenticate(bmc, username, password, now)
}

fn authenticate(bmc: &mut Bmc, username: &str, password: &str, now: Timestamp) -> Result<(), Refusal> {
    let sessions = &mut bmc.redfish.sessions;
    // A locked account does not say that it is: whoever guesses learns nothing.
    let locked = sessions.locked_until.is_some_and(|until| now < until);
    let good = *bmc.account.username == *username && **bmc.account.password.expose() == *password;
    if good && !locked {
        sessions.failures = 0;
        return Ok(());
    }
    let (most, seconds) = bmc.vendor.lockout;
    sessions.failures += 1;
    if most > 0 && sessions.failures >= most && !locked {
        let seconds = SignedDuration::from_secs(seconds.into());
        sessions.locked_until = now.checked_add(seconds).ok();
        sessions.failures = 0;
    }
    Err(Refusal::not_logged_in())
}

/// `GET /redfish/v1/SessionService` (DSP0268, SessionService)
pub(crate) fn service(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    Some(resource(
        call.path,
        "#SessionService.v1_1_9.SessionService",
        "SessionService",
        "Session Service",
        json!({
            "Status": {"State": "Enabled", "Health": "OK"},
            "ServiceEnabled": true,
            "SessionTimeout": bmc.redfish.sessions.timeout_s,
            "Sessions": link(format!("{ROOT}/SessionService/Sessions")),
        }),
    ))
}

/// `PATCH /redfish/v1/SessionService`: the timeout, 30 to 86400 seconds.
pub(crate) fn patch_service(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    for (name, value) in call.body {
        match name.as_str() {
            "SessionTimeout" => {
                let seconds = value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
                let seconds = seconds.ok_or_else(|| Refusal::wrong_type(name, value))?;
                if !(30..=86_400).contains(&seconds) {
                    return Err(Refusal::not_in_list(name, &seconds.to_string()));
                }
                bmc.redfish.sessions.timeout_s = seconds;
            }
            other => return Err(Refusal::read_only(other)),
        }
    }
    Ok(Response::empty(204))
}

/// `GET /redfish/v1/SessionService/Sessions`
pub(crate) fn list(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let ids = bmc.redfish.sessions.open.iter().map(|session| session.id.to_string());
    Some(collection(bmc, call, "SessionCollection", "Sessions", ids))
}

/// `GET /redfish/v1/SessionService/Sessions/{id}`
pub(crate) fn one(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    bmc.redfish.sessions.open.iter().find(|session| session.id.to_string() == call.id)?;
    Some(shape(bmc, call.path, call.id))
}

/// `POST /redfish/v1/SessionService/Sessions`: 201 with `X-Auth-Token` and `Location`.
pub(crate) fn log_in(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let username = text(call.body, "UserName")?.ok_or_else(|| Refusal::missing("UserName"))?;
    let password = text(call.body, "Password")?.ok_or_else(|| Refusal::missing("Password"))?;
    authenticate(bmc, username, password, call.now)?;
    bmc.redfish.sessions.expire(call.now);
    if bmc.redfish.sessions.open.len() >= bmc.vendor.sessions {
        return Err(Refusal::new(503, "SessionLimitExceeded", "There are as many sessions as there can be."));
    }
    let (id, token) = open(bmc, call.now);
    let path = format!("{}/{id}", call.path);
    let body = shape(bmc, &path, &id.to_string());
    Ok(Response::json(201, body).with("Location", path).with("X-Auth-Token", token))
}

/// `DELETE /redfish/v1/SessionService/Sessions/{id}`
pub(crate) fn log_out(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    bmc.redfish.sessions.open.retain(|session| session.id.to_string() != call.id);
    Ok(Response::empty(204))
}

fn open(bmc: &mut Bmc, now: Timestamp) -> (u32, String) {
    let id = bmc.redfish.next();
    let token = (u128::from(bmc.random.next()) << 64) | u128::from(bmc.random.next());
    bmc.redfish.sessions.open.push(Session { id, token, used: now });
    (id, shown(token))
}

fn shape(bmc: &Bmc, path: &str, id: &str) -> Value {
    resource(path, "#Session.v1_7_1.Session", id, "User Session", json!({"UserName": &*bmc.account.username}))
}

fn shown(token: u128) -> String {
    format!("{token:032x}")
}
