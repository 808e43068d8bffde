//! What stands beside a database: files whose names are its own with more at the end.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// How the names of files end that SQLite and the lock put beside a database.
pub(crate) const BESIDE: [&str; 4] = ["-wal", "-journal", "-shm", ".lock"];

/// A path with more at its end.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(suffix);
    path.into()
}
