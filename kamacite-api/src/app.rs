//! What handlers work with: the conductor, the configuration, and nodes that the caller may touch.

use std::sync::Arc;

use kamacite_conductor::Conductor;
use kamacite_driver::Registry;
use kamacite_model::{Node, Uuid};
use serde_json::Value;

use crate::{
    config::ApiConfig,
    fault::{Fault, Result},
    metrics::RequestMeters,
    names,
    policy::{Decision, Policy, Whose},
    python,
    request::{Caller, NodeIdent},
    versions::since,
};

/// The API's parts. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What carries out everything that acts.
    pub conductor: Conductor,
    /// How the API is configured.
    pub config: Arc<ApiConfig>,
    /// What is counted of requests.
    pub(crate) meters: Arc<RequestMeters>,
}

impl App {
    /// An API before a conductor.
    pub fn new(conductor: Conductor, config: ApiConfig) -> Self {
        Self { conductor, config: Arc::new(config), meters: Arc::default() }
    }

    /// Whether the caller may do what is about no node in particular.
    pub fn allow(&self, who: &Caller, policy: Policy) -> Result<()> {
        match policy.decide(&who.identity, None) {
            Decision::Allow => Ok(()),
            Decision::Conceal | Decision::Forbid => Err(denied(policy)),
        }
    }

    /// The node that the path names, if the caller may do this to it: 404 where it may not even see it, 403 where it may.
    pub async fn node(&self, who: &Caller, ident: &NodeIdent, policy: Policy) -> Result<Arc<Node>> {
        if !names::is_ident(&ident.0) {
            return Err(Fault::invalid(format!("Expected UUID or name for node_ident: {}", ident.0)));
        }
        who.trail.names(&ident.0);
        let node = self.find(who, &ident.0).await?.ok_or_else(|| Fault::no_node(&ident.0))?;
        who.trail.finds(node.uuid);
        match policy.decide(&who.identity, Some(Whose::of(&node))) {
            Decision::Allow => Ok(node),
            Decision::Conceal => Err(Fault::no_node(&ident.0)),
            Decision::Forbid => Err(denied(policy)),
        }
    }

    /// Whether the caller may do this to what belongs to a node; `missing` is said where it may not even see the node.
    pub fn allow_on(&self, who: &Caller, policy: Policy, node: &Node, missing: impl FnOnce() -> Fault) -> Result<()> {
        match policy.decide(&who.identity, Some(Whose::of(node))) {
            Decision::Allow => Ok(()),
            Decision::Conceal => Err(missing()),
            Decision::Forbid => Err(denied(policy)),
        }
    }

    /// [`App::node`] for paths whose `.json` may have been part of the name.
    pub async fn node_with_suffix(&self, who: &Caller, ident: &NodeIdent, policy: Policy) -> Result<Arc<Node>> {
        match self.node(who, ident, policy).await {
            Err(_) if who.json_suffix => self.node(who, &NodeIdent(format!("{}.json", ident.0)), policy).await,
            answer => answer,
        }
    }

    /// The node of a UUID or of a name in the client's version.
    pub async fn find(&self, who: &Caller, ident: &str) -> Result<Option<Arc<Node>>> {
        if let Ok(uuid) = Uuid::try_parse(ident) {
            // In any spelling. The reference compares texts, so that one in capitals may name nothing.
            return Ok(self.conductor.store().node(uuid).await?);
        }
        if !who.version.has(since::NAMES) {
            return Ok(None);
        }
        if !names::is_logical_name_in(who.version, ident) {
            return Err(Fault::invalid(format!("Expected a logical name or UUID but received {ident}.")));
        }
        Ok(self.conductor.store().node_named(ident).await?)
    }

    /// The node that a document or a query names. That it is not there is the client's mistake, not the path's.
    pub async fn node_said(&self, who: &Caller, ident: &str, policy: Policy) -> Result<Arc<Node>> {
        let missing = || Fault::invalid(format!("Node {ident} could not be found."));
        let node = self.find(who, ident).await?.ok_or_else(missing)?;
        who.trail.finds(node.uuid);
        self.allow_on(who, policy, &node, missing)?;
        Ok(node)
    }

    /// The node that a thing is to be tied to; it has the same owner as the node that the thing was tied to before.
    pub async fn node_to_link(&self, who: &Caller, before: &Node, new: &Value, field: &str) -> Result<Arc<Node>> {
        let said = python::text(new);
        // Whatever is wrong with it, nobody learns whether it is there.
        let refuse =
            || Fault::invalid(format!("Unable to apply the requested {field} '{said}'. Requested value was invalid."));
        let found = self.find(who, &said).await.map_err(|_| refuse())?.ok_or_else(refuse)?;
        self.allow_on(who, Policy::NodeGet, &found, refuse).map_err(|_| refuse())?;
        if found.owner == before.owner { Ok(found) } else { Err(refuse()) }
    }

    /// The conductor that looks after a node; none where no conductor has its hardware type.
    pub fn owner_of<'a>(&'a self, registry: &Registry, node: &Node) -> Option<&'a str> {
        registry.hardware_type(&node.driver).map(|_| self.conductor.hostname())
    }
}

fn denied(policy: Policy) -> Fault {
    Fault::forbidden(format!("Access was denied to the following resource: {}", policy.rule()))
}
