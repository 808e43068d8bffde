//! What happened to nodes, for people to read.

use kamacite_model::{HistoryEntry, Severity, Timestamp, Uuid};
use sea_query::{Alias, Expr, ExprTrait as _, Order, Query, SelectStatement, WindowStatement};

use crate::{
    Result, Store,
    db::{Batch, Connection, Job, Table, Tx, column},
    records,
    sort::{Page, sort_keys},
};

/// The most entries that are written by one statement; the number of its arguments is bounded.
pub(crate) const CHUNK: usize = 1000;

/// The most entries that are forgotten in one transaction, so that others do not wait long.
const PURGE: u64 = 1000;

/// How an entry lies in its table.
static HISTORY: Table<HistoryEntry> = Table {
    name: "node_history",
    blank: || HistoryEntry {
        uuid: Uuid::nil(),
        node: Uuid::nil(),
        created_at: Timestamp::UNIX_EPOCH,
        severity: Severity::Info,
        event: String::new(),
        event_type: String::new(),
        conductor: String::new(),
        user: None,
        project: None,
        state: None,
        target_provision_state: None,
        duration_s: None,
    },
    columns: &[
        column!(uuid),
        column!(node),
        column!(created_at),
        column!(severity),
        column!(event),
        column!(event_type),
        column!(conductor),
        column!(user),
        column!(project),
        column!(state),
        column!(target_provision_state),
        column!("duration_seconds", duration_s),
    ],
};

/// A page of a node's history.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// The last entry of the page before; the page begins after it.
    pub marker: Option<Uuid>,
    /// The most entries to return; `None` returns all.
    pub limit: Option<usize>,
    /// What to sort by; entries that are equal in it stand in the order of their writing.
    pub sort_key: HistoryColumn,
    /// Whether the order is turned round.
    pub descending: bool,
}

sort_keys! {
    /// What history can be sorted by.
    pub enum HistoryColumn {
        CreatedAt = "created_at",
        Id = "id",
        Uuid = "uuid",
        Severity = "severity",
        Event = "event",
        EventType = "event_type",
        Conductor = "conductor",
        User = "user",
        Project = "project",
        State = "state",
        TargetProvisionState = "target_provision_state",
        DurationSeconds = "duration_seconds",
    }
}

impl Store {
    /// Adds entries to the history. Durable.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn add_history(&self, entries: &[HistoryEntry]) -> Result<()> {
        self.write(Add(entries.to_vec())).await
    }

    /// A node's history.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn history(&self, node: Uuid, query: &HistoryQuery) -> Result<Vec<HistoryEntry>> {
        let mut select = of(node);
        let page = Page {
            table: &HISTORY,
            key: query.sort_key.as_str(),
            descending: query.descending,
            marker: query.marker,
            limit: query.limit,
        };
        let mut connection = self.db().read().await?;
        page.cut(&mut connection, &mut select).await?;
        let entries = load(&mut connection, &select).await?;
        self.db().alive().await;
        Ok(entries)
    }

    /// One entry of a node's history.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn history_entry(&self, node: Uuid, uuid: Uuid) -> Result<Option<HistoryEntry>> {
        let select = of(node).and_where(Expr::col("uuid").eq(uuid.to_string())).to_owned();
        let mut entries = load(&mut self.db().read().await?, &select).await?;
        self.db().alive().await;
        Ok(entries.pop())
    }

    /// Forgets entries that were written before `older_than` and are not among the newest `keep_per_node` of their node;
    /// returns how many.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn purge_history(&self, keep_per_node: u64, older_than: Timestamp) -> Result<u64> {
        let mut purged = 0;
        loop {
            let now = self.write(Purge { keep_per_node, older_than }).await?;
            purged += now;
            if now < PURGE {
                return Ok(purged);
            }
        }
    }
}

fn of(node: Uuid) -> SelectStatement {
    HISTORY.select().and_where(Expr::col("node").eq(node.to_string())).to_owned()
}

async fn load(connection: &mut Connection, select: &SelectStatement) -> Result<Vec<HistoryEntry>> {
    connection.rows("reading history", select).await?.iter().map(|row| HISTORY.load(row)).collect()
}

/// The statements that add entries.
pub(crate) fn insert(batch: &mut Batch, entries: &[HistoryEntry]) -> Result<()> {
    for chunk in entries.chunks(CHUNK) {
        batch.add("adding to the history", &HISTORY.insert(chunk)?);
    }
    Ok(())
}

/// Removes all entries of a node.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    records::remove_of(tx, &[HISTORY.name], node).await
}

struct Add(Vec<HistoryEntry>);

impl Job for Add {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        self.0.len() <= CHUNK
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let mut batch = Batch::default();
        insert(&mut batch, &self.0)?;
        tx.connection.execute_all(batch).await?;
        Ok(())
    }
}

struct Purge {
    keep_per_node: u64,
    older_than: Timestamp,
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
        let newest_first = WindowStatement::partition_by("node")
            .order_by("created_at", Order::Desc)
            .order_by("id", Order::Desc)
            .to_owned();
        let ranked = Query::select()
            .columns(["id", "created_at"])
            .expr_window_as(Expr::cust("ROW_NUMBER()"), newest_first, Alias::new("place"))
            .from(HISTORY.name)
            .to_owned();
        let old = Query::select()
            .column("id")
            .from_subquery(ranked, Alias::new("ranked"))
            .and_where(Expr::col("place").gt(i64::try_from(self.keep_per_node).unwrap_or(i64::MAX)))
            .and_where(Expr::col("created_at").lt(self.older_than.as_microsecond()))
            .limit(PURGE)
            .to_owned();
        let purge = Query::delete().from_table(HISTORY.name).and_where(Expr::col("id").in_subquery(old)).to_owned();
        Ok(tx.connection.execute("purging history", &purge).await?)
    }
}
