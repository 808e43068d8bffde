//! A node that does not say what is needed is refused before anything is sent, in words that name the key.

use serde_json::{Value, json};

use crate::{
    Error, ErrorKind, Property,
    conformance::{Kit, Report, bench::Place, operations::Operation, run::Outcome},
    contract::Call,
};

const SENDS_NOTHING: &str = "look at the node only: validate is called often, and for nodes whose BMC is not there";

pub async fn check(kit: &Kit, report: &mut Report) {
    let site = kit.site().await;
    let places = kit.places().await;
    for place in &places {
        let about = format!("{place}, validate");
        let outcome = site.call(place, Call::Validate, false).await;
        if let Some(Err(why)) = outcome.told(&about, report) {
            report.wrong(&about, format_args!("a node that is complete is refused: {why}"), "accept what is declared");
        }
        if site.requests() > 0 {
            report.wrong(&about, "it asks the BMC", SENDS_NOTHING);
        }
    }
    let operations = kit.operations(report).await;
    for place in &places {
        let of_nodes = operations.iter().filter(|one| one.place == *place && one.of_node().is_some());
        let own: Vec<_> = of_nodes.collect();
        for property in site.bench.find(place).map(|one| one.interface.base().properties()).unwrap_or_default() {
            if property.required {
                missing(kit, place, &property.name, &own, report).await;
            }
            wrong(kit, place, &property, report).await;
        }
    }
}

/// Without a key that is needed, validate and every operation refuse, and name it.
async fn missing(kit: &Kit, place: &Place, key: &str, operations: &[&Operation], report: &mut Report) {
    let site = kit.site().await;
    site.bench.change(|node| drop(node.driver_info.remove(key)));
    let about = format!("{place}, validate");
    match site.call(place, Call::Validate, false).await.told(&about, report) {
        Some(Ok(_)) => report.wrong(
            &about,
            format_args!("a node without {key} is accepted"),
            "refuse it with Error::missing, or mark the key with Property::optional",
        ),
        Some(Err(why)) => named(&about, key, &why, report),
        None => {}
    }
    for operation in operations {
        let outcome = site.operate(operation).await;
        if site.requests() > 0 {
            report.wrong(
                operation,
                format_args!("it sends something for a node without {key}"),
                "look at driver_info before anything else",
            );
            return;
        }
        if let Some(Err(why)) = outcome.told(operation, report)
            && !is_of_the_node(&why)
        {
            report.wrong(
                operation,
                format_args!("for a node without {key} it says {:?}: {why}", why.kind()),
                "answer as validate does: read driver_info in one function that both use",
            );
        }
    }
}

fn named(about: &str, key: &str, why: &Error, report: &mut Report) {
    if !is_of_the_node(why) || !why.message().contains(key) {
        report.wrong(
            about,
            format_args!("for a node without {key} it says {:?}: {why}", why.kind()),
            "answer with Error::missing and name the key, so that a person knows what to set",
        );
    }
}

/// Whatever stands under a key, nothing worse happens than a refusal.
async fn wrong(kit: &Kit, place: &Place, property: &Property, report: &mut Report) {
    for value in odd() {
        let site = kit.site().await;
        site.bench.change(|node| drop(node.driver_info.insert(property.name.clone(), value.clone())));
        let about = format!("{place}, validate");
        let outcome = site.call(place, Call::Validate, false).await;
        let sent = site.requests() > 0;
        if let Outcome::Ended(Err(why)) = &outcome
            && !is_of_the_node(why)
        {
            report.wrong(
                &about,
                format_args!("of {} = {value} it says {:?}: {why}", property.name, why.kind()),
                "what the node says is the client's to mend: Error::invalid or Error::missing",
            );
        }
        if let Outcome::Panicked(words) = &outcome {
            report.wrong(
                &about,
                format_args!("of {} = {value} it panics: {words}", property.name),
                "return Error::invalid: whatever a node says must not bring the driver down",
            );
        }
        if sent {
            report.wrong(&about, format_args!("with {} = {value} it asks the BMC", property.name), SENDS_NOTHING);
        }
    }
}

/// What stands nowhere if all is well.
pub(super) fn odd() -> [Value; 6] {
    [json!({"odd": [1]}), json!([[]]), json!(-1), json!(""), Value::Null, json!("\u{0}\n ${x} äöü")]
}

fn is_of_the_node(why: &Error) -> bool {
    match why.kind() {
        ErrorKind::Invalid | ErrorKind::Missing | ErrorKind::Unsupported => true,
        ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Busy
        | ErrorKind::Hardware
        | ErrorKind::LockLost
        | ErrorKind::Internal => false,
    }
}
