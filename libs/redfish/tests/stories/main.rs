//! Stories of a client and its BMC: a scripted one that misbehaves on demand, and a real emulator.
//!
//! The emulator is found through `KAMACITE_SUSHY_EMULATOR`, the path of the `sushy-emulator` program
//! of PyPI's sushy-tools; `cargo xtask test` sets it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod boot;
mod certificates;
mod clock;
mod emulated;
#[allow(dead_code, reason = "the program's stories need more of it")]
mod emulator;
mod events;
mod forward;
mod management;
mod power;
mod proxy;
mod redirects;
mod replies;
mod retries;
mod scripted;
mod sessions;
mod system;
mod tags;
mod tasks;
mod tls;
mod virtual_media;
