//! What happened to nodes, for people to read.

use kamacite_model::{HistoryEntry, Timestamp, Uuid};

use crate::{Result, Store, sort::sort_keys};

/// A page of a node's history.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// The last entry of the page before; the page begins after it.
    pub marker: Option<Uuid>,
    /// The most entries to return; `None` returns all.
    pub limit: Option<usize>,
    /// What to sort by; entries that are equal in it stand in the order of their writing.
    pub sort_key: HistoryColumn,
    /// Whether the order is turned round.
    pub descending: bool,
}

sort_keys! {
    /// What history can be sorted by.
    pub enum HistoryColumn {
        CreatedAt = "created_at",
        Id = "id",
        Uuid = "uuid",
        Severity = "severity",
        Event = "event",
        EventType = "event_type",
        Conductor = "conductor",
        User = "user",
        Project = "project",
        State = "state",
        TargetProvisionState = "target_provision_state",
        DurationSeconds = "duration_seconds",
    }
}

impl Store {
    /// Adds entries to the history. Durable.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn add_history(&self, entries: &[HistoryEntry]) -> Result<()> {
        let _ = entries;
        todo!()
    }

    /// A node's history.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn history(&self, node: Uuid, query: &HistoryQuery) -> Result<Vec<HistoryEntry>> {
        let _ = (node, query);
        todo!()
    }

    /// One entry of a node's history.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn history_entry(&self, node: Uuid, uuid: Uuid) -> Result<Option<HistoryEntry>> {
        let _ = (node, uuid);
        todo!()
    }

    /// Forgets entries that were written before `older_than` and are not among the newest `keep_per_node` of their node;
    /// returns how many.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn purge_history(&self, keep_per_node: u64, older_than: Timestamp) -> Result<u64> {
        let _ = (keep_per_node, older_than);
        todo!()
    }
}
