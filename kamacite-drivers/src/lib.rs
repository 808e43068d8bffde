//! Built-in hardware: one folder per family, one file per interface.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

// The bench of the tests says this crate's name, also where it is used inside.
#[cfg(test)]
extern crate self as kamacite_drivers;

pub mod fake;
pub mod flat;
pub mod ipmi;
mod kept;
pub mod manual_management;
pub mod noop;
mod power_change;
mod raid_config;
pub mod redfish;
mod said;
// The bench of all drivers, for the tests within.
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
#[allow(unused_imports, reason = "a macro that only the tests of the fakes need")]
mod support;

use kamacite_driver::{Driver, Services};

/// Every driver that comes with the program, in alphabetical order: the one list that a new family joins.
pub fn builtin() -> Vec<fn(&Services) -> Driver> {
    vec![fake::driver, flat::driver, ipmi::driver, manual_management::driver, noop::driver, redfish::driver]
}
