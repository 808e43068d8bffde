//! `acme` power: the controller of the chassis switches the slot.

use std::time::Duration;

use kamacite_driver::{
    Error, ExclusiveTask, Result, SharedTask, async_trait,
    interfaces::Power,
    model::{PowerState, PowerTarget},
};

use crate::chassis::{Blade, Chassis};

/// How long a change may take where the caller does not say.
const USUAL: Duration = Duration::from_secs(60);

#[async_trait]
impl Power for Chassis {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        self.power_of(&Blade::of(&task.node())?).await
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, timeout: Option<Duration>) -> Result<()> {
        let blade = Blade::of(&task.node())?;
        let patience = timeout.unwrap_or(USUAL);
        match target {
            PowerTarget::On => self.switch(&blade, PowerState::On, patience).await,
            PowerTarget::Off => self.switch(&blade, PowerState::Off, patience).await,
            PowerTarget::Reboot => {
                self.switch(&blade, PowerState::Off, patience).await?;
                self.switch(&blade, PowerState::On, patience).await
            }
            // They are not among the `supported_targets`, which are the three above unless a driver says otherwise.
            PowerTarget::SoftOff | PowerTarget::SoftReboot => {
                Err(Error::unsupported(format!("the controller of a chassis knows no {target}; choose another target")))
            }
        }
    }
}

impl Chassis {
    async fn power_of(&self, blade: &Blade) -> Result<Option<PowerState>> {
        let answer = self.ask(blade, &format!("power {}", blade.slot)).await?;
        Ok(match answer.as_str() {
            "on" => Some(PowerState::On),
            "off" => Some(PowerState::Off),
            _ => None,
        })
    }

    /// Switches, and reads the power until it is there: whoever asked relies on it.
    async fn switch(&self, blade: &Blade, wanted: PowerState, patience: Duration) -> Result<()> {
        if self.power_of(blade).await? == Some(wanted) {
            return Ok(());
        }
        let word = if wanted == PowerState::On { "on" } else { "off" };
        self.ask(blade, &format!("power {} {word}", blade.slot)).await?;
        let began = self.services.now();
        while self.power_of(blade).await? != Some(wanted) {
            if self.services.now().duration_since(began).unsigned_abs() >= patience {
                return Err(Error::hardware(format!(
                    "slot {} of {} took {wanted} and is not there after {} s; look at the blade",
                    blade.slot,
                    blade.address,
                    patience.as_secs()
                )));
            }
            // Time is the services' own, so that no test waits.
            self.services.sleep(Duration::from_secs(2)).await;
        }
        Ok(())
    }
}
