//! Vendor methods: the door through which a driver exposes what no standard covers.
//!
//! A node method is called on one node, a driver method on a hardware type. Everything about a method is said once, in
//! its signature; see [`NodeMethod`] for the plain form and `#[passthru]` for the short one.

use std::{fmt, future::Future, str::FromStr, sync::Arc};

use futures::future::BoxFuture;
use kamacite_model::{Json, Requester};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, FromTask, Result, Task, args::Args};

/// The verbs a vendor method may answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verb {
    /// Reads.
    GET,
    /// Acts.
    POST,
    /// Sets.
    PUT,
    /// Changes.
    PATCH,
    /// Removes.
    DELETE,
}

impl Verb {
    /// The verb as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GET => "GET",
            Self::POST => "POST",
            Self::PUT => "PUT",
            Self::PATCH => "PATCH",
            Self::DELETE => "DELETE",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Verb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        const ALL: [Verb; 5] = [Verb::GET, Verb::POST, Verb::PUT, Verb::PATCH, Verb::DELETE];
        ALL.into_iter().find(|verb| verb.as_str() == text).ok_or_else(|| {
            Error::invalid(format!(
                "vendor methods do not answer to {text}; they answer to GET, POST, PUT, PATCH, DELETE"
            ))
        })
    }
}

/// Whether a client waits for a method's reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The client gets 202 at once; the outcome is kept with the operation.
    Async,
    /// The client gets 200 with the reply.
    Sync,
}

/// What is known of a method without calling it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodSpec {
    /// Its public name.
    pub name: String,
    /// The verbs it answers to.
    pub verbs: Vec<Verb>,
    /// What it does.
    pub description: String,
    /// Whether the client waits.
    pub mode: Mode,
    /// Whether the node's lock is taken; always `false` for driver methods.
    pub exclusive: bool,
    /// Whether the reply is an attachment.
    pub attach: bool,
    /// JSON Schema of its arguments.
    pub args: Value,
}

impl MethodSpec {
    /// A method with everything the types cannot tell.
    pub fn new(name: &str, verbs: &[Verb], mode: Mode, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            verbs: verbs.to_vec(),
            description: description.to_owned(),
            mode,
            exclusive: false,
            attach: false,
            args: Value::Null,
        }
    }
}

/// Bytes for the client to keep as they are.
///
/// Deliberately not `Serialize`: an attachment cannot be mistaken for a JSON reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Media type, for example `text/plain; charset=utf-8`.
    pub content_type: String,
    /// A name to save it under.
    pub file_name: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What a method answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// A JSON value; a method that returns nothing answers `null`.
    Json(Value),
    /// Bytes.
    Attachment(Attachment),
}

/// What a method may return: anything serde writes, or an [`Attachment`].
pub trait IntoReply: Send + 'static {
    /// Whether it is an attachment.
    const ATTACH: bool = false;

    /// The reply.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    fn into_reply(self) -> Result<Reply>;
}

impl<T: Serialize + Send + 'static> IntoReply for T {
    fn into_reply(self) -> Result<Reply> {
        serde_json::to_value(self)
            .map(Reply::Json)
            .map_err(|why| Error::internal("the method's reply cannot be written as JSON").because(why))
    }
}

impl IntoReply for Attachment {
    const ATTACH: bool = true;

    fn into_reply(self) -> Result<Reply> {
        Ok(Reply::Attachment(self))
    }
}

/// A vendor method of a node, as plain as it gets; `#[passthru]` writes this from a function.
pub trait NodeMethod: 'static {
    /// The implementation it belongs to.
    type Of: Send + Sync + 'static;
    /// `&SharedTask` or `&mut ExclusiveTask`: whether the engine takes the node's lock.
    type Task<'a>: FromTask<'a>;
    /// Its arguments; a JSON object for free ones.
    type Args: Args;
    /// What it returns.
    type Reply: IntoReply;

    /// Its name, verbs, mode and description; lock, attachment and arguments follow from the types.
    fn spec() -> MethodSpec;

    /// Does it.
    fn call<'a>(
        of: &'a Self::Of,
        task: Self::Task<'a>,
        verb: Verb,
        args: Self::Args,
    ) -> impl Future<Output = Result<Self::Reply>> + Send + 'a;
}

/// A vendor method of a hardware type, as plain as it gets; `#[driver_passthru]` writes this from a function.
pub trait DriverMethod: 'static {
    /// The implementation it belongs to.
    type Of: Send + Sync + 'static;
    /// Its arguments; a JSON object for free ones.
    type Args: Args;
    /// What it returns.
    type Reply: IntoReply;

    /// Its name, verbs, mode and description; attachment and arguments follow from the types.
    fn spec() -> MethodSpec;

    /// Does it.
    fn call<'a>(
        of: &'a Self::Of,
        caller: &'a Requester,
        verb: Verb,
        args: Self::Args,
    ) -> impl Future<Output = Result<Self::Reply>> + Send + 'a;
}

type CallNode = dyn for<'a> Fn(Task<'a>, Verb, Json) -> BoxFuture<'a, Result<Reply>> + Send + Sync;
type CallDriver = dyn for<'a> Fn(&'a Requester, Verb, Json) -> BoxFuture<'a, Result<Reply>> + Send + Sync;
type Check = dyn Fn(Json) -> Result<()> + Send + Sync;

/// A node method of one implementation, ready to call.
#[doc(hidden)]
#[derive(Clone)]
pub struct NodeMethodEntry {
    /// What is known of it.
    pub spec: MethodSpec,
    check: Arc<Check>,
    call: Arc<CallNode>,
}

impl NodeMethodEntry {
    pub(crate) fn of<M: NodeMethod>(of: &Arc<M::Of>) -> Self {
        let spec = MethodSpec {
            exclusive: <M::Task<'_> as FromTask<'_>>::EXCLUSIVE,
            attach: M::Reply::ATTACH,
            args: crate::args::schema_of::<M::Args>(),
            ..M::spec()
        };
        let (of, name, schema) = (of.clone(), spec.name.clone(), spec.args.clone());
        let call: Arc<CallNode> = Arc::new(move |task, verb, args| {
            let of = of.clone();
            let parsed = crate::args::read::<M::Args>(&schema, &name, args);
            Box::pin(async move { M::call(&of, FromTask::from_task(task)?, verb, parsed?).await?.into_reply() })
        });
        Self { check: check::<M::Args>(&spec), spec, call }
    }

    /// For proxies: a method that does whatever `call` does; only its schema is checked beforehand.
    pub(crate) fn new(spec: MethodSpec, call: Arc<CallNode>) -> Self {
        Self { check: check::<Json>(&spec), spec, call }
    }

    /// Tells whether the arguments fit, without calling it and without any lock.
    ///
    /// # Errors
    /// Names the argument that is missing or does not fit.
    pub fn check(&self, args: Json) -> Result<()> {
        (self.check)(args)
    }

    /// Calls it.
    ///
    /// # Errors
    /// Arguments that do not fit, or whatever the method runs into.
    pub async fn call(&self, task: Task<'_>, verb: Verb, args: Json) -> Result<Reply> {
        (self.call)(task, verb, args).await
    }
}

/// A driver method of one implementation, ready to call.
#[doc(hidden)]
#[derive(Clone)]
pub struct DriverMethodEntry {
    /// What is known of it.
    pub spec: MethodSpec,
    check: Arc<Check>,
    call: Arc<CallDriver>,
}

impl DriverMethodEntry {
    pub(crate) fn of<M: DriverMethod>(of: &Arc<M::Of>) -> Self {
        let spec = MethodSpec { attach: M::Reply::ATTACH, args: crate::args::schema_of::<M::Args>(), ..M::spec() };
        let (of, name, schema) = (of.clone(), spec.name.clone(), spec.args.clone());
        let call: Arc<CallDriver> = Arc::new(move |caller, verb, args| {
            let of = of.clone();
            let parsed = crate::args::read::<M::Args>(&schema, &name, args);
            Box::pin(async move { M::call(&of, caller, verb, parsed?).await?.into_reply() })
        });
        Self { check: check::<M::Args>(&spec), spec, call }
    }

    /// For proxies: a method that does whatever `call` does; only its schema is checked beforehand.
    pub(crate) fn new(spec: MethodSpec, call: Arc<CallDriver>) -> Self {
        Self { check: check::<Json>(&spec), spec, call }
    }

    /// Tells whether the arguments fit, without calling it.
    ///
    /// # Errors
    /// Names the argument that is missing or does not fit.
    pub fn check(&self, args: Json) -> Result<()> {
        (self.check)(args)
    }

    /// Calls it.
    ///
    /// # Errors
    /// Arguments that do not fit, or whatever the method runs into.
    pub async fn call(&self, caller: &Requester, verb: Verb, args: Json) -> Result<Reply> {
        (self.call)(caller, verb, args).await
    }
}

fn check<A: Args>(spec: &MethodSpec) -> Arc<Check> {
    let (name, schema) = (spec.name.clone(), spec.args.clone());
    Arc::new(move |args| crate::args::read::<A>(&schema, &name, args).map(|_| ()))
}
