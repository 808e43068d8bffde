//! Changes of ports and of their groups: one job for the writer.

use kamacite_model::{Port, Portgroup, Uuid};
use sea_query::{DeleteStatement, Expr, ExprTrait as _, Query};

use super::{PORTGROUPS, PORTS};
use crate::{
    Error, Result,
    db::{Failed, Job, Table, Tx},
    nodes::check_lock,
};

/// A change of a port or of a group of ports.
#[derive(Debug, Clone)]
pub enum PortChange {
    /// A new port.
    Insert(Port),
    /// A port as it is to be.
    Update(Port),
    /// A port that is to go.
    Delete(Uuid),
    /// A new group.
    InsertGroup(Portgroup),
    /// A group as it is to be.
    UpdateGroup(Portgroup),
    /// A group that is to go; it must be empty.
    DeleteGroup(Uuid),
}

/// Changes ports of one node.
pub(super) struct ChangePorts {
    pub(super) node: Uuid,
    /// Of the node's lock, where it must be held.
    pub(super) fence: Option<i64>,
    pub(super) changes: Vec<PortChange>,
}

impl Job for ChangePorts {
    type Output = ();

    fn durable(&self) -> bool {
        true
    }

    fn is_one_statement(&self) -> bool {
        self.changes.len() <= 1
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        check_node(tx, self.node, self.fence).await?;
        for change in &self.changes {
            match change {
                PortChange::Insert(port) => {
                    check_group(tx, port).await?;
                    insert(tx, &PORTS, port, |failed| port_clash(failed, port)).await?;
                }
                PortChange::Update(port) => {
                    check_group(tx, port).await?;
                    update(tx, &PORTS, port, port.uuid, |failed| port_clash(failed, port)).await?;
                }
                PortChange::Delete(uuid) => delete(tx, &PORTS, *uuid).await?,
                PortChange::InsertGroup(group) => {
                    insert(tx, &PORTGROUPS, group, |failed| group_clash(failed, group)).await?;
                }
                PortChange::UpdateGroup(group) => {
                    update(tx, &PORTGROUPS, group, group.uuid, |failed| group_clash(failed, group)).await?;
                }
                PortChange::DeleteGroup(uuid) => {
                    check_empty(tx, *uuid).await?;
                    delete(tx, &PORTGROUPS, *uuid).await?;
                }
            }
        }
        Ok(())
    }
}

/// Removes what a node has of ports.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    for table in [PORTS.name, PORTGROUPS.name] {
        let delete = Query::delete().from_table(table).and_where(Expr::col("node").eq(node.to_string())).to_owned();
        tx.connection.execute("removing a node's ports", &delete).await?;
    }
    Ok(())
}

async fn check_node(tx: &mut Tx<'_>, node: Uuid, fence: Option<i64>) -> Result<()> {
    match fence {
        Some(fence) => check_lock(tx, node, fence).await,
        None if tx.node(node).await?.is_none() => Err(Error::NodeNotFound { node }),
        None => Ok(()),
    }
}

/// A port is in a group of its own node or in none; the group may have gone since somebody looked.
async fn check_group(tx: &mut Tx<'_>, port: &Port) -> Result<()> {
    let Some(group) = port.portgroup else { return Ok(()) };
    let there = Query::select()
        .column("id")
        .from(PORTGROUPS.name)
        .and_where(Expr::col("uuid").eq(group.to_string()))
        .and_where(Expr::col("node").eq(port.node.to_string()))
        .to_owned();
    match tx.connection.row("looking for a group of ports", &there).await? {
        Some(_) => Ok(()),
        None => Err(Error::NotThere { what: "Portgroup", uuid: group }),
    }
}

async fn check_empty(tx: &mut Tx<'_>, portgroup: Uuid) -> Result<()> {
    let member = Query::select()
        .column("id")
        .from(PORTS.name)
        .and_where(Expr::col("portgroup").eq(portgroup.to_string()))
        .limit(1)
        .to_owned();
    match tx.connection.row("looking for ports of a group", &member).await? {
        Some(_) => Err(Error::PortgroupNotEmpty { portgroup }),
        None => Ok(()),
    }
}

async fn insert<T>(
    tx: &mut Tx<'_>,
    table: &Table<T>,
    row: &T,
    clash: impl FnOnce(Failed) -> Error + Send,
) -> Result<()> {
    let insert = table.insert([row])?;
    tx.connection.execute("adding a port", &insert).await.map_err(clash)?;
    Ok(())
}

async fn update<T>(
    tx: &mut Tx<'_>,
    table: &Table<T>,
    row: &T,
    uuid: Uuid,
    clash: impl FnOnce(Failed) -> Error + Send,
) -> Result<()> {
    let mut update = Query::update();
    update.table(table.name).and_where(Expr::col("uuid").eq(uuid.to_string()));
    for column in table.columns.iter().filter(|column| !matches!(column.name, "uuid" | "created_at")) {
        update.value(column.name, column.to_value(row)?);
    }
    match tx.connection.execute("changing a port", &update).await.map_err(clash)? {
        0 => Err(not_there(table, uuid)),
        _ => Ok(()),
    }
}

async fn delete<T>(tx: &mut Tx<'_>, table: &Table<T>, uuid: Uuid) -> Result<()> {
    let delete: DeleteStatement =
        Query::delete().from_table(table.name).and_where(Expr::col("uuid").eq(uuid.to_string())).to_owned();
    match tx.connection.execute("removing a port", &delete).await? {
        0 => Err(not_there(table, uuid)),
        _ => Ok(()),
    }
}

fn not_there<T>(table: &Table<T>, uuid: Uuid) -> Error {
    let what = if table.name == PORTS.name { "Port" } else { "Portgroup" };
    Error::NotThere { what, uuid }
}

fn port_clash(failed: Failed, port: &Port) -> Error {
    let taken = |column, value| Error::Taken { what: "port", column, value };
    match (failed.clash(), &port.name) {
        (Some("address"), _) => taken("MAC address", port.address.to_string()),
        (Some("uuid"), _) => taken("UUID", port.uuid.to_string()),
        (Some("name"), Some(name)) => taken("name", name.clone()),
        (Some(_) | None, _) => failed.into(),
    }
}

fn group_clash(failed: Failed, group: &Portgroup) -> Error {
    let taken = |column, value| Error::Taken { what: "portgroup", column, value };
    match (failed.clash(), &group.name, group.address) {
        (Some("address"), _, Some(address)) => taken("MAC address", address.to_string()),
        (Some("uuid"), ..) => taken("UUID", group.uuid.to_string()),
        (Some("name"), Some(name), _) => taken("name", name.clone()),
        (Some(_) | None, ..) => failed.into(),
    }
}
