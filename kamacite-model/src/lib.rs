//! The vocabulary of Kamacite: nodes, states, the state machine as a table, operations, secrets, options, the clock.
//!
//! This crate knows no async runtime, no SQL and no HTTP. What two crates must agree on is said here, once.

mod allocation;
mod chassis;
mod clock;
mod conductor;
pub mod event;
mod hardware;
mod history;
mod info;
mod interface;
mod mac;
pub mod machine;
mod management;
mod named;
mod node;
pub mod operation;
pub mod options;
mod port;
mod power;
mod secret;
mod state;
pub mod traits;
mod verb;
mod volume;

pub use allocation::{Allocation, AllocationState};
pub use chassis::Chassis;
pub use clock::{Clock, Sleep, SystemClock};
pub use conductor::{ConductorInfo, EnabledInterface};
pub use hardware::{BiosSetting, FirmwareComponent, Inventory, Recorded};
pub use history::{HistoryEntry, Severity};
pub use info::{Info, is_secret_key};
pub use interface::{InterfaceKind, InterfaceMap};
pub use mac::{Mac, NotAMac};
pub use management::{Component, Health, IndicatorState, MediaDevice, MediaType, SensorKind};
pub use named::UnknownName;
pub use node::{Fault, Json, Node, StepRecord};
pub use operation::{Operation, OperationId, Requester};
pub use port::{NodePorts, Port, Portgroup, TENANT_VIF};
pub use power::{BootDevice, BootMode, PowerState, PowerTarget};
pub use secret::Secret;
pub use state::ProvisionState;
pub use verb::Verb;
pub use volume::{VolumeConnector, VolumeTarget};

pub use jiff::{SignedDuration, Timestamp};
pub use uuid::Uuid;
