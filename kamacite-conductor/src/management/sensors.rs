//! Sensors: what a machine measures of itself.

use kamacite_driver::interfaces::Sensor;
use kamacite_model::Uuid;

use super::unsupported;
use crate::{
    Conductor, Result,
    lock::{unbroken, while_leased},
};

impl Conductor {
    /// What the node's sensors measure now.
    ///
    /// # Errors
    /// What the driver finds missing, hardware that has no sensors, or its trouble.
    pub async fn sensors(&self, node: Uuid) -> Result<Vec<Sensor>> {
        let (engine, on, task) = self.look_at(node).await?;
        unbroken(async {
            on.management.validate(&task).await?;
            let sensors = on.management.sensors().ok_or_else(|| unsupported(&task.node(), "get_sensors_data"))?;
            Ok(while_leased(engine, sensors.readings(&task)).await?)
        })
        .await
    }
}
