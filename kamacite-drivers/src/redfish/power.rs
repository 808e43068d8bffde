//! `redfish` power: resets the machine and reads back until its power is where it should be.

use std::{sync::Arc, time::Duration};

use kamacite_driver::{
    ExclusiveTask, Interface, Property, Result, Services, SharedTask, async_trait,
    interfaces::Power,
    model::{self, PowerTarget, Timestamp},
};
use redfish::{PowerState, ResetType, System};

use super::{
    bmcs::{Bmcs, failed},
    boot_device, driver_info,
    options::{POWER_ON_CONFLICT_ATTEMPTS, POWER_ON_CONFLICT_INTERVAL},
};
use crate::power_change::{Change, Looks, Patience, Seen, Timeouts, Unseen, Until, unanswered};

/// Changes the power by resets (DSP0268, ComputerSystem `Reset`).
pub struct RedfishPower {
    bmcs: Arc<Bmcs>,
    services: Services,
    timeouts: Timeouts,
    conflict_attempts: u32,
    conflict_interval: Duration,
}

impl RedfishPower {
    pub fn new(bmcs: &Arc<Bmcs>, services: &Services) -> Self {
        let options = &services.options;
        Self {
            bmcs: bmcs.clone(),
            services: services.clone(),
            timeouts: Timeouts::from_options(options),
            conflict_attempts: options.get(&POWER_ON_CONFLICT_ATTEMPTS),
            conflict_interval: options.get(&POWER_ON_CONFLICT_INTERVAL),
        }
    }
}

#[async_trait]
impl Interface for RedfishPower {
    fn properties(&self) -> Vec<Property> {
        driver_info::properties()
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.bmcs.of(&task.node()).map(drop)
    }
}

#[async_trait]
impl Power for RedfishPower {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<model::PowerState>> {
        let state = self.bmcs.system(task).await?.power_state();
        Ok(state.and_then(|state| match state {
            PowerState::On | PowerState::PoweringOn => Some(model::PowerState::On),
            PowerState::Off | PowerState::PoweringOff => Some(model::PowerState::Off),
            PowerState::Paused | PowerState::Other(_) => None,
        }))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, timeout: Option<Duration>) -> Result<()> {
        let node = task.node();
        let mut system = self.bmcs.system(task).await?;
        if target.reaches() == model::PowerState::On {
            boot_device::restore(&node, &system).await;
        }
        let allowed = system.reset_types().await.unwrap_or_else(|why| {
            tracing::debug!(node = %node.uuid, %why, "the BMC does not tell which resets it takes");
            None
        });
        for stage in stages(target, system.power_state().as_ref(), allowed.as_deref(), node.disable_power_off) {
            let patience = self.timeouts.of(stage.is_soft(), timeout);
            self.carry_out(task, &mut system, &stage, patience).await?;
        }
        Ok(())
    }

    async fn supported_targets(&self, _: &SharedTask) -> Result<Vec<PowerTarget>> {
        Ok(PowerTarget::ALL.to_vec())
    }
}

/// A reset, and what it brings about.
#[derive(Debug, PartialEq)]
struct Stage {
    reset: ResetType,
    until: Until,
}

impl Stage {
    /// Whether the operating system takes part, and its time. A running one takes the power button for a shutdown.
    fn is_soft(&self) -> bool {
        matches!(self.reset, ResetType::GracefulShutdown | ResetType::GracefulRestart)
            || (self.reset == ResetType::PushPowerButton && self.until == Until::Off)
    }
}

/// The resets that lead to a target: of those that would do, the first that the BMC lists. A BMC that lists none of them,
/// or nothing, is asked for the best one all the same: what it lists is not always what it takes.
fn stages(target: PowerTarget, now: Option<&PowerState>, allowed: Option<&[ResetType]>, never_off: bool) -> Vec<Stage> {
    let takes = |reset: &ResetType| allowed.is_none_or(|allowed| allowed.contains(reset));
    let (is_off, is_on) = (now == Some(&PowerState::Off), now == Some(&PowerState::On));
    let best = |first: ResetType, others: &[ResetType]| {
        [&first].into_iter().chain(others).find(|reset| takes(reset)).unwrap_or(&first).clone()
    };
    // What the power button does depends on the power.
    let on = |is_off: bool| {
        let others = [ResetType::ForceOn, ResetType::PushPowerButton];
        Stage { reset: best(ResetType::On, if is_off { &others[..] } else { &others[..1] }), until: Until::On }
    };
    let off = |reset| Stage { reset, until: Until::Off };
    let soft_off = || {
        let others: &[_] = if is_on { &[ResetType::PushPowerButton] } else { &[] };
        off(best(ResetType::GracefulShutdown, others))
    };
    let restart = |restarts: &[ResetType], shutdown: Stage| {
        let first = restarts.first().filter(|_| never_off);
        match first.or(restarts.iter().find(|reset| takes(reset))) {
            _ if is_off => vec![on(true)],
            Some(reset) => vec![Stage { reset: reset.clone(), until: Until::Restarted }],
            None => vec![shutdown, on(true)],
        }
    };
    match target {
        PowerTarget::On => vec![on(is_off)],
        PowerTarget::Off => vec![off(ResetType::ForceOff)],
        PowerTarget::SoftOff => vec![soft_off()],
        PowerTarget::Reboot => restart(&[ResetType::ForceRestart, ResetType::PowerCycle], off(ResetType::ForceOff)),
        PowerTarget::SoftReboot => restart(&[ResetType::GracefulRestart], soft_off()),
    }
}

impl RedfishPower {
    async fn carry_out(
        &self,
        task: &mut ExclusiveTask,
        system: &mut System,
        stage: &Stage,
        patience: Patience,
    ) -> Result<()> {
        let mut conflicts = 0;
        loop {
            let began = self.services.now();
            match system.reset(&stage.reset).await {
                Ok(()) => return self.wait(task, system, stage, began, patience).await,
                // It may have been done: only the power can tell.
                Err(why) if may_be_done(&why) && stage.until != Until::Restarted => {
                    return self
                        .wait(task, system, stage, began, patience)
                        .await
                        .map_err(|not_seen| unanswered(not_seen, failed(why)));
                }
                // BMCs refuse to bring about what is so already.
                Err(redfish::Error::Rejected { status: 400 | 409, .. }) if self.holds(system, stage).await => {
                    return Ok(());
                }
                // Some refuse to power on for a while after a power-off.
                Err(redfish::Error::Rejected { status: 409, .. })
                    if stage.until == Until::On && conflicts < self.conflict_attempts =>
                {
                    conflicts += 1;
                    self.services.sleep(self.conflict_interval).await;
                }
                Err(why) => return Err(failed(why)),
            }
        }
    }

    /// Whether the power is already where the stage leads to.
    async fn holds(&self, system: &mut System, stage: &Stage) -> bool {
        stage.until != Until::Restarted
            && system.refresh().await.is_ok()
            && stage.until.holds(system.power_state().as_ref().map(seen), true)
    }

    /// Reads the power until it is where the stage leads to.
    async fn wait(
        &self,
        task: &mut ExclusiveTask,
        system: &mut System,
        stage: &Stage,
        began: Timestamp,
        patience: Patience,
    ) -> Result<()> {
        let what = format!("{} of {}", stage.reset, system.path());
        Change { what, until: stage.until, began, patience }.wait(system, task, &self.services).await
    }
}

impl Looks for System {
    async fn look(&mut self) -> Result<Option<Seen>, Unseen> {
        self.refresh().await.map_err(|why| Unseen { passing: why.is_transient(), why: failed(why) })?;
        Ok(self.power_state().as_ref().map(seen))
    }

    fn reported(&self) -> String {
        self.power_state().map_or("nothing".to_owned(), |state| state.to_string())
    }
}

fn seen(state: &PowerState) -> Seen {
    match state {
        PowerState::On => Seen::On,
        PowerState::PoweringOn => Seen::Rising,
        PowerState::Off => Seen::Off,
        PowerState::PoweringOff | PowerState::Paused | PowerState::Other(_) => Seen::Between,
    }
}

/// Whether the BMC may have done it although it did not say so.
fn may_be_done(why: &redfish::Error) -> bool {
    use redfish::Error::{Interrupted, Rejected, Timeout};

    match why {
        // Of a log-in on the way the power tells nothing.
        Timeout { asked, .. } | Interrupted { asked, .. } | Rejected { asked, status: 502 | 504, .. } => {
            !asked.is_harmless()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, model::PowerTarget::*};
    use serde_json::json;

    use super::*;
    use crate::{
        power_change::{LOOK_AGAIN, RESTART_GRACE},
        redfish::bench::{Act, Bench, RESET, SYSTEM, Scripted, error, node_with_bmc, ok, refusal, system},
    };

    #[track_caller]
    fn check(target: PowerTarget, now: &str, allowed: Option<&[&str]>, never_off: bool, expected: &[&str]) {
        let allowed: Option<Vec<ResetType>> =
            allowed.map(|all| all.iter().map(|name| ResetType::from(*name)).collect());
        let stages = stages(target, Some(&PowerState::from(now)), allowed.as_deref(), never_off);
        let shown: Vec<_> = stages.iter().map(|stage| format!("{} {:?}", stage.reset, stage.until)).collect();
        assert_eq!(shown, expected, "{target}");
    }

    #[test]
    fn each_target_has_its_resets() {
        check(On, "Off", None, false, &["On On"]);
        check(On, "Off", Some(&["ForceOn", "ForceOff"]), false, &["ForceOn On"]);
        check(On, "Off", Some(&["Odd"]), false, &["On On"]);
        check(Off, "On", None, false, &["ForceOff Off"]);
        check(SoftOff, "On", Some(&["ForceOff"]), false, &["GracefulShutdown Off"]);
        check(Reboot, "On", None, false, &["ForceRestart Restarted"]);
        check(Reboot, "On", Some(&["ForceRestart"]), false, &["ForceRestart Restarted"]);
        check(Reboot, "On", Some(&["On", "ForceOff"]), false, &["ForceOff Off", "On On"]);
        check(Reboot, "On", Some(&["On", "ForceOff"]), true, &["ForceRestart Restarted"]);
        check(Reboot, "On", Some(&["On", "ForceOff", "PowerCycle"]), false, &["PowerCycle Restarted"]);
        // Not for a machine that must never be without power.
        check(Reboot, "On", Some(&["On", "PowerCycle"]), true, &["ForceRestart Restarted"]);
        check(On, "Off", Some(&["PushPowerButton"]), false, &["PushPowerButton On"]);
        check(On, "On", Some(&["PushPowerButton"]), false, &["On On"]);
        check(SoftOff, "On", Some(&["PushPowerButton", "ForceOff"]), false, &["PushPowerButton Off"]);
        check(SoftOff, "Off", Some(&["PushPowerButton", "ForceOff"]), false, &["GracefulShutdown Off"]);
        check(SoftReboot, "On", Some(&["PushPowerButton"]), false, &["PushPowerButton Off", "PushPowerButton On"]);
        check(Reboot, "Off", Some(&["On", "ForceOff"]), false, &["On On"]);
        check(SoftReboot, "On", None, false, &["GracefulRestart Restarted"]);
        check(SoftReboot, "On", Some(&["On", "GracefulShutdown"]), false, &["GracefulShutdown Off", "On On"]);
        check(SoftReboot, "Off", None, false, &["On On"]);
    }

    async fn goes(bench: &Bench, target: PowerTarget) -> Result<()> {
        bench.on().power.set_power(&mut bench.exclusive(), target, None).await
    }

    /// The BMC shows these powers one after the other, the last for ever, and takes every reset.
    fn shows(bmc: &Scripted, powers: &[&str]) {
        bmc.on(&format!("GET {SYSTEM}"), powers.iter().map(|power| ok(system(power))));
        bmc.on(&format!("POST {RESET}"), [Act::Answer { status: 204, headers: vec![], body: vec![] }]);
    }

    fn resets(bmc: &Scripted) -> Vec<String> {
        let what = format!("POST {RESET}");
        let resets = bmc.calls().into_iter().filter(|call| call.what == what);
        resets.map(|call| call.json()["ResetType"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn the_power_is_read() {
        use model::PowerState::{Off, On};

        let (bench, bmc) = node_with_bmc(&[]).await;
        for (shown, expected) in [
            ("On", Some(On)),
            ("PoweringOn", Some(On)),
            ("Off", Some(Off)),
            ("PoweringOff", Some(Off)),
            ("Paused", None),
            ("Odd", None),
        ] {
            shows(&bmc, &[shown]);
            assert_eq!(bench.on().power.power_state(&bench.shared()).await.unwrap(), expected, "{shown}");
        }
        assert_eq!(bench.on().power.supported_targets(&bench.shared()).await.unwrap(), PowerTarget::ALL);
    }

    #[tokio::test]
    async fn a_change_is_done_when_the_bmc_reports_it() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &["Off", "Off", "Off", "PoweringOn"]);
        goes(&bench, On).await.unwrap();
        assert_eq!((resets(&bmc), bench.clock.passed()), (vec!["On".to_owned()], LOOK_AGAIN * 2));
        shows(&bmc, &["On", "On", "PoweringOff", "Off"]);
        goes(&bench, Off).await.unwrap();
        assert_eq!((resets(&bmc).pop().unwrap().as_str(), bench.clock.passed()), ("ForceOff", LOOK_AGAIN * 4));
    }

    #[tokio::test]
    async fn a_change_that_never_shows_is_too_late() {
        for (target, option, seconds, default) in
            [(On, "power_state_change_timeout", 7, 60), (SoftOff, "soft_power_off_timeout", 7, 600)]
        {
            let power = if target == On { "Off" } else { "On" };
            let text = seconds.to_string();
            for (options, seconds) in [(&[("conductor", option, text.as_str())][..], seconds), (&[][..], default)] {
                let (bench, bmc) = node_with_bmc(options).await;
                shows(&bmc, &[power]);
                let (kind, words) = refusal(goes(&bench, target).await);
                assert_eq!((kind, bench.clock.passed()), (ErrorKind::Hardware, Duration::from_secs(seconds)));
                let expected = format!("still reports {power} as the power after {seconds} s");
                assert!(words.contains(&expected) && words.contains(option), "{words}");
            }
        }
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &["Off"]);
        let asked = Some(Duration::from_secs(5));
        bench.on().power.set_power(&mut bench.exclusive(), On, asked).await.unwrap_err();
        assert_eq!(bench.clock.passed(), Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_restart_is_seen_or_waited_for() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &["On", "Off", "On"]);
        goes(&bench, Reboot).await.unwrap();
        assert_eq!((resets(&bmc), bench.clock.passed()), (vec!["ForceRestart".to_owned()], LOOK_AGAIN));
        // It never shows anything but power.
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &["On"]);
        goes(&bench, SoftReboot).await.unwrap();
        assert_eq!(resets(&bmc), ["GracefulRestart"]);
        assert!(bench.clock.passed() >= RESTART_GRACE && bench.clock.passed() < RESTART_GRACE + LOOK_AGAIN);
    }

    #[tokio::test]
    async fn a_bmc_that_cannot_restart_powers_off_and_on() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        let limited = |power| {
            let mut system = system(power);
            system["Actions"]["#ComputerSystem.Reset"]["ResetType@Redfish.AllowableValues"] = json!(["On", "ForceOff"]);
            system
        };
        shows(&bmc, &[]);
        bmc.on(&format!("GET {SYSTEM}"), ["On", "PoweringOff", "Off", "On"].map(|power| ok(limited(power))));
        goes(&bench, Reboot).await.unwrap();
        assert_eq!(resets(&bmc), ["ForceOff", "On"]);
    }

    #[tokio::test]
    async fn a_refusal_of_what_is_so_already_is_no_failure() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for status in [400, 409] {
            shows(&bmc, &["On"]);
            bmc.on(&format!("POST {RESET}"), [error(status, "It is on.")]);
            goes(&bench, On).await.unwrap();
            assert!(refusal(goes(&bench, Reboot).await).1.contains("It is on"), "a restart that did not happen");
        }
        bmc.on(&format!("POST {RESET}"), [error(400, "No.")]);
        let (kind, words) = refusal(goes(&bench, Off).await);
        assert!(kind == ErrorKind::Hardware && words.contains("No"), "{words}");
        assert_eq!(bench.clock.passed(), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_bmc_that_has_to_settle_is_asked_again() {
        let (bench, bmc) = node_with_bmc(&[("redfish", "power_on_conflict_retry_attempts", "2")]).await;
        let settling = || error(409, "ActionParameterValueConflict");
        shows(&bmc, &["Off", "Off", "Off", "On"]);
        bmc.on(&format!("POST {RESET}"), [settling(), settling(), ok(json!({}))]);
        goes(&bench, On).await.unwrap();
        assert_eq!(bench.clock.passed(), Duration::from_secs(20));
        shows(&bmc, &["Off"]);
        bmc.on(&format!("POST {RESET}"), [settling()]);
        assert!(refusal(goes(&bench, On).await).1.contains("409"));
        assert_eq!(resets(&bmc).len(), 6);
    }

    #[tokio::test]
    async fn a_reset_nobody_answered_is_judged_by_the_power() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        for silence in [Act::Drop, error(504, "The gateway waited in vain.")] {
            shows(&bmc, &["Off", "Off", "On"]);
            bmc.on(&format!("POST {RESET}"), [silence]);
            goes(&bench, On).await.unwrap();
        }
        // A BMC that says it is busy has done nothing.
        shows(&bmc, &["Off", "Off", "On"]);
        bmc.on(&format!("POST {RESET}"), [error(503, "Not now.")]);
        assert_eq!(refusal(goes(&bench, On).await).0, ErrorKind::Busy);
        shows(&bmc, &["Off"]);
        bmc.on(&format!("POST {RESET}"), [Act::Drop]);
        let (_, words) = refusal(goes(&bench, On).await);
        assert!(words.contains("connection was lost"), "{words}");
        // Whether it restarted, the power cannot tell.
        shows(&bmc, &["On"]);
        bmc.on(&format!("POST {RESET}"), [Act::Drop]);
        assert!(refusal(goes(&bench, Reboot).await).1.contains("connection was lost"));
    }

    #[tokio::test]
    async fn a_bmc_may_be_away_for_a_while() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &[]);
        let away = || error(503, "Starting.");
        bmc.on(&format!("GET {SYSTEM}"), [ok(system("Off")), away(), Act::Drop, ok(system("On"))]);
        goes(&bench, On).await.unwrap();
        // Not for ever, and not for what will not pass.
        bmc.on(&format!("GET {SYSTEM}"), [ok(system("Off")), away()]);
        assert_eq!(refusal(goes(&bench, On).await).0, ErrorKind::Busy);
        bmc.on(&format!("GET {SYSTEM}"), [ok(system("Off")), error(401, "Who are you?")]);
        assert!(refusal(goes(&bench, On).await).1.contains("401"));
    }
}
