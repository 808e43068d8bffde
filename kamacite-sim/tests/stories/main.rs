//! Stories of simulated BMCs and their clients: the `redfish` and `ipmi` crates', PyPI's sushy, Debian's ipmitool, and
//! plain HTTP.
//!
//! sushy is found through `KAMACITE_CLIENTS_PYTHON`, a Python that has it, and ipmitool through `KAMACITE_IPMITOOL`;
//! `cargo xtask test` sets both.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "tests wait for real things, and are told where programs are")]

mod faults;
mod ipmi;
mod media;
mod mockup;
mod plain;
mod power;
mod rack;
mod recording;
mod running;
mod services;
mod sessions;
mod sushy;
mod system;
