//! `GET /kamacite/v1/events`: what happens to nodes and operations, as it happens, in the form of server-sent events
//! (WHATWG HTML, 9.2).

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use kamacite_conductor::{Follower, Told};
use kamacite_model::{
    Uuid,
    event::{Event, EventType, Subject},
};

use super::event_view::EventView;
use crate::{
    App,
    fault::{Fault, Result},
    policy::{Decision, Identity, Policy, Whose},
    request::{AnyCaller, Input, NodeIdent},
};

/// For so long nothing is said at most: what stands between client and service must not take the line for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a client is to wait before it comes back, in milliseconds.
const RETRY_MS: u32 = 2_000;

/// `GET /kamacite/v1/events`
pub async fn follow(app: App, who: AnyCaller, headers: HeaderMap, input: Input) -> Result<Response> {
    let AnyCaller(who) = who;
    let args = input.query(&["node", "type"])?;
    let node = match args.string("node")? {
        None => None,
        // Also of one that is gone, whose end a client that comes back may have missed.
        Some(ident) => Some(match Uuid::try_parse(ident) {
            Ok(uuid) => uuid,
            Err(_) => app.node(&who, &NodeIdent(ident.to_owned()), Policy::NodeGet).await?.uuid,
        }),
    };
    let types = args.list("type")?.map(|names| read_types(&names)).transpose()?;
    let (follower, whole) = app.conductor.events().follow(last_seen(&headers))?;
    let filter = Filter { identity: who.identity, node, types };
    let beginning = beginning(follower.last(), whole);
    let told = Telling { app, follower, filter, beginning: Some(beginning), over: false };
    let body = Body::from_stream(stream::unfold(told, Telling::next));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // What nginx asks before it keeps things back.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    Ok((headers, body).into_response())
}

fn read_types(names: &[String]) -> Result<Vec<EventType>> {
    let names = names.iter().map(|name| name.trim());
    names.map(|name| name.parse().map_err(|why: kamacite_model::UnknownName| Fault::invalid(why.to_string()))).collect()
}

/// The last event that a client has seen, which comes back after a break.
fn last_seen(headers: &HeaderMap) -> Option<u64> {
    let said = headers.get("last-event-id")?;
    let id = said.to_str().ok().and_then(|said| said.parse().ok());
    // Whatever else it is, it is none of ours, and so what has happened since cannot be told.
    Some(id.unwrap_or_default())
}

/// What is told of all that happens.
struct Filter {
    identity: Identity,
    node: Option<Uuid>,
    types: Option<Vec<EventType>>,
}

impl Filter {
    fn lets_through(&self, event: &Event) -> bool {
        let wanted = self.node.is_none_or(|node| event.subject.node == Some(node))
            && self.types.as_ref().is_none_or(|types| types.contains(&event.what.event_type()));
        wanted && may_see(&self.identity, event)
    }
}

/// Whether the caller may see what it happened to, as that was then: it may be gone by now.
fn may_see(identity: &Identity, event: &Event) -> bool {
    let Subject { node, name: _, owner, lessee, driver: _ } = &event.subject;
    let decision = match node {
        Some(_) => Policy::NodeGet.decide(identity, Some(Whose { owner: owner.as_deref(), lessee: lessee.as_deref() })),
        None => Policy::DriverGet.decide(identity, None),
    };
    decision == Decision::Allow
}

/// A client that follows.
struct Telling {
    app: App,
    follower: Follower,
    filter: Filter,
    beginning: Option<String>,
    over: bool,
}

impl Telling {
    /// What is said next; `None` when nothing more is.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.over {
            return None;
        }
        let said = match self.beginning.take() {
            Some(beginning) => beginning,
            None => self.say().await,
        };
        Some((Ok(said.into()), self))
    }

    async fn say(&mut self) -> String {
        let clock = self.app.conductor.clock().clone();
        let mut quiet = clock.sleep(HEARTBEAT);
        loop {
            let told = tokio::select! {
                biased;
                told = self.follower.next() => told,
                // With the id of what was looked at last, that a client which nothing concerns need not begin anew.
                () = &mut quiet => return format!(": nothing\nid: {}\n\n", self.follower.last()),
            };
            match told {
                Told::Event(event) if self.filter.lets_through(&event) => return event_text(&event),
                Told::Event(_) => {}
                Told::Missed => {
                    self.over = true;
                    return last_word(
                        "cut_off",
                        "more has happened than is kept for one who reads so slowly: come back, and list what you follow",
                    );
                }
                Told::Closed => {
                    self.over = true;
                    return last_word("stopping", "the service stops: come back when it is there again");
                }
            }
        }
    }
}

/// What a client is told first: where it is, and whether it has to list anew what it follows.
fn beginning(last: u64, whole: bool) -> String {
    // An id without data is no event to a client, and it comes back with it.
    let here = format!("retry: {RETRY_MS}\nid: {last}\n");
    if whole {
        return format!("{here}\n");
    }
    let why = "what has happened since the event that you name is no longer kept: list what you follow";
    format!("{here}event: reset\ndata: {}\n\n", serde_json::json!({ "why": why }))
}

fn last_word(event_type: &str, why: &str) -> String {
    format!("event: {event_type}\ndata: {}\n\n", serde_json::json!({ "why": why }))
}

fn event_text(event: &Event) -> String {
    // One line: JSON has no line breaks but those it escapes.
    let data = serde_json::to_string(&EventView(event)).unwrap_or_default();
    format!("id: {}\nevent: {}\ndata: {data}\n\n", event.id, event.what.event_type())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{
        ProvisionState, Timestamp,
        event::{FromTo, Happening},
    };

    use super::*;

    fn event(what: Happening) -> Event {
        let subject = Subject { node: Some(Uuid::nil()), name: Some("n".to_owned()), ..Subject::default() };
        Event { id: 7, at: Timestamp::UNIX_EPOCH, subject, what, request: Some("req-1".into()), operation: None }
    }

    #[test]
    fn an_event_is_three_lines_whatever_it_says() {
        let words = "first line\nsecond line\r\n\nevent: node.deleted".to_owned();
        let text = event_text(&event(Happening::LastError(FromTo { from: None, to: Some(words) })));
        let lines: Vec<_> = text.split('\n').collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert_eq!((lines[0], lines[1], lines[3], lines[4]), ("id: 7", "event: node.last_error", "", ""));
        assert!(lines[2].starts_with("data: {") && !text.contains('\r'));
    }

    #[test]
    fn only_what_is_asked_for_is_told() {
        let filter = |node, types| Filter { identity: Identity::default(), node, types };
        let made = event(Happening::Created(ProvisionState::Enroll));
        assert!(filter(None, None).lets_through(&made));
        assert!(filter(Some(Uuid::nil()), Some(vec![EventType::NodeCreated])).lets_through(&made));
        assert!(!filter(Some(Uuid::from_u128(1)), None).lets_through(&made));
        assert!(!filter(None, Some(vec![EventType::Fault])).lets_through(&made));
    }

    #[test]
    fn types_are_named_or_refused() {
        let named = ["node.fault", " operation.ended"].map(str::to_owned);
        assert_eq!(read_types(&named).unwrap(), [EventType::Fault, EventType::OperationEnded]);
        let told = read_types(&["node.nope".to_owned()]).unwrap_err();
        assert!(told.text().contains("node.nope") && told.text().contains("node.power_state"), "{}", told.text());
    }

    #[test]
    fn what_names_no_event_of_ours_cannot_be_followed_on() {
        let mut headers = HeaderMap::new();
        assert_eq!(last_seen(&headers), None);
        headers.insert("last-event-id", HeaderValue::from_static("17"));
        assert_eq!(last_seen(&headers), Some(17));
        headers.insert("last-event-id", HeaderValue::from_static("abc"));
        assert_eq!(last_seen(&headers), Some(0));
    }
}
