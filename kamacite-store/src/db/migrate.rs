//! Brings the schema of a database up to what this program knows, one numbered step at a time.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use kamacite_model::Clock;
use sea_query::{Expr, ExprTrait as _, Query};

use super::{Connection, Stored as _, malformed};
use crate::{Error, Result, backup::upgrade};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
struct Migration {
    /// The version it leads to.
    version: i64,
    /// Its name.
    name: &'static str,
    /// What it does, in the SQL that the databases share. `$SERIAL_KEY` stands for the one thing in which they differ.
    sql: &'static str,
}

/// Every step, in order. A step that has been published never changes.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "initial", sql: include_str!("../../migrations/0001_initial.sql") },
    Migration { version: 2, name: "resources", sql: include_str!("../../migrations/0002_resources.sql") },
];

/// The newest version that this program knows.
pub(crate) fn newest() -> i64 {
    newest_of(MIGRATIONS)
}

fn newest_of(migrations: &[Migration]) -> i64 {
    migrations.last().map_or(0, |migration| migration.version)
}

/// Applies the steps that the database lacks. Before the first of them the file `backed_up`, which must be what the connection
/// is to, is copied beside itself, unless it is new.
///
/// # Errors
/// [`Error::SchemaTooNew`] if the database is ahead of the program; [`Error::Migration`] if a step fails or the copy cannot be
/// made, the database then stands at the step before.
pub(crate) async fn run(connection: &mut Connection, clock: &dyn Clock, backed_up: Option<&Path>) -> Result<()> {
    apply(connection, clock, backed_up, MIGRATIONS).await
}

async fn apply(
    connection: &mut Connection,
    clock: &dyn Clock,
    backed_up: Option<&Path>,
    migrations: &[Migration],
) -> Result<()> {
    let found = version(connection).await?;
    let known = newest_of(migrations);
    if found > known {
        return Err(Error::SchemaTooNew { found, known });
    }
    let missing: Vec<_> = migrations.iter().filter(|migration| migration.version > found).collect();
    let copy = match (missing.first(), backed_up) {
        (Some(next), Some(database)) if found > 0 => Some(back_up(connection, clock, database, found, next).await?),
        (Some(_) | None, Some(_) | None) => None,
    };
    for migration in missing {
        if let Err(error) = step(connection, clock, migration).await {
            // Of the first step nothing has come, and the database still is what its copy is.
            if let Some(copy) = copy.filter(|_| migration.version == found + 1) {
                upgrade::take_away(&copy);
            }
            return Err(migration.failed(error));
        }
        if found > 0 {
            tracing::info!(version = migration.version, name = migration.name, "the schema of the database is changed");
        }
    }
    Ok(())
}

impl Migration {
    fn failed(&self, why: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Migration { version: self.version, name: self.name, source: Arc::new(why) }
    }
}

/// Copies a file of version `found` before the step `next` is applied to it.
async fn back_up(
    connection: &mut Connection,
    clock: &dyn Clock,
    database: &Path,
    found: i64,
    next: &Migration,
) -> Result<PathBuf> {
    match connection {
        Connection::Sqlite(lent) => upgrade::back_up(lent, database, found, clock.now()).await,
    }
    .map_err(|error| next.failed(error))
}

/// The version of the database; 0 for an empty one.
async fn version(connection: &mut Connection) -> Result<i64> {
    const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version \
         (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
    connection.command("looking for the schema's version", VERSIONS).await?;
    let newest = Query::select().expr(Expr::col("version").max()).from("schema_version").to_owned();
    match connection.row("reading the schema's version", &newest).await? {
        Some(row) => <Option<i64>>::from_row(&row, 0)
            .map(Option::unwrap_or_default)
            .map_err(|source| malformed("schema_version", "version", source)),
        None => Ok(0),
    }
}

async fn step(connection: &mut Connection, clock: &dyn Clock, migration: &Migration) -> Result<()> {
    let sql = migration.sql.replace("$SERIAL_KEY", connection.dialect().serial_key());
    let note = Query::insert()
        .into_table("schema_version")
        .columns(["version", "name", "applied_at"])
        .values_panic([migration.version.into(), migration.name.into(), clock.now().as_microsecond().into()])
        .to_owned();
    connection.command("beginning a transaction", "BEGIN").await?;
    let done = async {
        connection.command("applying the step", &sql).await?;
        connection.execute("noting the schema's version", &note).await?;
        connection.command("committing the step", "COMMIT").await
    };
    if let Err(failed) = done.await {
        // What failed may have rolled back already.
        let _ = connection.command("rolling back", "ROLLBACK").await;
        return Err(failed.into());
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::SystemClock;
    use sqlx::sqlite::SqliteConnectOptions;

    use super::{
        super::pool::{Lent, connect},
        *,
    };

    const FIRST: Migration = Migration {
        version: 1,
        name: "first",
        sql: "CREATE TABLE t (id $SERIAL_KEY, a TEXT NOT NULL); INSERT INTO t (a) VALUES ('x');",
    };
    const SECOND: Migration =
        Migration { version: 2, name: "second", sql: "ALTER TABLE t ADD COLUMN b TEXT; UPDATE t SET b = a;" };
    const BROKEN: Migration =
        Migration { version: 2, name: "broken", sql: "ALTER TABLE t ADD COLUMN b TEXT; UPDATE nowhere SET b = a;" };

    async fn apply_to(connection: &mut Connection, migrations: &[Migration]) -> Result<()> {
        apply(connection, &clock(), None, migrations).await
    }

    fn clock() -> impl Clock {
        SystemClock::new(|_| unreachable!("no step sleeps"))
    }

    async fn copied(connection: &mut Connection) -> Option<String> {
        // With the table's name: SQLite takes a lone "b" that is no column for the text.
        let select = Query::select().column(("t", "b")).from("t").to_owned();
        let row = connection.row("looking", &select).await.ok()??;
        Some(row.text(0).unwrap().to_owned())
    }

    #[tokio::test]
    async fn each_step_is_applied_once_and_whole() {
        let shared = connect(&SqliteConnectOptions::new().in_memory(true)).await.unwrap();
        let mut connection = Connection::Sqlite(Lent::exclusive(&shared).await);
        apply_to(&mut connection, &[FIRST]).await.unwrap();
        apply_to(&mut connection, &[FIRST]).await.unwrap();

        let refused = apply_to(&mut connection, &[FIRST, BROKEN]).await;
        assert!(matches!(refused, Err(Error::Migration { version: 2, name: "broken", .. })), "{refused:?}");
        assert_eq!(version(&mut connection).await.unwrap(), 1);
        assert_eq!(copied(&mut connection).await, None, "half a step leaves nothing");

        apply_to(&mut connection, &[FIRST, SECOND]).await.unwrap();
        assert_eq!(version(&mut connection).await.unwrap(), 2);
        assert_eq!(copied(&mut connection).await.as_deref(), Some("x"));
        let refused = apply_to(&mut connection, &[FIRST]).await;
        assert!(matches!(refused, Err(Error::SchemaTooNew { found: 2, known: 1 })), "{refused:?}");
    }

    /// Those there are, and one more, of which nothing is known yet.
    fn and_next(sql: &'static str) -> Vec<Migration> {
        let next = Migration { version: newest() + 1, name: "next", sql };
        MIGRATIONS.iter().copied().chain([next]).collect()
    }

    /// The names of the files in a folder.
    fn files(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_file_is_copied_before_it_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("k.sqlite");
        let options = SqliteConnectOptions::new().filename(&database).create_if_missing(true);
        let shared = connect(&options).await.unwrap();
        let mut connection = Connection::Sqlite(Lent::exclusive(&shared).await);
        run(&mut connection, &clock(), Some(&database)).await.unwrap();
        run(&mut connection, &clock(), Some(&database)).await.unwrap();
        assert_eq!(
            files(folder.path()),
            ["k.sqlite"],
            "of a new database, and of one that is left as it is, there is no copy"
        );

        let broken = apply(&mut connection, &clock(), Some(&database), &and_next("DROP TABLE nowhere")).await;
        assert!(matches!(broken, Err(Error::Migration { .. })), "{broken:?}");
        assert_eq!(files(folder.path()), ["k.sqlite"], "nothing has changed, and no copy is kept of nothing");

        apply(&mut connection, &clock(), Some(&database), &and_next("DROP TABLE node_history")).await.unwrap();
        let files = files(folder.path());
        let [copy] = &files[1..] else { panic!("{files:?}") };
        assert!(copy.starts_with(&format!("k.sqlite.schema-{}-2", newest())), "{copy}");
        // With the table that is gone.
        let content = crate::backup::inspect(&folder.path().join(copy)).await.unwrap();
        assert_eq!((content.schema, content.nodes), (newest(), 0));
        assert!(matches!(crate::backup::inspect(&database).await, Err(crate::backup::BackupError::Foreign { .. })));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_copied_is_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("k.sqlite");
        let options = SqliteConnectOptions::new().filename(&database).create_if_missing(true);
        let shared = connect(&options).await.unwrap();
        let mut connection = Connection::Sqlite(Lent::exclusive(&shared).await);
        run(&mut connection, &clock(), None).await.unwrap();

        let elsewhere = folder.path().join("gone").join("k.sqlite");
        let migrations = and_next("DROP TABLE node_history");
        let refused = apply(&mut connection, &clock(), Some(&elsewhere), &migrations).await.unwrap_err();
        let why = std::error::Error::source(&refused).unwrap().to_string();
        assert!(why.contains("make room") && why.contains("backup_before_upgrade = false"), "{why}");
        assert_eq!(version(&mut connection).await.unwrap(), newest());
        // Who says so does without.
        apply(&mut connection, &clock(), None, &migrations).await.unwrap();
        assert_eq!(files(folder.path()), ["k.sqlite"]);
    }

    #[test]
    fn steps_are_numbered_without_gaps() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..=i64::try_from(MIGRATIONS.len()).unwrap()).collect::<Vec<_>>());
    }
}
