//! Making, changing and removing groups of ports.

use kamacite_driver::interfaces::PortgroupChange as CheckedChange;
use kamacite_model::{Portgroup, Requester, Uuid};
use kamacite_store::{PortChange, PortFilter, PortQuery};

use super::{may_rewire, rewirable};
use crate::{
    Conductor, Error, Result,
    belongings::{carry_over, lock_both, release_both, still_of},
    engine::Engine,
    lock::{Lock, unbroken},
};

/// A change to a group of ports, as the client saw it before and wants it after; only what differs is changed.
#[derive(Debug, Clone)]
pub struct PortgroupUpdate {
    /// As the client saw it.
    pub before: Portgroup,
    /// As the client wants it.
    pub after: Portgroup,
    /// The ports of the group go to its physical network as well.
    pub takes_ports_along: bool,
}

impl Conductor {
    /// How ports of a group share the work where nobody says.
    pub fn default_portgroup_mode(&self) -> &str {
        &self.engine().config.default_portgroup_mode
    }

    /// Makes a group of ports.
    ///
    /// # Errors
    /// No such node; an address, a name or a UUID that another group has.
    pub async fn create_portgroup(&self, mut group: Portgroup) -> Result<Portgroup> {
        let engine = self.engine().clone();
        self.tracked(async move {
            group.created_at = engine.now();
            engine.store.change_ports(group.node, None, vec![PortChange::InsertGroup(group.clone())]).await?;
            Ok(group)
        })
        .await
    }

    /// Changes what differs between the group that a client saw and the one it wants.
    ///
    /// # Errors
    /// What the node's state, the group's ports or the node's network interface forbid; an address or name that another group
    /// has; the node's lock.
    pub async fn update_portgroup(&self, update: PortgroupUpdate, who: &Requester) -> Result<Portgroup> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut locks = lock_both(&engine, update.after.node, update.before.node, &who).await?;
            let outcome = unbroken(change(&engine, &mut locks.0, update)).await;
            release_both(locks).await;
            outcome
        })
        .await
    }

    /// Removes a group that has no ports.
    ///
    /// # Errors
    /// Ports in it; the node's lock.
    pub async fn delete_portgroup(&self, group: &Portgroup, who: &Requester) -> Result<()> {
        let (engine, who, node, uuid) = (self.engine().clone(), who.clone(), group.node, group.uuid);
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let outcome = remove(&engine, &lock, uuid).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

async fn change(engine: &Engine, lock: &mut Lock, update: PortgroupUpdate) -> Result<Portgroup> {
    let PortgroupUpdate { before, after, takes_ports_along } = update;
    let (node, uuid) = (lock.node(), before.uuid);
    let now = find(engine, uuid, before.node).await?;
    let mut wanted = merge(now.clone(), &before, after);
    if wanted != now {
        wanted.updated_at = Some(engine.now());
    }
    let filter = PortFilter { portgroup: Some(uuid), ..PortFilter::default() };
    let members = engine.store.ports(&PortQuery { filter, ..PortQuery::default() }).await?;
    if now.node != wanted.node {
        if !may_rewire(&node) {
            return Err(Error::Conflict(format!(
                "Portgroup {uuid} can not be associated to node {} unless the node is in a {} state or in maintenance mode. \
                 Current state is '{}'.",
                node.uuid,
                rewirable(),
                node.provision_state
            )));
        }
        if !members.is_empty() {
            return Err(Error::Invalid(format!(
                "Portgroup {uuid} can not be associated with node {} because there are ports associated with this portgroup.",
                node.uuid
            )));
        }
    }
    let on = lock.interfaces()?;
    on.network.validate(lock.task()).await?;
    let checked = CheckedChange { before: Box::new(now), after: Box::new(wanted.clone()) };
    on.network.check_portgroup(lock.task(), checked).await?;
    let mut changes = vec![PortChange::UpdateGroup(wanted.clone())];
    if takes_ports_along {
        changes.extend(members.into_iter().filter(|port| port.physical_network != wanted.physical_network).map(
            |mut port| {
                port.physical_network.clone_from(&wanted.physical_network);
                port.updated_at = wanted.updated_at;
                PortChange::Update(port)
            },
        ));
    }
    engine.store.change_ports(node.uuid, Some(node.fence), changes).await?;
    Ok(wanted)
}

async fn remove(engine: &Engine, lock: &Lock, uuid: Uuid) -> Result<()> {
    let node = lock.node();
    find(engine, uuid, node.uuid).await?;
    Ok(engine.store.change_ports(node.uuid, Some(node.fence), vec![PortChange::DeleteGroup(uuid)]).await?)
}

/// The group as it stands, if it still is of the node that was locked for it.
async fn find(engine: &Engine, uuid: Uuid, node: Uuid) -> Result<Portgroup> {
    let found = engine.store.portgroup(uuid).await?;
    still_of(found, node, |group| group.node, Error::NotThere { what: "Portgroup", uuid })
}

/// Carries over the fields that the client changed; whatever else has changed meanwhile stays.
fn merge(mut now: Portgroup, before: &Portgroup, wanted: Portgroup) -> Portgroup {
    carry_over!(now, before, wanted: node, name, address, mode, properties, standalone_ports_supported, physical_network, category, extra);
    now
}
