//! Making, changing and removing ports.

use kamacite_driver::interfaces::PortChange as CheckedChange;
use kamacite_model::{Node, Port, ProvisionState, Requester, Uuid};
use kamacite_store::{PortChange, PortFilter, PortQuery};

use super::{another_network, may_rewire, rewirable};
use crate::{
    Conductor, Error, Result,
    belongings::{carry_over, lock_both, release_both, still_of},
    engine::Engine,
    lock::{Lock, unbroken},
};

/// A change to a port, as the client saw it before and wants it after; only what differs is changed.
#[derive(Debug, Clone)]
pub struct PortUpdate {
    /// As the client saw it.
    pub before: Port,
    /// As the client wants it.
    pub after: Port,
}

impl Conductor {
    /// Makes a port. The node's lock is not waited for: what is new is in nobody's way.
    ///
    /// # Errors
    /// No such node or group; an address, a name or a UUID that another port has; a group on another physical network.
    pub async fn create_port(&self, mut port: Port) -> Result<Port> {
        let engine = self.engine().clone();
        self.tracked(async move {
            port.created_at = engine.now();
            let mut changes = vec![PortChange::Insert(port.clone())];
            changes.extend(join_network(&engine, None, &port).await?);
            engine.store.change_ports(port.node, None, changes).await?;
            Ok(port)
        })
        .await
    }

    /// Changes what differs between the port that a client saw and the one it wants.
    ///
    /// # Errors
    /// What the node's state or its network interface forbids; an address or name that another port has; the node's lock.
    pub async fn update_port(&self, update: PortUpdate, who: &Requester) -> Result<Port> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let mut locks = lock_both(&engine, update.after.node, update.before.node, &who).await?;
            let outcome = unbroken(change(&engine, &mut locks.0, update)).await;
            release_both(locks).await;
            outcome
        })
        .await
    }

    /// Removes a port.
    ///
    /// # Errors
    /// A virtual network interface on it, where its node is not in maintenance; the node's lock.
    pub async fn delete_port(&self, port: &Port, who: &Requester) -> Result<()> {
        let (engine, who, node, uuid) = (self.engine().clone(), who.clone(), port.node, port.uuid);
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let outcome = remove(&engine, &lock, uuid).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

async fn change(engine: &Engine, lock: &mut Lock, update: PortUpdate) -> Result<Port> {
    let PortUpdate { before, after } = update;
    let now = find(engine, before.uuid, before.node).await?;
    let mut wanted = merge(now.clone(), &before, after);
    if wanted != now {
        wanted.updated_at = Some(engine.now());
    }
    check_state(&lock.node(), &now, &wanted)?;
    let mut changes = vec![PortChange::Update(wanted.clone())];
    changes.extend(join_network(engine, Some(&now), &wanted).await?);
    let on = lock.interfaces()?;
    on.network.validate(lock.task()).await?;
    let checked = CheckedChange { before: Box::new(now), after: Box::new(wanted.clone()) };
    on.network.check_port(lock.task(), checked).await?;
    let node = lock.node();
    engine.store.change_ports(node.uuid, Some(node.fence), changes).await?;
    Ok(wanted)
}

async fn remove(engine: &Engine, lock: &Lock, uuid: Uuid) -> Result<()> {
    let node = lock.node();
    let port = find(engine, uuid, node.uuid).await?;
    if let Some(vif) = port.vif()
        && !node.maintenance
    {
        return Err(Error::Conflict(format!("Cannot delete the port {uuid} as it is bound to VIF {vif} for use.")));
    }
    Ok(engine.store.change_ports(node.uuid, Some(node.fence), vec![PortChange::Delete(uuid)]).await?)
}

/// The port as it stands, if it still is of the node that was locked for it.
async fn find(engine: &Engine, uuid: Uuid, node: Uuid) -> Result<Port> {
    still_of(engine.store.port(uuid).await?, node, |port| port.node, Error::NotThere { what: "Port", uuid })
}

/// What may be changed of a port of a node in that state.
fn check_state(node: &Node, before: &Port, after: &Port) -> Result<()> {
    let in_use = node.provision_state == ProvisionState::Active || node.instance_uuid.is_some();
    if in_use && before.address != after.address && !node.maintenance {
        return Err(Error::Conflict(format!(
            "Cannot update hardware address for port {} as node {} is active or has instance UUID assigned",
            before.uuid, node.uuid
        )));
    }
    let rewired = before.portgroup != after.portgroup
        || before.pxe_enabled != after.pxe_enabled
        || before.local_link_connection != after.local_link_connection
        || before.physical_network != after.physical_network;
    if rewired && !may_rewire(node) {
        return Err(Error::Conflict(format!(
            "Port {} can not have any connectivity attributes (portgroup_id, pxe_enabled, local_link_connection, \
             physical_network) updated unless node {} is in a {} state or in maintenance mode. The current state is {}.",
            before.uuid,
            node.uuid,
            rewirable(),
            node.provision_state
        )));
    }
    Ok(())
}

/// A port is on the physical network of its group. The first port of a group that is on none takes the group along; what is
/// returned then is that change.
async fn join_network(engine: &Engine, before: Option<&Port>, after: &Port) -> Result<Option<PortChange>> {
    let Some(uuid) = after.portgroup else { return Ok(None) };
    let same = |before: &Port| before.portgroup == after.portgroup && before.physical_network == after.physical_network;
    if before.is_some_and(same) {
        return Ok(None);
    }
    let group = engine.store.portgroup(uuid).await?.ok_or(Error::NotThere { what: "Portgroup", uuid })?;
    let filter = PortFilter { portgroup: Some(uuid), ..PortFilter::default() };
    let members = engine.store.ports(&PortQuery { filter, ..PortQuery::default() }).await?;
    let other = members.iter().find(|port| port.uuid != after.uuid);
    let network = match other {
        Some(other) => &other.physical_network,
        None if group.physical_network.is_some() => &group.physical_network,
        None => {
            let join = |network| PortChange::JoinNetwork { portgroup: uuid, network, at: engine.now() };
            return Ok(after.physical_network.clone().map(join));
        }
    };
    if *network == after.physical_network {
        return Ok(None);
    }
    // Where there is none, the reference shows what its language calls nothing.
    let shown = |network: &Option<String>| network.clone().unwrap_or_else(|| "None".to_owned());
    Err(Error::Conflict(another_network(uuid, &shown(&after.physical_network), &shown(network))))
}

/// Carries over the fields that the client changed; whatever else has changed meanwhile stays.
fn merge(mut now: Port, before: &Port, wanted: Port) -> Port {
    carry_over!(
        now, before, wanted:
        node,
        address,
        name,
        description,
        portgroup,
        local_link_connection,
        pxe_enabled,
        physical_network,
        is_smartnic,
        vendor,
        category,
        available_for_dynamic_portgroup,
        extra,
    );
    now
}
