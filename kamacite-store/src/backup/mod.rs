//! Copies of an embedded database: made while it is in use, checked, and put back.
//!
//! A copy is made by SQLite itself (`VACUUM INTO`), in one read transaction: it is the database at one moment, whoever writes
//! meanwhile, and nobody waits for it. It works from a second process, for what keeps that one from *opening* the database is
//! a lock file of ours, and what keeps its reading apart from others' writing is SQLite's write-ahead log. The copy is one
//! file without a log beside it, and holds nothing that was deleted.

mod check;
mod copy;
mod error;
mod leftovers;
mod place;
mod restore;
pub(crate) mod upgrade;

use std::path::PathBuf;

pub use check::inspect;
pub use copy::back_up;
pub use error::BackupError;
pub use restore::{Restored, restore};

/// What to do where the copy is to stand, if something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it alone, and make no copy.
    Keep,
    /// Put the copy in its place.
    Replace,
}

/// What a database holds, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The version of its schema.
    pub schema: i64,
    /// How many nodes it has.
    pub nodes: u64,
    /// What was being done at that moment, the oldest first: a service that opens it goes on with it.
    pub under_way: Vec<UnderWay>,
}

/// Work that had not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The operation's word: the verb, the power target, the vendor method.
    pub name: String,
    /// The name of its node, or else its UUID; `None` for work on a hardware type.
    pub node: Option<String>,
}
