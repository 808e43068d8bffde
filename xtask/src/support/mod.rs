//! What several commands need: places in the checkout, child processes, waiting for a server, Python environments.

pub mod http;
pub mod places;
pub mod process;
pub mod python;
