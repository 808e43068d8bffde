//! What is asked for a second time succeeds and changes nothing.

use kamacite_model::InterfaceKind;
use serde_json::Value;

use crate::{
    ErrorKind,
    conformance::{
        Kit, Report,
        operations::Operation,
        run::{Outcome, Site},
    },
};

pub async fn check(kit: &Kit, report: &mut Report) {
    let all = kit.operations(report).await;
    for operation in all.iter().filter(|one| one.acts && one.repeatable) {
        let site = kit.site().await;
        match site.operate(operation).await.told(operation, report) {
            Some(Ok(_)) => {}
            Some(Err(why)) if why.kind() == ErrorKind::Unsupported => continue,
            Some(Err(why)) => {
                report.wrong(
                    operation,
                    format_args!("it fails: {why}"),
                    "do it on hardware that has nothing against it",
                );
                continue;
            }
            None => continue,
        }
        site.bench.a_while_later();
        let looks: Vec<_> = all.iter().filter(|one| stays(one, operation)).collect();
        let before = seen(&site, &looks).await;
        match site.operate(operation).await.told(operation, report) {
            Some(Ok(_)) => {}
            Some(Err(why)) => {
                report.wrong(
                    operation,
                    format_args!("the second time it fails: {why}"),
                    "what is so already is a success: the engine asks again after a crash",
                );
                continue;
            }
            None => continue,
        }
        site.bench.a_while_later();
        if seen(&site, &looks).await != before {
            report.wrong(
                operation,
                "the second time it changes something: a machine restarts, or something reads otherwise than before",
                "do nothing where all is as it should be",
            );
        }
    }
}

/// What must read the same after an operation was asked for again; sensors never do.
fn stays(look: &Operation, of: &Operation) -> bool {
    let is_steady = !look.acts && look.place == of.place && look.name != "readings";
    is_steady && !look.is_method() && look.place.kind != InterfaceKind::Console
}

async fn seen(site: &Site, looks: &[&Operation]) -> (Option<u32>, Vec<Option<Value>>) {
    let mut all = Vec::new();
    for look in looks {
        all.push(match site.operate(look).await {
            Outcome::Ended(answer) => answer.ok(),
            Outcome::Panicked(_) | Outcome::Endless => None,
        });
    }
    (site.machine.boots(), all)
}
