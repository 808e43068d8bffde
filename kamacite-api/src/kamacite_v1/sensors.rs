//! `GET /kamacite/v1/nodes/{node}/sensors`: what a machine measures of itself, now.

use kamacite_driver::interfaces::{Sensor, Thresholds};
use kamacite_model::{Health, SensorKind};
use serde::Serialize;

use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{Caller, Input, NodeIdent},
};

/// The sensors of a node.
#[derive(Serialize)]
pub struct Sensors {
    sensors: Vec<SensorView>,
}

#[derive(Serialize)]
struct SensorView {
    kind: SensorKind,
    name: String,
    reading: Option<f64>,
    unit: Option<String>,
    thresholds: ThresholdsView,
    status: Option<Health>,
}

#[derive(Serialize)]
struct ThresholdsView {
    lower_fatal: Option<f64>,
    lower_critical: Option<f64>,
    lower_warning: Option<f64>,
    upper_warning: Option<f64>,
    upper_critical: Option<f64>,
    upper_fatal: Option<f64>,
}

/// `GET /kamacite/v1/nodes/{node}/sensors`
pub async fn list(app: App, who: Caller, ident: NodeIdent, input: Input) -> Result<Json<Sensors>> {
    input.query(&[])?;
    // Ironic has no rule for sensors; whoever may see the node may see how warm it is.
    let node = app.node(&who, &ident, Policy::NodeGet).await?;
    let found = app.conductor.sensors(node.uuid).await?;
    Ok(Json(Sensors { sensors: found.into_iter().map(SensorView::from).collect() }))
}

impl From<Sensor> for SensorView {
    fn from(sensor: Sensor) -> Self {
        let Sensor { kind, name, reading, unit, thresholds, status } = sensor;
        Self { kind, name, reading, unit, thresholds: thresholds.into(), status }
    }
}

impl From<Thresholds> for ThresholdsView {
    fn from(thresholds: Thresholds) -> Self {
        let Thresholds { lower_fatal, lower_critical, lower_warning, upper_warning, upper_critical, upper_fatal } =
            thresholds;
        Self { lower_fatal, lower_critical, lower_warning, upper_warning, upper_critical, upper_fatal }
    }
}
