//! Volumes of nodes: what a node is known by in a storage network, and which volumes it is given there.

mod part;

use kamacite_model::{Node, PowerState, Requester, Uuid};
use kamacite_store::RecordChange;

pub use part::VolumePart;

use crate::{
    Conductor, Error, Result,
    belongings::{lock_both, release_both, still_of},
    engine::Engine,
    lock::Lock,
};

impl Conductor {
    /// Makes a connector or a target. The node's lock is not waited for: what is new is in nobody's way.
    ///
    /// # Errors
    /// No such node; a UUID, a type with an id, or a boot index on the node, that another has.
    pub async fn create_volume_part<T: VolumePart>(&self, mut part: T) -> Result<T> {
        let engine = self.engine().clone();
        self.tracked(async move {
            part.made(engine.now());
            T::write(&engine.store, part.node(), None, RecordChange::Insert(part.clone())).await?;
            Ok(part)
        })
        .await
    }

    /// Changes what differs between the connector or target that a client saw and the one it wants.
    ///
    /// # Errors
    /// A node that is not powered off; a UUID, a type with an id, or a boot index on the node, that another has; the node's lock.
    pub async fn update_volume_part<T: VolumePart>(&self, before: T, after: T, who: &Requester) -> Result<T> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let locks = lock_both(&engine, after.node(), before.node(), &who).await?;
            let outcome = change(&engine, &locks.0, before, after).await;
            release_both(locks).await;
            outcome
        })
        .await
    }

    /// Removes a connector or a target.
    ///
    /// # Errors
    /// A node that is in use and not powered off; the node's lock.
    pub async fn delete_volume_part<T: VolumePart>(&self, part: &T, who: &Requester) -> Result<()> {
        let (engine, who, node, uuid) = (self.engine().clone(), who.clone(), part.node(), part.uuid());
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let outcome = remove::<T>(&engine, &lock, uuid).await;
            lock.release().await;
            outcome
        })
        .await
    }
}

async fn change<T: VolumePart>(engine: &Engine, lock: &Lock, before: T, wanted: T) -> Result<T> {
    let node = lock.node();
    let now = find::<T>(engine, before.uuid(), before.node()).await?;
    check_may_change(&node, T::WHAT)?;
    let mut after = now.clone();
    after.carry_over(&before, wanted);
    if after == now {
        return Ok(now);
    }
    after.changed(engine.now());
    T::write(&engine.store, node.uuid, Some(node.fence), RecordChange::Update(after.clone())).await?;
    Ok(after)
}

async fn remove<T: VolumePart>(engine: &Engine, lock: &Lock, uuid: Uuid) -> Result<()> {
    let node = lock.node();
    find::<T>(engine, uuid, node.uuid).await?;
    check_may_delete(&node, T::WHAT)?;
    Ok(T::write(&engine.store, node.uuid, Some(node.fence), RecordChange::Delete(uuid)).await?)
}

/// The part as it stands, if it still is of the node that was locked for it.
async fn find<T: VolumePart>(engine: &Engine, uuid: Uuid, node: Uuid) -> Result<T> {
    still_of(T::load(&engine.store, uuid).await?, node, T::node, Error::NotThere { what: T::WHAT, uuid })
}

/// A machine that runs may be using its volumes, so they are changed while it is off.
fn check_may_change(node: &Node, what: &str) -> Result<()> {
    if is_off(node) { Ok(()) } else { Err(refusal(node, &format!("{what} update"))) }
}

/// They may be removed as well where nobody can be using the node.
fn check_may_delete(node: &Node, what: &str) -> Result<()> {
    if node.provision_state.facts().may_delete || is_off(node) {
        return Ok(());
    }
    Err(refusal(node, &format!("{what} deletion")))
}

fn is_off(node: &Node) -> bool {
    node.power_state == Some(PowerState::Off)
}

fn refusal(node: &Node, action: &str) -> Error {
    // Where it is not known, the reference shows what its language calls nothing.
    let state = node.power_state.map_or("None", PowerState::as_str);
    let action = action.to_lowercase();
    Error::Invalid(format!(
        r#"The requested action "{action}" can not be performed on node "{}" while it is in state "{state}"."#,
        node.uuid
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::{ProvisionState, Timestamp, Uuid};

    use super::*;

    #[track_caller]
    fn check(provision: ProvisionState, power: Option<PowerState>, may_change: bool, may_delete: bool) {
        let mut node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        (node.provision_state, node.power_state) = (provision, power);
        assert_eq!(check_may_change(&node, "x").is_ok(), may_change, "{provision} {power:?}");
        assert_eq!(check_may_delete(&node, "x").is_ok(), may_delete, "{provision} {power:?}");
    }

    #[test]
    fn volumes_are_changed_while_the_machine_is_off() {
        check(ProvisionState::Active, Some(PowerState::Off), true, true);
        check(ProvisionState::Active, Some(PowerState::On), false, false);
        check(ProvisionState::Active, None, false, false);
        check(ProvisionState::Available, Some(PowerState::On), false, false);
        for state in [ProvisionState::Enroll, ProvisionState::Manageable, ProvisionState::AdoptFail] {
            check(state, Some(PowerState::On), false, true);
            check(state, None, false, true);
        }
    }

    #[test]
    fn a_refusal_names_the_power_state() {
        let node = Node::new(Uuid::nil(), "fake-hardware", Timestamp::UNIX_EPOCH);
        let words = check_may_change(&node, "Volume target").unwrap_err().to_string();
        assert_eq!(
            words,
            "The requested action \"volume target update\" can not be performed on node \
             \"00000000-0000-0000-0000-000000000000\" while it is in state \"None\"."
        );
    }
}
