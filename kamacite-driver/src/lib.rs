//! What the author of a driver sees: tasks, interfaces, vendor methods, steps, errors and services.
//!
//! A driver is a function from [`Services`] to a [`Driver`]: the hardware types it knows and the implementations it
//! offers. Hardware types are names only; implementations are registered apart and shared. This crate knows no store,
//! no conductor, no HTTP and no vendor.
//!
//! ```
//! use kamacite_driver::{
//!     Driver, ExclusiveTask, HardwareType, Interface, Offer, Property, Result, Services, SharedTask, args, async_trait,
//!     interfaces::Vendor, passthru,
//! };
//!
//! pub fn driver(_: &Services) -> Driver {
//!     Driver::new("acme")
//!         .vendor("acme", Offer::of(Acme).with::<blink_led>())
//!         .hardware_type(HardwareType::generic("acme").power(["ipmitool"]).management(["ipmitool"]).vendor(["acme"]))
//! }
//!
//! /// Acme's blade chassis.
//! struct Acme;
//!
//! #[async_trait]
//! impl Interface for Acme {
//!     fn properties(&self) -> Vec<Property> {
//!         vec![Property::required("acme_slot", "The slot of the chassis that the blade is in. Required.")]
//!     }
//!
//!     async fn validate(&self, task: &SharedTask) -> Result<()> {
//!         task.node().driver_info.text("acme_slot").map(|_| ()).ok_or_else(|| {
//!             kamacite_driver::Error::missing("driver_info says no acme_slot; set it to the number of the blade's slot")
//!         })
//!     }
//! }
//!
//! impl Vendor for Acme {}
//!
//! /// Blinks the locator LED so that a person can find the blade.
//! #[passthru(POST)]
//! async fn blink_led(_: &Acme, task: &mut ExclusiveTask, args: BlinkLed) -> Result<()> {
//!     task.remember("acme_blinks_for_s", args.seconds.unwrap_or(30)).await
//! }
//!
//! #[args]
//! struct BlinkLed {
//!     /// For how many seconds.
//!     seconds: Option<u32>,
//! }
//! ```
//!
//! # What an attribute writes
//!
//! [`macro@passthru`], [`macro@driver_passthru`] and [`macro@step`] leave the function as it is and add a type of the same
//! name that implements [`NodeMethod`], [`DriverMethod`] or [`Step`], and [`Feature`], which [`Offer::with`] takes. Whoever
//! prefers it writes the trait out instead and registers it with [`Offer::node_method`], [`Offer::driver_method`] or
//! [`Offer::step`]; it is the same thing.
//!
//! [`macro@args`] derives `Deserialize` and `JsonSchema` through this crate, so that a driver needs neither serde nor
//! schemars of its own. Its `crate` path serves `#[derive(Serialize)]` on the same type as well; elsewhere say
//! `#[serde(crate = "kamacite_driver::serde")]`, or depend on serde.

// The macros write paths that begin with this crate's name; so they work inside it, too.
extern crate self as kamacite_driver;

pub mod args;
pub mod bmcs;
#[cfg(feature = "conformance")]
pub mod conformance;
// How a driver is served from another process: for the engine, and no promise to authors.
#[doc(hidden)]
pub mod contract;
mod driver;
mod error;
mod hardware_type;
pub mod interfaces;
mod property;
mod registry;
mod schema;
// What the configuration enables: for the program, and no promise to authors.
#[doc(hidden)]
pub mod selection;
mod services;
mod step;
mod task;
pub mod vendor;

pub use bmcs::{Bmcs, RequestLimit};
pub use driver::{Chapter, Driver, Feature, Implementation, Offer, Stop};
pub use error::{Error, ErrorKind, Result};
pub use hardware_type::HardwareType;
pub use interfaces::Interface;
pub use kamacite_driver_macros::{args, driver_passthru, passthru, step};
pub use property::Property;
pub use services::Services;
pub use step::{Cursor, Progress, Resume, Step, StepKind, StepSpec};
pub use task::{Effect, ExclusiveTask, FromTask, SharedTask, Task, Waiting};
pub use vendor::{Attachment, DriverMethod, IntoReply, MethodSpec, Mode, NodeMethod, Reply, Verb};

// What the engine finds drivers by, calls them through and stands behind their tasks with. It is public because the engine is
// another crate; an author needs none of it, and it may change in any release.
#[doc(hidden)]
pub use {
    driver::AnyInterface,
    registry::{Catalogue, LoadError, NodeInterfaces, Registry, ResolveError},
    selection::{Choice, Selection},
    step::StepEntry,
    task::Host,
    vendor::{DriverMethodEntry, NodeMethodEntry},
};

pub use async_trait::async_trait;
pub use kamacite_model as model;
pub use kamacite_model::{Json, Requester as Caller};
pub use {governor, schemars, serde, serde_json};
