//! The copy that is made before the schema of a database is changed.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use kamacite_model::Timestamp;
use sqlx::SqliteConnection;

use super::{
    BackupError, Content, Existing,
    check::inspect_as,
    copy::{copy, refuse_existing},
    leftovers,
    place::{Draft, stamp},
};
use crate::db::with_suffix;

/// Copies a database that is about to be changed from version `schema`, beside it, and tells where the copy is. The database's
/// lock must be held.
///
/// # Errors
/// [`BackupError::BeforeUpgrade`], with the remedy.
pub(crate) async fn back_up(
    connection: &mut SqliteConnection,
    database: &Path,
    schema: i64,
    now: Timestamp,
) -> Result<PathBuf, BackupError> {
    let to = with_suffix(database, &format!(".schema-{schema}-{}", stamp(now)));
    leftovers::remove_of(database, None);
    match write(connection, database, &to).await {
        Ok(content) => {
            tracing::info!(from = schema, backup = %to.display(), bytes = content.bytes, "the database is backed up before its schema is changed");
            Ok(to)
        }
        Err(error) => Err(BackupError::BeforeUpgrade { source: Arc::new(error) }),
    }
}

/// Takes a copy away again because the schema was not changed after all: the database is still all that the copy is, and a
/// service that is started again and again must not fill the disk.
pub(crate) fn take_away(copy: &Path) {
    match fs::remove_file(copy) {
        Ok(()) => tracing::info!(backup = %copy.display(), "the database is as it was: its backup is removed"),
        Err(error) => tracing::warn!(backup = %copy.display(), %error, "a backup that is not needed stays"),
    }
}

async fn write(connection: &mut SqliteConnection, database: &Path, to: &Path) -> Result<Content, BackupError> {
    refuse_existing(to, Existing::Keep)?;
    let draft = Draft::beside(to)?;
    copy(connection, database, draft.path()).await?;
    let content = inspect_as(draft.path(), database).await?;
    draft.publish(to, Existing::Keep)?;
    Ok(content)
}
