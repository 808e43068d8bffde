//! The journal's entry for one piece of work: what was asked, how far it got, how it ended.
//!
//! An operation outlives the process that works on it. What stands in `intent` and `progress` is the conductor's own,
//! kept as JSON under a schema version, so that a newer program can read an older journal.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::named::named;

/// An operation's identity; also what clients get to ask for its outcome.
pub type OperationId = Uuid;

named! {
    /// What kind of work an operation is.
    pub enum OperationKind ("operation kind") {
        /// A walk through provision states.
        Provision = "provision",
        /// A change of power.
        Power = "power",
        /// A change of boot mode, secure boot or console that answers before it is done.
        Management = "management",
        /// A vendor method of a node.
        NodePassthru = "node vendor passthru",
        /// A vendor method of a hardware type.
        DriverPassthru = "driver vendor passthru",
    }
}

named! {
    /// How far an operation got.
    pub enum OperationState ("operation state") {
        /// Someone works on it, or will as soon as a conductor runs.
        Running = "running",
        /// It waits for something outside or for a client.
        Waiting = "waiting",
        /// It ended well.
        Succeeded = "succeeded",
        /// It went wrong; `error` says why.
        Failed = "failed",
        /// A client or a restart ended it before its end.
        Aborted = "aborted",
    }
}

impl OperationState {
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Running | Self::Waiting => false,
            Self::Succeeded | Self::Failed | Self::Aborted => true,
        }
    }
}

/// Who asked, and with which request.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Requester {
    /// The request's id, as in the response header and the logs.
    pub request_id: Option<String>,
    /// The user's id; `None` without authentication.
    pub user: Option<String>,
    /// The project's id; `None` without authentication.
    pub project: Option<String>,
    /// The roles the user has in the project.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// One piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its identity.
    pub id: OperationId,
    /// What kind of work it is.
    pub kind: OperationKind,
    /// A word for it: the verb, the power target, the vendor method.
    pub name: String,
    /// The node it is about; `None` for work on a hardware type.
    pub node: Option<Uuid>,
    /// The hardware type it is about.
    pub driver: Option<String>,
    /// How far it got.
    pub state: OperationState,
    /// Version of the shape of `intent` and `progress`.
    pub schema: i32,
    /// What was asked; never changes. Secrets in it are dropped when the operation ends.
    pub intent: Value,
    /// Where the work stands: the steps, the cursor.
    pub progress: Value,
    /// How many times it was started, resumptions included; from 1.
    pub attempt: i32,
    /// When it is given up.
    pub deadline: Option<Timestamp>,
    /// Who asked.
    pub requester: Requester,
    /// The conductor that works on it.
    pub conductor: String,
    /// What came of it, where it ended well and had something to say.
    pub result: Option<Value>,
    /// Why it went wrong.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
    /// When it ended; there if and only if its state is a final one.
    pub finished_at: Option<Timestamp>,
}
