//! Changes of allocations: jobs for the writer, and what happens to an allocation when its node is written.

use kamacite_model::{Allocation, AllocationState, Json, Node, Timestamp, Uuid};
use sea_query::{Expr, ExprTrait as _, Query, UpdateStatement};

use super::{ALLOCATIONS, remove_of};
use crate::{
    Error, Result,
    db::{Job, Stored as _, Tx},
    records::{self, Record as _, is},
};

/// What clients may change of an allocation; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AllocationChange {
    /// Its name, or none.
    pub name: Option<Option<String>>,
    /// What clients keep with it.
    pub extra: Option<Json>,
}

/// Writes what a client has changed.
pub(super) struct Update {
    pub(super) uuid: Uuid,
    pub(super) change: AllocationChange,
    pub(super) at: Timestamp,
}

impl Job for Update {
    type Output = Allocation;

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<Allocation> {
        let Self { uuid, change: AllocationChange { name, extra }, at } = self;
        let mut now = records::load::<Allocation>(tx, *uuid).await?;
        if name.is_none() && extra.is_none() {
            return Ok(now);
        }
        now.name = name.clone().unwrap_or(now.name);
        now.extra = extra.clone().unwrap_or(now.extra);
        now.updated_at = Some(*at).rounded();
        records::update(tx, &now).await?;
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

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let delete = Query::delete()
            .from_table(ALLOCATIONS.name)
            .and_where(is(self.0))
            .and_where(Expr::col("node").is_null())
            .to_owned();
        Ok(tx.connection.execute("removing an allocation", &delete).await? > 0)
    }
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
        0 => Err(Error::NotThere { what: Allocation::WHAT, uuid }),
        _ => Ok(()),
    }
}

/// Ends the search for a node; what has ended it already stays.
fn end(uuid: Uuid, state: AllocationState, at: Timestamp) -> UpdateStatement {
    let mut update = Query::update();
    update
        .table(ALLOCATIONS.name)
        .value("state", state.as_str())
        .value("updated_at", at.as_microsecond())
        .and_where(is(uuid))
        .and_where(Expr::col("state").eq(AllocationState::Allocating.as_str()));
    update
}
