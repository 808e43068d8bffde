//! How many nodes may be deploying, or cleaning, at the same time.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kamacite_model::{ProvisionState, Uuid};
use kamacite_store::{NodeFilter, NodeQuery, Store};
use parking_lot::Mutex;

use crate::{Error, Result};

/// Nodes that have a place and whose state does not show it yet.
#[derive(Default)]
pub(crate) struct Entering {
    nodes: Mutex<HashMap<&'static str, HashSet<Uuid>>>,
    // Counting and taking are one step: two requests cannot both take the last place.
    gate: tokio::sync::Mutex<()>,
}

/// A place among the nodes that are busy in one way. Hold it until the node's state is stored: that counts from then on.
pub(crate) struct Place {
    entering: Arc<Entering>,
    action: &'static str,
    node: Uuid,
}

impl Place {
    /// Takes a place among the nodes that are in one of `states`; there are `limit` of them, 0 for any number.
    ///
    /// # Errors
    /// [`Error::Busy`] when none is free.
    pub(crate) async fn take(
        entering: &Arc<Entering>,
        store: &Store,
        action: &'static str,
        limit: u32,
        states: &[ProvisionState],
        node: Uuid,
    ) -> Result<Option<Self>> {
        if limit == 0 {
            return Ok(None);
        }
        let _gate = entering.gate.lock().await;
        let filter = NodeFilter { provision_state_in: Some(states.to_vec()), ..NodeFilter::default() };
        // Looked at first: whoever gives its place up from here on has stored its state, or never will.
        let places = entering.nodes.lock().get(action).cloned().unwrap_or_default();
        let mut taken = store.count_nodes(&filter).await? + places.len() as u64;
        if taken >= u64::from(limit) {
            // Perhaps not: a node whose state is stored keeps its place for another moment, and was counted twice.
            let inside = store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await?;
            let inside = inside.iter().filter(|node| !places.contains(&node.uuid)).count();
            taken = (inside + places.len()) as u64;
        }
        if taken >= u64::from(limit) {
            // The reference's words.
            return Err(Error::Busy(format!(
                "Unable to process request at this time. The concurrent action limit for {action} has been reached. \
                 Please contact your administrator and try again later."
            )));
        }
        entering.nodes.lock().entry(action).or_default().insert(node);
        Ok(Some(Self { entering: entering.clone(), action, node }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(places) = self.entering.nodes.lock().get_mut(self.action) {
            places.remove(&self.node);
        }
    }
}
