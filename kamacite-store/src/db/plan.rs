//! How SQLite goes about a statement: whether it finds rows by an index or reads them all.

use kamacite_model::SystemClock;
use sea_query::{SelectStatement, SqliteQueryBuilder};
use sqlx::{AssertSqlSafe, Executor as _, Row as _, sqlite::SqliteConnectOptions};

use super::{
    Connection, migrate,
    pool::{Lent, connect},
};

/// Its plan, as it puts it, on an empty database of the newest schema.
pub(crate) async fn plan_of(select: &SelectStatement) -> String {
    let shared = connect(&SqliteConnectOptions::new().in_memory(true)).await.unwrap();
    let mut connection = Connection::Sqlite(Lent::exclusive(&shared).await);
    let clock = SystemClock::new(|_| unreachable!("no step sleeps"));
    migrate::run(&mut connection, &clock, None).await.unwrap();
    let Connection::Sqlite(connection) = &mut connection;
    let explain = format!("EXPLAIN QUERY PLAN {}", select.to_string(SqliteQueryBuilder));
    let steps = connection.fetch_all(AssertSqlSafe(explain)).await.unwrap();
    steps.iter().map(|step| step.get::<String, _>("detail")).collect::<Vec<_>>().join("; ")
}
