//! A client of IPMI 2.0 over LAN, for programs that manage real BMCs; and the protocol's bytes for either side.
//!
//! A [`Bmc`] opens a session when it is first needed (RMCP+, cipher suite 17 or 3), shares it among its clones, and
//! closes it when nobody uses it. [`wire`] has the packets themselves, which a simulated BMC is made of too.
//!
//! ```no_run
//! use ipmi::{ChassisControl, Client, Limits, Password, Target};
//!
//! # async fn story() -> ipmi::Result<()> {
//! let client = Client::new(Limits::default()); // one for the whole program
//! let bmc = client.bmc(Target::new("10.0.0.5", "root", Password::new("calvin")))?;
//! if !bmc.chassis_status().await?.power_on {
//!     bmc.chassis_control(ChassisControl::On).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is sent again
//!
//! UDP loses packets, so that what opens a session and what may be repeated is sent again until it is answered, within
//! [`Limits`]. Which commands those are, their [`Effect`] says:
//!
//! | the command | is sent again | when the session has gone silent |
//! |---|---|---|
//! | reads, or settles ("power on") | yes | once more, in a new session |
//! | does something each time ("power cycle", [`Bmc::raw`]) | no: it may have been done | the error says so |
//!
//! Before a command of the second kind a session that was not used for a while is tried with a harmless one. "Node busy"
//! and its like mean that nothing was done, and are waited for. A refused log-in is never repeated: it counts towards a
//! lock-out.
//!
//! Waits are `tokio::time` sleeps. Every future here may be dropped at any time; what a dropped command did is then
//! unknown, as after a timeout.
//!
//! # What it never does
//!
//! It speaks no suite without authentication, integrity and encryption, and puts no password and no key into an error, a
//! log line or a `Debug` form.

mod bmc;
mod boot;
mod bridge;
mod chassis;
mod client;
mod completion;
mod device;
mod error;
mod lan;
mod limits;
mod link;
mod opening;
mod request;
mod sensors;
mod session;
mod target;
pub mod wire;

pub use bmc::Bmc;
pub use boot::{BootDevice, BootFlags, BootMode, KeepBootFlags};
pub use chassis::{ChassisControl, ChassisStatus, Identify, IdentifyState, RestorePolicy};
pub use client::Client;
pub use completion::Completion;
pub use device::DeviceId;
pub use error::{Asked, Effect, Error, Result, Stage};
pub use lan::MacAddress;
pub use limits::Limits;
pub use sensors::{
    AnalogFormat, Conversion, Sensor, SensorReading, ThresholdState, Thresholds, Unit, Units, UnitsModifier,
};
pub use target::{BmcKey, Bridging, Hop, Password, Target};
pub use wire::{CipherSuite, Privilege};
