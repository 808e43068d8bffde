//! A node in memory that does the effects asked of it, for tests of tasks, methods and steps.

use std::sync::Arc;

use kamacite_driver::{
    Caller, Effect, ErrorKind, ExclusiveTask, Host, Result, SharedTask, async_trait,
    model::{Node, NodePorts, Timestamp, Uuid},
};
use parking_lot::Mutex;

/// A node in memory.
pub struct Bench {
    node: Mutex<Arc<Node>>,
    ports: Mutex<NodePorts>,
    effects: Mutex<Vec<Effect>>,
    caller: Caller,
}

impl Bench {
    /// A node of the type `driver`.
    pub fn new(driver: &str) -> Arc<Self> {
        let node = Node::new(Uuid::nil(), driver, Timestamp::UNIX_EPOCH);
        let caller = Caller { user: Some("tester".to_owned()), ..Caller::default() };
        Arc::new(Self { node: Mutex::new(Arc::new(node)), ports: Mutex::default(), effects: Mutex::default(), caller })
    }

    /// The right to look.
    pub fn shared(self: &Arc<Self>) -> SharedTask {
        SharedTask::new(self.clone())
    }

    /// The right to act.
    pub fn exclusive(self: &Arc<Self>) -> ExclusiveTask {
        ExclusiveTask::new(self.clone())
    }

    /// What was done to the node.
    pub fn effects(&self) -> Vec<Effect> {
        self.effects.lock().clone()
    }
}

#[async_trait]
impl Host for Bench {
    fn node(&self) -> Arc<Node> {
        self.node.lock().clone()
    }

    fn requester(&self) -> &Caller {
        &self.caller
    }

    async fn ports(&self) -> Result<NodePorts> {
        Ok(self.ports.lock().clone())
    }

    async fn apply(&self, effect: Effect) -> Result<()> {
        if let Effect::Remember { key, value } = &effect {
            Arc::make_mut(&mut *self.node.lock()).driver_internal_info.insert(key.clone(), value.clone());
        }
        self.effects.lock().push(effect);
        Ok(())
    }
}

/// The kind of the error that should have come.
#[track_caller]
pub fn kind_of<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.expect_err("an error").kind()
}
