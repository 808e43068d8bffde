//! Lights by which a person finds a machine, its chassis, or a drive.

use kamacite_driver::{
    Error, ExclusiveTask, Result, SharedTask, async_trait,
    interfaces::{Indicator, Indicators, SwitchIndicators},
    model::{Component, IndicatorState},
};
use redfish::{Light, System};

use super::RedfishManagement;
use crate::redfish::{
    bmcs::failed,
    quirks::Write,
    read_back::{Seen, Written},
};

#[async_trait]
impl Indicators for RedfishManagement {
    async fn supported_indicators(&self, task: &SharedTask) -> Result<Vec<Indicator>> {
        let (system, mut all) = (self.bmcs.system(task).await?, Vec::new());
        for component in [Component::System, Component::Chassis, Component::Disk] {
            all.extend(lights_on(&system, component).await?.into_iter().map(|(name, light)| Indicator {
                component,
                name,
                read_only: false,
                states: light.lights().iter().map(|light| state(*light)).collect(),
            }));
        }
        Ok(all)
    }

    async fn indicator_state(&self, task: &SharedTask, component: Component, name: String) -> Result<IndicatorState> {
        let (_, found) = self.light(task, component, &name).await?;
        Ok(found.light().map_or(IndicatorState::Unknown, state))
    }
}

#[async_trait]
impl SwitchIndicators for RedfishManagement {
    async fn set_indicator(
        &self,
        task: &mut ExclusiveTask,
        component: Component,
        name: String,
        state: IndicatorState,
    ) -> Result<()> {
        let light = match state {
            IndicatorState::Off => Light::Off,
            IndicatorState::On => Light::On,
            IndicatorState::Blinking => Light::Blinking,
            IndicatorState::Unknown => return Err(cannot_show(component, &name, state)),
        };
        let (system, found) = self.light(task, component, &name).await?;
        if !found.lights().contains(&light) {
            return Err(cannot_show(component, &name, state));
        }
        found.show(light).await.map_err(failed)?;
        let switched = Switched { indicator: found, component, name, wanted: state };
        self.bmcs.read_back.confirm(&task.node(), &system, switched).await.map(drop)
    }
}

/// A light that was switched, to be read back.
struct Switched {
    indicator: redfish::Indicator,
    component: Component,
    name: String,
    wanted: IndicatorState,
}

impl Written for Switched {
    const WRITE: Write = Write::Indicator;

    fn wanted(&self) -> String {
        format!("indicator {} on {} {}", self.name, self.component, self.wanted)
    }

    async fn look(&mut self) -> redfish::Result<Seen> {
        self.indicator.refresh().await?;
        Ok(match self.indicator.light().map(state) {
            Some(shown) if shown == self.wanted => Seen::Holds,
            Some(shown) => Seen::Differs(shown.to_string()),
            None => Seen::Untold,
        })
    }
}

impl RedfishManagement {
    async fn light(&self, task: &SharedTask, component: Component, name: &str) -> Result<(System, redfish::Indicator)> {
        let system = self.bmcs.system(task).await?;
        let all = lights_on(&system, component).await?;
        let names: Vec<_> = all.iter().map(|(name, _)| name.clone()).collect();
        let found = all.into_iter().find(|(own, _)| own == name);
        found.map(|(_, light)| (system, light)).ok_or_else(|| {
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Error::invalid(format!("there is no indicator {name} on {component}; there are: {there}"))
        })
    }
}

/// The lights of a component, each with a name of its own.
async fn lights_on(system: &System, component: Component) -> Result<Vec<(String, redfish::Indicator)>> {
    let all = match component {
        Component::System => system.indicator().into_iter().collect(),
        Component::Chassis => system.chassis_indicators().await.map_err(failed)?,
        Component::Disk => system.drive_indicators().await.map_err(failed)?,
        Component::Power | Component::Nic => Vec::new(),
    };
    Ok(named(all))
}

/// Each is called by the UUID of what has the light, as in the reference, or by its id. What has neither, or shares it, as
/// drives of two controllers may, is called by its path: nobody must pull the wrong one.
fn named(all: Vec<redfish::Indicator>) -> Vec<(String, redfish::Indicator)> {
    let given = |light: &redfish::Indicator| light.resource().text("/UUID").or_else(|| light.resource().text("/Id"));
    let names: Vec<_> = all.iter().map(given).collect();
    let is_own = |name: &Option<String>| name.is_some() && names.iter().filter(|other| *other == name).count() == 1;
    let name = |light: redfish::Indicator, name: &Option<String>| {
        let own = name.clone().filter(|_| is_own(name));
        (own.unwrap_or_else(|| light.resource().path().trim_start_matches('/').replace('/', "-")), light)
    };
    all.into_iter().zip(&names).map(|(light, given)| name(light, given)).collect()
}

const fn state(light: Light) -> IndicatorState {
    match light {
        Light::Off => IndicatorState::Off,
        Light::On => IndicatorState::On,
        Light::Blinking => IndicatorState::Blinking,
    }
}

fn cannot_show(component: Component, name: &str, state: IndicatorState) -> Error {
    Error::invalid(format!("indicator {name} on {component} cannot show {state}; see which states it lists"))
}
