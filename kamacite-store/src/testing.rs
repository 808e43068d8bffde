//! What only tests do with a store: end it in the middle of its work, as `kill -9` would, take its disk away, and keep
//! old databases as text.

use std::{fmt::Write as _, path::Path};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _, SqliteConnection,
    sqlite::SqliteConnectOptions,
};

use crate::Store;

impl Store {
    /// Ends the store after the `n`-th commit from now (at once for 0): what was committed stays, the answer to it and
    /// to every later call never comes, and the lock file is free for another store.
    pub fn cut_power_after(&self, n: u64) {
        self.db().cut_power_after(n);
    }

    /// Has the disk fail from now on: what is committed stays in the page cache, and nobody can tell whether it gets further.
    pub fn lose_disk(&self) {
        self.db().lose_disk();
    }

    /// How many transactions that changed something were committed.
    pub fn commits(&self) -> u64 {
        self.db().commits()
    }
}

/// The newest version of the schema that this program knows.
pub fn newest_schema() -> i64 {
    crate::db::newest_schema()
}

/// Makes a database file of what [`dump`] told of another.
///
/// # Errors
/// SQLite does not take it.
pub async fn fill(database: &Path, text: &str) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(true).foreign_keys(false);
    let mut connection = options.connect().await?;
    connection.execute(AssertSqlSafe(text)).await?;
    connection.close().await
}

/// A database file as text, as `sqlite3 FILE .dump` writes it.
///
/// # Errors
/// SQLite does not tell.
pub async fn dump(database: &Path) -> Result<String, sqlx::Error> {
    let mut connection = SqliteConnectOptions::new().filename(database).read_only(true).connect().await?;
    let mut text = String::from("BEGIN TRANSACTION;\n");
    let schema = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', rowid";
    for row in connection.fetch_all(schema).await? {
        let (kind, name, sql): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let _ = writeln!(text, "{sql};");
        if kind == "table" {
            text.push_str(&rows(&mut connection, &name).await?);
        }
    }
    connection.close().await?;
    text.push_str("COMMIT;\n");
    Ok(text)
}

async fn rows(connection: &mut SqliteConnection, table: &str) -> Result<String, sqlx::Error> {
    let columns = connection.fetch_all(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')"))).await?;
    let columns = columns.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
    let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
    let select = format!("SELECT {} FROM \"{table}\" ORDER BY rowid", quoted.join(" || ',' || "));
    let mut text = String::new();
    for row in connection.fetch_all(AssertSqlSafe(select)).await? {
        let _ = writeln!(text, "INSERT INTO {table} VALUES({});", row.try_get::<String, _>(0)?);
    }
    Ok(text)
}
