//! Stories of the API: each asks the whole service, over a real database and with the built-in fake hardware.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "tests, which may sleep")]

mod allocations;
mod audit;
mod chassis;
mod conductors;
mod door;
mod drivers;
mod events;
mod kamacite_v1;
mod metrics;
mod nodes;
mod openapi;
mod portgroups;
mod ports;
mod root;
mod support;
mod volume;
mod why;
