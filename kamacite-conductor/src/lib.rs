//! Locks, flows, steps, the journal, periodic work and membership: every change of a node goes through here.
//!
//! This crate knows no concrete driver and no HTTP. [`Conductor`] is the handle; its methods stand in files named
//! after what they do.

mod abandon;
mod allocations;
mod belongings;
mod chassis;
mod conductor;
mod config;
mod engine;
mod error;
mod events;
mod flow;
mod hands;
mod journal;
mod limits;
mod lock;
mod management;
mod membership;
mod meters;
mod nodes;
mod passthru;
mod periodic;
mod ports;
mod power;
mod recover;
mod request;
mod tally;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod volumes;
mod why;

pub use abandon::{AbandonRequest, Abandoned, EndedOperation};
pub use conductor::Conductor;
pub use config::{Config, specs as options};
pub use error::{Error, Result};
pub use events::{Events, Follower, Told};
pub use management::IndicatorChange;
pub use meters::{Meters, Sweep, SweepMeters};
pub use ports::{PortUpdate, PortgroupUpdate};
pub use request::{DriverInfo, DriverMethodInfo, NodeUpdate, PassthruCall, PassthruReply, ProvisionRequest, UserStep};
pub use volumes::VolumePart;
pub use why::{Act, Block, LockHeld, May, StepAt, Wait, WaitsOn, Why, Work};
