//! The power is where it was told to go when the call returns, from every state and for every target.

use kamacite_model::{InterfaceKind, PowerState, PowerTarget};

use crate::{
    ErrorKind,
    conformance::{
        Kit, Report,
        bench::Place,
        operations::{power_state, set_power},
        run::Site,
    },
    contract::{self, Call},
    interfaces::PowerCall,
};

pub async fn check(kit: &Kit, report: &mut Report) {
    for place in kit.places_of(InterfaceKind::Power).await {
        let site = kit.site().await;
        let call = Call::Power(PowerCall::supported_targets {});
        let about = format!("{place}, supported_targets");
        let Some(answer) = site.call(&place, call, false).await.told(&about, report) else { continue };
        let known: Vec<PowerTarget> = answer.and_then(contract::read).unwrap_or_default();
        for target in [PowerTarget::On, PowerTarget::Off, PowerTarget::Reboot] {
            if !known.contains(&target) {
                report.wrong(&about, format_args!("{target} is not among them"), "offer it: every node needs it");
            }
        }
        for begins in [PowerState::Off, PowerState::On] {
            for target in &known {
                goes(kit, &place, begins, *target, report).await;
            }
        }
        for target in PowerTarget::ALL.iter().filter(|target| !known.contains(target)) {
            refuses(kit, &place, *target, report).await;
        }
    }
}

async fn goes(kit: &Kit, place: &Place, begins: PowerState, target: PowerTarget, report: &mut Report) {
    let site = kit.site().await;
    let about = format!("{place}, set_power to {target} of a machine that is {begins}");
    let first = if begins == PowerState::On { PowerTarget::On } else { PowerTarget::Off };
    match site.call(place, set_power(first, None), true).await.told(&about, report) {
        Some(Ok(_)) => {}
        Some(Err(why)) => {
            return report.wrong(&about, format_args!("it cannot be brought there: {why}"), "set_power does as told");
        }
        None => return,
    }
    site.bench.a_while_later();
    let boots = site.machine.boots();
    match site.call(place, set_power(target, None), true).await.told(&about, report) {
        Some(Ok(_)) => {}
        Some(Err(why)) => {
            return report.wrong(
                &about,
                format_args!("it fails: {why}"),
                "bring the power there from every state, or leave the target out of supported_targets",
            );
        }
        None => return,
    }
    is_there(&site, place, &about, target, report).await;
    if let (Some(before), Some(after)) = (boots, site.machine.boots()) {
        let restarts = begins == PowerState::On && matches!(target, PowerTarget::Reboot | PowerTarget::SoftReboot);
        if restarts && after == before {
            report.wrong(&about, "the machine has not restarted", "return when the machine has been down and is up");
        }
    }
}

/// The machine itself, and what the driver reads, are where the power was told to go.
async fn is_there(site: &Site, place: &Place, about: &str, target: PowerTarget, report: &mut Report) {
    let wanted = target.reaches();
    if let Some(real) = site.machine.power().filter(|real| *real != wanted) {
        report.wrong(
            about,
            format_args!("it returned, and the machine is {real}"),
            "read the power until it is there, and return only then; fail with Error::hardware when it takes too long",
        );
    }
    let about = format!("{about}, then power_state");
    match site.call(place, power_state(), false).await.told(&about, report) {
        Some(Ok(read)) => {
            let read: Option<PowerState> = contract::read(read).unwrap_or_default();
            if read.is_some_and(|read| read != wanted) {
                report.wrong(&about, format_args!("it reads {read:?}"), "read the power from the hardware each time");
            }
        }
        Some(Err(why)) => report.wrong(&about, format_args!("it fails: {why}"), "power_state reads in every state"),
        None => {}
    }
}

async fn refuses(kit: &Kit, place: &Place, target: PowerTarget, report: &mut Report) {
    let site = kit.site().await;
    let about = format!("{place}, set_power to {target}, which it does not support");
    let before = site.machine.power();
    match site.call(place, set_power(target, None), true).await.told(&about, report) {
        Some(Ok(_)) => {
            report.wrong(&about, "it says that it is done", "refuse with Error::unsupported, or offer the target");
        }
        Some(Err(why)) if !matches!(why.kind(), ErrorKind::Unsupported | ErrorKind::Invalid) => {
            report.wrong(&about, format_args!("it says {:?}: {why}", why.kind()), "refuse with Error::unsupported");
        }
        Some(Err(_)) | None => {}
    }
    if site.machine.power() != before {
        report.wrong(&about, "the power changed all the same", "refuse before anything is sent");
    }
}
