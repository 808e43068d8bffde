//! What the author of a driver sees: tasks, interfaces, vendor methods, steps, errors and services.
//!
//! A driver is a function from [`Services`] to a [`Driver`]: the hardware types it knows and the implementations it
//! offers. Hardware types are names only; implementations are registered apart and shared. This crate knows no store,
//! no conductor, no HTTP and no vendor.

// The macros write paths that begin with this crate's name; so they work inside it, too.
extern crate self as kamacite_driver;

pub mod args;
pub mod contract;
mod driver;
mod error;
mod hardware_type;
pub mod interfaces;
mod property;
mod registry;
mod schema;
pub mod selection;
mod services;
mod step;
mod task;
pub mod vendor;

pub use driver::{AnyInterface, Driver, Feature, Implementation, Offer};
pub use error::{Error, ErrorKind, Result};
pub use hardware_type::HardwareType;
pub use interfaces::Interface;
pub use kamacite_driver_macros::{args, driver_passthru, passthru, step};
pub use property::Property;
pub use registry::{Catalogue, LoadError, NodeInterfaces, Registry, ResolveError};
pub use selection::{Choice, Selection};
pub use services::Services;
pub use step::{Cursor, Progress, Resume, Step, StepEntry, StepKind, StepSpec};
pub use task::{Effect, ExclusiveTask, FromTask, Host, SharedTask, Task};
pub use vendor::{
    Attachment, DriverMethod, DriverMethodEntry, IntoReply, MethodSpec, Mode, NodeMethod, NodeMethodEntry, Reply, Verb,
};

pub use async_trait::async_trait;
pub use kamacite_model as model;
pub use kamacite_model::{Json, Requester as Caller};
pub use {schemars, serde, serde_json};
