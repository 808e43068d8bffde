//! Steps: units of cleaning, deploying, verifying and servicing that can be ordered, chosen and resumed.

use std::{future::Future, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use kamacite_model::{Json, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ExclusiveTask, Result, args::Args};

/// When a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// When a node is cleaned.
    Clean,
    /// When an instance is put on.
    Deploy,
    /// When a node is brought under management.
    Verify,
    /// When a deployed node is serviced.
    Service,
}

impl StepKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Deploy => "deploy",
            Self::Verify => "verify",
            Self::Service => "service",
        }
    }
}

/// How a step goes on when its process died in the middle. Its author must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resume {
    /// It can be run again from the start; doing it twice does no harm.
    Again,
    /// It is called with the last cursor it gave, and finds out where it stands.
    Cursor,
    /// It cannot go on: the operation fails and says so.
    Never,
}

/// What is known of a step without running it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepSpec {
    /// Its name, unique within interface and kind.
    pub name: String,
    /// When it runs.
    pub kind: StepKind,
    /// Higher runs first; 0 runs only when asked for.
    pub priority: u32,
    /// A client may abort the operation while the step waits.
    pub abortable: bool,
    /// It needs the ramdisk running.
    pub requires_ramdisk: bool,
    /// How it goes on after a crash.
    pub resume: Resume,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub args: Value,
}

impl StepSpec {
    /// A step with nothing said but what has no default.
    pub fn new<A: Args>(kind: StepKind, name: &str, priority: u32, resume: Resume) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            priority,
            // The reference's defaults: deploy steps are abortable, the others are not; the ramdisk is there.
            abortable: matches!(kind, StepKind::Deploy),
            requires_ramdisk: true,
            resume,
            description: String::new(),
            args: crate::args::schema_of::<A>(),
        }
    }
}

/// Where a step stands, in its own words; the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub Value);

/// What came of a call of a step. Starting, polling and resuming are the same call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    /// It is done.
    Done,
    /// Something outside will say when it goes on; `until` is when the operation gives up (`None`: as configured).
    Wait {
        /// When to give up.
        until: Option<Timestamp>,
    },
    /// Call again after a while, with this cursor.
    Poll {
        /// How long to wait.
        after: Duration,
        /// Where the step stands.
        cursor: Cursor,
    },
    /// Reboot the machine, then call again with this cursor.
    Reboot {
        /// Where the step stands.
        cursor: Cursor,
    },
}

impl From<()> for Progress {
    fn from((): ()) -> Self {
        Self::Done
    }
}

/// A step, as plain as it gets; `#[step]` writes this from a function.
pub trait Step: 'static {
    /// The implementation it belongs to.
    type Of: Send + Sync + 'static;
    /// Its arguments; a JSON object for free ones.
    type Args: Args;

    /// When it runs and how: one entry for each kind it serves.
    fn specs() -> Vec<StepSpec>;

    /// Starts it, or goes on where `cursor` stands.
    fn run<'a>(
        of: &'a Self::Of,
        task: &'a mut ExclusiveTask,
        args: Self::Args,
        cursor: Option<Cursor>,
    ) -> impl Future<Output = Result<Progress>> + Send + 'a;
}

type Run = dyn for<'a> Fn(&'a mut ExclusiveTask, Json, Option<Cursor>) -> BoxFuture<'a, Result<Progress>> + Send + Sync;

/// A step of one implementation, ready to run.
#[doc(hidden)]
#[derive(Clone)]
pub struct StepEntry {
    /// What is known of it.
    pub spec: StepSpec,
    run: Arc<Run>,
}

impl StepEntry {
    pub(crate) fn all_of<S: Step>(of: &Arc<S::Of>) -> Vec<Self> {
        S::specs()
            .into_iter()
            .map(|spec| {
                let of = of.clone();
                let schema = spec.args.clone();
                let name = spec.name.clone();
                let run: Arc<Run> = Arc::new(move |task, args, cursor| {
                    let (of, parsed) = (of.clone(), crate::args::read::<S::Args>(&schema, &name, args));
                    Box::pin(async move { S::run(&of, task, parsed?, cursor).await })
                });
                Self { spec, run }
            })
            .collect()
    }

    /// For proxies: a step that does whatever `run` does.
    pub(crate) fn new(spec: StepSpec, run: Arc<Run>) -> Self {
        Self { spec, run }
    }

    /// Starts it, or goes on where `cursor` stands.
    ///
    /// # Errors
    /// Arguments that do not fit its schema, or whatever the step runs into.
    pub async fn run(&self, task: &mut ExclusiveTask, args: Json, cursor: Option<Cursor>) -> Result<Progress> {
        (self.run)(task, args, cursor).await
    }
}
