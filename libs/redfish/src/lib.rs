//! A thin, tolerant client of DMTF Redfish (DSP0266), for programs that manage real BMCs.
//!
//! *Thin*: a [`Bmc`] sends one request at a time and hands back what the BMC said; resources are
//! JSON with a few readers on top ([`Resource`]), not generated types.
//!
//! *Tolerant*: BMCs leave out members, use the wrong type, invent values, and answer with the
//! wrong content type. Whatever is optional and unusable reads as absent; a value the standard
//! does not name is kept as the string it is; links may be relative or absolute.
//!
//! ```no_run
//! use redfish::{Auth, Client, Limits, Password, PowerState, ResetType, Target, Verify};
//!
//! # async fn story() -> redfish::Result<()> {
//! let target = Target {
//!     address: "10.0.0.5".to_owned(),
//!     username: Some("root".to_owned()),
//!     password: Password::new("calvin"),
//!     verify: Verify::Yes,
//!     minimum_tls: None,
//!     ciphers: None,
//!     auth: Auth::Auto,
//!     system_id: None,
//! };
//! let client = Client::new(Limits::default()); // one for the whole program
//! let bmc = client.bmc(target)?;
//! let system = bmc.system().await?;
//! if system.power_state() != Some(PowerState::On) {
//!     system.reset(&ResetType::On).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is tried again
//!
//! | what happened | GET | POST, PATCH, DELETE |
//! |---|---|---|
//! | no connection: refused, unreachable, no such name, connect timeout | again | again: nothing was sent |
//! | certificate not trusted | no | no |
//! | 503, 429 | again | again: the BMC says it did nothing |
//! | 502, 504 | again | no: it may have been done |
//! | no answer in time, connection lost half-way | again | no: it may have been done |
//! | anything else, 401 and 403 above all (they count towards a lock-out) | no | no |
//!
//! Waits grow by doubling, with jitter, within [`Limits`]; a `Retry-After` lengthens them. They
//! are `tokio::time` sleeps, so a test that pauses the clock drives them. Every future here may
//! be dropped at any time; what a dropped write did is then unknown, as after a timeout.
//!
//! # What it never does
//!
//! It follows no redirect to another host, scheme or port, uses no proxy from the environment
//! unless [`Limits`] say so, and puts no password into an error, a log line or a `Debug` form.

mod address;
mod bmc;
mod boot;
mod client;
mod error;
mod events;
mod exchange;
mod forward;
mod indicator;
mod line;
mod login;
mod manager;
mod message;
mod names;
mod nics;
mod power;
mod resource;
mod retry;
mod secure_boot;
mod sensors;
mod system;
mod target;
mod task;
mod transport;
mod trust;
mod virtual_media;
mod way;

pub use bmc::{Bmc, Reply};
pub use boot::{Boot, BootChange, BootEnabled, BootMode, BootTarget};
pub use client::Client;
pub use error::{Asked, Error, Result, Verb};
pub use events::{EventService, NewSubscription, Subscription};
pub use forward::{Forward, Forwarded};
pub use indicator::{Indicator, Light};
pub use manager::Manager;
pub use nics::Nic;
pub use power::{PowerState, ResetType};
pub use resource::Resource;
pub use retry::Limits;
pub use secure_boot::SecureBoot;
pub use sensors::{Quantity, Reading};
pub use system::System;
pub use target::{Auth, Password, Target, TlsVersion, Verify};
pub use virtual_media::{Image, MediaType, VirtualMedia};
