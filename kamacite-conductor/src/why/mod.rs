//! Why a node waits: what for, since when, until when, and what a person may do next. Asks no BMC.

mod explain;
mod may;
mod meaning;

use std::sync::Arc;

use kamacite_driver::governor::Status;
use kamacite_model::{Node, OperationId, Requester, Timestamp, Uuid, Verb, operation::OperationKind};

use crate::{Conductor, Result};
use explain::Facts;

/// What a person wants to know who asks why a node waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The node as it is.
    pub node: Arc<Node>,
    /// All of it in a sentence or two.
    pub summary: String,
    /// What its state means.
    pub meaning: &'static str,
    /// What is waited for; nothing where nothing is.
    pub wait: Option<Wait>,
    /// The work that has not ended: what the wait is about first.
    pub operations: Vec<Work>,
    /// Who holds the node.
    pub lock: Option<LockHeld>,
    /// What keeps people or the service from doing what they otherwise may.
    pub blocks: Vec<Block>,
    /// What the node was spoken to in, and how its BMCs are doing: one, as a rule.
    pub bmcs: Vec<(&'static str, Status)>,
    /// What a person may do next.
    pub may: Vec<May>,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Of what kind it is.
    pub on: WaitsOn,
    /// In words.
    pub words: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When the wait ends by itself, at the latest.
    pub until: Option<Timestamp>,
    /// What that follows from: an option, or a driver.
    pub because: Option<String>,
    /// What happens then; or why nothing does.
    pub then: String,
}

/// Of what kind a wait is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsOn {
    /// The moment at which it is asked again whether something is done.
    Poll,
    /// An answer of the hardware.
    Bmc,
    /// The ramdisk's call.
    Agent,
    /// Whoever holds the lock.
    Lock,
    /// A person's word.
    Person,
    /// The next sweep, which picks up what nobody works on.
    Sweep,
    /// Nobody and nothing: it never ends by itself.
    Nobody,
}

impl WaitsOn {
    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Bmc => "bmc",
            Self::Agent => "agent",
            Self::Lock => "lock",
            Self::Person => "person",
            Self::Sweep => "sweep",
            Self::Nobody => "nobody",
        }
    }
}

/// Work that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Its operation.
    pub id: OperationId,
    /// What kind of work it is.
    pub kind: OperationKind,
    /// A word for it.
    pub name: String,
    /// Whether it waits, or somebody works on it.
    pub state: kamacite_model::operation::OperationState,
    /// Where its plan stands, where it has one.
    pub step: Option<StepAt>,
    /// How far it is, as a driver said last.
    pub progress: Option<String>,
    /// How many times it was begun.
    pub attempt: i32,
    /// Who asked for it.
    pub asked_by: Requester,
    /// When.
    pub since: Timestamp,
}

/// Where a plan stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAt {
    /// Which of its calls is next or under way, from 1.
    pub at: usize,
    /// How many there are, as far as is known.
    pub of: usize,
    /// What that call does.
    pub what: String,
}

/// A node's lock that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHeld {
    /// The conductor.
    pub holder: String,
    /// Since when, where this process knows it.
    pub since: Option<Timestamp>,
    /// What is done under it.
    pub words: String,
}

/// Something that keeps people or the service from what they otherwise may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What.
    pub by: &'static str,
    /// Why, where a person or the service has said so.
    pub reason: Option<String>,
    /// From what.
    pub words: String,
}

/// Something that a person may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct May {
    /// What.
    pub act: Act,
    /// What it does.
    pub words: &'static str,
    /// Whether the BMC must answer for it to succeed.
    pub asks_bmc: bool,
    /// Why not now, and what to do about that; nothing where it may be done.
    pub why_not: Option<String>,
}

/// What a person may do with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A verb of provisioning.
    Provision(Verb),
    /// Put it into maintenance.
    EnterMaintenance,
    /// Take it out of maintenance.
    LeaveMaintenance,
    /// Remove it.
    Delete,
    /// End what is under way.
    Abandon,
    /// End what is under way and forget what is on it.
    Forget,
}

impl Conductor {
    /// Tells what a node waits for and what may be done about it.
    ///
    /// # Errors
    /// No such node, or trouble with the database.
    pub async fn why(&self, node: Uuid) -> Result<Why> {
        let engine = self.engine();
        let operations = engine.store.unfinished_operations_of(node).await?;
        // Read last: an operation that has ended meanwhile does no harm.
        let node = engine.node(node).await?;
        let bmcs = self.bmcs_of(node.uuid);
        let facts = Facts {
            node: &node,
            operations: &operations,
            at_work: &engine.in_hand.on(node.uuid),
            calling: &engine.calling.on(node.uuid),
            bmcs: &bmcs,
            limits: &engine.services.bmcs.limits(node.uuid),
            hostname: &engine.hostname,
            config: &engine.config,
            now: engine.now(),
        };
        let wait = explain::wait(&facts);
        Ok(Why {
            summary: explain::summary(&facts, wait.as_ref()),
            meaning: meaning::of(node.provision_state),
            operations: explain::work(&facts),
            lock: explain::lock(&facts),
            blocks: explain::blocks(&facts),
            may: may::list(&facts),
            wait,
            node: node.clone(),
            bmcs,
        })
    }
}
