//! Runs statements, whichever database is at the other end.

use std::sync::Arc;

use futures::TryStreamExt as _;
use sea_query::{SqliteQueryBuilder, Values};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use sqlx::{AssertSqlSafe, Either, Executor as _, Row as _};

use super::{Row, pool::Lent};
use crate::Error;

/// How the databases differ where a statement cannot hide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// The type of a key that numbers rows in the order of their insertion.
    pub(crate) const fn serial_key(self) -> &'static str {
        match self {
            Self::Sqlite => "INTEGER PRIMARY KEY",
        }
    }
}

/// A connection that its holder has for itself.
///
/// Every statement comes with a word for what is being done, which is what an error then tells.
pub(crate) enum Connection {
    /// To SQLite.
    Sqlite(Lent),
}

impl Connection {
    /// Which SQL the other end speaks.
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs a statement and tells how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        attempted: &'static str,
        statement: &impl SqlxBinder,
    ) -> Result<u64, Failed> {
        let done = match self {
            Self::Sqlite(connection) => {
                let (sql, values) = statement.build_sqlx(SqliteQueryBuilder);
                let query = sqlx::query_with(AssertSqlSafe(sql), values);
                connection.execute(query).await.map(|done| done.rows_affected())
            }
        };
        done.map_err(|source| Failed { attempted, place: 0, source })
    }

    /// Runs statements one after the other and tells of each how many rows it changed. Where one fails, those before it have run.
    pub(crate) async fn execute_all(&mut self, batch: Batch) -> Result<Vec<u64>, Failed> {
        let Batch { sql, values, attempted } = batch;
        let mut changed = Vec::with_capacity(attempted.len());
        if attempted.is_empty() {
            return Ok(changed);
        }
        let Self::Sqlite(connection) = self;
        let mut done = connection.fetch_many(sqlx::query_with(AssertSqlSafe(sql), SqlxValues(Values(values))));
        loop {
            match done.try_next().await {
                Ok(Some(Either::Left(one))) => changed.push(one.rows_affected()),
                Ok(Some(Either::Right(_))) => {}
                Ok(None) => return Ok(changed),
                Err(source) => {
                    let place = changed.len();
                    return Err(Failed { attempted: attempted.get(place).copied().unwrap_or_default(), place, source });
                }
            }
        }
    }

    /// Runs a statement and returns its first row.
    pub(crate) async fn row(
        &mut self,
        attempted: &'static str,
        statement: &impl SqlxBinder,
    ) -> Result<Option<Row>, Failed> {
        // To the end, not to the first row: a statement that changes something commits at its end, and that may fail.
        Ok(self.rows(attempted, statement).await?.into_iter().next())
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn rows(
        &mut self,
        attempted: &'static str,
        statement: &impl SqlxBinder,
    ) -> Result<Vec<Row>, Failed> {
        self.fetch(attempted, statement, true).await
    }

    /// The same for a statement that is not worth keeping prepared, because its very text will hardly come again.
    pub(crate) async fn rows_once(
        &mut self,
        attempted: &'static str,
        statement: &impl SqlxBinder,
    ) -> Result<Vec<Row>, Failed> {
        self.fetch(attempted, statement, false).await
    }

    async fn fetch(
        &mut self,
        attempted: &'static str,
        statement: &impl SqlxBinder,
        keep_prepared: bool,
    ) -> Result<Vec<Row>, Failed> {
        let rows = match self {
            Self::Sqlite(connection) => {
                let (sql, values) = statement.build_sqlx(SqliteQueryBuilder);
                let query = sqlx::query_with(AssertSqlSafe(sql), values).persistent(keep_prepared);
                connection.fetch_all(query).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
        };
        rows.map_err(|source| Failed { attempted, place: 0, source })
    }

    /// Folds SQLite's write-ahead log into the database, on disk, and empties it. Returns whether it did: somebody else who reads
    /// from the log keeps it as it is.
    pub(crate) async fn fold_log(&mut self) -> Result<bool, Failed> {
        let Self::Sqlite(connection) = self;
        let folded = connection.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await;
        folded.and_then(|row| row.try_get::<i64, _>("busy")).map(|busy| busy == 0).map_err(|source| Failed {
            attempted: "folding the log into the database",
            place: 0,
            source,
        })
    }

    /// Runs commands that have no arguments: of transactions, settings, the schema.
    pub(crate) async fn command(&mut self, attempted: &'static str, sql: &str) -> Result<(), Failed> {
        let done = match self {
            Self::Sqlite(connection) => connection.execute(AssertSqlSafe(sql)).await.map(|_| ()),
        };
        done.map_err(|source| Failed { attempted, place: 0, source })
    }
}

/// Statements that change rows, on one trip to the database: SQLite works on a thread of its own, and going there and back takes
/// longer than most statements do.
#[derive(Default)]
pub(crate) struct Batch {
    sql: String,
    values: Vec<sea_query::Value>,
    attempted: Vec<&'static str>,
}

impl Batch {
    /// Adds a statement; returns its place.
    pub(crate) fn add(&mut self, attempted: &'static str, statement: &impl SqlxBinder) -> usize {
        let (sql, SqlxValues(Values(values))) = statement.build_sqlx(SqliteQueryBuilder);
        if !self.sql.is_empty() {
            self.sql.push_str("; ");
        }
        self.sql.push_str(&sql);
        self.values.extend(values);
        self.attempted.push(attempted);
        self.attempted.len() - 1
    }
}

/// A statement that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    attempted: &'static str,
    /// Of the statement in its batch.
    pub(crate) place: usize,
    source: sqlx::Error,
}

impl Failed {
    /// The column whose value another row has already, where that is what went wrong.
    pub(crate) fn clash(&self) -> Option<&str> {
        let error = self.source.as_database_error().filter(|error| error.is_unique_violation())?;
        // "UNIQUE constraint failed: nodes.name"
        error.message().rsplit('.').next()
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        Self::Database { attempted: failed.attempted, source: Arc::new(failed.source) }
    }
}

/// Whether an error says that the database itself is in trouble, so that the transaction it came in cannot be relied on.
pub(crate) fn is_trouble(error: &Error) -> bool {
    match error {
        Error::Database { source, .. } => match source.downcast_ref::<sqlx::Error>() {
            Some(error) => !is_constraint(error),
            None => true,
        },
        Error::Closed | Error::File { .. } | Error::NotOnDisk { .. } | Error::Migration { .. } => true,
        Error::NodeNameTaken { .. }
        | Error::NodeUuidTaken { .. }
        | Error::InstanceTaken { .. }
        | Error::Taken { .. }
        | Error::NotThere { .. }
        | Error::PortgroupNotEmpty { .. }
        | Error::PortgroupElsewhere { .. }
        | Error::ChassisNotEmpty { .. }
        | Error::NodeNotFound { .. }
        | Error::NodeLocked { .. }
        | Error::LeaseLost { .. }
        | Error::MarkerNotFound { .. }
        | Error::OperationNotFound { .. }
        | Error::ConductorNotFound { .. }
        | Error::DatabaseInUse { .. }
        | Error::UnsupportedDatabase { .. }
        | Error::SchemaTooNew { .. }
        | Error::Malformed { .. }
        | Error::NestedTooDeeply { .. } => false,
    }
}

/// A statement that is at odds with the rows did nothing, and its transaction goes on.
fn is_constraint(error: &sqlx::Error) -> bool {
    use sqlx::error::ErrorKind;
    match error.as_database_error().map(|error| error.kind()) {
        Some(
            ErrorKind::UniqueViolation
            | ErrorKind::ForeignKeyViolation
            | ErrorKind::NotNullViolation
            | ErrorKind::CheckViolation,
        ) => true,
        Some(_) | None => false,
    }
}
