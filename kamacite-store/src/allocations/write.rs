//! Changes of allocations: jobs for the writer, and what happens to an allocation when its node is written.

use kamacite_model::{Allocation, AllocationState, Json, Node, Timestamp, Uuid};
use sea_query::{Expr, ExprTrait as _, Query, UpdateStatement};

use super::ALLOCATIONS;
use crate::{
    Error, Result,
    db::{Failed, Job, Stored as _, Tx},
};

/// What clients may change of an allocation; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AllocationChange {
    /// Its name, or none.
    pub name: Option<Option<String>>,
    /// What clients keep with it.
    pub extra: Option<Json>,
}

/// Adds an allocation.
pub(super) struct Create(pub(super) Allocation);

impl Job for Create {
    type Output = ();

    fn durable(&self) -> bool {
        true
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        insert(tx, &self.0).await
    }
}

/// Writes what a client has changed.
pub(super) struct Update {
    pub(super) uuid: Uuid,
    pub(super) change: AllocationChange,
    pub(super) at: Timestamp,
}

impl Job for Update {
    type Output = Allocation;

    fn durable(&self) -> bool {
        true
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<Allocation> {
        let Self { uuid, change: AllocationChange { name, extra }, at } = self;
        let mut now = current(tx, *uuid).await?;
        if name.is_none() && extra.is_none() {
            return Ok(now);
        }
        now.name = name.clone().unwrap_or(now.name);
        now.extra = extra.clone().unwrap_or(now.extra);
        now.updated_at = Some(*at).rounded();
        let mut update = Query::update();
        update.table(ALLOCATIONS.name).and_where(Expr::col("uuid").eq(uuid.to_string()));
        for column in ALLOCATIONS.columns.iter().filter(|column| ["name", "extra", "updated_at"].contains(&column.name))
        {
            update.value(column.name, column.to_value(&now)?);
        }
        let written = tx.connection.execute("changing an allocation", &update).await;
        written.map_err(|failed| clash(failed, &now))?;
        Ok(now)
    }
}

/// Gives up looking for a node.
pub(super) struct Fail {
    pub(super) uuid: Uuid,
    pub(super) last_error: String,
    pub(super) at: Timestamp,
}

impl Job for Fail {
    type Output = bool;

    fn durable(&self) -> bool {
        true
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let fail =
            end(self.uuid, AllocationState::Error, self.at).value("last_error", self.last_error.as_str()).to_owned();
        Ok(tx.connection.execute("giving up an allocation", &fail).await? > 0)
    }
}

/// Removes an allocation that has no node.
pub(super) struct Delete(pub(super) Uuid);

impl Job for Delete {
    type Output = bool;

    fn durable(&self) -> bool {
        true
    }

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let delete = Query::delete()
            .from_table(ALLOCATIONS.name)
            .and_where(Expr::col("uuid").eq(self.0.to_string()))
            .and_where(Expr::col("node").is_null())
            .to_owned();
        Ok(tx.connection.execute("removing an allocation", &delete).await? > 0)
    }
}

/// Adds an allocation.
pub(crate) async fn insert(tx: &mut Tx<'_>, allocation: &Allocation) -> Result<()> {
    let insert = ALLOCATIONS.insert([allocation])?;
    tx.connection.execute("adding an allocation", &insert).await.map_err(|failed| clash(failed, allocation))?;
    Ok(())
}

/// Has allocations follow a node that is being written: the one that the node takes up has it from now on, and the one that
/// it lets go of is gone.
///
/// # Errors
/// [`Error::NotThere`] for an allocation that no node is looked for any more.
pub(crate) async fn follow(tx: &mut Tx<'_>, before: &Node, after: &Node, at: Timestamp) -> Result<()> {
    if before.allocation_uuid == after.allocation_uuid {
        return Ok(());
    }
    if before.allocation_uuid.is_some() {
        remove_of(tx, before.uuid).await?;
    }
    let Some(uuid) = after.allocation_uuid else { return Ok(()) };
    let take = end(uuid, AllocationState::Active, at)
        .value("node", before.uuid.to_string())
        .value("last_error", None::<String>)
        .to_owned();
    match tx.connection.execute("giving a node to an allocation", &take).await? {
        0 => Err(Error::NotThere { what: "Allocation", uuid }),
        _ => Ok(()),
    }
}

/// Removes the allocation that has a node.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    let delete =
        Query::delete().from_table(ALLOCATIONS.name).and_where(Expr::col("node").eq(node.to_string())).to_owned();
    tx.connection.execute("removing a node's allocation", &delete).await?;
    Ok(())
}

/// Ends the search for a node; what has ended it already stays.
fn end(uuid: Uuid, state: AllocationState, at: Timestamp) -> UpdateStatement {
    let mut update = Query::update();
    update
        .table(ALLOCATIONS.name)
        .value("state", state.as_str())
        .value("updated_at", at.as_microsecond())
        .and_where(Expr::col("uuid").eq(uuid.to_string()))
        .and_where(Expr::col("state").eq(AllocationState::Allocating.as_str()));
    update
}

async fn current(tx: &mut Tx<'_>, uuid: Uuid) -> Result<Allocation> {
    let select = ALLOCATIONS.select().and_where(Expr::col("uuid").eq(uuid.to_string())).to_owned();
    match tx.connection.row("loading an allocation", &select).await? {
        Some(row) => ALLOCATIONS.load(&row),
        None => Err(Error::NotThere { what: "Allocation", uuid }),
    }
}

fn clash(failed: Failed, allocation: &Allocation) -> Error {
    let taken = |column, value| Error::Taken { what: "allocation", column, value };
    match (failed.clash(), &allocation.name) {
        (Some("uuid"), _) => taken("UUID", allocation.uuid.to_string()),
        (Some("name"), Some(name)) => taken("name", name.clone()),
        (Some(_) | None, _) => failed.into(),
    }
}
