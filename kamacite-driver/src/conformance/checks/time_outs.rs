//! A BMC that is silent is not waited for without end and holds up no other; a change that does not happen is given up.

use std::time::Duration;

use futures::{StreamExt, stream};
use kamacite_model::{Clock, InterfaceKind, PowerTarget};

use super::{errors::SILENT_AT_ONCE, lock::until};
use crate::{
    ErrorKind,
    conformance::{
        Ailment, Kit, Report,
        operations::{power_state, set_power},
        run::Outcome,
    },
};

pub async fn silence(kit: &Kit, report: &mut Report) {
    let all = kit.operations(report).await;
    // Each beside the others: what they wait for is real.
    let each = stream::iter(&all).map(|operation| async move {
        let site = kit.site().await;
        if !site.machine.ail(Ailment::Silent) {
            return None;
        }
        let outcome = site.operate(operation).await;
        Some((outcome, site.machine.requests()))
    });
    let outcomes: Vec<_> = each.buffered(SILENT_AT_ONCE).collect().await;
    for (operation, outcome) in all.iter().zip(outcomes) {
        let Some((outcome, requests)) = outcome else {
            report.cannot_try("a silent BMC, which this simulated machine cannot have");
            continue;
        };
        match outcome.told(operation, report) {
            Some(Ok(_)) if operation.acts && requests.is_some_and(|requests| requests > 0) => report.wrong(
                operation,
                "it says that it is done, and the BMC never answered",
                "what was not answered is not done: fail with Error::hardware",
            ),
            Some(Err(why)) if !matches!(why.kind(), ErrorKind::Hardware | ErrorKind::Busy) => report.wrong(
                operation,
                format_args!("of a silent BMC it says {:?}: {why}", why.kind()),
                "answer with Error::hardware, or Error::busy where nothing was asked",
            ),
            Some(_) | None => {}
        }
    }
}

/// How often a race is run that chance may lose.
const RACES: usize = 3;

pub async fn others(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Power).await {
        let mut held_up = 0;
        for _ in 0..RACES {
            let silent = kit.site().await;
            let healthy = kit.neighbour(&silent).await;
            if !silent.machine.ail(Ailment::Silent) {
                return report.cannot_try("a silent BMC, which this simulated machine cannot have");
            }
            let waits = tokio::spawn(silent.bench.make(&place, power_state(), false));
            until(&silent, |site| site.machine.requests() != Some(0), || waits.is_finished()).await;
            let answer = healthy.call(&place, power_state(), false).await;
            let in_time = matches!(answer, Outcome::Ended(Ok(_))) && !waits.is_finished();
            waits.abort();
            if in_time {
                break;
            }
            held_up += 1;
        }
        if held_up == RACES {
            report.wrong(
                format_args!("{place}, power_state"),
                "while one BMC is silent, another is not asked",
                "hold nothing that all nodes share across an await: give each BMC what it needs of its own",
            );
        }
    }
}

/// The time that a change of power is given.
const GIVEN: Duration = Duration::from_secs(40);

pub async fn patience(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Power).await {
        let site = kit.site().await;
        let about = format!("{place}, set_power to {} in {} s", PowerTarget::Off, GIVEN.as_secs());
        // Off, for a machine on its way there is not there yet; one that starts may well count as on.
        if !matches!(site.call(&place, set_power(PowerTarget::On, None), true).await.told(&about, report), Some(Ok(_)))
        {
            continue;
        }
        site.bench.a_while_later();
        if !site.machine.ail(Ailment::PowerStuck) {
            return report.cannot_try("a power that does not change, which this simulated machine cannot have");
        }
        let began = site.clock().now();
        let outcome = site.call(&place, set_power(PowerTarget::Off, Some(GIVEN)), true).await;
        let took = site.clock().now().duration_since(began).unsigned_abs();
        match outcome.told(&about, report) {
            Some(Ok(_)) => report.wrong(
                &about,
                "it says that it is done, and nothing happened",
                "read the power until it is there; fail with Error::hardware when the time is over",
            ),
            Some(Err(why)) if !matches!(why.kind(), ErrorKind::Hardware | ErrorKind::Busy) => report.wrong(
                &about,
                format_args!("it says {:?}: {why}", why.kind()),
                "it is the hardware's fault: Error::hardware",
            ),
            Some(Err(_)) | None => {}
        }
        if took > 2 * GIVEN {
            report.wrong(
                &about,
                format_args!("it gave up after {} s", took.as_secs()),
                "take the timeout that set_power was given; without one, the configured one",
            );
        }
    }
}
