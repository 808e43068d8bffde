//! Changing a node's fields, with the rules that protect it.

use std::sync::Arc;

use kamacite_model::{InterfaceKind, Node, ProvisionState, Requester, Uuid};

use super::{check_managed, fit_interfaces};
use crate::{
    Conductor, Error, NodeUpdate, Result,
    belongings::carry_over,
    engine::Engine,
    lock::{Extra, Lock},
};

impl Conductor {
    /// Changes the fields of a node that differ between what the client saw and what it wants.
    ///
    /// # Errors
    /// What the node's state or its driver forbids; names and instances that are taken; the node's lock.
    pub async fn update_node(&self, node: Uuid, update: NodeUpdate, who: &Requester) -> Result<Arc<Node>> {
        let (engine, who) = (self.engine().clone(), who.clone());
        let NodeUpdate { before, after, reset_interfaces } = update;
        // What can be refused at once is, before the lock is waited for.
        prepare(&engine, &before, reset_interfaces, &mut after.clone())?;
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let now = lock.node();
            let mut wanted = after;
            if before.maintenance == wanted.maintenance {
                wanted.maintenance = now.maintenance;
            }
            // The node may have moved on since the client saw it, and the rules are about the node as it is.
            let seen = Node { provision_state: now.provision_state, maintenance: now.maintenance, ..(*before).clone() };
            let fits = prepare(&engine, &seen, reset_interfaces, &mut wanted);
            if let Err(error) = fits.and_then(|()| check_locked(&now, &before, &wanted)) {
                lock.release().await;
                return Err(error);
            }
            let mut after = (*now).clone();
            merge(&mut after, &before, wanted);
            lock.save_and_release(after, Extra::default()).await
        })
        .await
    }
}

/// Rules about what is changed, and fields that follow from others.
fn prepare(engine: &Engine, before: &Node, reset_interfaces: bool, wanted: &mut Node) -> Result<()> {
    if before.maintenance && !wanted.maintenance {
        wanted.maintenance_reason = None;
        wanted.fault = None;
    }
    check_protected(before, wanted)?;
    check_retired(before, wanted)?;
    let new_driver = before.driver != wanted.driver;
    if new_driver || before.conductor_group != wanted.conductor_group {
        check_managed(engine, wanted)?;
    }
    let mut look_at_interfaces = new_driver;
    for kind in InterfaceKind::ALL.iter().copied() {
        if before.interfaces[kind] == wanted.interfaces[kind] {
            if new_driver && reset_interfaces {
                wanted.interfaces[kind] = None;
            }
            continue;
        }
        if !before.provision_state.facts().may_change_interfaces && !before.maintenance && !wanted.maintenance {
            return Err(not_in_this_state(before, &format!("{kind}_interface"), " or in maintenance mode"));
        }
        look_at_interfaces = true;
    }
    if look_at_interfaces {
        fit_interfaces(&engine.registry(), wanted)?;
    }
    Ok(())
}

/// The states in which interfaces and resource class may change, as the reference lists them in its message.
const OPEN_STATES: &str = "enroll, inspecting, inspect wait, manageable, available";

fn not_in_this_state(node: &Node, field: &str, or: &str) -> Error {
    Error::Conflict(format!(
        "Node {} can not have {field} updated unless it is in one of allowed ({OPEN_STATES}) states{or}. \
         Current state is '{}'.",
        node.uuid, node.provision_state
    ))
}

fn check_protected(before: &Node, wanted: &mut Node) -> Result<()> {
    if before.protected != wanted.protected {
        if !wanted.protected {
            wanted.protected_reason = None;
        } else if !matches!(before.provision_state, ProvisionState::Active | ProvisionState::Rescue) {
            return Err(Error::Conflict(format!(
                "Node {} can only be made protected in provision states 'active' or 'rescue', \
                 the current state is '{}'",
                before.uuid, before.provision_state
            )));
        }
    }
    if before.protected_reason != wanted.protected_reason && wanted.protected_reason.is_some() && !wanted.protected {
        return Err(Error::Invalid("The protected_reason field can only be set when protected is True".to_owned()));
    }
    Ok(())
}

fn check_retired(before: &Node, wanted: &mut Node) -> Result<()> {
    if before.retired != wanted.retired {
        if !wanted.retired {
            wanted.retired_reason = None;
        } else if before.provision_state == ProvisionState::Available {
            return Err(Error::Conflict(format!(
                "Node {} can not have 'retired' set in provision state 'available', the current state is '{}'",
                before.uuid, before.provision_state
            )));
        }
    }
    if before.retired_reason != wanted.retired_reason && wanted.retired_reason.is_some() && !wanted.retired {
        return Err(Error::Invalid("The retired_reason field can only be set when retired is True".to_owned()));
    }
    Ok(())
}

/// Rules that need the node as it is under the lock.
fn check_locked(now: &Node, before: &Node, wanted: &Node) -> Result<()> {
    if before.instance_uuid != wanted.instance_uuid
        && wanted.instance_uuid.is_some()
        && let Some(instance) = &now.instance_uuid
    {
        return Err(Error::NodeAssociated { node: now.uuid, instance: instance.clone() });
    }
    if before.resource_class != wanted.resource_class
        && now.resource_class.is_some()
        && !now.provision_state.facts().may_change_interfaces
    {
        return Err(not_in_this_state(now, "resource_class", ""));
    }
    if before.instance_uuid != wanted.instance_uuid
        && wanted.instance_uuid.is_none()
        && now.allocation_uuid.is_some()
        && !now.maintenance
        && !now.provision_state.facts().may_change_interfaces
    {
        return Err(Error::Conflict(format!(
            "Node {} with an allocation can not have instance_uuid removed unless it is in one of allowed ({OPEN_STATES}) \
             states or in maintenance mode. Current state is '{}'.",
            now.uuid, now.provision_state
        )));
    }
    Ok(())
}

/// Carries over the fields that the client changed; whatever else has changed meanwhile stays.
fn merge(now: &mut Node, before: &Node, wanted: Node) {
    if before.instance_uuid != wanted.instance_uuid && wanted.instance_uuid.is_none() {
        // An allocation is there for its instance, and goes with it.
        now.allocation_uuid = None;
    }
    for kind in InterfaceKind::ALL.iter().copied() {
        if before.interfaces[kind] != wanted.interfaces[kind] {
            now.interfaces[kind].clone_from(&wanted.interfaces[kind]);
        }
    }
    carry_over!(
        now, before, wanted:
        name,
        description,
        driver,
        driver_info,
        instance_info,
        instance_uuid,
        instance_name,
        properties,
        extra,
        network_data,
        resource_class,
        chassis_uuid,
        conductor_group,
        parent_node,
        shard,
        owner,
        lessee,
        maintenance,
        maintenance_reason,
        fault,
        protected,
        protected_reason,
        retired,
        retired_reason,
        automated_clean,
        disable_power_off,
    );
}
