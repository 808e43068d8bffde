//! The fake hardware: every operation, step, method and refusal, directly and over a wire.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod extra;
mod interfaces;
mod steps;
mod vendor;
