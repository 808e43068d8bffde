//! A recording that is played: a BMC that answers what the recorded one answered.
//!
//! Writes divide a recording into *epochs*. A write that was recorded is answered as it was and leads into the epoch that
//! followed it; a GET is answered from the epoch one is in, else from the nearest earlier, else from the nearest later. One
//! that was answered several times within an epoch, as when a machine is waited for, is answered in that order, and then
//! with the last. Anybody is let in.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use super::{Exchange, Recording, matching, secrets::MARK, sessions, sessions::Sessions};
use crate::{
    http::{Body, Method, Request, Response},
    redfish::refusal::Refusal,
};

/// A recording, and how far it has been played.
#[derive(Debug)]
pub struct Replay {
    /// What the log calls it.
    name: String,
    /// The path of the service root, where the file says that it is not the usual one.
    root: Option<String>,
    reads: Vec<Read>,
    writes: Vec<Exchange>,
    /// The epoch one is in: so many writes lie behind.
    epoch: usize,
    /// The answer last given to each path in this epoch, as a place in `reads`.
    given: HashMap<String, usize>,
    sessions: Sessions,
}

/// A GET of a recording.
#[derive(Debug)]
struct Read {
    exchange: Exchange,
    /// Its path as it is compared.
    path: String,
    epoch: usize,
}

impl Replay {
    /// Takes a recording to be played from its beginning; the log will know it by `name`.
    pub fn new(name: &str, recording: Recording) -> Self {
        let mut replay = Self {
            name: name.to_owned(),
            root: recording.header.root,
            reads: Vec::new(),
            writes: Vec::new(),
            epoch: 0,
            given: HashMap::new(),
            sessions: Sessions::default(),
        };
        for exchange in recording.exchanges {
            match Method::named(&exchange.method) {
                // It says that the client had it already, and not what it had.
                Some(Method::Get) if exchange.status == 304 || leads_to_itself(&exchange) => {}
                Some(Method::Get) => {
                    let (path, epoch) = (matching::plain(&exchange.path), replay.writes.len());
                    replay.reads.push(Read { exchange, path, epoch });
                }
                // Nothing was done, and whoever asks here is let in.
                Some(_) if exchange.status == 401 => {}
                Some(method) if sessions::is_about_them(method, &exchange.path) => {}
                Some(_) => replay.writes.push(exchange),
                None => {}
            }
        }
        replay
    }

    /// Answers a request.
    pub fn answer(&mut self, request: &Request) -> Response {
        self.act(request).1
    }

    /// What the log calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The answer, and how long it took when it was recorded.
    pub(super) fn act(&mut self, request: &Request) -> (Duration, Response) {
        if let Some(response) = self.sessions.answer(request) {
            return (Duration::ZERO, response.with("OData-Version", "4.0"));
        }
        let path = full_path(request);
        let found = if request.method.reads() { self.read(&path) } else { self.write(request, &path) };
        if let Some(exchange) = found {
            return (Duration::from_millis(exchange.ms), response(exchange));
        }
        let made_up = request.method.reads().then(|| self.made_up(&request.path)).flatten();
        let response = made_up.unwrap_or_else(|| self.nothing(request, &path));
        (Duration::ZERO, response.with("OData-Version", "4.0"))
    }

    /// The path of the service root where it is not the usual one, as with a BMC behind a gateway.
    pub(super) fn root(&self) -> Option<String> {
        const USUAL: &str = "/redfish/v1";
        if let Some(root) = &self.root {
            return Some(root.clone());
        }
        let path = &self.reads.first()?.exchange.path;
        let before = path.find(USUAL).filter(|at| *at > 0)?;
        Some(format!("{}/", &path[..before + USUAL.len()]))
    }

    fn read(&mut self, path: &str) -> Option<&Exchange> {
        let path = matching::plain(path);
        let here = self.given.get(&path).copied();
        let at = choose(&self.reads, &path, self.epoch, here)?;
        if self.reads[at].epoch == self.epoch {
            // What was given once is not given again, but for the last.
            self.given.insert(path, here.map_or(at, |here| here.max(at)));
        }
        Some(&self.reads[at].exchange)
    }

    /// Finds a write ahead, else from the beginning on: a story may be played more than once.
    fn write(&mut self, request: &Request, path: &str) -> Option<&Exchange> {
        let sent = sent(request);
        let ahead = self.epoch..self.writes.len();
        let at = ahead.chain(0..self.epoch).find(|at| is_write(&self.writes[*at], request.method, path, &sent))?;
        self.epoch = at + 1;
        self.given.clear();
        Some(&self.writes[at])
    }

    /// What need not be recorded to be known.
    fn made_up(&self, path: &str) -> Option<Response> {
        if path.trim_end_matches('/') == "/redfish" {
            return Some(Response::json(200, json!({"v1": "/redfish/v1/"})));
        }
        self.sessions.read(path)
    }

    fn nothing(&self, request: &Request, path: &str) -> Response {
        let method = request.method.name();
        tracing::warn!(recording = self.name, method, path, "the recording has nothing for a request");
        if request.method.reads() {
            let why = format!("The recording has nothing for GET {path}.");
            return Refusal::new(404, "ResourceMissingAtURI", why).into_response();
        }
        let same = |write: &&Exchange| write.method == method && matching::path(&write.path, path);
        let why = match self.writes.iter().filter(same).count() {
            0 => format!("The recording has nothing for {method} {path}."),
            count => format!("The recording has {method} {path} {count} times, and never with this body."),
        };
        Refusal::new(501, "OperationNotAllowed", why).into_response()
    }
}

/// Which read answers a path in an epoch, in which `given` was the last answer to it.
fn choose(reads: &[Read], path: &str, epoch: usize, given: Option<usize>) -> Option<usize> {
    let exact: Vec<usize> = (0..reads.len()).filter(|at| reads[*at].path == path).collect();
    let like = || (0..reads.len()).filter(|at| matching::plain_path(&reads[*at].path, path)).collect();
    let all = if exact.is_empty() { like() } else { exact };
    // That one had to log in is of no use to one who is let in.
    let let_in = |at: &usize| reads[*at].exchange.status != 401;
    let those: Vec<usize> = if all.iter().any(let_in) { all.into_iter().filter(let_in).collect() } else { all };
    let lasting = |at: &&usize| !matches!(reads[**at].exchange.status, 429 | 503);
    let now: Vec<usize> = those.iter().copied().filter(|at| reads[*at].epoch == epoch).collect();
    let next = now.iter().find(|at| given.is_none_or(|given| **at > given));
    let last = now.iter().rev().find(lasting);
    let earlier = || those.iter().rev().filter(|at| reads[**at].epoch < epoch).find(lasting);
    let later = || those.iter().filter(|at| reads[**at].epoch > epoch).find(lasting);
    next.or(last).or_else(earlier).or_else(later).or(those.first()).copied()
}

/// A redirect to another spelling of a path is none here, where they are one.
fn leads_to_itself(exchange: &Exchange) -> bool {
    let to = exchange.headers.get("location").filter(|_| (300..400).contains(&exchange.status));
    to.is_some_and(|to| matching::plain(to) == matching::plain(&exchange.path))
}

fn is_write(recorded: &Exchange, method: Method, path: &str, sent: &Value) -> bool {
    let nothing = Value::Null;
    recorded.method == method.name()
        && matching::path(&recorded.path, path)
        && matching::body(recorded.request_body.as_ref().unwrap_or(&nothing), sent)
}

/// The body as JSON; one that is none matches only what was none when it was recorded, which is kept as the mark.
fn sent(request: &Request) -> Value {
    if request.body.is_empty() {
        return Value::Null;
    }
    let text = || Value::from(String::from_utf8_lossy(&request.body).into_owned());
    serde_json::from_slice(&request.body).unwrap_or_else(|_| text())
}

fn response(exchange: &Exchange) -> Response {
    let body = match (&exchange.body, &exchange.text) {
        (Some(body), _) => Body::Json(body.clone()),
        (None, Some(text)) => Body::Raw("text/plain", text.clone().into_bytes()),
        (None, None) => Body::Empty,
    };
    let response = Response { status: exchange.status, headers: Vec::new(), body };
    // A header that is all secret would be a wrong one.
    let headers = exchange.headers.iter().filter(|(_, value)| *value != MARK);
    headers.fold(response, |response, (name, value)| response.with(name.clone(), value.clone()))
}

fn full_path(request: &Request) -> String {
    match &request.query {
        Some(query) => format!("{}?{query}", request.path),
        None => request.path.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kamacite_model::Timestamp;

    use crate::recording::{FORMAT, Header, Identity};

    fn exchange(method: &str, path: &str, sent: Value, status: u16, body: Value) -> Exchange {
        Exchange {
            method: method.to_owned(),
            path: path.to_owned(),
            request_body: Some(sent).filter(|sent| !sent.is_null()),
            status,
            body: Some(body).filter(|body| !body.is_null()),
            ..Exchange::default()
        }
    }

    fn got(path: &str, status: u16, body: &str) -> Exchange {
        exchange("GET", path, Value::Null, status, json!({"Is": body}))
    }

    fn posted(path: &str, sent: &str) -> Exchange {
        exchange("POST", path, json!({"Do": sent}), 204, Value::Null)
    }

    fn replay(exchanges: Vec<Exchange>) -> Replay {
        let header = Header {
            kamacite: "recording".to_owned(),
            format: FORMAT,
            recorded_at: Timestamp::UNIX_EPOCH,
            recorded_by: "kamacite".to_owned(),
            bmc: Identity::default(),
            root: None,
        };
        Replay::new("test", Recording { header, exchanges, cut_off: false })
    }

    #[track_caller]
    fn reads(replay: &mut Replay, path: &str, expected: &str) {
        let response = replay.answer(&Request::new(Method::Get, path, &Value::Null));
        let said = response.value()["Is"].as_str().map_or(response.status.to_string(), str::to_owned);
        assert_eq!(said, expected, "{path}");
    }

    #[track_caller]
    fn posts(replay: &mut Replay, path: &str, what: &str, expected: u16) {
        let response = replay.answer(&Request::new(Method::Post, path, &json!({"Do": what})));
        assert_eq!(response.status, expected, "{path} {what}");
    }

    #[test]
    fn writes_lead_from_epoch_to_epoch() {
        let mut replay = replay(vec![
            got("/a", 200, "off"),
            posted("/x", "on"),
            got("/a", 200, "on"),
            posted("/x", "off"),
            got("/a", 200, "off again"),
        ]);
        reads(&mut replay, "/a", "off");
        posts(&mut replay, "/x", "on", 204);
        reads(&mut replay, "/a", "on");
        posts(&mut replay, "/x", "off", 204);
        reads(&mut replay, "/a", "off again");
        // Once more from the beginning.
        posts(&mut replay, "/x", "on", 204);
        reads(&mut replay, "/a", "on");
    }

    #[test]
    fn a_write_may_be_left_out() {
        let mut replay =
            replay(vec![posted("/x", "one"), got("/a", 200, "1"), posted("/x", "two"), got("/a", 200, "2")]);
        posts(&mut replay, "/x", "two", 204);
        reads(&mut replay, "/a", "2");
    }

    #[test]
    fn a_read_is_answered_from_the_nearest_epoch() {
        let mut replay = replay(vec![
            got("/early", 200, "e"),
            posted("/x", "one"),
            posted("/x", "two"),
            posted("/x", "three"),
            got("/late", 200, "l"),
        ]);
        posts(&mut replay, "/x", "two", 204);
        reads(&mut replay, "/early", "e");
        reads(&mut replay, "/late", "l");
    }

    #[test]
    fn within_an_epoch_time_goes_by() {
        let mut replay = replay(vec![
            got("/a", 200, "before"),
            posted("/x", "on"),
            got("/a", 200, "starting"),
            got("/a", 503, "busy"),
            got("/a", 200, "on"),
            got("/a", 503, "busy"),
        ]);
        posts(&mut replay, "/x", "on", 204);
        for said in ["starting", "busy", "on", "busy", "on", "on"] {
            reads(&mut replay, "/a", said);
        }
    }

    #[test]
    fn a_mark_stands_in_where_nothing_else_is() {
        let mut replay = replay(vec![got("/Accounts/******", 200, "hidden"), got("/Accounts/1", 200, "shown")]);
        reads(&mut replay, "/Accounts/1", "shown");
        reads(&mut replay, "/Accounts/2", "hidden");
        reads(&mut replay, "/Accounts/1/Keys", "404");
    }

    #[test]
    fn the_service_root_may_be_anywhere() {
        let mut header = replay(Vec::new());
        header.root = Some("/bmc7/".to_owned());
        assert_eq!(header.root().as_deref(), Some("/bmc7/"));
        assert_eq!(replay(vec![got("/bmc7/redfish/v1/", 200, "a")]).root().as_deref(), Some("/bmc7/redfish/v1/"));
        assert_eq!(replay(vec![got("/redfish/v1/", 200, "a")]).root(), None);
    }

    #[test]
    fn nobody_is_led_in_circles() {
        let mut moved = got("/a", 301, "moved");
        moved.headers.insert("location".to_owned(), "/a/".to_owned());
        let mut replay = replay(vec![moved, got("/a/", 200, "a")]);
        reads(&mut replay, "/a", "a");
        reads(&mut replay, "/a/", "a");
    }

    #[test]
    fn one_who_was_not_let_in_does_not_matter() {
        let mut replay = replay(vec![got("/a", 401, "no"), got("/a", 200, "yes"), got("/b", 401, "no")]);
        reads(&mut replay, "/a", "yes");
        reads(&mut replay, "/b", "no");
    }

    #[test]
    fn what_was_not_recorded_is_said() {
        let mut replay = replay(vec![got("/a", 200, "a"), posted("/x", "on")]);
        let response = replay.answer(&Request::new(Method::Get, "/b?c=1", &Value::Null));
        assert_eq!(response.status, 404);
        assert_eq!(response.value()["error"]["message"], "The recording has nothing for GET /b?c=1.");
        let response = replay.answer(&Request::new(Method::Patch, "/a", &json!({})));
        assert_eq!(response.status, 501);
        assert_eq!(response.value()["error"]["message"], "The recording has nothing for PATCH /a.");
        let response = replay.answer(&Request::new(Method::Post, "/x", &json!({"Do": "melt"})));
        assert_eq!(
            response.value()["error"]["message"],
            "The recording has POST /x 1 times, and never with this body."
        );
    }

    #[test]
    fn anybody_logs_in() {
        let sessions = "/redfish/v1/SessionService/Sessions";
        let mut replay = replay(vec![exchange("POST", sessions, json!({"UserName": "a"}), 401, Value::Null)]);
        let made = replay.answer(&Request::new(Method::Post, sessions, &json!({"UserName": "b", "Password": "c"})));
        assert_eq!((made.status, made.header("x-auth-token").is_some()), (201, true));
        let session = made.header("location").unwrap().to_owned();
        let mut ask = |method, path: &str| replay.answer(&Request::new(method, path, &Value::Null)).status;
        assert_eq!(ask(Method::Get, &session), 200);
        assert_eq!(ask(Method::Get, "/redfish/v1/SessionService"), 200);
        assert_eq!(ask(Method::Get, sessions), 200);
        assert_eq!(ask(Method::Delete, &session), 204);
        assert_eq!(ask(Method::Get, "/redfish"), 200);
    }

    #[test]
    fn headers_are_answered_and_marks_are_not() {
        let mut exchange = got("/a", 202, "a");
        for (name, value) in [("etag", "\"7\""), ("location", "/t/1"), ("retry-after", "5"), ("set-cookie", MARK)] {
            exchange.headers.insert(name.to_owned(), value.to_owned());
        }
        exchange.ms = 1500;
        let mut replay = replay(vec![exchange]);
        let (took, response) = replay.act(&Request::new(Method::Get, "/a", &Value::Null));
        assert_eq!(took, Duration::from_millis(1500));
        let header = |name| response.header(name);
        assert_eq!(
            (header("ETag"), header("Location"), header("Retry-After")),
            (Some("\"7\""), Some("/t/1"), Some("5"))
        );
        assert_eq!(header("set-cookie"), None);
    }

    #[test]
    fn a_body_that_is_no_json_is_sent_as_it_was() {
        let page = Exchange { body: None, text: Some("<html>".to_owned()), ..got("/a", 500, "") };
        let response = replay(vec![page]).answer(&Request::new(Method::Get, "/a", &Value::Null));
        assert_eq!(response.body, Body::Raw("text/plain", b"<html>".to_vec()));
    }
}
