//! HTTP: routes, microversions, policy, faults; the only crate that knows the wire.
//!
//! A request passes the gate ([`router`]'s outer layer: request id, size and depth of the body, version) and reaches a
//! handler by its path. Handlers are in a folder by noun and a file by verb; each is a sentence: extract, allow, load,
//! act, answer.

mod accept;
mod allocations;
mod answer;
mod app;
mod args;
mod audit;
mod chassis;
mod conductors;
mod config;
mod drivers;
mod fault;
mod gate;
mod json_patch;
mod kamacite_v1;
mod links;
mod masking;
mod metrics;
mod names;
mod negotiation;
mod nodes;
mod openapi;
mod page;
mod passthru;
mod policy;
mod portgroups;
mod ports;
mod python;
mod request;
mod root;
mod route;
mod schema;
mod serve;
mod shown;
mod time;
mod values;
mod versions;
mod volume;

pub use app::App;
pub use config::{ApiConfig, Authentication, options};
pub use gate::router;
pub use metrics::router as metrics_router;
pub use openapi::document as openapi_document;
pub use policy::{Decision, Identity, Policy, Whose};
pub use serve::{serve, serve_metrics};
pub use versions::{NodeField, Version};
