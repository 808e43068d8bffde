//! Enrolling a node.

use std::sync::Arc;

use kamacite_model::{Node, Requester};

use super::{check_managed, fit_interfaces};
use crate::{Conductor, Result};

impl Conductor {
    /// Enrols a node, with defaults for what it does not say.
    ///
    /// # Errors
    /// A hardware type or interface that is not enabled or does not fit; a name, UUID or instance that is taken.
    pub async fn create_node(&self, mut node: Node, who: &Requester) -> Result<Arc<Node>> {
        let engine = self.engine().clone();
        if node.resource_class.is_none() {
            node.resource_class.clone_from(&engine.config.default_resource_class);
        }
        if node.conductor_group.is_empty() {
            node.conductor_group.clone_from(&engine.config.default_conductor_group);
        }
        check_managed(&engine, &node)?;
        fit_interfaces(&engine.registry(), &mut node)?;
        node.created_at = engine.now();
        let store = engine.store.on_behalf_of(who.request_id.as_deref());
        self.tracked(async move {
            store.create_node(&node, &[]).await?;
            Ok(Arc::new(node))
        })
        .await
    }
}
