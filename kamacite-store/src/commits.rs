//! What was committed, told to whoever watches: every change of a node, and where operations begin and end.

use std::sync::Arc;

use kamacite_model::{
    Node, Operation, OperationId, Uuid,
    operation::{OperationKind, OperationState},
};
use parking_lot::RwLock;

use crate::Store;

/// One thing that a commit has changed.
#[derive(Debug, Clone)]
pub enum Committed {
    /// A node.
    Node(NodeCommitted),
    /// An operation that is new, or that has ended.
    Operation(Box<OperationCommitted>),
}

/// A node as it was and as it is. What differs may be its lock alone.
#[derive(Debug, Clone)]
pub struct NodeCommitted {
    /// Which.
    pub uuid: Uuid,
    /// As it was; `None` for one that was enrolled.
    pub before: Option<Arc<Node>>,
    /// As it is; `None` for one that was removed.
    pub after: Option<Arc<Node>>,
    /// The request that the change is due to, where it is due to one.
    pub request: Option<Arc<str>>,
    /// The operation that was written together with it.
    pub operation: Option<OperationId>,
}

/// An operation that is new, or that has ended.
#[derive(Debug, Clone)]
pub struct OperationCommitted {
    /// Which.
    pub id: OperationId,
    /// It was not there before.
    pub is_new: bool,
    /// How far it is.
    pub state: OperationState,
    /// What kind of work it is.
    pub kind: OperationKind,
    /// A word for it.
    pub name: String,
    /// The node that it is about.
    pub node: Option<Uuid>,
    /// The same as it was a moment before, if it is there.
    pub of: Option<Arc<Node>>,
    /// The hardware type that it is about.
    pub driver: Option<String>,
    /// Why it went wrong, if it did.
    pub error: Option<String>,
    /// The request that asked for it.
    pub request: Option<Arc<str>>,
}

/// What a watcher is told.
#[derive(Debug, Clone, Copy)]
pub enum Commit<'a> {
    /// This was committed, in this order.
    Of(&'a [Committed]),
    /// Something may have been committed, and nobody can tell what.
    Unknown,
}

impl OperationCommitted {
    /// Of an operation on a node; `of` is the node.
    pub(crate) fn new(operation: &Operation, of: Option<Arc<Node>>, is_new: bool) -> Self {
        Self {
            id: operation.id,
            is_new,
            state: operation.state,
            kind: operation.kind,
            name: operation.name.clone(),
            node: operation.node,
            of,
            driver: operation.driver.clone(),
            error: operation.error.clone(),
            request: operation.requester.request_id.as_deref().map(Arc::from),
        }
    }
}

type Watcher = Box<dyn Fn(Commit<'_>) + Send + Sync>;

/// Everybody who watches.
#[derive(Default)]
pub(crate) struct Watchers(RwLock<Vec<Watcher>>);

impl Watchers {
    /// Tells them all.
    pub(crate) fn tell(&self, commit: Commit<'_>) {
        if matches!(commit, Commit::Of([])) {
            return;
        }
        self.0.read().iter().for_each(|watcher| watcher(commit));
    }
}

impl Store {
    /// Has a watcher told of every commit from now on, one after the other, each before anybody who asked for it has the
    /// answer. It may not be on disk by then. The writer waits meanwhile, so the watcher must be quick, and must not write.
    pub fn watch(&self, watcher: impl Fn(Commit<'_>) + Send + Sync + 'static) {
        self.db().watchers().0.write().push(Box::new(watcher));
    }

    /// The same store, whose watchers hear that what is written through this handle is due to a request.
    #[must_use]
    pub fn on_behalf_of(&self, request: Option<&str>) -> Self {
        Self { inner: Arc::clone(&self.inner), request: request.map(Arc::from) }
    }
}
