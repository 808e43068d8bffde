//! Each key of `driver_info` that is read is declared, and those that are marked as needed are all that is needed.

use std::collections::BTreeMap;

use kamacite_model::Json;

use crate::{
    Property,
    conformance::{Kit, Report, bench::Place},
    contract::Call,
};

pub async fn check(kit: &Kit, report: &mut Report) {
    let site = kit.site().await;
    let mut declared: BTreeMap<String, Property> = BTreeMap::new();
    for implementation in site.bench.implementations() {
        let place = Place::of(implementation);
        for property in implementation.interface.base().properties() {
            let same = declared.entry(property.name.clone()).or_insert_with(|| property.clone());
            if *same != property {
                report.wrong(
                    format_args!("{place}, property {}", property.name),
                    "another interface of this driver declares the same key otherwise",
                    "declare it in one function that all interfaces use",
                );
            }
            let odd = |letter: char| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter));
            if property.name.is_empty() || property.name.contains(odd) {
                report.wrong(
                    format_args!("{place}, property {:?}", property.name),
                    "it is no name for a key",
                    "name keys like acme_address: the driver's name, then what it is",
                );
            }
        }
    }
    let said = site.machine.driver_info();
    for key in said.keys().filter(|key| !declared.contains_key(*key)) {
        report.wrong(
            format_args!("property {key}"),
            "driver_info says it, and no interface declares it",
            "return each key that is read from Interface::properties: clients ask for them",
        );
    }
    let needed: Json =
        said.into_iter().filter(|(key, _)| declared.get(key).is_some_and(|known| known.required)).collect();
    site.bench.change(|node| node.driver_info = needed.into());
    for place in kit.places().await {
        let about = format!("{place}, validate");
        if let Some(Err(why)) = site.call(&place, Call::Validate, false).await.told(&about, report) {
            report.wrong(
                &about,
                format_args!("a node that says all that is marked as needed, and no more, is refused: {why}"),
                "mark what is needed with Property::required, or do without it",
            );
        }
    }
}
