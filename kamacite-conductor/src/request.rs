//! What clients ask of the conductor, in its own shapes.

use std::{fmt, sync::Arc};

use kamacite_driver::{Attachment, Reply};
use kamacite_model::{InterfaceMap, Json, Node, OperationId, Secret, Verb};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is asked of a node's provisioning.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ProvisionRequest {
    /// What to do.
    pub verb: Verb,
    /// The config drive of the instance: a URL, a base64 text, or the parts to build one from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configdrive: Option<Value>,
    /// The steps to run: clean, deploy or service steps, by the verb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<UserStep>>,
    /// The password of the rescue environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescue_password: Option<Secret<String>>,
    /// The ramdisk is not booted for the steps.
    #[serde(default)]
    pub disable_ramdisk: bool,
}

impl ProvisionRequest {
    /// A verb with nothing else said.
    pub const fn new(verb: Verb) -> Self {
        Self { verb, configdrive: None, steps: None, rescue_password: None, disable_ramdisk: false }
    }
}

/// A step as a client asks for it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct UserStep {
    /// The kind of interface it belongs to.
    pub interface: String,
    /// Its name, or a reserved one: `hold`, `wait`, `power_on`, `power_off`, `reboot`.
    pub step: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Json>,
    /// When it runs among deploy steps; 0 leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Whatever else the client said of it, kept for the record.
    #[serde(flatten)]
    pub other: Json,
}

/// A change to a node, as the client saw it before and wants it after.
///
/// Only the fields that differ between the two are changed, on the node as it is under the lock.
#[derive(Debug, Clone)]
pub struct NodeUpdate {
    /// As the client saw it.
    pub before: Arc<Node>,
    /// As the client wants it.
    pub after: Node,
    /// Interfaces that the new driver does not take go back to their defaults.
    pub reset_interfaces: bool,
}

/// A call of a vendor method.
#[derive(Clone, PartialEq)]
pub struct PassthruCall {
    /// The method's public name.
    pub method: String,
    /// How it is called.
    pub verb: kamacite_driver::Verb,
    /// Its arguments.
    pub args: Json,
}

// What may hold secrets under any name is not shown at all.

impl fmt::Debug for ProvisionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvisionRequest").field("verb", &self.verb).field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl fmt::Debug for UserStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserStep")
            .field("interface", &self.interface)
            .field("step", &self.step)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PassthruCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassthruCall").field("method", &self.method).field("verb", &self.verb).finish_non_exhaustive()
    }
}

/// What came of a call of a vendor method.
#[derive(Debug, Clone, PartialEq)]
pub enum PassthruReply {
    /// The method runs; its outcome is kept under this id.
    Accepted(OperationId),
    /// It is done, and this is what it says.
    Json(Value),
    /// It is done, and this is what it gives.
    Attachment(Attachment),
}

impl From<Reply> for PassthruReply {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Json(value) => Self::Json(value),
            Reply::Attachment(attachment) => Self::Attachment(attachment),
        }
    }
}

/// A hardware type as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverInfo {
    /// Its name.
    pub name: String,
    /// The conductors that have it.
    pub hosts: Vec<String>,
    /// The implementation of each kind that nodes get when they choose none.
    pub defaults: InterfaceMap<Option<Arc<str>>>,
    /// The implementations of each kind that nodes may have.
    pub enabled: InterfaceMap<Vec<Arc<str>>>,
}

/// A vendor method of a hardware type, with the interface that has it.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverMethodInfo {
    /// The vendor interface's name.
    pub interface: Arc<str>,
    /// Called on nodes, or on the type itself.
    pub on_node: bool,
    /// What is known of it.
    pub spec: kamacite_driver::MethodSpec,
}
