//! Rows with a UUID of their own: found, listed page by page, added, changed, removed.

use kamacite_model::Uuid;
use sea_query::{Condition, Expr, ExprTrait as _, Query};

use crate::{
    Error, PageQuery, Result, Store,
    db::{Connection, Failed, Job, Table, Tx},
    nodes::{NODES, check_lock},
    sort::{Page, SortKey},
};

/// A kind of row with a UUID of its own.
pub(crate) trait Record: Clone + Send + Sync + Sized + 'static {
    /// What it is, as the reference calls it.
    const WHAT: &'static str;

    /// How it lies in its table.
    const TABLE: &'static Table<Self>;

    /// Its identity.
    fn uuid(&self) -> Uuid;

    /// Names what another has already, where a write failed for that.
    fn clash(&self, failed: Failed) -> Error;
}

/// A change of one row.
#[derive(Debug, Clone)]
pub enum RecordChange<T> {
    /// A new one.
    Insert(T),
    /// One as it is to be.
    Update(T),
    /// One that is to go.
    Delete(Uuid),
}

impl Store {
    /// The one for which a condition holds.
    pub(crate) async fn record<T: Record>(&self, condition: Expr) -> Result<Option<T>> {
        let select = T::TABLE.select().and_where(condition).to_owned();
        let row = self.db().read().await?.row("loading a record", &select).await?;
        self.db().alive().await;
        row.map(|row| T::TABLE.load(&row)).transpose()
    }

    /// The one with this UUID.
    pub(crate) async fn record_by_uuid<T: Record>(&self, uuid: Uuid) -> Result<Option<T>> {
        self.record(is(uuid)).await
    }

    /// Those for which a condition holds, sorted, from a marker on.
    pub(crate) async fn records<T: Record, F: Sync, K: SortKey>(
        &self,
        query: &PageQuery<F, K>,
        condition: Condition,
    ) -> Result<Vec<T>> {
        let page = Page {
            table: T::TABLE,
            key: query.sort_key.name(),
            descending: query.descending,
            marker: query.marker,
            limit: query.limit,
        };
        let mut select = T::TABLE.select().cond_where(condition).to_owned();
        let mut connection: Connection = self.db().read().await?;
        page.cut(&mut connection, &mut select).await?;
        let rows = connection.rows("listing records", &select).await?;
        self.db().alive().await;
        rows.iter().map(|row| T::TABLE.load(row)).collect()
    }
}

/// Adds one row that belongs to nothing.
pub(crate) struct Create<T>(pub(crate) T);

impl<T: Record> Job for Create<T> {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        insert(tx, &self.0).await
    }
}

/// Changes one row that belongs to a node.
pub(crate) struct ChangeOfNode<T> {
    pub(crate) node: Uuid,
    /// Of the node's lock, where it must be held.
    pub(crate) fence: Option<i64>,
    pub(crate) change: RecordChange<T>,
}

impl<T: Record> Job for ChangeOfNode<T> {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        check_node(tx, self.node, self.fence).await?;
        match &self.change {
            RecordChange::Insert(new) => insert(tx, new).await,
            RecordChange::Update(after) => update(tx, after).await,
            RecordChange::Delete(uuid) => delete::<T>(tx, *uuid).await,
        }
    }
}

/// One as it stands.
pub(crate) async fn load<T: Record>(tx: &mut Tx<'_>, uuid: Uuid) -> Result<T> {
    let select = T::TABLE.select().and_where(is(uuid)).to_owned();
    let row = tx.connection.row("loading a record", &select).await?;
    T::TABLE.load(&row.ok_or(Error::NotThere { what: T::WHAT, uuid })?)
}

/// Adds one.
pub(crate) async fn insert<T: Record>(tx: &mut Tx<'_>, new: &T) -> Result<()> {
    let insert = T::TABLE.insert([new])?;
    tx.connection.execute("adding a record", &insert).await.map_err(|failed| new.clash(failed))?;
    Ok(())
}

/// Writes one as it is to be, but for its identity and when it was made.
pub(crate) async fn update<T: Record>(tx: &mut Tx<'_>, after: &T) -> Result<()> {
    let uuid = after.uuid();
    let mut update = Query::update();
    update.table(T::TABLE.name).and_where(is(uuid));
    for column in T::TABLE.columns.iter().filter(|column| !matches!(column.name, "uuid" | "created_at")) {
        update.value(column.name, column.to_value(after)?);
    }
    match tx.connection.execute("changing a record", &update).await.map_err(|failed| after.clash(failed))? {
        0 => Err(Error::NotThere { what: T::WHAT, uuid }),
        _ => Ok(()),
    }
}

/// Removes one.
pub(crate) async fn delete<T: Record>(tx: &mut Tx<'_>, uuid: Uuid) -> Result<()> {
    let delete = Query::delete().from_table(T::TABLE.name).and_where(is(uuid)).to_owned();
    match tx.connection.execute("removing a record", &delete).await? {
        0 => Err(Error::NotThere { what: T::WHAT, uuid }),
        _ => Ok(()),
    }
}

/// Removes the rows of some tables that belong to a node.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, tables: &[&'static str], node: Uuid) -> Result<()> {
    for table in tables {
        let delete = Query::delete().from_table(*table).and_where(Expr::col("node").eq(node.to_string())).to_owned();
        tx.connection.execute("removing what belongs to a node", &delete).await?;
    }
    Ok(())
}

/// Whether there is a row for which a condition holds.
pub(crate) async fn any(tx: &mut Tx<'_>, table: &'static str, condition: Expr) -> Result<bool> {
    let select = Query::select().column("id").from(table).and_where(condition).limit(1).to_owned();
    Ok(tx.connection.row("looking for a record", &select).await?.is_some())
}

/// Refuses what is written beside a node that is gone, or whose lock is no longer that of the fence, where there is one.
pub(crate) async fn check_node(tx: &mut Tx<'_>, node: Uuid, fence: Option<i64>) -> Result<()> {
    match fence {
        Some(fence) => check_lock(tx, node, fence).await,
        None if tx.node(node).await?.is_none() => Err(Error::NodeNotFound { node }),
        None => Ok(()),
    }
}

/// It has this UUID.
pub(crate) fn is(uuid: Uuid) -> Expr {
    Expr::col("uuid").eq(uuid.to_string())
}

/// It belongs to a node for which a condition holds.
pub(crate) fn of_nodes(condition: Expr) -> Expr {
    let nodes = Query::select().column("uuid").from(NODES.name).and_where(condition).to_owned();
    Expr::col("node").in_subquery(nodes)
}

/// It belongs to a node that this project owns or uses.
pub(crate) fn of_project(project: &str) -> Expr {
    of_nodes(Expr::col("owner").eq(project).or(Expr::col("lessee").eq(project)))
}
