//! Rows in SQLite; the only crate that knows SQL.
//!
//! A [`Store`] keeps nodes with their ports, their volumes and what is known of their hardware, chassis, allocations of
//! nodes, the journal of operations, the history of nodes and the membership of conductors. It knows nothing of drivers, of
//! HTTP, or of what a transition means.
//!
//! # What a caller can rely on
//!
//! - **One change is one transaction.** [`Store::save`] writes a node, an operation and history together or not at all.
//!   A transaction is never open while anything but SQL happens.
//! - **A node and its allocation name each other.** Whoever writes `allocation_uuid` of a node has the allocation follow.
//! - **A write to a node carries its lock.** [`Store::reserve`] takes the lock by compare-and-swap and counts its fence up;
//!   a later write with another holder or fence is refused ([`Error::LeaseLost`]).
//! - **Durability is said with each operation.** *Durable*: on disk before the answer. *Lazily durable*: safe from the end
//!   of the process, but a power cut may take back the last moments; good enough for locks, which a restart clears anyhow.
//!   Others may read what is not on disk yet and not answered; whatever comes after it is not on disk earlier.
//! - **A node that was read is as new as the last answered write**, also when it comes from memory.
//! - `updated_at` of a node changes with any of its fields but the lock; that a lock comes and goes is no change of a node.
//!
//! # How it is built
//!
//! `nodes`, `ports`, `volumes`, `chassis`, `allocations`, `hardware`, `operations`, `history` and `conductors` describe their
//! tables, one row per column, and say what they want in sea-query statements; what `records` has is for all that have a UUID
//! of their own. `db` carries that out; its head says how, and what PostgreSQL will need. `cache` holds nodes.

mod allocations;
pub mod backup;
mod cache;
mod chassis;
mod commits;
mod conductors;
mod config;
mod db;
mod error;
mod hardware;
mod history;
mod json;
mod meters;
mod nodes;
mod operations;
mod ports;
mod records;
mod secrets;
mod sort;
#[cfg(feature = "testing")]
pub mod testing;
mod volumes;

use std::sync::Arc;

use kamacite_model::Clock;

pub use allocations::{AllocationChange, AllocationColumn, AllocationFilter, AllocationQuery};
pub use chassis::{ChassisColumn, ChassisQuery};
pub use commits::{Commit, Committed, NodeCommitted, OperationCommitted};
pub use config::{Database, StoreConfig};
pub use error::{Cause, Error, Result};
pub use history::{HistoryColumn, HistoryQuery};
pub use meters::{Meters, Size, Unfinished};
pub use nodes::{Change, NodeChange, NodeColumn, NodeFilter, NodeQuery, OperationChange, ParentFilter};
pub use ports::{PortChange, PortColumn, PortFilter, PortQuery, PortgroupColumn, PortgroupQuery};
pub use records::RecordChange;
pub use sort::PageQuery;
pub use volumes::{VolumeConnectorColumn, VolumeConnectorQuery, VolumeFilter, VolumeTargetColumn, VolumeTargetQuery};

/// A handle to the rows; clone it freely. When the last clone is dropped, the database is closed.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    /// What is written through this handle is due to it.
    request: Option<Arc<str>>,
}

struct Inner {
    db: db::Backend,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the database: takes its lock, brings its schema up to date.
    ///
    /// Must be called inside a tokio runtime, which then carries the writer.
    ///
    /// # Errors
    /// [`Error::DatabaseInUse`], [`Error::SchemaTooNew`], [`Error::Migration`], or trouble with the file.
    pub async fn open(config: StoreConfig) -> Result<Self> {
        let db = db::Backend::open(&config).await?;
        Ok(Self { inner: Arc::new(Inner { db, clock: config.clock }), request: None })
    }

    /// Finishes what is queued, folds the write-ahead log into the database and gives up the lock.
    ///
    /// Every later call on any clone answers [`Error::Closed`].
    ///
    /// # Errors
    /// Trouble with the file; the lock is given up all the same.
    pub async fn close(&self) -> Result<()> {
        self.inner.db.close().await
    }

    pub(crate) fn db(&self) -> &db::Backend {
        &self.inner.db
    }

    /// Carries a job out, all or nothing.
    pub(crate) fn write<J: db::Job>(&self, job: J) -> impl Future<Output = Result<J::Output>> + Send {
        self.db().write(job, self.request.clone())
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }
}
