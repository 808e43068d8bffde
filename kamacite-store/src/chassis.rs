//! Chassis: found by UUID, listed, changed, removed when no node stands in them.

use kamacite_model::{Chassis, Timestamp, Uuid};
use sea_query::{Condition, Expr, ExprTrait as _};

use crate::{
    Error, Result, Store,
    db::{Failed, Job, Stored as _, Table, Tx, column},
    nodes::NODES,
    records::{self, Record, any, is},
    sort::{PageQuery, sort_keys},
};

/// How a chassis lies in its table.
static CHASSIS: Table<Chassis> = Table {
    name: "chassis",
    blank: || Chassis::new(Uuid::nil(), Timestamp::UNIX_EPOCH),
    columns: &[column!(uuid), column!(description), column!(extra), column!(created_at), column!(updated_at)],
};

/// A page of chassis.
pub type ChassisQuery = PageQuery<(), ChassisColumn>;

sort_keys! {
    /// What chassis can be sorted by: every plain column of the reference's table.
    pub enum ChassisColumn {
        Id = "id",
        Uuid = "uuid",
        Description = "description",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

impl Store {
    /// The chassis with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn one_chassis(&self, uuid: Uuid) -> Result<Option<Chassis>> {
        self.record_by_uuid(uuid).await
    }

    /// All chassis, sorted, from a marker on.
    ///
    /// # Errors
    /// [`Error::MarkerNotFound`], or trouble with the database.
    pub async fn chassis(&self, query: &ChassisQuery) -> Result<Vec<Chassis>> {
        self.records(query, Condition::all()).await
    }

    /// Adds a chassis. Durable.
    ///
    /// # Errors
    /// [`Error::Taken`] for a UUID that another has, or trouble with the database.
    pub async fn create_chassis(&self, chassis: &Chassis) -> Result<()> {
        self.write(records::Create(chassis.clone())).await
    }

    /// Changes what differs between a chassis as somebody saw it and as it is to be, and returns it as it stands then.
    /// Durable.
    ///
    /// # Errors
    /// [`Error::NotThere`], or trouble with the database.
    pub async fn update_chassis(&self, before: Chassis, after: Chassis) -> Result<Chassis> {
        self.write(Update { before, after, at: self.clock().now() }).await
    }

    /// Removes a chassis in which no node stands. Durable.
    ///
    /// # Errors
    /// [`Error::NotThere`], [`Error::ChassisNotEmpty`], or trouble with the database.
    pub async fn delete_chassis(&self, uuid: Uuid) -> Result<()> {
        self.write(Delete(uuid)).await
    }
}

impl Record for Chassis {
    const WHAT: &'static str = "Chassis";
    const TABLE: &'static Table<Self> = &CHASSIS;

    fn uuid(&self) -> Uuid {
        self.uuid
    }

    fn clash(&self, failed: Failed) -> Error {
        match failed.clash() {
            Some("uuid") => Error::Taken { what: "chassis", column: "UUID", value: self.uuid.to_string() },
            Some(_) | None => failed.into(),
        }
    }
}

/// A node stands in a chassis that is there, or in none; it may have gone since somebody looked.
pub(crate) async fn check(tx: &mut Tx<'_>, chassis: Option<Uuid>) -> Result<()> {
    match chassis {
        Some(uuid) if !any(tx, CHASSIS.name, is(uuid)).await? => Err(Error::NotThere { what: Chassis::WHAT, uuid }),
        Some(_) | None => Ok(()),
    }
}

struct Update {
    before: Chassis,
    after: Chassis,
    at: Timestamp,
}

impl Job for Update {
    type Output = Chassis;

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<Chassis> {
        let Self { before, after, at } = self;
        let mut now = records::load::<Chassis>(tx, before.uuid).await?;
        let changed: Vec<_> = CHASSIS.columns.iter().filter(|column| !(column.same)(before, after)).collect();
        if changed.is_empty() {
            return Ok(now);
        }
        changed.iter().for_each(|column| (column.copy)(&mut now, after));
        now.updated_at = Some(*at).rounded();
        records::update(tx, &now).await?;
        Ok(now)
    }
}

struct Delete(Uuid);

impl Job for Delete {
    type Output = ();

    fn is_one_statement(&self) -> bool {
        true
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let chassis = self.0;
        if any(tx, NODES.name, Expr::col("chassis_uuid").eq(chassis.to_string())).await? {
            return Err(Error::ChassisNotEmpty { chassis });
        }
        records::delete::<Chassis>(tx, chassis).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_key_is_a_column() {
        for key in ChassisColumn::ALL.iter().filter(|key| **key != ChassisColumn::Id) {
            assert!(CHASSIS.column(key.as_str()).is_some(), "{}", key.as_str());
        }
    }
}
