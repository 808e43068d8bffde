//! Everything between the tables and the database: rows, connections, the writer, the schema.
//!
//! Two kinds of back end are foreseen. They share every statement, every table description and the schema; what only the
//! embedded one has are the cache and the group commit, because it is alone on its database.
//!
//! ```text
//!              operations of Store (nodes, operations, history, conductors)
//!               |  reads: sea-query statements    |  writes: jobs
//!               v                                 v
//!   Backend  ---+---------------------------------+-----------------------------
//!   Embedded    | read pool of SQLite connections | one writer task, group commit, then the cache
//!   (Postgres)  | connection of a pool            | connection of a pool, one transaction per job, no cache
//!               v                                 v
//!   Connection: turns a statement into the dialect, runs it, gives Rows
//! ```
//!
//! To add PostgreSQL: a variant each of [`Row`], [`Connection`], [`connection::Dialect`] and [`Backend`]; a [`Batch`] is in SQLite's SQL
//! and one text, and there has to keep its statements apart. Keys are sorted bytewise, so text columns need `COLLATE "C"` there.

mod beside;
mod connection;
mod disk;
mod embedded;
mod gate;
mod job;
mod lock;
mod migrate;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod plan;
mod pool;
mod row;
mod stored;
mod table;
mod writer;

use std::sync::Arc;

pub(crate) use beside::{BESIDE, with_suffix};
pub(crate) use connection::{Batch, Connection, Failed};
use embedded::Embedded;
use gate::Gate;
pub(crate) use job::{Job, Tx};
pub(crate) use lock::DatabaseLock;
pub(crate) use migrate::newest as newest_schema;
#[cfg(test)]
pub(crate) use plan::plan_of;
pub(crate) use row::Row;
pub(crate) use stored::{Stored, TooDeep};
pub(crate) use table::{Column, Table, column, malformed, secret_column};

use crate::{Meters, Result, Size, StoreConfig, cache::NodeCache, commits::Watchers};

/// The database in use.
pub(crate) enum Backend {
    /// SQLite, alone on its file.
    Embedded(Embedded),
}

impl Backend {
    /// Opens the database and brings its schema up to date.
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        Embedded::open(config).await.map(Self::Embedded)
    }

    /// A connection to read with.
    pub(crate) async fn read(&self) -> Result<Connection> {
        match self {
            Self::Embedded(embedded) => embedded.read().await,
        }
    }

    /// Carries a job out, all or nothing; `request` is what it is due to.
    pub(crate) fn write<J: Job>(
        &self,
        job: J,
        request: Option<Arc<str>>,
    ) -> impl Future<Output = Result<J::Output>> + Send {
        match self {
            Self::Embedded(embedded) => embedded.write(job, request),
        }
    }

    /// The nodes kept in memory, where the back end may keep any.
    pub(crate) fn cache(&self) -> Option<&Arc<NodeCache>> {
        match self {
            Self::Embedded(embedded) => Some(embedded.cache()),
        }
    }

    /// Who is told of commits.
    pub(crate) fn watchers(&self) -> &Watchers {
        match self {
            Self::Embedded(embedded) => embedded.watchers(),
        }
    }

    /// What is counted here.
    pub(crate) fn meters(&self) -> &Meters {
        match self {
            Self::Embedded(embedded) => embedded.meters(),
        }
    }

    /// How much room the rows take; `None` where that cannot be told.
    pub(crate) fn size(&self) -> Option<Size> {
        match self {
            Self::Embedded(embedded) => embedded.size(),
        }
    }

    /// Waits for ever when a test has cut the power.
    pub(crate) async fn alive(&self) {
        match self {
            Self::Embedded(embedded) => embedded.gate().pass().await,
        }
    }

    /// Ends it in good order.
    pub(crate) async fn close(&self) -> Result<()> {
        match self {
            Self::Embedded(embedded) => embedded.close().await,
        }
    }

    /// Cuts the power at the `n`-th commit from now.
    #[cfg(feature = "testing")]
    pub(crate) fn cut_power_after(&self, n: u64) {
        match self {
            Self::Embedded(embedded) => embedded.cut_power_after(n),
        }
    }

    /// Has the disk fail from now on.
    #[cfg(feature = "testing")]
    pub(crate) fn lose_disk(&self) {
        match self {
            Self::Embedded(embedded) => embedded.gate().lose_disk(),
        }
    }

    /// How many commits there were.
    #[cfg(feature = "testing")]
    pub(crate) fn commits(&self) -> u64 {
        match self {
            Self::Embedded(embedded) => embedded.gate().commits(),
        }
    }
}
