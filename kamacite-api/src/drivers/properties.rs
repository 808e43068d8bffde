//! `GET /v1/drivers/{driver}/properties`: what a hardware type reads from a node's `driver_info`.

use kamacite_driver::Property;
use serde::{Serialize, Serializer};

use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{Caller, DriverName, Input},
};

/// Properties by name, each with its description.
pub struct Properties(Vec<Property>);

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|property| (&property.name, &property.description)))
    }
}

/// `GET /v1/drivers/{driver}/properties`
pub async fn list(app: App, who: Caller, DriverName(name): DriverName, input: Input) -> Result<Json<Properties>> {
    input.query(&[])?;
    app.allow(&who, Policy::DriverGetProperties)?;
    Ok(Json(Properties(app.conductor.driver_properties(&name)?)))
}
