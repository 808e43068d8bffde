//! Whether a file is a whole database that this program can open, and what is in it.

use std::{fs::File, io::Read as _, path::Path};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions,
};

use super::{BackupError, Content, UnderWay};
use crate::db::newest_schema;

/// How every SQLite file begins (SQLite's "Database File Format", 1.3.1).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Checks that a file is a whole database of Kamacite's, of a version that this program knows, and tells what it holds. Changes
/// nothing. A service may have it open.
///
/// # Errors
/// What is wrong with it.
pub async fn inspect(file: &Path) -> Result<Content, BackupError> {
    inspect_as(file, file).await
}

/// The same of a copy that has no name of its own yet: what is wrong with it is wrong with `original`.
pub(super) async fn inspect_as(file: &Path, original: &Path) -> Result<Content, BackupError> {
    begins_right(file)?;
    let mut connection = open_to_read(file).await?;
    let content = content(&mut connection, original).await;
    connection.close().await.map_err(BackupError::database("closing", file))?;
    let bytes = file.metadata().map_err(BackupError::file("reading", file))?.len();
    Ok(Content { bytes, ..content? })
}

/// A connection that reads only, to a database that is there.
pub(super) async fn open_to_read(file: &Path) -> Result<SqliteConnection, BackupError> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).disable_statement_logging();
    options.connect().await.map_err(BackupError::database("opening", file))
}

/// Told before SQLite is asked, which says of anything else that it is "not a database", and of an empty file nothing.
fn begins_right(file: &Path) -> Result<(), BackupError> {
    let mut head = Vec::with_capacity(MAGIC.len());
    let read = File::open(file).and_then(|file| file.take(16).read_to_end(&mut head));
    read.map_err(BackupError::file("reading", file))?;
    match head.as_slice() == MAGIC {
        true => Ok(()),
        false => Err(BackupError::Foreign { path: file.to_owned(), why: "it is no SQLite database".to_owned() }),
    }
}

/// What a database holds, once it has been found whole and known; its size aside.
async fn content(connection: &mut SqliteConnection, file: &Path) -> Result<Content, BackupError> {
    let mut look = Look { connection, file };
    // One moment for all that follows.
    look.rows("BEGIN").await?;
    let whole: String = look.one("PRAGMA integrity_check(1)").await?;
    if whole != "ok" {
        return Err(BackupError::Damaged { path: file.to_owned(), what: whole });
    }
    let schema = look.schema().await?;
    let nodes: i64 = look.one("SELECT count(*) FROM nodes").await?;
    let under_way = look.under_way().await?;
    look.rows("COMMIT").await?;
    let nodes = u64::try_from(nodes).unwrap_or_default();
    Ok(Content { path: file.to_owned(), bytes: 0, schema, nodes, under_way })
}

/// Asks about one file.
struct Look<'a> {
    connection: &'a mut SqliteConnection,
    file: &'a Path,
}

impl Look<'_> {
    async fn rows(&mut self, sql: &'static str) -> Result<Vec<sqlx::sqlite::SqliteRow>, BackupError> {
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *self.connection).await;
        rows.map_err(BackupError::database("reading", self.file))
    }

    async fn one<T>(&mut self, sql: &'static str) -> Result<T, BackupError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        let rows = self.rows(sql).await?;
        let first = rows.first().ok_or(sqlx::Error::RowNotFound).and_then(|row| row.try_get(0));
        first.map_err(BackupError::database("reading", self.file))
    }

    /// The version of the schema, which must be one that this program knows.
    async fn schema(&mut self) -> Result<i64, BackupError> {
        let foreign = |why: &str| BackupError::Foreign { path: self.file.to_owned(), why: why.to_owned() };
        let (no_tables, no_version) = (foreign("it has not the tables"), foreign("it tells no version of its schema"));
        const OURS: &str = "SELECT count(*) FROM sqlite_master WHERE type = 'table' \
             AND name IN ('schema_version', 'nodes', 'operations', 'node_history', 'conductors')";
        let ours: i64 = self.one(OURS).await?;
        if ours != 5 {
            return Err(no_tables);
        }
        let found: Option<i64> = self.one("SELECT max(version) FROM schema_version").await?;
        let (found, known) = (found.ok_or(no_version)?, newest_schema());
        match found > known {
            true => Err(BackupError::TooNew { path: self.file.to_owned(), found, known }),
            false => Ok(found),
        }
    }

    async fn under_way(&mut self) -> Result<Vec<UnderWay>, BackupError> {
        const UNDER_WAY: &str = "SELECT operations.name, coalesce(nodes.name, operations.node) FROM operations \
             LEFT JOIN nodes ON nodes.uuid = operations.node WHERE operations.state IN ('running', 'waiting') \
             ORDER BY operations.id";
        let rows = self.rows(UNDER_WAY).await?;
        let one = |row: &sqlx::sqlite::SqliteRow| Ok(UnderWay { name: row.try_get(0)?, node: row.try_get(1)? });
        rows.iter().map(one).collect::<Result<_, _>>().map_err(BackupError::database("reading", self.file))
    }
}
