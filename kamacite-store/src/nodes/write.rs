//! Changes of nodes: each is one job for the writer.

use std::sync::Arc;

use kamacite_model::{Allocation, HistoryEntry, Node, Operation, Timestamp, Uuid};
use sea_query::{Expr, ExprTrait as _, InsertStatement, Query};

use super::{NODES, columns::changeable};
use crate::{
    Error, Result, allocations, chassis,
    db::{Batch, Column, Failed, Job, Stored as _, Tx, malformed},
    hardware, history, operations, ports, records, volumes,
};

/// What is written together, all or nothing.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// A change of a node.
    pub node: Option<NodeChange>,
    /// A change of the journal.
    pub operation: Option<OperationChange>,
    /// Entries of history.
    pub history: Vec<HistoryEntry>,
    /// A new allocation, which the node then takes up.
    pub allocation: Option<Allocation>,
}

/// A change of a node: what differs between two snapshots is written.
#[derive(Debug, Clone)]
pub struct NodeChange {
    /// The node as it was; its reservation and fence must still be those of the row.
    pub before: Arc<Node>,
    /// The node as it should be. Its identity, reservation, fence, `created_at` and `updated_at` are not looked at.
    pub after: Node,
    /// Whether to give up the lock at the same time.
    pub release: bool,
}

/// A change of the journal.
#[derive(Debug, Clone)]
pub enum OperationChange {
    /// A new operation.
    Insert(Operation),
    /// An operation that is there already.
    Update(Operation),
}

/// Enrols a node. All that can be made ready is made ready before it queues, since everybody waits for the writer.
pub(super) struct Create {
    node: Arc<Node>,
    insert: InsertStatement,
    history: Vec<HistoryEntry>,
}

impl Create {
    pub(super) fn new(node: &Node, history: &[HistoryEntry]) -> Result<Self> {
        let insert = NODES.insert([node])?;
        Ok(Self { node: Arc::new(NODES.rounded(node)), insert, history: history.to_vec() })
    }
}

impl Job for Create {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        self.history.is_empty()
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        check_instance(tx, &self.node).await?;
        chassis::check(tx, self.node.chassis_uuid).await?;
        let mut batch = Batch::default();
        let place = batch.add("enrolling a node", &self.insert);
        history::insert(&mut batch, &self.history)?;
        tx.connection
            .execute_all(batch)
            .await
            .map_err(|failed| if failed.place == place { clash(failed, &self.node) } else { failed.into() })?;
        tx.stored(None, Arc::clone(&self.node));
        Ok(())
    }
}

/// Takes a node's lock.
pub(super) struct Reserve {
    pub(super) node: Uuid,
    pub(super) holder: String,
    /// Whoever has it.
    pub(super) by_force: bool,
}

impl Job for Reserve {
    type Output = Arc<Node>;

    fn durable(&self) -> bool {
        false
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<Arc<Node>> {
        let before = tx.node(self.node).await?.ok_or(Error::NodeNotFound { node: self.node })?;
        let mut reserve = Query::update();
        reserve
            .table(NODES.name)
            .value("reservation", self.holder.as_str())
            .value("fence", Expr::col("fence").add(1))
            .and_where(Expr::col("uuid").eq(self.node.to_string()))
            .returning_col("fence");
        if !self.by_force {
            reserve.and_where(Expr::col("reservation").is_null());
        }
        let Some(row) = tx.connection.row("reserving a node", &reserve).await? else {
            // Where others write as well, it may have been released just now; that is still no success.
            let holder = before.reservation.clone().unwrap_or_else(|| "another holder".to_owned());
            return Err(Error::NodeLocked { node: self.node, holder });
        };
        let fence = i64::from_row(&row, 0).map_err(|source| malformed(NODES.name, "fence", source))?;
        let mut node = (*before).clone();
        node.reservation = Some(self.holder.clone());
        node.fence = fence;
        Ok(tx.stored(Some(before), node))
    }
}

/// Gives up a node's lock.
pub(super) struct Release {
    pub(super) node: Uuid,
    pub(super) fence: i64,
}

impl Job for Release {
    type Output = ();

    fn durable(&self) -> bool {
        false
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let before = tx.node(self.node).await?;
        let release = Query::update()
            .table(NODES.name)
            .value("reservation", None::<String>)
            .and_where(Expr::col("uuid").eq(self.node.to_string()))
            .and_where(Expr::col("fence").eq(self.fence))
            .and_where(Expr::col("reservation").is_not_null())
            .to_owned();
        if tx.connection.execute("releasing a node", &release).await? > 0
            && let Some(before) = before
        {
            let mut node = (*before).clone();
            node.reservation = None;
            tx.stored(Some(before), node);
        }
        Ok(())
    }
}

/// Writes a change.
pub(super) struct Save {
    pub(super) change: Change,
    pub(super) at: Timestamp,
}

impl Job for Save {
    type Output = Option<Arc<Node>>;

    fn is_one_statement(&self) -> bool {
        let Change { node, operation, history, allocation } = &self.change;
        let followed =
            node.as_ref().is_some_and(|change| change.before.allocation_uuid != change.after.allocation_uuid);
        let parts = [node.is_some(), operation.is_some(), !history.is_empty(), allocation.is_some(), followed];
        parts.iter().filter(|part| **part).count() <= 1 && history.len() <= history::CHUNK
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<Option<Arc<Node>>> {
        let Change { node, operation, history, allocation } = &self.change;
        if let Some(allocation) = allocation {
            records::insert(tx, allocation).await?;
        }
        let mut batch = Batch::default();
        let mut moved = None;
        match operation {
            Some(OperationChange::Insert(operation)) => {
                operations::insert(&mut batch, operation)?;
                tx.belongs_to(operation);
                // What begins is told before what it changes, and what ends after.
                tx.journalled(operation, true).await?;
            }
            Some(OperationChange::Update(operation)) => {
                moved = Some((operations::update(&mut batch, operation)?, operation));
                tx.belongs_to(operation);
            }
            None => {}
        }
        let saved = match node {
            Some(change) => Some(change.prepare(tx, self.at, &mut batch).await?),
            None => None,
        };
        history::insert(&mut batch, history)?;
        let written = tx.connection.execute_all(batch).await.map_err(|failed| match &saved {
            Some(saved) if saved.place == failed.place => clash(failed, saved.after),
            Some(_) | None => failed.into(),
        })?;
        let node = match saved {
            Some(saved) if written[saved.place] == 0 => return Err(Error::LeaseLost { node: saved.stored.uuid }),
            Some(saved) => Some(saved.settle(tx).await?),
            None => None,
        };
        match moved {
            Some((place, operation)) if written[place] == 0 => {
                Err(Error::OperationNotFound { operation: operation.id })
            }
            Some((_, operation)) => tx.journalled(operation, false).await.map(|()| node),
            None => Ok(node),
        }
    }
}

/// A change of a node that is about to be written.
struct Saving<'a> {
    /// Of its statement.
    place: usize,
    /// The node as it lies in the database.
    stored: Arc<Node>,
    before: &'a Node,
    after: &'a Node,
    changed: Vec<&'static Column<Node>>,
    release: bool,
    at: Timestamp,
}

impl NodeChange {
    /// Checks what can be checked beforehand, and adds the statement.
    async fn prepare<'a>(&'a self, tx: &mut Tx<'_>, at: Timestamp, batch: &mut Batch) -> Result<Saving<'a>> {
        let Self { before, after, release } = self;
        let changed: Vec<&Column<Node>> = changeable().filter(|column| !(column.same)(before, after)).collect();
        if before.instance_uuid != after.instance_uuid {
            check_instance(tx, &Node { uuid: before.uuid, ..after.clone() }).await?;
        }
        // Before it is written: what is not in memory is read from the row.
        let stored = tx.node(before.uuid).await?.ok_or(Error::NodeNotFound { node: before.uuid })?;
        if before.chassis_uuid != after.chassis_uuid {
            chassis::check(tx, after.chassis_uuid).await?;
        }
        // Setting the fence to itself has the lock checked also where there is nothing to write.
        let mut update = Query::update();
        update.table(NODES.name).value("fence", before.fence);
        for column in &changed {
            update.value(column.name, column.to_value(after)?);
        }
        if !changed.is_empty() {
            update.value("updated_at", at.as_microsecond());
        }
        if *release {
            update.value("reservation", None::<String>);
        }
        update
            .and_where(Expr::col("uuid").eq(before.uuid.to_string()))
            .and_where(Expr::col("fence").eq(before.fence))
            .and_where(match &before.reservation {
                Some(holder) => Expr::col("reservation").eq(holder.as_str()),
                None => Expr::col("reservation").is_null(),
            });
        let place = batch.add("saving a node", &update);
        Ok(Saving { place, stored, before, after, changed, release: *release, at })
    }
}

impl Saving<'_> {
    /// What follows from it once it is written.
    async fn settle(self, tx: &mut Tx<'_>) -> Result<Arc<Node>> {
        let Self { stored, before, after, changed, release, at, .. } = self;
        allocations::follow(tx, before, after, at).await?;
        let mut node = (*stored).clone();
        for column in &changed {
            (column.copy)(&mut node, after);
        }
        if !changed.is_empty() {
            node.updated_at = Some(at).rounded();
        }
        if release {
            node.reservation = None;
        }
        Ok(tx.stored(Some(stored), node))
    }
}

/// Removes a node.
pub(super) struct Delete {
    pub(super) node: Uuid,
    pub(super) fence: i64,
}

impl Job for Delete {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        false
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let before = tx.node(self.node).await?.ok_or(Error::NodeNotFound { node: self.node })?;
        let delete = Query::delete()
            .from_table(NODES.name)
            .and_where(Expr::col("uuid").eq(self.node.to_string()))
            .and_where(Expr::col("fence").eq(self.fence))
            .and_where(Expr::col("reservation").is_not_null())
            .to_owned();
        if tx.connection.execute("removing a node", &delete).await? == 0 {
            return Err(Error::LeaseLost { node: self.node });
        }
        history::remove_of(tx, self.node).await?;
        ports::remove_of(tx, self.node).await?;
        volumes::remove_of(tx, self.node).await?;
        allocations::remove_of(tx, self.node).await?;
        hardware::remove_of(tx, self.node).await?;
        tx.removed(before);
        Ok(())
    }
}

/// Refuses what is written beside a node when its lock is no longer that of `fence`.
pub(crate) async fn check_lock(tx: &mut Tx<'_>, node: Uuid, fence: i64) -> Result<()> {
    match tx.node(node).await? {
        None => Err(Error::NodeNotFound { node }),
        Some(found) if found.fence != fence || found.reservation.is_none() => Err(Error::LeaseLost { node }),
        Some(_) => Ok(()),
    }
}

/// Refuses an instance that is on another node.
///
/// Asked beforehand, since not every database answers questions after a statement has failed.
async fn check_instance(tx: &mut Tx<'_>, node: &Node) -> Result<()> {
    let Some(instance_uuid) = &node.instance_uuid else { return Ok(()) };
    let holder = Query::select()
        .column("uuid")
        .from(NODES.name)
        .and_where(Expr::col("instance_uuid").eq(instance_uuid.as_str()))
        .and_where(Expr::col("uuid").ne(node.uuid.to_string()))
        .to_owned();
    match tx.connection.row("looking for an instance", &holder).await? {
        Some(row) => Err(Error::InstanceTaken { instance_uuid: instance_uuid.clone(), node: super::uuid(&row)? }),
        None => Ok(()),
    }
}

/// Names what another node has already.
fn clash(failed: Failed, node: &Node) -> Error {
    match (failed.clash(), &node.name) {
        (Some("name"), Some(name)) => Error::NodeNameTaken { name: name.clone() },
        (Some("uuid"), _) => Error::NodeUuidTaken { uuid: node.uuid },
        (Some(_) | None, _) => failed.into(),
    }
}
