//! The journal of operations.

use kamacite_model::{
    Operation, OperationId, Requester, Timestamp, Uuid, is_secret_key,
    operation::{OperationKind, OperationState},
};
use sea_query::{Expr, ExprTrait as _, Order, Query, SelectStatement};

use crate::{
    Error, Result, Store,
    db::{Batch, Column, Job, Table, Tx, column, secret_column},
};

/// The most operations that are forgotten in one transaction, so that others do not wait long.
const PURGE: u64 = 1000;

/// How an operation lies in its table.
pub(crate) static OPERATIONS: Table<Operation> = Table {
    name: "operations",
    blank: || Operation {
        id: Uuid::nil(),
        kind: OperationKind::Provision,
        name: String::new(),
        node: None,
        driver: None,
        state: OperationState::Running,
        schema: 0,
        intent: serde_json::Value::Null,
        progress: serde_json::Value::Null,
        attempt: 0,
        deadline: None,
        requester: Requester::default(),
        conductor: String::new(),
        result: None,
        error: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        finished_at: None,
    },
    columns: &[
        column!("uuid", id),
        column!(kind),
        column!(name),
        column!(node),
        column!(driver),
        column!(state),
        column!(schema),
        secret_column!(public intent, is_secret_key),
        secret_column!(secrets intent, "intent_secrets", is_secret_key),
        secret_column!(public progress, is_secret_key),
        secret_column!(secrets progress, "progress_secrets", is_secret_key),
        column!(attempt),
        column!(deadline),
        column!(requester),
        column!(conductor),
        column!(result),
        column!(error),
        column!(created_at),
        column!(updated_at),
        column!(finished_at),
    ],
};

impl Store {
    /// Adds an operation. Durable.
    ///
    /// # Errors
    /// Trouble with the database, also when there is an operation with this id.
    pub async fn insert_operation(&self, operation: &Operation) -> Result<()> {
        self.write(Insert(operation.clone())).await
    }

    /// Writes how far an operation is that is there already; when it has ended, its outcome, and its intent, of which secrets may be
    /// gone. What it is and whose stays. Durable.
    ///
    /// # Errors
    /// [`Error::OperationNotFound`], or trouble with the database.
    pub async fn update_operation(&self, operation: &Operation) -> Result<()> {
        self.write(Update(operation.clone())).await
    }

    /// The operation with this id.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn operation(&self, id: OperationId) -> Result<Option<Operation>> {
        let select = OPERATIONS.select().and_where(Expr::col("uuid").eq(id.to_string())).to_owned();
        Ok(self.load_operations(&select).await?.pop())
    }

    /// Every operation that has not ended, oldest first.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn unfinished_operations(&self) -> Result<Vec<Operation>> {
        self.load_operations(&unfinished()).await
    }

    /// A node's operations that have not ended, newest first.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn unfinished_operations_of(&self, node: Uuid) -> Result<Vec<Operation>> {
        self.load_operations(&unfinished_of(node)).await
    }

    /// A node's last operations, newest first.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn operations_of(&self, node: Uuid, limit: usize) -> Result<Vec<Operation>> {
        let select = OPERATIONS
            .select()
            .and_where(Expr::col("node").eq(node.to_string()))
            .order_by("id", Order::Desc)
            .limit(u64::try_from(limit).unwrap_or(u64::MAX))
            .to_owned();
        self.load_operations(&select).await
    }

    async fn load_operations(&self, select: &SelectStatement) -> Result<Vec<Operation>> {
        let rows = self.db().read().await?.rows("reading the journal", select).await?;
        self.db().alive().await;
        rows.iter().map(|row| OPERATIONS.load(row)).collect()
    }

    /// Forgets operations that ended before a moment; returns how many.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn purge_operations(&self, finished_before: Timestamp) -> Result<u64> {
        let mut purged = 0;
        loop {
            let now = self.write(Purge { finished_before }).await?;
            purged += now;
            if now < PURGE {
                return Ok(purged);
            }
        }
    }
}

/// What the index of unfinished operations is over.
pub(crate) fn has_not_ended() -> Expr {
    Expr::col("finished_at").is_null()
}

fn unfinished() -> SelectStatement {
    let mut select = OPERATIONS.select();
    // Sorted by `id` alone, SQLite would go through the whole table in its order, ended operations and all.
    select.and_where(has_not_ended()).order_by("created_at", Order::Asc).order_by("id", Order::Asc).take()
}

fn unfinished_of(node: Uuid) -> SelectStatement {
    let mut select = OPERATIONS.select();
    select.and_where(Expr::col("node").eq(node.to_string())).and_where(has_not_ended());
    select.order_by("id", Order::Desc).take()
}

/// The statement that adds an operation.
pub(crate) fn insert(batch: &mut Batch, operation: &Operation) -> Result<()> {
    batch.add("adding an operation to the journal", &OPERATIONS.insert([operation])?);
    Ok(())
}

/// The statement that writes an operation that is there already, and its place.
pub(crate) fn update(batch: &mut Batch, operation: &Operation) -> Result<usize> {
    let changeable = |column: &&Column<Operation>| match column.name {
        "uuid" | "kind" | "name" | "node" | "driver" | "requester" | "created_at" => false,
        // Until then they stand as they are. An index that a statement names is written, whether anything changes or not.
        "intent" | "intent_secrets" | "result" | "error" | "finished_at" => operation.finished_at.is_some(),
        _ => true,
    };
    let mut update = Query::update();
    update.table(OPERATIONS.name).and_where(Expr::col("uuid").eq(operation.id.to_string()));
    for column in OPERATIONS.columns.iter().filter(changeable) {
        update.value(column.name, column.to_value(operation)?);
    }
    Ok(batch.add("writing an operation of the journal", &update))
}

struct Insert(Operation);

impl Job for Insert {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let mut batch = Batch::default();
        insert(&mut batch, &self.0)?;
        tx.connection.execute_all(batch).await?;
        tx.journalled(&self.0, true).await
    }
}

struct Update(Operation);

impl Job for Update {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let mut batch = Batch::default();
        update(&mut batch, &self.0)?;
        match tx.connection.execute_all(batch).await?[..] {
            [0] => Err(Error::OperationNotFound { operation: self.0.id }),
            _ => tx.journalled(&self.0, false).await,
        }
    }
}

struct Purge {
    finished_before: Timestamp,
}

impl Job for Purge {
    type Output = u64;

    // What a power cut brings back is purged again.
    fn durable(&self) -> bool {
        false
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<u64> {
        let ended = Query::select()
            .column("id")
            .from(OPERATIONS.name)
            .and_where(Expr::col("finished_at").lt(self.finished_before.as_microsecond()))
            .limit(PURGE)
            .to_owned();
        let purge =
            Query::delete().from_table(OPERATIONS.name).and_where(Expr::col("id").in_subquery(ended)).to_owned();
        Ok(tx.connection.execute("purging the journal", &purge).await?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::db::plan_of;

    #[tokio::test]
    async fn what_has_not_ended_is_found_without_reading_what_has() {
        for select in [unfinished(), unfinished_of(Uuid::nil())] {
            let plan = plan_of(&select).await;
            assert!(plan.contains("USING INDEX operations_unfinished"), "{plan}");
        }
    }
}
