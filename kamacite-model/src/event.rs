//! Events: what happened to a node or to a piece of work, for whoever follows the service.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    OperationId, PowerState, ProvisionState,
    named::named,
    operation::{OperationKind, OperationState},
};

named! {
    /// What kind of thing happened.
    pub enum EventType ("type of event") {
        /// A node was enrolled.
        NodeCreated = "node.created",
        /// A node was removed.
        NodeDeleted = "node.deleted",
        /// A node's provision state is another.
        ProvisionState = "node.provision_state",
        /// A node's power, as last seen, is another.
        PowerState = "node.power_state",
        /// A node went into maintenance or left it.
        Maintenance = "node.maintenance",
        /// What the conductor found wrong with a node is another thing, or nothing.
        Fault = "node.fault",
        /// What went wrong last with a node is another thing, or forgotten.
        LastError = "node.last_error",
        /// A piece of work was taken on.
        OperationBegun = "operation.begun",
        /// A piece of work came to its end.
        OperationEnded = "operation.ended",
    }
}

/// Something that happened, and that was committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Rises from event to event, also over restarts of the service.
    pub id: u64,
    /// When it was committed.
    pub at: Timestamp,
    /// What it happened to.
    pub subject: Subject,
    /// What happened.
    pub what: Happening,
    /// The request that it is due to, where it is due to one.
    pub request: Option<Arc<str>>,
    /// The operation that it belongs to, where it was written together with one.
    pub operation: Option<OperationId>,
}

/// What something happened to, and who may know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The node; `None` for work on a hardware type.
    pub node: Option<Uuid>,
    /// The node's name.
    pub name: Option<String>,
    /// The project that owns the node.
    pub owner: Option<String>,
    /// The project that uses the node.
    pub lessee: Option<String>,
    /// The hardware type.
    pub driver: Option<Arc<str>>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// The node was enrolled, in this state.
    Created(ProvisionState),
    /// The node was removed, in this state.
    Deleted(ProvisionState),
    /// The node's provision state.
    ProvisionState {
        /// As it was.
        from: ProvisionState,
        /// As it is.
        to: ProvisionState,
        /// Where the node is heading.
        target: Option<ProvisionState>,
    },
    /// The node's power.
    PowerState(FromTo<Option<PowerState>>),
    /// Whether the node is in maintenance.
    Maintenance {
        /// It is now, and was not before; or the other way round.
        on: bool,
        /// Why it is.
        reason: Option<String>,
    },
    /// What the conductor found wrong.
    Fault(FromTo<Option<crate::Fault>>),
    /// What went wrong last.
    LastError(FromTo<Option<String>>),
    /// A piece of work was taken on.
    Begun(Work),
    /// A piece of work came to its end.
    Ended(Work),
}

/// As it was, and as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromTo<T> {
    /// As it was.
    pub from: T,
    /// As it is.
    pub to: T,
}

/// A piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// What kind.
    pub kind: OperationKind,
    /// A word for it.
    pub name: String,
    /// How far it is.
    pub state: OperationState,
    /// Why it went wrong, if it did.
    pub error: Option<String>,
}

impl Happening {
    /// What kind of thing happened.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Created(_) => EventType::NodeCreated,
            Self::Deleted(_) => EventType::NodeDeleted,
            Self::ProvisionState { .. } => EventType::ProvisionState,
            Self::PowerState(_) => EventType::PowerState,
            Self::Maintenance { .. } => EventType::Maintenance,
            Self::Fault(_) => EventType::Fault,
            Self::LastError(_) => EventType::LastError,
            Self::Begun(_) => EventType::OperationBegun,
            Self::Ended(_) => EventType::OperationEnded,
        }
    }
}
