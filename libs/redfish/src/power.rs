//! Power: the state a system is in, and the ways it can be reset.

use serde_json::json;

use crate::error::Result;
use crate::names::open_names;
use crate::system::System;

open_names! {
    /// Whether a system has power (DSP0268, `PowerState`).
    PowerState {
        /// It runs.
        On = "On",
        /// It is off, though parts may still have auxiliary power.
        Off = "Off",
        /// On its way to on.
        PoweringOn = "PoweringOn",
        /// On its way to off.
        PoweringOff = "PoweringOff",
        /// It has power and does not run.
        Paused = "Paused",
    }
}

open_names! {
    /// The ways of a reset (DSP0268, `ResetType`).
    ResetType {
        /// Turn it on.
        On = "On",
        /// Turn it off at once.
        ForceOff = "ForceOff",
        /// Ask the operating system to shut down.
        GracefulShutdown = "GracefulShutdown",
        /// Ask the operating system to restart.
        GracefulRestart = "GracefulRestart",
        /// Restart it at once.
        ForceRestart = "ForceRestart",
        /// Send a diagnostic interrupt (NMI).
        Nmi = "Nmi",
        /// Turn it on at once.
        ForceOn = "ForceOn",
        /// Press the power button.
        PushPowerButton = "PushPowerButton",
        /// Take all power away, and give it back.
        PowerCycle = "PowerCycle",
        /// Keep the state on disk and turn off.
        Suspend = "Suspend",
        /// Stop, keeping power.
        Pause = "Pause",
        /// Go on after a suspension or pause.
        Resume = "Resume",
    }
}

const ACTION: &str = "/Actions/#ComputerSystem.Reset";

impl System {
    /// The power state when this was read; `None` when the BMC does not tell.
    ///
    /// A reset that was accepted shows here only after [`System::refresh`], and late: seconds on
    /// most BMCs.
    pub fn power_state(&self) -> Option<PowerState> {
        self.resource.text("/PowerState").map(|state| PowerState::from(state.as_str()))
    }

    /// The resets the BMC says it accepts, from the action itself or its ActionInfo. `None` when
    /// it does not say, which is not the same as none.
    ///
    /// # Errors
    ///
    /// Those of reading the ActionInfo; one that is not there counts as not saying.
    pub async fn reset_types(&self) -> Result<Option<Vec<ResetType>>> {
        let annotated = self.resource.texts(&format!("{ACTION}/ResetType@Redfish.AllowableValues"));
        let names = match annotated {
            Some(names) => Some(names),
            None => self.allowed_by_action_info("ResetType").await?,
        };
        Ok(names.map(|names| names.iter().map(|name| ResetType::from(name.as_str())).collect()))
    }

    /// Resets the system. The BMC answers once it has taken the request, not once it is done.
    ///
    /// It is sent even if [`System::reset_types`] does not list it: BMCs list what they refuse
    /// and accept what they do not list, so theirs is the last word.
    ///
    /// # Errors
    ///
    /// [`crate::Error::Unsupported`] without a reset action; else those of [`crate::Bmc::post`].
    pub async fn reset(&self, how: &ResetType) -> Result<()> {
        let target = match (self.resource.link(&format!("{ACTION}/target")), self.resource.body().pointer(ACTION)) {
            (Some(target), _) => target,
            // An action without a target is where every action is (DSP0266, "POST (action)").
            (None, Some(_)) => format!("{}/Actions/ComputerSystem.Reset", self.path().trim_end_matches('/')),
            (None, None) => return Err(self.bmc.unsupported(&format!("a reset of {}", self.path()))),
        };
        self.bmc.post(&target, &json!({"ResetType": how.as_str()})).await?;
        Ok(())
    }

    async fn allowed_by_action_info(&self, parameter: &str) -> Result<Option<Vec<String>>> {
        let Some(link) = self.resource.link(&format!("{ACTION}/@Redfish.ActionInfo")) else { return Ok(None) };
        let info = match self.bmc.get(&link).await {
            Ok(info) => info,
            Err(crate::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(e),
        };
        let count = info.body()["Parameters"].as_array().map_or(0, Vec::len);
        Ok((0..count)
            .map(|i| format!("/Parameters/{i}"))
            .find(|at| info.text(&format!("{at}/Name")).as_deref() == Some(parameter))
            .and_then(|at| info.texts(&format!("{at}/AllowableValues"))))
    }
}
