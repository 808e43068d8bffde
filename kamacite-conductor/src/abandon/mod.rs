//! Abandoning what is under way on a node: an audited way out of every state, even where its BMC is dead.
//!
//! Nothing here asks a BMC, nor the registry: the lock is taken by force, the work under it is dropped wherever it stands,
//! and whatever it still writes is refused by the fence. Then the node is put where the state machine puts one whose work
//! went wrong, or back to the beginning, and it is written down who wanted it and why.

mod decide;

use std::sync::Arc;

use kamacite_model::{Node, Operation, OperationId, Requester, Severity, Uuid, operation::OperationKind};

use crate::{
    Conductor, Error, Result,
    engine::Engine,
    journal::{self, Outcome},
    lock::{Extra, Lock},
    ports,
};

pub use decide::AbandonRequest;
use decide::Found;

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Abandoned {
    /// The node as it was.
    pub before: Arc<Node>,
    /// The node as it is.
    pub after: Arc<Node>,
    /// The operations that were ended by it.
    pub ended: Vec<EndedOperation>,
    /// What was written down.
    pub words: String,
}

/// An operation that was ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedOperation {
    /// Its identity.
    pub id: OperationId,
    /// What kind of work it was.
    pub kind: OperationKind,
    /// A word for it.
    pub name: String,
}

impl Conductor {
    /// Ends whatever is under way on a node, and leaves it at rest. It always can, whoever holds the lock.
    ///
    /// # Errors
    /// [`Error::Protected`] where it is to forget what is on a protected node; [`Error::NodeNotFound`]; a reason that is
    /// none or too long.
    pub async fn abandon(&self, node: Uuid, request: AbandonRequest, who: &Requester) -> Result<Abandoned> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move {
            let _alone = engine.abandoning(node).lock().await;
            abandon(&engine, node, &request, &who).await
        })
        .await
    }
}

async fn abandon(engine: &Arc<Engine>, node: Uuid, request: &AbandonRequest, who: &Requester) -> Result<Abandoned> {
    let before = engine.node(node).await?;
    // What is refused is refused before anything is ended.
    request.check(&before)?;
    let mut lock = Lock::seize(engine, node, who).await?;
    engine.calling.take_away(node);
    let operations = match engine.store.unfinished_operations_of(node).await {
        Ok(operations) => operations,
        Err(error) => return gives_up(lock, error.into()).await,
    };
    let found = Found { locked_by: before.reservation.as_deref(), operations: &operations };
    let abandoned = match decide::decide(&lock.node(), &found, request, who, engine.now()) {
        Ok(abandoned) => abandoned,
        Err(error) => return gives_up(lock, error).await,
    };
    // While the node still says that it was in use: where the rest fails, it is asked for again.
    if request.forget
        && let Err(error) = ports::forget_all(&mut lock).await
    {
        return gives_up(lock, error).await;
    }
    let words = &abandoned.words;
    let ended = operations.iter().map(|one| EndedOperation { id: one.id, kind: one.kind, name: one.name.clone() });
    let ended: Vec<_> = ended.collect();
    let before = lock.node();
    let (state, reason) = (before.provision_state, &request.reason);
    let history = engine.history(&before, Severity::Error, "abandon", words, who).into_iter().collect();
    let extra = match end_all(engine, operations, words).await {
        Ok(last) => last.map_or_else(Extra::default, |last| journal::update(&last)),
        Err(error) => return gives_up(lock, error).await,
    };
    let after = lock.save_and_release(abandoned.node, Extra { history, ..extra }).await?;
    engine.power_failures.lock().remove(&node);
    tracing::warn!(
        %node, from = %state, to = %after.provision_state, reason,
        user = who.user, request = who.request_id, ended = ?ended.iter().map(|one| one.id).collect::<Vec<_>>(),
        "what was under way on a node was abandoned"
    );
    Ok(Abandoned { before, after, ended, words: abandoned.words })
}

async fn gives_up<T>(lock: Lock, error: Error) -> Result<T> {
    lock.release().await;
    Err(error)
}

/// Ends operations; the newest is left to be stored with the node. The others go first, so that nobody ever picks up one of
/// them on a node that was abandoned.
async fn end_all(engine: &Engine, operations: Vec<Operation>, words: &str) -> Result<Option<Operation>> {
    let mut newest = None;
    for mut operation in operations {
        journal::end(engine, &mut operation, Outcome::Aborted(words.to_owned()));
        match newest {
            None => newest = Some(operation),
            Some(_) => engine.store.update_operation(&operation).await?,
        }
    }
    Ok(newest)
}
