//! Events (DSP0266, "Eventing"): subscriptions, and what is posted to them when the machine changes.

use kamacite_model::Timestamp;
use serde_json::{Map, Value, json};

use super::{Call, Outcome, ROOT, Refusal, collections::collection, link, resource, text};
use crate::{
    bmc::Bmc,
    http::Response,
    machine::{Change, PowerState},
};

/// The most subscriptions of a BMC.
pub const MOST_SUBSCRIPTIONS: usize = 8;

const TYPES: &[&str] = &["StatusChange", "ResourceUpdated", "ResourceAdded", "ResourceRemoved", "Alert"];

/// A header a subscriber asked for: its name and its value.
pub type Header = (Box<str>, Box<str>);

/// Whom to tell, and of what.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: u32,
    destination: Box<str>,
    context: Box<str>,
    /// Empty: everything.
    types: Box<[&'static str]>,
    headers: Box<[Header]>,
}

/// An event on its way to a subscriber: a POST that somebody with a network makes.
#[derive(Clone, PartialEq)]
pub struct Posting {
    /// The URL.
    pub destination: Box<str>,
    /// Headers the subscriber asked for. They may hold tokens.
    pub headers: Box<[Header]>,
    /// The event (DSP0268, Event).
    pub body: Value,
}

/// An event as subscribers hear of it.
struct News {
    kind: &'static str,
    message_id: String,
    message: String,
    severity: String,
    origin: String,
}

/// Prepares events about what changed, for whoever subscribed.
pub(crate) fn tell(bmc: &mut Bmc, changes: &[Change], now: Timestamp) {
    if bmc.redfish.subscriptions.is_empty() {
        return;
    }
    let origin = format!("{ROOT}/Systems/{}", bmc.vendor.system);
    for change in changes {
        let (kind, key, message) = match change {
            Change::Power(PowerState::On) => ("StatusChange", "ResourcePoweredOn", "The system has powered on."),
            Change::Power(PowerState::Off) => ("StatusChange", "ResourcePoweredOff", "The system has powered off."),
            Change::Power(PowerState::PoweringOn) => ("StatusChange", "ResourcePoweringOn", "The system powers on."),
            Change::Power(PowerState::PoweringOff) => ("StatusChange", "ResourcePoweringOff", "The system powers off."),
            Change::Media(_) => ("ResourceUpdated", "ResourceChanged", "A virtual medium was inserted or ejected."),
            Change::Firmware(_) => ("ResourceUpdated", "ResourceChanged", "Firmware was updated."),
            Change::Booted(_) | Change::Interrupted | Change::State => continue,
        };
        let news = News {
            kind,
            message_id: format!("ResourceEvent.1.3.{key}"),
            message: message.to_owned(),
            severity: "OK".to_owned(),
            origin: origin.clone(),
        };
        post(bmc, &news, now);
    }
}

/// `GET /redfish/v1/EventService`
pub(crate) fn service(_: &Bmc, call: &Call<'_>) -> Option<Value> {
    let own = json!({
        "ServiceEnabled": true,
        "Status": {"State": "Enabled", "Health": "OK"},
        "DeliveryRetryAttempts": 0,
        "DeliveryRetryIntervalSeconds": 0,
        "EventTypesForSubscription": TYPES,
        "EventFormatTypes": ["Event"],
        "SMTP": null,
        "Subscriptions": link(format!("{}/Subscriptions", call.path)),
        "Actions": {"#EventService.SubmitTestEvent": {
            "target": format!("{}/Actions/EventService.SubmitTestEvent", call.path),
            "EventType@Redfish.AllowableValues": TYPES,
        }},
    });
    Some(resource(call.path, "#EventService.v1_10_1.EventService", "EventService", "Event Service", own))
}

/// `GET /redfish/v1/EventService/Subscriptions`
pub(crate) fn list(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let ids = bmc.redfish.subscriptions.iter().map(|one| one.id.to_string());
    Some(collection(bmc, call, "EventDestinationCollection", "Subscriptions", ids))
}

/// `GET /redfish/v1/EventService/Subscriptions/{id}`
pub(crate) fn one(bmc: &Bmc, call: &Call<'_>) -> Option<Value> {
    let found = bmc.redfish.subscriptions.iter().find(|one| one.id.to_string() == call.id)?;
    Some(shape(call.path, found))
}

/// `POST /redfish/v1/EventService/Subscriptions`: 201 with `Location`.
pub(crate) fn subscribe(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let destination = text(call.body, "Destination")?.ok_or_else(|| Refusal::missing("Destination"))?;
    if !destination.starts_with("http://") && !destination.starts_with("https://") {
        return Err(Refusal::new(400, "PropertyValueFormatError", "The property Destination is no URL."));
    }
    let protocol = text(call.body, "Protocol")?.ok_or_else(|| Refusal::missing("Protocol"))?;
    if protocol != "Redfish" {
        return Err(Refusal::not_in_list("Protocol", protocol));
    }
    let types = types(call.body.get("EventTypes"))?;
    let headers = headers(call.body.get("HttpHeaders"))?;
    if bmc.redfish.subscriptions.len() >= MOST_SUBSCRIPTIONS {
        return Err(Refusal::new(400, "CreateLimitReachedForResource", "There are as many subscriptions as can be."));
    }
    let context = text(call.body, "Context")?.unwrap_or_default();
    let id = bmc.redfish.next();
    let new = Subscription { id, destination: destination.into(), context: context.into(), types, headers };
    let path = format!("{}/{id}", call.path);
    let shown = shape(&path, &new);
    bmc.redfish.subscriptions.push(new);
    Ok(Response::json(201, shown).with("Location", path))
}

/// `PATCH` of a subscription: its context.
pub(crate) fn patch(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    if let Some(other) = call.body.keys().find(|name| *name != "Context") {
        return Err(Refusal::read_only(other));
    }
    let context = text(call.body, "Context")?.unwrap_or_default();
    if let Some(found) = bmc.redfish.subscriptions.iter_mut().find(|one| one.id.to_string() == call.id) {
        found.context = context.into();
    }
    Ok(Response::empty(204))
}

/// `DELETE` of a subscription.
pub(crate) fn unsubscribe(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    bmc.redfish.subscriptions.retain(|one| one.id.to_string() != call.id);
    Ok(Response::empty(204))
}

/// `POST .../Actions/EventService.SubmitTestEvent`
pub(crate) fn submit_test(bmc: &mut Bmc, call: &Call<'_>) -> Outcome {
    let given = |name: &str, otherwise: &str| -> Result<String, Refusal> {
        Ok(text(call.body, name)?.unwrap_or(otherwise).to_owned())
    };
    let kind = given("EventType", "Alert")?;
    let kind = *TYPES
        .iter()
        .find(|known| **known == kind)
        .ok_or_else(|| Refusal::parameter_not_in_list("EventService.SubmitTestEvent", "EventType", &kind))?;
    let news = News {
        kind,
        message_id: given("MessageId", "ResourceEvent.1.3.TestMessage")?,
        message: given("Message", "This is a test.")?,
        severity: given("Severity", "OK")?,
        origin: given("OriginOfCondition", ROOT)?,
    };
    post(bmc, &news, call.now);
    Ok(Response::empty(204))
}

fn post(bmc: &mut Bmc, news: &News, now: Timestamp) {
    let number = bmc.redfish.next().to_string();
    for one in &bmc.redfish.subscriptions {
        if !one.types.is_empty() && !one.types.contains(&news.kind) {
            continue;
        }
        let body = json!({
            "@odata.type": "#Event.v1_7_0.Event",
            "Id": number,
            "Name": "Event",
            "Context": &*one.context,
            "Events": [{
                "EventType": news.kind,
                "EventId": number,
                "MemberId": "0",
                "EventTimestamp": now.to_string(),
                "Severity": news.severity,
                "MessageSeverity": news.severity,
                "Message": news.message,
                "MessageId": news.message_id,
                "OriginOfCondition": link(format!("{}{}", bmc.prefix, news.origin)),
            }],
        });
        let posting = Posting { destination: one.destination.clone(), headers: one.headers.clone(), body };
        bmc.redfish.outbox.push(posting);
    }
}

fn shape(path: &str, one: &Subscription) -> Value {
    let own = json!({
        "Destination": &*one.destination,
        "Protocol": "Redfish",
        "Context": &*one.context,
        "EventTypes": if one.types.is_empty() { TYPES } else { &*one.types },
        "EventFormatType": "Event",
        "SubscriptionType": "RedfishEvent",
        "DeliveryRetryPolicy": "TerminateAfterRetries",
        // Never shown: they may hold tokens.
        "HttpHeaders": [],
        "Status": {"State": "Enabled", "Health": "OK"},
    });
    resource(path, "#EventDestination.v1_14_1.EventDestination", &one.id.to_string(), "Event Subscription", own)
}

fn types(given: Option<&Value>) -> Result<Box<[&'static str]>, Refusal> {
    let known = |value: &Value| {
        let found = TYPES.iter().find(|known| value.as_str() == Some(**known));
        found.copied().ok_or_else(|| Refusal::not_in_list("EventTypes", &value.to_string()))
    };
    match given {
        None | Some(Value::Null) => Ok([].into()),
        Some(Value::Array(types)) => types.iter().map(known).collect(),
        Some(other) => Err(Refusal::wrong_type("EventTypes", other)),
    }
}

fn headers(given: Option<&Value>) -> Result<Box<[Header]>, Refusal> {
    let wrong = || Refusal::new(400, "PropertyValueTypeError", "HttpHeaders is a list of objects of text.");
    let of_object = |object: &Map<String, Value>| -> Result<Vec<Header>, Refusal> {
        let pairs = object.iter().map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into())));
        pairs.collect::<Option<_>>().ok_or_else(wrong)
    };
    let Some(Value::Array(objects)) = given else {
        return if given.is_none_or(Value::is_null) { Ok([].into()) } else { Err(wrong()) };
    };
    let mut all = Vec::new();
    for object in objects {
        all.extend(of_object(object.as_object().ok_or_else(wrong)?)?);
    }
    Ok(all.into())
}

/// Headers carry tokens: they do not print.
impl std::fmt::Debug for Posting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Posting")
            .field("destination", &self.destination)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
