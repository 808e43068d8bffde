//! Nodes: enrolled, changed, put into maintenance, given traits, checked, removed.

mod create;
pub(crate) mod delete;
mod maintenance;
mod traits;
mod update;
mod validate;

use std::sync::Arc;

use kamacite_driver::{Registry, ResolveError};
use kamacite_model::{InterfaceKind, Node, Requester, Uuid};

use crate::{
    Conductor, Error, Result,
    engine::Engine,
    lock::{Extra, Lock},
};

/// Whether this conductor manages nodes of that hardware type and group.
fn check_managed(engine: &Engine, node: &Node) -> Result<()> {
    let group = engine.config.conductor_group.to_lowercase();
    if engine.registry().hardware_type(&node.driver).is_some() && node.conductor_group == group {
        return Ok(());
    }
    Err(Error::NoValidHost { driver: node.driver.to_string(), group: node.conductor_group.clone() })
}

/// Fills in the interfaces that a node does not choose, and checks those it does.
fn fit_interfaces(registry: &Registry, node: &mut Node) -> Result<()> {
    let unknown = || ResolveError::UnknownType(node.driver.to_string());
    let of = registry.hardware_type(&node.driver).ok_or_else(unknown)?;
    for kind in InterfaceKind::ALL.iter().copied() {
        let asked = node.instance_info.text(&format!("{kind}_interface"));
        if let Some(name) = asked {
            registry.resolve(of, kind, name)?;
        }
        match &node.interfaces[kind] {
            Some(name) => drop(registry.resolve(of, kind, name)?.clone()),
            None if asked.is_some() => {}
            None => node.interfaces[kind] = Some(registry.default_for(of, kind)?),
        }
    }
    Ok(())
}

impl Conductor {
    /// Changes a node under its lock, by a function that sees it as it is then.
    async fn edit(
        &self,
        node: Uuid,
        who: &Requester,
        edit: impl FnOnce(&Engine, &mut Node) -> Result<()> + Send + 'static,
    ) -> Result<Arc<Node>> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let lock = Lock::take(&engine, node, &who).await?;
            let mut after = (*lock.node()).clone();
            if let Err(error) = edit(&engine, &mut after) {
                lock.release().await;
                return Err(error);
            }
            lock.save_and_release(after, Extra::default()).await
        })
        .await
    }
}
