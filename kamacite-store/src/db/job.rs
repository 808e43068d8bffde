//! A unit of writing: carried out as a whole or not at all.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use kamacite_model::{Node, Operation, OperationId, Uuid};
use tokio::sync::oneshot;

use super::Connection;
use crate::{Committed, Error, NodeCommitted, OperationCommitted, Result, cache::NodeCache, nodes};

/// Something to write.
pub(crate) trait Job: Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;

    /// Whether it must be on disk before it is answered, as most must. What need not be still survives the end of the process; only a
    /// power cut may take it back.
    fn durable(&self) -> bool {
        true
    }

    /// Whether it changes rows by one statement at most. Such a job is all or nothing by itself and needs no transaction.
    fn is_one_statement(&self) -> bool;

    /// Does it. After an error the rows are put back as they were. It may be put back and done once more because of
    /// another job, so it must not use itself up.
    fn run(&mut self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// The rows as a job sees them, what was written before it in the same transaction included.
pub(crate) struct Tx<'a> {
    /// Where to write.
    pub(crate) connection: &'a mut Connection,
    nodes: &'a NodeCache,
    before: &'a Touched,
    log: Vec<Committed>,
    request: Option<Arc<str>>,
    operation: Option<OperationId>,
}

/// What a transaction leaves when it is committed.
#[derive(Default)]
pub(crate) struct Touched {
    /// Nodes as they are then; `None` is no node.
    pub(crate) nodes: HashMap<Uuid, Option<Arc<Node>>>,
    /// All that has changed, in order.
    pub(crate) log: Vec<Committed>,
}

impl Touched {
    /// Takes what one more job has changed.
    pub(crate) fn extend(&mut self, changed: Vec<Committed>) {
        for one in &changed {
            if let Committed::Node(node) = one {
                self.nodes.insert(node.uuid, node.after.clone());
            }
        }
        self.log.extend(changed);
    }

    /// Forgets all of it.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl<'a> Tx<'a> {
    /// The view of a job that runs after those that touched `before`.
    pub(crate) fn new(connection: &'a mut Connection, nodes: &'a NodeCache, before: &'a Touched) -> Self {
        Self { connection, nodes, before, log: Vec::new(), request: None, operation: None }
    }

    /// A node as it stands.
    pub(crate) async fn node(&mut self, uuid: Uuid) -> Result<Option<Arc<Node>>> {
        if let Some(node) = self.before.nodes.get(&uuid) {
            return Ok(node.clone());
        }
        match self.nodes.get(uuid) {
            Some(node) => Ok(Some(node)),
            None => Ok(nodes::load(self.connection, uuid).await?.map(Arc::new)),
        }
    }

    /// Says that the job's changes of nodes belong to an operation.
    pub(crate) fn belongs_to(&mut self, operation: &Operation) {
        self.operation = Some(operation.id);
        if self.request.is_none() {
            self.request = operation.requester.request_id.as_deref().map(Arc::from);
        }
    }

    /// Says how a node stood and how it stands now.
    pub(crate) fn stored(&mut self, before: Option<Arc<Node>>, after: impl Into<Arc<Node>>) -> Arc<Node> {
        let after = after.into();
        self.changed(after.uuid, before, Some(Arc::clone(&after)));
        after
    }

    /// Says that a node is gone.
    pub(crate) fn removed(&mut self, before: Arc<Node>) {
        self.changed(before.uuid, Some(before), None);
    }

    fn changed(&mut self, uuid: Uuid, before: Option<Arc<Node>>, after: Option<Arc<Node>>) {
        let (request, operation) = (self.request.clone(), self.operation);
        self.log.push(Committed::Node(NodeCommitted { uuid, before, after, request, operation }));
    }

    /// Says that an operation is new, or how far it is now.
    pub(crate) async fn journalled(&mut self, operation: &Operation, is_new: bool) -> Result<()> {
        if is_new || operation.state.is_final() {
            let of = match operation.node {
                Some(node) => self.node(node).await?,
                None => None,
            };
            self.log.push(Committed::Operation(Box::new(OperationCommitted::new(operation, of, is_new))));
        }
        Ok(())
    }
}

/// A job under way; tells in the end what it has changed.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Committed>>> + Send + 'a>>;

/// A job whose output is of any type, with the one who waits for it.
pub(crate) trait AnyJob: Send {
    /// See [`Job::durable`].
    fn durable(&self) -> bool;
    /// See [`Job::is_one_statement`].
    fn is_one_statement(&self) -> bool;
    /// Does it, and keeps what came of it for [`Self::answer`].
    fn run<'a>(&'a mut self, tx: Tx<'a>) -> Running<'a>;
    /// Has it answer with an error, whatever came of it.
    fn fail(&mut self, error: Error);
    /// Answers the one who waits.
    fn answer(self: Box<Self>);
}

/// A job with the one who waits for it.
pub(crate) struct Pending<J: Job> {
    job: J,
    request: Option<Arc<str>>,
    outcome: Result<J::Output>,
    reply: oneshot::Sender<Result<J::Output>>,
}

impl<J: Job> Pending<J> {
    /// Packs a job up that is due to a request; the output comes out at the other end of the channel.
    pub(crate) fn new(job: J, request: Option<Arc<str>>) -> (Box<Self>, oneshot::Receiver<Result<J::Output>>) {
        let (reply, receiver) = oneshot::channel();
        (Box::new(Self { job, request, outcome: Err(Error::Closed), reply }), receiver)
    }
}

impl<J: Job> AnyJob for Pending<J> {
    fn durable(&self) -> bool {
        self.job.durable()
    }

    fn is_one_statement(&self) -> bool {
        self.job.is_one_statement()
    }

    fn run<'a>(&'a mut self, mut tx: Tx<'a>) -> Running<'a> {
        Box::pin(async move {
            tx.request.clone_from(&self.request);
            self.outcome = self.job.run(&mut tx).await;
            match &self.outcome {
                Ok(_) => Ok(tx.log),
                Err(error) => Err(error.clone()),
            }
        })
    }

    fn fail(&mut self, error: Error) {
        self.outcome = Err(error);
    }

    fn answer(self: Box<Self>) {
        // Nobody may wait any more; what was written stays.
        let _ = self.reply.send(self.outcome);
    }
}
