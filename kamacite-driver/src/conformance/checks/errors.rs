//! Errors tell who has to act, and no secret.

use futures::{StreamExt, stream};
use kamacite_model::is_secret_key;
use serde_json::Value;

use crate::{
    Error, ErrorKind,
    conformance::{
        Ailment, Kit, Report,
        operations::{Asked, Operation},
        run::Outcome,
    },
};

/// What is to come of an ailment, and what to do about anything else. Of silence, see `time_outs`.
const EXPECTED: [(Ailment, ErrorKind, &str); 3] = [
    (
        Ailment::Busy,
        ErrorKind::Busy,
        "answer with Error::busy: the same call may work later, and clients are told so (503)",
    ),
    (Ailment::Broken, ErrorKind::Hardware, LOOK_AT_IT),
    (Ailment::Refusing, ErrorKind::Hardware, LOOK_AT_IT),
];

const LOOK_AT_IT: &str =
    "answer with Error::hardware: the client has done nothing wrong, and somebody must look at the BMC (500)";

pub async fn kinds(kit: &Kit, report: &mut Report) {
    let all = kit.operations(report).await;
    for (ailment, expected, remedy) in EXPECTED {
        for (operation, outcome, asked) in ailing(kit, &all, ailment, report).await {
            let about = format!("{operation}, of a BMC that is {ailment:?}");
            match outcome.told(&about, report) {
                Some(Err(why)) if why.kind() != expected => {
                    report.wrong(&about, format_args!("it says {:?}: {why}", why.kind()), remedy);
                }
                Some(Ok(_)) if operation.acts && asked => report.wrong(
                    &about,
                    "it says that it is done",
                    "what the BMC did not take is not done; a failure must not be swallowed",
                ),
                Some(_) | None => {}
            }
        }
    }
}

pub async fn secrets(kit: &Kit, report: &mut Report) {
    let all = kit.operations(report).await;
    let machine = kit.site().await.machine;
    let mut said: Vec<_> = machine.driver_info().into_iter().collect();
    for operation in &all {
        if let Asked::OfType { method, args, .. } = &operation.asked {
            let args = machine.example(method).unwrap_or_else(|| args.clone());
            said.extend(args.as_object().cloned().unwrap_or_default());
        }
    }
    let secrets: Vec<String> =
        said.iter().filter(|(key, _)| is_secret_key(key)).filter_map(|(_, value)| text(value)).collect();
    if secrets.is_empty() {
        return report.cannot_try("secrets, of which neither driver_info nor an argument says any");
    }
    for ailment in [Ailment::Busy, Ailment::Broken, Ailment::Refusing, Ailment::Silent] {
        for (operation, outcome, _) in ailing(kit, &all, ailment, report).await {
            if let Outcome::Ended(Err(why)) = outcome
                && secrets.iter().any(|secret| written(&why).contains(secret.as_str()))
            {
                report.wrong(
                    format_args!("{operation}, of a BMC that is {ailment:?}"),
                    "the message, or its cause, tells a secret that it was given",
                    "leave it out: clients and logs see messages and causes",
                );
            }
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether it is something that the client must mend: an argument, or what is there already.
pub(super) fn is_the_clients(why: &Error) -> bool {
    match why.kind() {
        ErrorKind::Invalid
        | ErrorKind::Missing
        | ErrorKind::Unsupported
        | ErrorKind::NotFound
        | ErrorKind::Conflict => true,
        ErrorKind::Busy | ErrorKind::Hardware | ErrorKind::LockLost | ErrorKind::Internal => false,
    }
}

/// The message and all causes.
fn written(why: &Error) -> String {
    serde_json::to_string(why).unwrap_or_default()
}

/// How many silent BMCs are waited for at a time.
pub(super) const SILENT_AT_ONCE: usize = 8;

/// Every operation on a BMC that goes wrong, and whether the BMC was asked.
async fn ailing<'a>(
    kit: &Kit,
    all: &'a [Operation],
    ailment: Ailment,
    report: &mut Report,
) -> Vec<(&'a Operation, Outcome, bool)> {
    if !kit.site().await.machine.ail(ailment) {
        report.cannot_try(format!("a BMC that is {ailment:?}, which this simulated machine cannot have"));
        return Vec::new();
    }
    let each = stream::iter(all).map(|operation| async move {
        let site = kit.site().await;
        site.machine.ail(ailment);
        let outcome = site.operate(operation).await;
        (operation, outcome, site.machine.requests().is_some_and(|requests| requests > 0))
    });
    // One after the other, lest a crowded machine make time-outs of answers; silence is waited for side by side.
    let at_once = if ailment == Ailment::Silent { SILENT_AT_ONCE } else { 1 };
    each.buffered(at_once).collect().await
}
