//! What several commands need: places in the checkout, the crates, child processes, waiting for a server, Python environments,
//! programs from crates.io.

pub mod http;
pub mod metadata;
pub mod places;
pub mod process;
pub mod python;
pub mod tool;
