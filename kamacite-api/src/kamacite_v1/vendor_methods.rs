//! `GET /kamacite/v1/drivers/{driver}/vendor_methods`: every vendor method of a hardware type, with its arguments.

use kamacite_conductor::DriverMethodInfo;
use kamacite_driver::Mode;
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    App,
    answer::Json,
    fault::Result,
    policy::Policy,
    request::{Caller, DriverName, Input},
};

/// Vendor methods of every enabled vendor interface.
#[derive(Serialize)]
pub struct VendorMethods {
    vendor_methods: Vec<Method>,
}

struct Method(DriverMethodInfo);

/// `GET /kamacite/v1/drivers/{driver}/vendor_methods`
pub async fn list(app: App, who: Caller, DriverName(driver): DriverName, input: Input) -> Result<Json<VendorMethods>> {
    input.query(&[])?;
    app.allow(&who, Policy::DriverVendorPassthru)?;
    let methods = app.conductor.all_vendor_methods(&driver)?;
    Ok(Json(VendorMethods { vendor_methods: methods.into_iter().map(Method).collect() }))
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let DriverMethodInfo { interface, on_node, spec } = &self.0;
        let verbs: Vec<&str> = spec.verbs.iter().map(|verb| verb.as_str()).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &spec.name)?;
        map.serialize_entry("interface", &**interface)?;
        map.serialize_entry("on", if *on_node { "node" } else { "driver" })?;
        map.serialize_entry("http_methods", &verbs)?;
        map.serialize_entry("async", &(spec.mode == Mode::Async))?;
        map.serialize_entry("description", &spec.description)?;
        map.serialize_entry("attach", &spec.attach)?;
        map.serialize_entry("require_exclusive_lock", &spec.exclusive)?;
        map.serialize_entry("args_schema", &spec.args)?;
        map.end()
    }
}
