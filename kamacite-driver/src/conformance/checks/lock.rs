//! The lock: losing it ends a call, whoever looks does not wait for it, and an abandoned call leaves nothing behind.

use std::time::Duration;

use kamacite_model::{InterfaceKind, PowerState, PowerTarget};

use crate::{
    ErrorKind,
    conformance::{
        Ailment, Kit, Report,
        bench::Place,
        operations::{power_state, set_power},
        run::{Outcome, Site},
    },
    contract,
};

pub async fn lost(kit: &Kit, report: &mut Report) {
    let all = kit.operations(report).await;
    for operation in all.iter().filter(|one| one.acts) {
        let site = kit.site().await;
        site.bench.lose_lock();
        let outcome = site.operate(operation).await.told(operation, report);
        if site.bench.refused_effects() == 0 {
            continue;
        }
        let is_told = matches!(&outcome, Some(Err(why)) if why.kind() == ErrorKind::LockLost);
        if !is_told {
            report.wrong(
                operation,
                "an effect on the node was refused because the lock was lost, and the call does not say so",
                "end the call with the task's own error: `task.remember(...).await?`; somebody else decides now",
            );
        }
    }
}

pub async fn looking(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Power).await {
        let site = kit.site().await;
        if !site.machine.ail(Ailment::PowerStuck) {
            return report.cannot_try("a power that does not change, which this simulated machine cannot have");
        }
        // Whoever waits for the power to change waits until the clock goes on.
        site.clock().hold();
        let acting = tokio::spawn(site.bench.make(&place, set_power(PowerTarget::On, None), true));
        until(&site, |site| site.requests() > 0, || acting.is_finished()).await;
        let about = format!("{place}, power_state while set_power is under way");
        if let Outcome::Endless = site.call(&place, power_state(), false).await {
            report.wrong(
                &about,
                "it waits until the power has changed",
                "hold no mutex of your own across an await: the engine's lock keeps two from acting",
            );
        }
        site.clock().release();
        acting.abort();
    }
}

/// How many moments of a call are tried.
const MOMENTS: u64 = 12;

pub async fn abandoned(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Power).await {
        for moment in 1..=MOMENTS {
            let site = kit.site().await;
            if site.machine.requests().is_none() {
                return report.cannot_try("calls that are abandoned, for this simulated machine counts no requests");
            }
            let running = tokio::spawn(site.bench.make(&place, set_power(PowerTarget::On, None), true));
            until(&site, |site| site.requests() >= moment, || running.is_finished()).await;
            let was_over = running.is_finished();
            running.abort();
            let _ = running.await;
            again(&site, &place, moment, report).await;
            if was_over {
                break;
            }
        }
    }
}

/// After a call was abandoned, the power can be read and changed as before.
async fn again(site: &Site, place: &Place, moment: u64, report: &mut Report) {
    const REMEDY: &str = "keep what is shared whole across every await: drop puts a future away in the middle";
    let about = format!("{place}, after set_power was abandoned at request {moment}");
    site.bench.a_while_later();
    let (off, on) = (set_power(PowerTarget::Off, None), set_power(PowerTarget::On, None));
    for (call, acts) in [(power_state(), false), (off, true), (on, true)] {
        match site.call(place, call, acts).await.told(&about, report) {
            Some(Ok(_)) => {}
            Some(Err(why)) => return report.wrong(&about, format_args!("the next call fails: {why}"), REMEDY),
            None => return,
        }
        site.bench.a_while_later();
    }
    let read = site.call(place, power_state(), false).await.told(&about, report);
    let is: Option<PowerState> =
        read.and_then(Result::ok).and_then(|read| contract::read(read).ok()).unwrap_or_default();
    if is.is_some_and(|is| is != PowerTarget::On.reaches()) {
        report.wrong(&about, "the machine was told to go on, and is off", REMEDY);
    }
}

/// Lets others work until something holds, or the call is over; not without end.
pub(super) async fn until(site: &Site, holds: impl Fn(&Site) -> bool, is_over: impl Fn() -> bool) {
    for _ in 0..5000 {
        if holds(site) || is_over() {
            return;
        }
        #[allow(clippy::disallowed_methods, reason = "it waits for a real request to arrive")]
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}
