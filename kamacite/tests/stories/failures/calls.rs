//! What operators ask of a node, and where on its BMC that arrives.

use kamacite_sim::{Fault, Rule};
use reqwest::Method;

pub const GET: fn() -> Method = || Method::GET;
pub const PUT: fn() -> Method = || Method::PUT;
pub const POST: fn() -> Method = || Method::POST;
pub const DELETE: fn() -> Method = || Method::DELETE;

/// Something an operator asks of a node.
#[derive(Clone, Copy)]
pub struct Call {
    pub name: &'static str,
    pub verb: fn() -> Method,
    /// What follows the node in the path; or all of it, with `{node}`. `{light}` and `{subscription}` are looked up.
    pub path: &'static str,
    pub body: &'static str,
    /// How the rule of a fault is aimed at it.
    pub hits: fn(Fault) -> Rule,
    /// What has to be so before.
    pub before: Before,
}

/// What has to be so before a call.
#[derive(Clone, Copy, PartialEq)]
pub enum Before {
    Nothing,
    /// The machine is on.
    On,
    /// An image is in a slot.
    Image,
    /// Somebody subscribed.
    Subscription,
}

/// A call without a body, whatever was before.
pub const fn call(name: &'static str, verb: fn() -> Method, path: &'static str, hits: fn(Fault) -> Rule) -> Call {
    Call { name, verb, path, body: "", hits, before: Before::Nothing }
}
