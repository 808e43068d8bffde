//! Rows in SQLite; the only crate that knows SQL.

mod conductors;
mod config;
mod error;
mod history;
mod nodes;
mod operations;
mod sort;
#[cfg(feature = "testing")]
mod testing;

pub use config::{Database, StoreConfig};
pub use error::{Cause, Error, Result};
pub use history::{HistoryColumn, HistoryQuery};
pub use nodes::{Change, NodeChange, NodeColumn, NodeFilter, NodeQuery, OperationChange, ParentFilter};

/// A handle to the rows; clone it freely.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Opens the database: takes its lock, brings its schema up to date.
    ///
    /// Must be called inside a tokio runtime, which then carries the writer.
    ///
    /// # Errors
    /// [`Error::DatabaseInUse`], [`Error::SchemaTooNew`], [`Error::Migration`], or trouble with the file.
    pub async fn open(config: StoreConfig) -> Result<Self> {
        let _ = config;
        todo!()
    }

    /// Finishes what is queued, folds the write-ahead log into the database and gives up the lock.
    ///
    /// Every later call on any clone answers [`Error::Closed`].
    ///
    /// # Errors
    /// Trouble with the file; the lock is given up all the same.
    pub async fn close(&self) -> Result<()> {
        todo!()
    }
}
