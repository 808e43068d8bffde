//! The program: configuration, command line, composition. A third party's program adds its drivers in one line:
//!
//! ```no_run
//! # use kamacite_driver::{Driver, Services};
//! # fn acme(_: &Services) -> Driver { Driver::new("acme") }
//! fn main() -> std::process::ExitCode {
//!     kamacite::Service::new().driver(acme).main()
//! }
//! ```

mod backup;
mod bmc;
mod catalogue;
mod cli;
mod clock;
mod completions;
pub mod config;
mod demo;
mod driver_page;
mod listen;
mod logging;
mod notify;
mod open_files;
mod openapi;
mod serve;
mod sim;

use std::process::ExitCode;

use kamacite_driver::{Driver, Services};

/// A driver as a program takes it in: a function from the services it may use to what it offers.
pub type DriverFn = fn(&Services) -> Driver;

/// The program, before it runs: which drivers it contains.
pub struct Service {
    drivers: Vec<DriverFn>,
}

impl Service {
    /// The program with the built-in drivers.
    pub fn new() -> Self {
        Self { drivers: kamacite_drivers::builtin() }
    }

    /// Adds a driver.
    #[must_use]
    pub fn driver(mut self, driver: DriverFn) -> Self {
        self.drivers.push(driver);
        self
    }

    /// Reads the command line and does what it says.
    pub fn main(self) -> ExitCode {
        cli::main(&self)
    }

    /// Builds every driver.
    pub(crate) fn build(&self, services: &Services) -> Vec<Driver> {
        self.drivers.iter().map(|driver| driver(services)).collect()
    }
}

impl Default for Service {
    fn default() -> Self {
        Self::new()
    }
}
