//! Walks through provision states: decided as a plan, carried out action by action, journalled before each.
//!
//! [`decide`] and [`settle`] are pure: they look at a node and say what follows. [`run`] does it. A plan is a list of
//! actions with a position; the position is stored in the same transaction as the node, before the next call is made,
//! so that whoever picks the operation up after a crash goes on with exactly that call.

pub(crate) mod decide;
pub(crate) mod patience;
pub(crate) mod perform;
pub(crate) mod plan;
pub(crate) mod provision;
mod python;
pub(crate) mod run;
pub(crate) mod settle;
pub(crate) mod steps;
#[cfg(test)]
mod walks;
