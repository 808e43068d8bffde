//! Event subscriptions: whom a BMC tells of what happens.

use std::fmt;

use serde_json::{Value, json};

use crate::address;
use crate::bmc::Bmc;
use crate::error::{Error, Result, Verb};
use crate::resource::Resource;

/// The event service of a BMC (DSP0268, EventService) as it was when read.
#[derive(Clone, Debug)]
pub struct EventService {
    bmc: Bmc,
    resource: Resource,
}

/// A subscription (DSP0268, EventDestination) as it was when read.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    resource: Resource,
}

/// A subscription to be made.
#[derive(Clone, PartialEq)]
pub struct NewSubscription {
    /// The URL events are posted to.
    pub destination: String,
    /// The protocol; `Redfish` posts events as DSP0266 describes.
    pub protocol: String,
    /// A text that comes back with every event.
    pub context: String,
    /// The types of events wanted; left out of the request when empty, for BMCs that no longer
    /// know types.
    pub event_types: Vec<String>,
    /// Headers to send with every event, each an object of name and value. Left out when empty.
    pub http_headers: Vec<Value>,
}

impl Bmc {
    /// Reads the event service.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the BMC has none; else those of [`Bmc::get`].
    pub async fn event_service(&self) -> Result<EventService> {
        let link = self.root_link("EventService").await?;
        match self.get(&link).await {
            Ok(resource) => Ok(EventService { bmc: self.clone(), resource }),
            Err(Error::NotFound { .. }) => Err(self.unsupported("an event service")),
            Err(e) => Err(e),
        }
    }
}

impl EventService {
    /// The whole resource.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The types of events one can subscribe to (`EventTypesForSubscription`); `None` when the
    /// BMC does not say.
    pub fn event_types(&self) -> Option<Vec<String>> {
        self.resource.texts("/EventTypesForSubscription")
    }

    /// The collection of subscriptions as the BMC returns it; [`Resource::members`] are their
    /// paths.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the service has no subscriptions; else those of [`Bmc::get`].
    pub async fn subscriptions(&self) -> Result<Resource> {
        self.bmc.get(&self.collection()?).await
    }

    /// One subscription by its `Id`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none of this `Id`; else those of [`Bmc::get`].
    pub async fn subscription(&self, id: &str) -> Result<Subscription> {
        let resource = self.bmc.get(&self.member(Verb::Get, id)?).await?;
        Ok(Subscription { resource })
    }

    /// Subscribes, and reads what came of it.
    ///
    /// # Errors
    ///
    /// Those of [`Bmc::post`]; [`Error::Malformed`] when the BMC says it subscribed and does not
    /// show to what.
    pub async fn subscribe(&self, new: &NewSubscription) -> Result<Subscription> {
        let collection = self.collection()?;
        let reply = self.bmc.post(&collection, &new.body()).await?;
        if let Some(path) = reply.location.or_else(|| path_in_body(&collection, reply.body)) {
            return Ok(Subscription { resource: self.bmc.get(&path).await? });
        }
        // No Location, no body: look for it. The latest of equals is taken for ours.
        let all = self.bmc.read_members(&self.bmc.get(&collection).await?).await?;
        let ours = all.into_iter().map(|resource| Subscription { resource }).rfind(|one| {
            one.destination().as_deref() == Some(&*new.destination) && one.context().unwrap_or_default() == new.context
        });
        match ours {
            Some(subscription) => Ok(subscription),
            None => {
                let asked = self.bmc.asked(Verb::Post, &collection)?;
                Err(Error::Malformed { asked, what: "it does not tell where the new subscription is".to_owned() })
            }
        }
    }

    /// Ends a subscription by its `Id`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none of this `Id`; else those of [`Bmc::delete`].
    pub async fn unsubscribe(&self, id: &str) -> Result<()> {
        self.bmc.delete(&self.member(Verb::Delete, id)?).await?;
        Ok(())
    }

    fn collection(&self) -> Result<String> {
        self.resource.link("/Subscriptions").ok_or_else(|| self.bmc.unsupported("event subscriptions"))
    }

    fn member(&self, verb: Verb, id: &str) -> Result<String> {
        let collection = self.collection()?;
        match address::member(&collection, id) {
            Some(path) => Ok(path),
            None => {
                let message = format!("{id:?} is no id of a subscription");
                Err(Error::NotFound { asked: self.bmc.asked(verb, &collection)?, message })
            }
        }
    }
}

impl Subscription {
    /// The whole resource.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Its path on the BMC.
    pub fn path(&self) -> &str {
        self.resource.path()
    }

    /// Its `Id`, unique among the subscriptions; the last part of its path if it has none.
    pub fn id(&self) -> String {
        let last = || self.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        self.resource.text("/Id").unwrap_or_else(last)
    }

    /// The URL events are posted to.
    pub fn destination(&self) -> Option<String> {
        self.resource.text("/Destination")
    }

    /// The text that comes back with every event.
    pub fn context(&self) -> Option<String> {
        self.resource.text("/Context")
    }

    /// The protocol events are sent by.
    pub fn protocol(&self) -> Option<String> {
        self.resource.text("/Protocol")
    }

    /// The types of events sent; `None` when the BMC does not say.
    pub fn event_types(&self) -> Option<Vec<String>> {
        self.resource.texts("/EventTypes")
    }
}

impl NewSubscription {
    fn body(&self) -> Value {
        let mut body = json!({
            "Destination": self.destination,
            "Protocol": self.protocol,
            "Context": self.context,
        });
        if !self.event_types.is_empty() {
            body["EventTypes"] = json!(self.event_types);
        }
        if !self.http_headers.is_empty() {
            body["HttpHeaders"] = json!(self.http_headers);
        }
        body
    }
}

/// Headers carry tokens: they do not print.
impl fmt::Debug for NewSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSubscription")
            .field("destination", &self.destination)
            .field("protocol", &self.protocol)
            .field("context", &self.context)
            .field("event_types", &self.event_types)
            .field("http_headers", &format_args!("{} not shown", self.http_headers.len()))
            .finish()
    }
}

/// The path of the resource a reply to a creation contains.
fn path_in_body(collection: &str, body: Option<Value>) -> Option<String> {
    let body = body?;
    let link = body.get("@odata.id").and_then(Value::as_str).and_then(|link| address::resolve(collection, link));
    // Some repeat the collection's own path.
    link.filter(|link| !address::same_path(link, collection))
        .or_else(|| address::member(collection, body.get("Id")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewSubscription {
        NewSubscription {
            destination: "https://listener/events".to_owned(),
            protocol: "Redfish".to_owned(),
            context: String::new(),
            event_types: vec![],
            http_headers: vec![],
        }
    }

    #[test]
    fn what_is_empty_is_left_out() {
        assert_eq!(
            new().body(),
            json!({"Destination": "https://listener/events", "Protocol": "Redfish", "Context": ""})
        );
        let full = NewSubscription {
            event_types: vec!["Alert".to_owned()],
            http_headers: vec![json!({"X-Token": "s3cret"})],
            ..new()
        };
        assert_eq!(full.body()["EventTypes"], json!(["Alert"]));
        assert_eq!(full.body()["HttpHeaders"], json!([{"X-Token": "s3cret"}]));
        assert!(!format!("{full:?}").contains("s3cret"));
    }

    #[track_caller]
    fn check_body(body: Value, expected: Option<&str>) {
        assert_eq!(path_in_body("/s/Subscriptions", Some(body)).as_deref(), expected);
    }

    #[test]
    fn a_reply_may_tell_where_the_new_one_is() {
        check_body(json!({"@odata.id": "/s/Subscriptions/7"}), Some("/s/Subscriptions/7"));
        check_body(json!({"@odata.id": "/s/Subscriptions/", "Id": "7"}), Some("/s/Subscriptions/7"));
        check_body(json!({"Id": "7"}), Some("/s/Subscriptions/7"));
        check_body(json!({"error": {"message": "created"}}), None);
        assert_eq!(path_in_body("/s", None), None);
    }
}
