//! Sensors: what a machine measures of itself.

use kamacite_driver::interfaces::Sensor;
use kamacite_model::Uuid;

use crate::{Conductor, Result};

impl Conductor {
    /// What the node's sensors measure now.
    ///
    /// # Errors
    /// What the driver finds missing, hardware that has no sensors, or its trouble.
    pub async fn sensors(&self, node: Uuid) -> Result<Vec<Sensor>> {
        self.asked(node, "get_sensors_data", |on, task| Some(on.management.sensors()?.readings(task))).await
    }
}
