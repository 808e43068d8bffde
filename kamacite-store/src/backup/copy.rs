//! One consistent copy of a database, whoever has it open.

use std::path::Path;

use sqlx::{Connection as _, SqliteConnection};

use super::{
    BackupError, Content, Existing,
    check::{inspect_as, open_to_read},
    place::{Draft, belongs_to},
};

/// Copies a database to a file, which appears when it is whole, checked and on disk. A service may have the database open and
/// goes on meanwhile; its write-ahead log cannot be emptied until the copy is made.
///
/// # Errors
/// There is no database, something is at `to` already, or what keeps the copy from being made; nothing is left behind.
pub async fn back_up(database: &Path, to: &Path, existing: Existing) -> Result<Content, BackupError> {
    if !database.is_file() {
        return Err(BackupError::NoDatabase { path: database.to_owned() });
    }
    if belongs_to(database, to) {
        return Err(BackupError::IsTheDatabase { path: to.to_owned() });
    }
    let draft = draft(database, to, existing).await?;
    let content = inspect_as(draft.path(), database).await?;
    draft.publish(to, existing)?;
    Ok(Content { path: to.to_owned(), ..content })
}

/// A copy that is not yet in its place.
pub(super) async fn draft(database: &Path, to: &Path, existing: Existing) -> Result<Draft, BackupError> {
    refuse_existing(to, existing)?;
    let draft = Draft::beside(to)?;
    let mut connection = open_to_read(database).await?;
    let copied = copy(&mut connection, database, draft.path()).await;
    connection.close().await.map_err(BackupError::database("closing", database))?;
    copied?;
    Ok(draft)
}

/// Told at once, and not when the copying is done.
pub(super) fn refuse_existing(to: &Path, existing: Existing) -> Result<(), BackupError> {
    match existing {
        Existing::Keep if to.symlink_metadata().is_ok() => Err(BackupError::Exists { path: to.to_owned() }),
        Existing::Keep | Existing::Replace => Ok(()),
    }
}

/// Has SQLite copy what a connection sees into a file that is there and empty.
pub(super) async fn copy(connection: &mut SqliteConnection, database: &Path, to: &Path) -> Result<(), BackupError> {
    let path = to.to_str().ok_or_else(|| {
        let why = std::io::Error::new(std::io::ErrorKind::InvalidFilename, "SQLite takes names in UTF-8 only");
        BackupError::file("writing", to)(why)
    })?;
    let copied = sqlx::query("VACUUM INTO $1").bind(path).execute(connection).await;
    copied.map(drop).map_err(BackupError::database("copying", database))
}
