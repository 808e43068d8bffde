//! `ipmitool` power: tells the chassis what to do and reads back until its power is where it should be.

use std::{sync::Arc, time::Duration};

use ipmi::ChassisControl;
use kamacite_driver::{
    Error, ExclusiveTask, Interface, Property, Result, Services, SharedTask, async_trait,
    interfaces::Power,
    model::{PowerState, PowerTarget},
};

use super::{bmc::Bmc, bmcs::Bmcs, boot_device, driver_info};
use crate::power_change::{Change, Looks, Patience, Seen, Timeouts, Unseen, Until, unanswered};

/// Changes the power by Chassis Control (IPMI 2.0 28.3).
pub struct IpmiPower {
    bmcs: Arc<Bmcs>,
    services: Services,
    timeouts: Timeouts,
}

impl IpmiPower {
    pub fn new(bmcs: &Arc<Bmcs>, services: &Services) -> Self {
        let timeouts = Timeouts::from_options(&services.options);
        Self { bmcs: bmcs.clone(), services: services.clone(), timeouts }
    }
}

#[async_trait]
impl Interface for IpmiPower {
    fn properties(&self) -> Vec<Property> {
        driver_info::properties()
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.bmcs.of(&task.node()).map(drop)
    }
}

#[async_trait]
impl Power for IpmiPower {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        let on = self.bmcs.of(&task.node())?.is_on().await?;
        Ok(Some(if on { PowerState::On } else { PowerState::Off }))
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, timeout: Option<Duration>) -> Result<()> {
        let bmc = self.bmcs.of(&task.node())?;
        for stage in stages(target, bmc.is_on().await?, task.node().disable_power_off)? {
            if stage.until != Until::Off {
                boot_device::restore(task, &bmc, &self.bmcs).await;
            }
            self.carry_out(task, &bmc, &stage, self.timeouts.of(stage.is_soft(), timeout)).await?;
        }
        Ok(())
    }

    async fn supported_targets(&self, _: &SharedTask) -> Result<Vec<PowerTarget>> {
        Ok(PowerTarget::ALL.to_vec())
    }
}

/// A command, and what it brings about.
#[derive(Debug, PartialEq)]
struct Stage {
    control: ChassisControl,
    until: Until,
}

impl Stage {
    /// Whether the operating system takes part, and its time.
    fn is_soft(&self) -> bool {
        self.control == ChassisControl::Soft
    }
}

/// The commands that lead to a target. IPMI has no restart that the operating system takes part in.
fn stages(target: PowerTarget, is_on: bool, never_off: bool) -> Result<Vec<Stage>> {
    let on = || Stage { control: ChassisControl::On, until: Until::On };
    let soft = || Stage { control: ChassisControl::Soft, until: Until::Off };
    Ok(match target {
        PowerTarget::On => vec![on()],
        PowerTarget::Off => vec![Stage { control: ChassisControl::Off, until: Until::Off }],
        // To a machine that is off, it may be the press of a button that switches it on.
        PowerTarget::SoftOff if !is_on => vec![],
        PowerTarget::SoftOff => vec![soft()],
        PowerTarget::Reboot | PowerTarget::SoftReboot if !is_on => vec![on()],
        PowerTarget::Reboot => vec![Stage { control: ChassisControl::Reset, until: Until::Restarted }],
        PowerTarget::SoftReboot if never_off => {
            return Err(Error::unsupported(
                "a soft reboot over IPMI is a soft power off and a power on, and the node has disable_power_off; reboot it \
                 hard, or from within",
            ));
        }
        PowerTarget::SoftReboot => vec![soft(), on()],
    })
}

impl IpmiPower {
    async fn carry_out(&self, task: &mut ExclusiveTask, bmc: &Bmc, stage: &Stage, patience: Patience) -> Result<()> {
        let began = self.services.now();
        let told = match bmc.control(stage.control).await {
            Err(why) if stage.control == ChassisControl::Reset && why.is_unsupported() => {
                bmc.control(ChassisControl::Cycle).await
            }
            told => told,
        };
        let what = format!("chassis control \"{}\" of {}", stage.control, bmc.governor.address());
        let change = Change { what, until: stage.until, began, patience };
        let mut look = Look { bmc, on: None };
        match told {
            Ok(()) => change.wait(&mut look, task, &self.services).await,
            // Only the power can tell, and it cannot tell of a restart.
            Err(why) if why.may_be_done() && stage.until != Until::Restarted => {
                change.wait(&mut look, task, &self.services).await.map_err(|not_seen| unanswered(not_seen, why.into()))
            }
            // BMCs refuse to bring about what is so already.
            Err(why) if why.completion().is_some() && stage.until != Until::Restarted && look.holds(stage).await => {
                Ok(())
            }
            Err(why) => Err(why.into()),
        }
    }
}

/// Looks at the power of a BMC's machine.
struct Look<'a> {
    bmc: &'a Bmc,
    on: Option<bool>,
}

impl Look<'_> {
    async fn holds(&mut self, stage: &Stage) -> bool {
        self.look().await.is_ok_and(|seen| stage.until.holds(seen, true))
    }
}

impl Looks for Look<'_> {
    async fn look(&mut self) -> Result<Option<Seen>, Unseen> {
        let on = self.bmc.is_on().await.map_err(|why| Unseen { passing: why.is_passing(), why: why.into() })?;
        self.on = Some(on);
        Ok(Some(if on { Seen::On } else { Seen::Off }))
    }

    fn reported(&self) -> String {
        match self.on {
            Some(true) => "on".to_owned(),
            Some(false) => "off".to_owned(),
            None => "nothing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kamacite_driver::{ErrorKind, model::PowerTarget::*};

    use super::*;
    use crate::{
        ipmi::bench::{Act, Bench, CHASSIS_CONTROL, CHASSIS_STATUS, Scripted, controls, node_with_bmc, refusal, shows},
        power_change::{LOOK_AGAIN, RESTART_GRACE},
    };

    #[track_caller]
    fn check(target: PowerTarget, is_on: bool, expected: &[&str]) {
        let stages = stages(target, is_on, false).unwrap();
        let shown: Vec<_> = stages.iter().map(|stage| format!("{} {:?}", stage.control, stage.until)).collect();
        assert_eq!(shown, expected, "{target}");
    }

    #[test]
    fn each_target_has_its_commands() {
        check(On, false, &["on On"]);
        check(Off, true, &["off Off"]);
        check(SoftOff, true, &["soft Off"]);
        check(SoftOff, false, &[]);
        check(Reboot, true, &["reset Restarted"]);
        check(Reboot, false, &["on On"]);
        check(SoftReboot, true, &["soft Off", "on On"]);
        check(SoftReboot, false, &["on On"]);
        assert_eq!(stages(SoftReboot, true, true).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(stages(Reboot, true, true).unwrap()[0].control, ChassisControl::Reset);
    }

    async fn goes(bench: &Bench, target: PowerTarget) -> Result<()> {
        bench.on().power.set_power(&mut bench.exclusive(), target, None).await
    }

    fn refuses(bmc: &Scripted, code: u8) {
        bmc.on(CHASSIS_CONTROL, [Act::Answer(code, vec![]), Act::Answer(0, vec![])]);
    }

    #[tokio::test]
    async fn a_change_is_done_when_the_bmc_reports_it() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &[false, false, false, true]);
        goes(&bench, On).await.unwrap();
        assert_eq!((controls(&bmc), bench.clock.passed()), (vec![1], LOOK_AGAIN * 2));
        shows(&bmc, &[true, true, false]);
        goes(&bench, Off).await.unwrap();
        assert_eq!((controls(&bmc), bench.clock.passed()), (vec![1, 0], LOOK_AGAIN * 3));
        assert_eq!(bmc.opened(), 1, "one session for all");
    }

    #[tokio::test]
    async fn a_change_that_never_shows_is_too_late() {
        for (target, option) in [(On, "power_state_change_timeout"), (SoftOff, "soft_power_off_timeout")] {
            let (bench, bmc) = node_with_bmc(&[("conductor", option, "7")]).await;
            shows(&bmc, &[target != On]);
            let (kind, words) = refusal(goes(&bench, target).await);
            assert_eq!((kind, bench.clock.passed()), (ErrorKind::Hardware, Duration::from_secs(7)));
            assert!(words.contains("as the power after 7 s") && words.contains(option), "{words}");
        }
    }

    #[tokio::test]
    async fn a_restart_is_seen_or_waited_for() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &[true, false, true]);
        goes(&bench, Reboot).await.unwrap();
        assert_eq!((controls(&bmc), bench.clock.passed()), (vec![3], LOOK_AGAIN));
        shows(&bmc, &[true]);
        goes(&bench, Reboot).await.unwrap();
        assert!(bench.clock.passed() >= RESTART_GRACE && bench.clock.passed() < RESTART_GRACE + LOOK_AGAIN * 2);
        shows(&bmc, &[true, false, true]);
        goes(&bench, SoftReboot).await.unwrap();
        assert_eq!(controls(&bmc), [3, 3, 5, 1]);
    }

    #[tokio::test]
    async fn a_bmc_without_a_reset_cycles_power() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &[true, false, true]);
        refuses(&bmc, 0xcc);
        goes(&bench, Reboot).await.unwrap();
        assert_eq!(controls(&bmc), [3, 2]);
        refuses(&bmc, 0xd5);
        shows(&bmc, &[true]);
        assert_eq!(refusal(goes(&bench, Reboot).await).0, ErrorKind::Hardware);
    }

    #[tokio::test]
    async fn a_refusal_of_what_is_so_already_is_no_failure() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        shows(&bmc, &[true]);
        refuses(&bmc, 0xd5);
        goes(&bench, On).await.unwrap();
        refuses(&bmc, 0xd4);
        let (kind, words) = refusal(goes(&bench, Off).await);
        assert!(kind == ErrorKind::Hardware && words.contains("ipmi_priv_level"), "{words}");
        assert_eq!(controls(&bmc), [1, 0]);
    }

    #[tokio::test]
    async fn a_command_nobody_answered_is_judged_by_the_power_and_not_repeated() {
        let (bench, bmc) = node_with_bmc(&[("ipmi", "command_retry_timeout", "1")]).await;
        shows(&bmc, &[true, false]);
        bmc.on(CHASSIS_CONTROL, [Act::Silence]);
        goes(&bench, SoftOff).await.unwrap();
        assert_eq!(controls(&bmc), [5]);
        // Whether it restarted, the power cannot tell.
        shows(&bmc, &[true]);
        let (kind, words) = refusal(goes(&bench, Reboot).await);
        assert!(kind == ErrorKind::Hardware && words.contains("it is not known whether it was carried out"), "{words}");
        assert_eq!(controls(&bmc), [5, 3]);
    }

    #[tokio::test]
    async fn the_power_is_read() {
        let (bench, bmc) = node_with_bmc(&[]).await;
        let read = async || bench.on().power.power_state(&bench.shared()).await;
        assert_eq!(read().await.unwrap(), Some(PowerState::On));
        shows(&bmc, &[false]);
        assert_eq!(read().await.unwrap(), Some(PowerState::Off));
        bmc.on(CHASSIS_STATUS, [Act::Answer(0xc1, vec![])]);
        assert_eq!(refusal(read().await).0, ErrorKind::Unsupported);
        assert_eq!(bench.on().power.supported_targets(&bench.shared()).await.unwrap(), PowerTarget::ALL);
    }
}
