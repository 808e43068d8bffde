//! What the store counts of itself, and what can be counted in it: for whoever watches the service.

use kamacite_model::{
    ProvisionState, Timestamp,
    operation::{OperationKind, OperationState},
};
use meter::{Counter, Durations, Gauge, QUICK};
use sea_query::{Expr, ExprTrait as _, Query};

use crate::{
    Result, Store,
    db::{Stored, malformed},
    nodes::NODES,
    operations::{OPERATIONS, has_not_ended},
};

/// What the store counts of itself, since it was opened.
#[derive(Debug)]
pub struct Meters {
    /// Jobs that have not been answered: they wait for the writer, or for the disk.
    pub queued: Gauge,
    /// Jobs that the writer has carried out or refused.
    pub jobs: Counter,
    /// How long transactions took from the first statement until they were safe from a power cut.
    pub durable_commits: Durations,
    /// From the first statement to the commit, of those that a power cut may take back.
    pub lazy_commits: Durations,
    /// Nodes that were found in memory.
    pub cache_hits: Counter,
    /// Nodes that were not, and were read from the database.
    pub cache_misses: Counter,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            queued: Gauge::default(),
            jobs: Counter::default(),
            durable_commits: Durations::new(QUICK),
            lazy_commits: Durations::new(QUICK),
            cache_hits: Counter::default(),
            cache_misses: Counter::default(),
        }
    }
}

/// How much room the rows take, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The database.
    pub rows: u64,
    /// The log in front of it, which is folded in from time to time.
    pub log: u64,
}

/// Operations of one kind that have come equally far and have not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// What kind.
    pub kind: OperationKind,
    /// How far they have come.
    pub state: OperationState,
    /// How many there are.
    pub count: u64,
    /// When the oldest of them was asked for.
    pub oldest: Timestamp,
}

impl Store {
    /// What the store counts of itself.
    pub fn meters(&self) -> &Meters {
        self.db().meters()
    }

    /// How many nodes are kept in memory.
    pub fn nodes_in_memory(&self) -> usize {
        self.db().cache().map_or(0, |nodes| nodes.len())
    }

    /// How much room the rows take; `None` where they are in memory.
    pub fn size(&self) -> Option<Size> {
        self.db().size()
    }

    /// Operations that have not ended, counted by kind and state. Reads no more rows than there are such operations.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn count_unfinished(&self) -> Result<Vec<Unfinished>> {
        let count = Query::select()
            .column("kind")
            .column("state")
            .expr(Expr::col("id").count())
            .expr(Expr::col("created_at").min())
            .from(OPERATIONS.name)
            .and_where(has_not_ended())
            .group_by_columns(["kind", "state"])
            .to_owned();
        let rows = self.db().read().await?.rows("counting operations", &count).await?;
        self.db().alive().await;
        let unfinished = |row| {
            Ok(Unfinished {
                kind: OperationKind::from_row(row, 0)?,
                state: OperationState::from_row(row, 1)?,
                count: u64::try_from(i64::from_row(row, 2)?).unwrap_or_default(),
                oldest: Timestamp::from_row(row, 3)?,
            })
        };
        rows.iter().map(|row| unfinished(row).map_err(|why| malformed(OPERATIONS.name, "state", why))).collect()
    }

    /// How many nodes are in each state that any is in. Read from an index alone.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn count_states(&self) -> Result<Vec<(ProvisionState, u64)>> {
        let count = Query::select()
            .column("provision_state")
            .expr(Expr::cust("COUNT(*)"))
            .from(NODES.name)
            .group_by_col("provision_state")
            .to_owned();
        let rows = self.db().read().await?.rows("counting nodes by state", &count).await?;
        self.db().alive().await;
        let state = |row| {
            let count = u64::try_from(i64::from_row(row, 1)?).unwrap_or_default();
            Ok((ProvisionState::from_row(row, 0)?, count))
        };
        rows.iter().map(|row| state(row).map_err(|why| malformed(NODES.name, "provision_state", why))).collect()
    }
}
