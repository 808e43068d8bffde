//! The checks: a file for what belongs together, in the order of `Check`.

pub mod described;
pub mod driver_methods;
pub mod errors;
pub mod idempotence;
pub mod lock;
pub mod network;
pub mod power;
pub mod properties;
pub mod resume;
pub mod time_outs;
pub mod validation;
