//! Brings the schema of a database up to what this program knows, one numbered step at a time.

use std::sync::Arc;

use kamacite_model::Clock;
use sea_query::{Expr, ExprTrait as _, Query};

use super::{Connection, Stored as _, malformed};
use crate::{Error, Result};

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
    Migration {
        version: 2,
        name: "ports and hardware",
        sql: include_str!("../../migrations/0002_ports_and_hardware.sql"),
    },
];

/// Applies the steps that the database lacks.
///
/// # Errors
/// [`Error::SchemaTooNew`] if the database is ahead of the program; [`Error::Migration`] if a step fails, the database then
/// stands at the step before.
pub(crate) async fn run(connection: &mut Connection, clock: &dyn Clock) -> Result<()> {
    apply(connection, clock, MIGRATIONS).await
}

async fn apply(connection: &mut Connection, clock: &dyn Clock, migrations: &[Migration]) -> Result<()> {
    let found = version(connection).await?;
    let known = migrations.last().map_or(0, |migration| migration.version);
    if found > known {
        return Err(Error::SchemaTooNew { found, known });
    }
    for migration in migrations.iter().filter(|migration| migration.version > found) {
        step(connection, clock, migration).await.map_err(|error| Error::Migration {
            version: migration.version,
            name: migration.name,
            source: Arc::new(error),
        })?;
    }
    Ok(())
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
        apply(connection, &SystemClock::new(|_| unreachable!("no step sleeps")), migrations).await
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

    #[test]
    fn steps_are_numbered_without_gaps() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..=i64::try_from(MIGRATIONS.len()).unwrap()).collect::<Vec<_>>());
    }
}
