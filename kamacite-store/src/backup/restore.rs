//! Puts a copy where the database is.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use kamacite_model::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};

use super::{
    BackupError, Content, Existing,
    check::{inspect, inspect_as},
    copy::{draft, refuse_existing},
    leftovers,
    place::{folder, is_same, stamp, sync_folder},
};
use crate::db::{DatabaseLock, with_suffix};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the database holds now.
    pub content: Content,
    /// The file with what was there before, if anything was.
    pub kept: Option<PathBuf>,
}

/// Puts a copy of `from` in the place of `database`, under the database's lock. What was there is kept beside it, in a file
/// named with the moment `now`. At every instant the database is either the old one or the new one.
///
/// # Errors
/// A service has the database open, `from` is not what can be put there, or what keeps it from being done; the database is
/// then as it was.
pub async fn restore(from: &Path, database: &Path, now: Timestamp) -> Result<Restored, BackupError> {
    inspect(from).await?;
    if is_same(from, database) {
        return Err(BackupError::IsTheDatabase { path: from.to_owned() });
    }
    let owner = Owner::of(database)?;
    let lock = DatabaseLock::take(database)?;
    let database = lock.database();
    owner.give(&with_suffix(database, ".lock"))?;
    owner.give(database)?;

    leftovers::remove_of(database, Some(from));
    let draft = draft(from, database, Existing::Replace).await?;
    let content = Content { path: database.to_owned(), ..inspect_as(draft.path(), from).await? };
    owner.give(draft.path())?;
    let kept = keep(database, now).await?;
    draft.publish(database, Existing::Replace)?;
    Ok(Restored { content, kept })
}

/// Keeps what is there under another name, and under its own until it is replaced.
async fn keep(database: &Path, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let is_empty = |file: &Path| file.metadata().map_or(true, |file| file.len() == 0);
    let logs = ["-wal", "-journal"];
    // Made by taking the lock.
    if is_empty(database) && logs.iter().all(|log| is_empty(&with_suffix(database, log))) {
        return Ok(None);
    }
    let kept = with_suffix(database, &format!(".before-restore-{}", stamp(now)));
    refuse_existing(&kept, Existing::Keep)?;
    fold(database).await;
    fs::hard_link(database, &kept).map_err(BackupError::file("keeping the database as", &kept))?;
    // What could not be folded. The new database must not find it: it is of other pages.
    for log in logs {
        let (from, to) = (with_suffix(database, log), with_suffix(&kept, log));
        if !is_empty(&from) {
            fs::rename(&from, &to).map_err(BackupError::file("keeping the database as", &to))?;
        }
        remove(&from)?;
    }
    remove(&with_suffix(database, "-shm"))?;
    sync_folder(&kept)?;
    Ok(Some(kept))
}

/// Removes a file that may not be there.
fn remove(file: &Path) -> Result<(), BackupError> {
    match fs::remove_file(file) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(BackupError::file("removing", file)(source)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Folds the write-ahead log that a killed service has left into its database, so that one file is all of it. A database that
/// is damaged may refuse; it is kept as it is.
async fn fold(database: &Path) {
    if !may_be_folded(&with_suffix(database, "-wal")) {
        return;
    }
    let options = SqliteConnectOptions::new().filename(database).disable_statement_logging();
    let folded = async {
        let mut connection = options.connect().await?;
        let folded = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        // Also when it refuses: nothing may touch the files once they are moved.
        connection.close().await?;
        folded
    };
    if let Err(error) = folded.await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what was there is kept as it is, with its log beside it"
        );
    }
}

/// Whether a file begins as a write-ahead log does (the SQLite file format, 4.1), or is not there. SQLite takes any other for an
/// empty one, and removes it.
fn may_be_folded(log: &Path) -> bool {
    const MAGIC: [[u8; 4]; 2] = [0x377f_0682_u32.to_be_bytes(), 0x377f_0683_u32.to_be_bytes()];
    let Ok(mut log) = fs::File::open(log) else { return true };
    let mut begin = [0; 4];
    log.read_exact(&mut begin).is_ok() && MAGIC.contains(&begin)
}

/// Whose the database is: a service that runs as somebody else must be able to open what an administrator puts there.
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// The owner of the database, or of its folder where there is none yet.
    fn of(database: &Path) -> Result<Self, BackupError> {
        use std::os::unix::fs::MetadataExt as _;
        let folder = folder(database);
        let found = database.metadata().or_else(|_| folder.metadata());
        let found = found.map_err(BackupError::file("reading", folder))?;
        Ok(Self { user: found.uid(), group: found.gid() })
    }

    fn give(&self, file: &Path) -> Result<(), BackupError> {
        use std::os::unix::fs::MetadataExt as _;
        let now = file.metadata().map_err(BackupError::file("reading", file))?;
        if (now.uid(), now.gid()) == (self.user, self.group) {
            return Ok(());
        }
        std::os::unix::fs::chown(file, Some(self.user), Some(self.group))
            .map_err(BackupError::file("giving to the owner of the database the file", file))
    }
}
