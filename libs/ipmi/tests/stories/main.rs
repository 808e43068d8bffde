//! Stories of a client and its BMC: a scripted one that misbehaves on demand, and a real simulator.
//!
//! The simulator is `ipmi_sim` of Debian's package openipmi, found through `KAMACITE_IPMI_SIM`; the other client that it
//! and the scripted one are compared with is `ipmitool` of the package of that name, found through `KAMACITE_IPMITOOL`.
//! `cargo xtask test` installs both and sets the variables.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bridging;
mod login;
mod network;
mod scripted;
mod sensors;
mod sessions;
mod simulated;
#[allow(dead_code, reason = "the program's stories need more of it")]
mod simulator;
