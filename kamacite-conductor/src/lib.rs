//! Locks, flows, steps, the journal, periodic work and membership: every change of a node goes through here.
//!
//! This crate knows no concrete driver and no HTTP.

mod error;
mod request;
#[allow(missing_docs, clippy::todo, unused_variables, clippy::unused_async)]
mod sketch;

pub use error::{Error, Result};
pub use request::{DriverInfo, DriverMethodInfo, NodeUpdate, PassthruCall, PassthruReply, ProvisionRequest, UserStep};
pub use sketch::Conductor;
