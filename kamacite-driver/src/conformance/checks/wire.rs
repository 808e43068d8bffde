//! A driver behaves the same in another process: what it is asked and answers crosses a wire.

use crate::conformance::{Kit, Report, run::Outcome};

pub async fn check(kit: &Kit, report: &mut Report) {
    const REMEDY: &str =
        "keep nothing between calls that the node or the hardware does not hold, and answer from these";
    for operation in kit.operations(report).await {
        let here = kit.site().await;
        let mut there = kit.site().await;
        match there.bench.over_a_wire() {
            Ok(bench) => there.bench = bench,
            Err(why) => return report.wrong("the driver", why, "let everything that it offers be written as JSON"),
        }
        let (near, far) = (here.operate(&operation).await, there.operate(&operation).await);
        let (Some(near), Some(far)) = (told(near), far.told(&operation, report)) else { continue };
        let same = match (&near, &far) {
            (Ok(_), Ok(_)) => true,
            (Err(near), Err(far)) => near.kind() == far.kind() && near.message() == far.message(),
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        };
        if !same {
            let met = format!("here it answers {near:?}, and over a wire {far:?}");
            report.wrong(&operation, met, REMEDY);
        }
        if here.bench.effects() != there.bench.effects() {
            report.wrong(&operation, "over a wire it does other things to the node than here", REMEDY);
        }
    }
}

/// A call that does not end is found by another check.
fn told<T>(outcome: Outcome<T>) -> Option<crate::Result<T>> {
    match outcome {
        Outcome::Ended(result) => Some(result),
        Outcome::Panicked(_) | Outcome::Endless => None,
    }
}
