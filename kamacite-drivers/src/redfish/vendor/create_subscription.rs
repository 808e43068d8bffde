//! `create_subscription`: has the BMC tell a listener of what happens.

use kamacite_driver::{Error, ExclusiveTask, Json, Result, args, passthru, serde_json::Value};
use redfish::{EventService, NewSubscription};

use super::{RedfishVendor, shown};
use crate::redfish::bmcs::failed;

/// Creates a subscription on a node. Required argument: a dictionary of {'Destination': 'destination_url'}
#[passthru(POST, sync)]
pub async fn create_subscription(vendor: &RedfishVendor, task: &mut ExclusiveTask, args: Wanted) -> Result<Json> {
    check_destination(args.destination.as_deref())?;
    let events = vendor.events(&task.node()).await?;
    check_event_types(args.event_types.as_deref(), &events)?;
    let made = events.subscribe(&args.into()).await.map_err(failed)?;
    Ok(shown(&made))
}

/// The subscription to be made.
#[args]
#[serde(rename_all = "PascalCase")]
pub struct Wanted {
    /// The URL that events are posted to. Needed; `destination` is accepted, too.
    // The reference's documentation writes it with a small letter, and the reference reads a capital one.
    #[serde(alias = "destination")]
    destination: Option<String>,
    /// How events are sent.
    #[serde(default = "redfish")]
    protocol: String,
    /// A text that comes back with every event.
    #[serde(default)]
    context: String,
    /// The types of events to be told of: `Alert` if none are given.
    event_types: Option<Vec<String>>,
    /// Headers to send with every event, each an object of name and value.
    http_headers: Option<Vec<Value>>,
}

fn redfish() -> String {
    "Redfish".to_owned()
}

impl From<Wanted> for NewSubscription {
    fn from(wanted: Wanted) -> Self {
        Self {
            destination: wanted.destination.unwrap_or_default(),
            protocol: wanted.protocol,
            context: wanted.context,
            event_types: wanted.event_types.unwrap_or_else(|| vec!["Alert".to_owned()]),
            http_headers: wanted.http_headers.unwrap_or_default(),
        }
    }
}

fn check_destination(destination: Option<&str>) -> Result<()> {
    match destination {
        Some(text) if is_uri(text) => Ok(()),
        // The reference's words, also for one that is missing.
        other => Err(Error::invalid(format!("Destination {} is not a valid URI", other.unwrap_or("None")))),
    }
}

/// Whether a text is a URI with scheme and host (RFC 3986, section 3).
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let scheme_fits = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let characters_fit = text.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c));
    scheme_fits && characters_fit && !host.is_empty() && !host.starts_with(':')
}

/// A BMC that does not list types takes what it takes.
fn check_event_types(wanted: Option<&[String]>, events: &EventService) -> Result<()> {
    let (Some(wanted), Some(allowed)) = (wanted, events.event_types()) else { return Ok(()) };
    if wanted.iter().all(|one| allowed.contains(one)) {
        return Ok(());
    }
    Err(Error::invalid(format!("EventTypes {wanted:?} is not a valid value, allowed values {allowed:?}")))
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, Verb};
    use serde_json::json;

    use super::*;
    use crate::redfish::bench::{
        Bench, EVENTS, SUBSCRIPTIONS, Scripted, error, node_with_bmc, ok, refusal, shown_subscription, status,
        with_events,
    };

    async fn listening() -> (Bench, Scripted) {
        let (bench, bmc) = node_with_bmc(&[]).await;
        with_events(&bmc);
        let created = status(201, json!({})).header("Location", &format!("{SUBSCRIPTIONS}/7"));
        bmc.on(&format!("POST {SUBSCRIPTIONS}"), [created]);
        (bench, bmc)
    }

    async fn create(bench: &Bench, args: Value) -> Result<Value> {
        bench.ask("create_subscription", Verb::POST, args).await
    }

    fn told(bmc: &Scripted) -> Value {
        bmc.last(&format!("POST {SUBSCRIPTIONS}")).json()
    }

    #[tokio::test]
    async fn a_destination_is_enough_in_either_spelling() {
        let (bench, bmc) = listening().await;
        for spelling in ["Destination", "destination"] {
            let made = create(&bench, json!({ spelling: "https://listener/events" })).await.unwrap();
            assert_eq!(made, shown_subscription());
            let expected = json!({
                "Destination": "https://listener/events", "Protocol": "Redfish", "Context": "", "EventTypes": ["Alert"],
            });
            assert_eq!(told(&bmc), expected);
        }
    }

    #[tokio::test]
    async fn everything_that_is_said_reaches_the_bmc() {
        let (bench, bmc) = listening().await;
        let said = json!({
            "Destination": "https://listener/events", "Protocol": "SNMPv2c", "Context": "rack 4",
            "EventTypes": ["StatusChange"], "HttpHeaders": [{"X-Token": "s3cret"}],
        });
        create(&bench, said.clone()).await.unwrap();
        assert_eq!(told(&bmc), said);
        // As the command line sends it: a number for a text, a text for a list.
        let said = json!({"Destination": "https://listener/events", "Context": 4, "EventTypes": "[\"Alert\"]"});
        create(&bench, said).await.unwrap();
        assert_eq!((&told(&bmc)["Context"], &told(&bmc)["EventTypes"]), (&json!("4"), &json!(["Alert"])));
    }

    #[tokio::test]
    async fn a_destination_is_a_uri() {
        let (bench, bmc) = listening().await;
        for (given, shown) in [
            (json!({}), "None"),
            (json!({"Destination": null}), "None"),
            (json!({"Destination": ""}), ""),
            (json!({"Destination": "listener"}), "listener"),
            (json!({"Destination": "https://"}), "https://"),
            (json!({"Destination": "https://:443/x"}), "https://:443/x"),
            (json!({"Destination": "://listener"}), "://listener"),
            (json!({"Destination": "https://a b/"}), "https://a b/"),
        ] {
            let words = format!("Destination {shown} is not a valid URI");
            assert_eq!(refusal(create(&bench, given).await), (ErrorKind::Invalid, words));
        }
        assert!(bmc.calls().is_empty());
        for good in ["http://h", "snmp://u@h:162", "https://[::1]:9/x?y#z", "syslog+tls://h"] {
            assert!(is_uri(good), "{good}");
        }
    }

    #[tokio::test]
    async fn a_node_without_a_bmc_is_told_what_it_lacks() {
        let (bench, _) = listening().await;
        bench.machine.change(|node| node.driver_info.clear());
        // Before any method is accepted, and by the method too.
        for refused in [
            refusal(bench.on().vendor.validate(&bench.shared()).await),
            refusal(create(&bench, json!({"Destination": "https://listener/events"})).await),
        ] {
            assert!(refused.0 == ErrorKind::Missing && refused.1.contains("['redfish_address']"), "{}", refused.1);
        }
    }

    #[tokio::test]
    async fn types_of_events_are_those_the_bmc_offers() {
        let (bench, bmc) = listening().await;
        let said = |types| json!({"Destination": "https://listener/events", "EventTypes": types});
        let words =
            "EventTypes [\"Alert\", \"Weather\"] is not a valid value, allowed values [\"StatusChange\", \"Alert\"]";
        let refused = refusal(create(&bench, said(json!(["Alert", "Weather"]))).await);
        assert_eq!(refused, (ErrorKind::Invalid, words.to_owned()));
        assert_eq!(refusal(create(&bench, said(json!(5))).await).0, ErrorKind::Invalid);
        // A BMC that does not say which it offers has to judge itself.
        bmc.has(EVENTS, json!({"Subscriptions": {"@odata.id": SUBSCRIPTIONS}}));
        create(&bench, said(json!(["Weather"]))).await.unwrap();
    }

    #[tokio::test]
    async fn what_the_bmc_says_against_it_is_told() {
        let (bench, bmc) = listening().await;
        bmc.on(&format!("POST {SUBSCRIPTIONS}"), [error(400, "The destination is unreachable.")]);
        let said = json!({"Destination": "https://listener/events", "HttpHeaders": [{"X-Token": "s3cret"}]});
        let (kind, words) = refusal(create(&bench, said.clone()).await);
        assert!(kind == ErrorKind::Hardware && words.contains("The destination is unreachable"), "{words}");
        assert!(!words.contains("s3cret"));
        bmc.forget(&format!("GET {EVENTS}"));
        assert_eq!(refusal(create(&bench, said).await).0, ErrorKind::Unsupported);
        bmc.on(&format!("GET {EVENTS}"), [ok(json!({}))]);
        let (kind, words) = refusal(create(&bench, json!({"Destination": "https://listener"})).await);
        assert!(kind == ErrorKind::Unsupported && words.contains("event subscriptions"), "{words}");
    }
}
