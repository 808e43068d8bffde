//! What happened to a node, for people to read.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{ProvisionState, named::named};

named! {
    /// How grave an entry is.
    pub enum Severity ("severity") {
        /// As it should be.
        Info = "INFO",
        /// Something went wrong.
        Error = "ERROR",
    }
}

/// One entry of a node's history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// Its identity.
    pub uuid: Uuid,
    /// The node it is about.
    pub node: Uuid,
    /// When it was written.
    pub created_at: Timestamp,
    /// How grave it is.
    pub severity: Severity,
    /// What happened, in words.
    pub event: String,
    /// The kind of work: `provisioning`, `cleaning`, `transition` and so on.
    pub event_type: String,
    /// The conductor that wrote it.
    pub conductor: String,
    /// Who asked for the work.
    pub user: Option<String>,
    /// The project of who asked.
    pub project: Option<String>,
    /// The node's state at the time.
    pub state: Option<ProvisionState>,
    /// Where the node was heading.
    pub target_provision_state: Option<ProvisionState>,
    /// How long the work took, in seconds, where it ended.
    pub duration_s: Option<f64>,
}
