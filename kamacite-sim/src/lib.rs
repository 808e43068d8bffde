//! Simulated BMCs with faults on demand, for the demo, tests and benchmarks.
//!
//! A [`machine::Machine`] is a plain state machine. A [`Bmc`] minds one and has a *face* for each protocol: a pure function
//! from a request and the present moment to what is done about it ([`redfish::answer`] and [`ipmi::answer`], and
//! [`Bmc::act`] and [`Bmc::hear`] with faults in between). A [`Rack`] puts thousands of them behind listeners; a [`mockup::Mockup`] serves a folder of JSON in their place,
//! and a [`recording::Replay`] what [`record`] captured of a real BMC.
//!
//! ```no_run
//! # async fn story(clock: std::sync::Arc<dyn kamacite_model::Clock>) -> Result<(), kamacite_sim::StartError> {
//! use kamacite_sim::{Config, Fault, Rack};
//!
//! let rack = Rack::start(Config::new(3), clock).await?;
//! println!("{}", rack.bmcs()[0].address());
//! rack.bmcs()[0].fault(Fault::Hang); // of the next request
//! # Ok(())
//! # }
//! ```
//!
//! What another protocol needs: a folder beside `redfish` with its pure half, a member of [`Bmc`] for what that keeps, and a
//! transport. Time comes from the one [`kamacite_model::Clock`]; chance from a seed.

mod args;
mod bmc;
mod control;
mod face;
mod faults;
mod http;
pub mod ipmi;
pub mod machine;
pub mod mockup;
mod rack;
mod random;
pub mod record;
pub mod recording;
pub mod redfish;
mod serve;
mod vendor;

pub use args::{Args, PaceName, RunError, run};
pub use bmc::{Account, Bmc, Setup};
pub use faults::{Act, BadFault, Fault, Faults, Packets, Reply, Rule};
pub use http::{Body, Method, Request, Response};
pub use rack::{Config, Rack, SimBmc, StartError};
pub use vendor::{
    BootModeRule, Controller, EtagRule, LightMember, MediaBy, MediaHome, SameState, SensorModel, Slot, VENDORS, Vendor,
};
