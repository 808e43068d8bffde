//! Why a copy was not made, or not put back.

use std::{io, path::PathBuf, sync::Arc};

use crate::{Cause, Error};

/// Why a database was not copied, or a copy not put in its place. Whatever it is, the database is as it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BackupError {
    /// The database is nowhere.
    #[error("the database is in memory: there is no file; name one in [database]connection")]
    InMemory,
    /// There is no database.
    #[error(
        "there is no database {}; give the service's own --config-file, and run where it runs if the path is relative",
        path.display()
    )]
    NoDatabase {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Something is where the copy was to stand.
    #[error("{} is there already; choose another name, or say --overwrite", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The copy and the database are one file, or would be.
    #[error("{} belongs to the database itself; name another file", path.display())]
    IsTheDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{} is no database of Kamacite's: {why}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What tells.
        why: String,
    },
    /// A newer program wrote the file.
    #[error(
        "{} has schema version {found}, this program knows up to {known}; install the program that wrote it, or a newer one",
        path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The version of the file.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The file is not whole.
    #[error("{} is damaged: {what}; restore a backup that is whole", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says of it.
        what: String,
    },
    /// A file or folder could not be used.
    #[error("{attempted} {} failed", path.display())]
    File {
        /// What was being done to it.
        attempted: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// SQLite did not do what it was told.
    #[error("{attempted} {} failed", path.display())]
    Database {
        /// What was being done to it.
        attempted: &'static str,
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The database was to be brought to a newer version, and there can be no copy of what it is now.
    #[error(
        "no backup could be made before the schema is changed: make room beside the database and let the service write there, or \
         set [kamacite]backup_before_upgrade = false to do without"
    )]
    BeforeUpgrade {
        /// Why.
        #[source]
        source: Cause,
    },
    /// The database cannot be had, or is in use.
    #[error(transparent)]
    Store(#[from] Error),
}

impl BackupError {
    pub(super) fn file(attempted: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { attempted, path, source: Arc::new(source) }
    }

    pub(super) fn database(attempted: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(sqlx::Error) -> Self {
        let path = path.into();
        move |source| Self::Database { attempted, path, source: Arc::new(source) }
    }
}
