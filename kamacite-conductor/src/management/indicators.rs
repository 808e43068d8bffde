//! Indicators: which there are, what they show, and telling them what to show.

use kamacite_driver::interfaces::Indicator;
use kamacite_model::{Component, IndicatorState, Requester, Uuid};

use super::unsupported;
use crate::{
    Conductor, Error, Result,
    engine::Engine,
    lock::{Lock, unbroken, while_leased},
};

impl Conductor {
    /// The indicators of the node.
    ///
    /// # Errors
    /// Hardware that has none, or its trouble.
    pub async fn indicators(&self, node: Uuid) -> Result<Vec<Indicator>> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async {
            let indicators = on.management.indicators();
            let indicators = indicators.ok_or_else(|| unsupported(&task.node(), "get_supported_indicators"))?;
            Ok(while_leased(engine, indicators.supported_indicators(&task)).await?)
        })
        .await
    }

    /// What an indicator shows. Reading takes no lock: the reference's does, and answers 409 to a read.
    ///
    /// # Errors
    /// What the driver finds missing, hardware that has no such indicator, or its trouble.
    pub async fn indicator_state(&self, node: Uuid, component: &str, name: &str) -> Result<IndicatorState> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async {
            on.management.validate(&task).await?;
            let indicators = on.management.indicators();
            let indicators = indicators.ok_or_else(|| unsupported(&task.node(), "get_indicator_state"))?;
            let component = known_component(component)?;
            Ok(while_leased(engine, indicators.indicator_state(&task, component, name.to_owned())).await?)
        })
        .await
    }

    /// Makes an indicator show something. Returns when it is done.
    ///
    /// # Errors
    /// The node's lock, what the driver finds missing, hardware that has no such indicator or cannot change what it
    /// shows, or its trouble.
    pub async fn set_indicator(&self, node: Uuid, change: IndicatorChange, who: &Requester) -> Result<()> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut lock = Lock::take(&engine, node, &who).await?;
            let outcome = unbroken(switch(&engine, &mut lock, change)).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

/// What an indicator is to show, in the client's words: what they mean is known when the hardware has been asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorChange {
    /// The part that it is on.
    pub component: String,
    /// Its name on that part.
    pub name: String,
    /// What it is to show.
    pub state: String,
}

async fn switch(engine: &Engine, lock: &mut Lock, change: IndicatorChange) -> Result<()> {
    let IndicatorChange { component, name, state } = change;
    let on = lock.interfaces()?;
    on.management.validate(lock.task()).await?;
    let switches = on.management.switch_indicators();
    let switches = switches.ok_or_else(|| unsupported(&lock.node(), "set_indicator_state"))?;
    let component = known_component(&component)?;
    let state = match state.parse() {
        Ok(state @ (IndicatorState::Off | IndicatorState::On | IndicatorState::Blinking)) => state,
        Ok(IndicatorState::Unknown) | Err(_) => {
            return Err(Error::Invalid(format!("Invalid indicator state {state} specified; say off, on or blinking.")));
        }
    };
    Ok(while_leased(engine, switches.set_indicator(lock.task(), component, name, state)).await?)
}

/// The part of that name; for one that is none, the words of the reference's drivers.
fn known_component(name: &str) -> Result<Component> {
    name.parse().map_err(|_| Error::Invalid(format!("Invalid component {name} specified.")))
}
