//! Changes of ports and of their groups: one job for the writer.

use kamacite_model::{Port, Portgroup, Timestamp, Uuid};
use sea_query::{Expr, ExprTrait as _};

use super::{PORTGROUPS, PORTS};
use crate::{
    Error, Result,
    db::{Failed, Job, Table, Tx},
    records::{self, Record, any, check_node, delete, insert, is, load, update},
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
    /// A group that is on no physical network and is to be on this one. Nothing else of it changes.
    JoinNetwork {
        /// Which.
        portgroup: Uuid,
        /// Where.
        network: String,
        /// When.
        at: Timestamp,
    },
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

    fn is_one_statement(&self) -> bool {
        self.changes.len() <= 1
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        check_node(tx, self.node, self.fence).await?;
        for change in &self.changes {
            match change {
                PortChange::Insert(port) => {
                    check_group(tx, port).await?;
                    insert(tx, port).await?;
                }
                PortChange::Update(port) => {
                    check_group(tx, port).await?;
                    update(tx, port).await?;
                }
                PortChange::Delete(uuid) => delete::<Port>(tx, *uuid).await?,
                PortChange::InsertGroup(group) => insert(tx, group).await?,
                PortChange::UpdateGroup(group) => update(tx, group).await?,
                PortChange::JoinNetwork { portgroup, network, at } => join(tx, *portgroup, network, *at).await?,
                PortChange::DeleteGroup(uuid) => {
                    check_empty(tx, *uuid).await?;
                    delete::<Portgroup>(tx, *uuid).await?;
                }
            }
        }
        Ok(())
    }
}

impl Record for Port {
    const WHAT: &'static str = "Port";
    const TABLE: &'static Table<Self> = &PORTS;

    fn uuid(&self) -> Uuid {
        self.uuid
    }

    fn clash(&self, failed: Failed) -> Error {
        let taken = |column, value| Error::Taken { what: "port", column, value };
        match (failed.clash(), &self.name) {
            (Some("address"), _) => taken("MAC address", self.address.to_string()),
            (Some("uuid"), _) => taken("UUID", self.uuid.to_string()),
            (Some("name"), Some(name)) => taken("name", name.clone()),
            (Some(_) | None, _) => failed.into(),
        }
    }
}

impl Record for Portgroup {
    const WHAT: &'static str = "Portgroup";
    const TABLE: &'static Table<Self> = &PORTGROUPS;

    fn uuid(&self) -> Uuid {
        self.uuid
    }

    fn clash(&self, failed: Failed) -> Error {
        let taken = |column, value| Error::Taken { what: "portgroup", column, value };
        match (failed.clash(), &self.name, self.address) {
            (Some("address"), _, Some(address)) => taken("MAC address", address.to_string()),
            (Some("uuid"), ..) => taken("UUID", self.uuid.to_string()),
            (Some("name"), Some(name), _) => taken("name", name.clone()),
            (Some(_) | None, ..) => failed.into(),
        }
    }
}

/// Removes what a node has of ports.
pub(crate) async fn remove_of(tx: &mut Tx<'_>, node: Uuid) -> Result<()> {
    records::remove_of(tx, &[PORTS.name, PORTGROUPS.name], node).await
}

/// A port is in a group of its own node or in none; the group may have gone since somebody looked.
async fn check_group(tx: &mut Tx<'_>, port: &Port) -> Result<()> {
    let Some(group) = port.portgroup else { return Ok(()) };
    let of_node = Expr::col("node").eq(port.node.to_string());
    if any(tx, PORTGROUPS.name, is(group).and(of_node)).await? {
        return Ok(());
    }
    Err(Error::NotThere { what: Portgroup::WHAT, uuid: group })
}

async fn join(tx: &mut Tx<'_>, portgroup: Uuid, network: &str, at: Timestamp) -> Result<()> {
    let group: Portgroup = load(tx, portgroup).await?;
    match group.physical_network {
        Some(is_on) if is_on == network => Ok(()),
        Some(is_on) => Err(Error::PortgroupElsewhere { portgroup, is_on, wanted: network.to_owned() }),
        None => {
            update(tx, &Portgroup { physical_network: Some(network.to_owned()), updated_at: Some(at), ..group }).await
        }
    }
}

async fn check_empty(tx: &mut Tx<'_>, portgroup: Uuid) -> Result<()> {
    let member = Expr::col("portgroup").eq(portgroup.to_string());
    if any(tx, PORTS.name, member).await? { Err(Error::PortgroupNotEmpty { portgroup }) } else { Ok(()) }
}
