//! Acme's driver keeps to what every driver keeps to.

mod simulated;

use kamacite_driver::{
    conformance::{Kit, conformance},
    serde_json::json,
};
use simulated::Blade;

fn kit() -> Kit {
    Kit::new(acme_driver::driver, Blade::start)
        .option("acme", "answer_timeout", "2")
        .option("redfish", "read_timeout", "2")
        .option("redfish", "connection_attempts", "1")
        .example("update_firmware", json!({"version": "2.0"}))
}

conformance!(kit());
