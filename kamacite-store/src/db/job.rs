//! A unit of writing: carried out as a whole or not at all.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use kamacite_model::{Node, Uuid};
use tokio::sync::oneshot;

use super::Connection;
use crate::{Error, Result, cache::NodeCache, nodes};

/// Something to write.
pub(crate) trait Job: Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;

    /// Whether it must be on disk before it is answered. What need not be still survives the end of the process; only a
    /// power cut may take it back.
    fn durable(&self) -> bool;

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
    touched: Vec<Touch>,
}

/// Nodes as a transaction leaves them; `None` is no node.
pub(crate) type Touched = HashMap<Uuid, Option<Arc<Node>>>;

/// One of them.
pub(crate) type Touch = (Uuid, Option<Arc<Node>>);

impl<'a> Tx<'a> {
    /// The view of a job that runs after those that touched `before`.
    pub(crate) fn new(connection: &'a mut Connection, nodes: &'a NodeCache, before: &'a Touched) -> Self {
        Self { connection, nodes, before, touched: Vec::new() }
    }

    /// A node as it stands.
    pub(crate) async fn node(&mut self, uuid: Uuid) -> Result<Option<Arc<Node>>> {
        if let Some(node) = self.before.get(&uuid) {
            return Ok(node.clone());
        }
        match self.nodes.get(uuid) {
            Some(node) => Ok(Some(node)),
            None => Ok(nodes::load(self.connection, uuid).await?.map(Arc::new)),
        }
    }

    /// Says how a node stands now.
    pub(crate) fn stored(&mut self, node: Node) -> Arc<Node> {
        let node = Arc::new(node);
        self.touched.push((node.uuid, Some(Arc::clone(&node))));
        node
    }

    /// Says that a node is gone.
    pub(crate) fn removed(&mut self, uuid: Uuid) {
        self.touched.push((uuid, None));
    }

    fn into_touched(self) -> Vec<Touch> {
        self.touched
    }
}

/// A job under way; tells in the end which nodes it touched.
type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Touch>>> + Send + 'a>>;

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
    outcome: Result<J::Output>,
    reply: oneshot::Sender<Result<J::Output>>,
}

impl<J: Job> Pending<J> {
    /// Packs a job up; the output comes out at the other end of the channel.
    pub(crate) fn new(job: J) -> (Box<Self>, oneshot::Receiver<Result<J::Output>>) {
        let (reply, receiver) = oneshot::channel();
        (Box::new(Self { job, outcome: Err(Error::Closed), reply }), receiver)
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
            self.outcome = self.job.run(&mut tx).await;
            match &self.outcome {
                Ok(_) => Ok(tx.into_touched()),
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
