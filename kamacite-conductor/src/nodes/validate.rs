//! Telling what a node lacks before it is needed.

use kamacite_driver::ErrorKind;
use kamacite_model::{InterfaceKind, Requester, Uuid};

use crate::{
    Conductor, Result,
    flow::provision::check_traits,
    lock::{look, unbroken},
};

impl Conductor {
    /// For each kind of interface but vendor: why it would not work, or nothing.
    ///
    /// # Errors
    /// No such node, or its interfaces do not fit together.
    pub async fn validate_node(&self, node: Uuid) -> Result<Vec<(InterfaceKind, Result<(), String>)>> {
        let engine = self.engine();
        let node = engine.node(node).await?;
        let on = engine.registry().interfaces_of(&node)?;
        let task = look(engine, node.clone(), &Requester::default());
        let mut verdicts = Vec::new();
        // The reference leaves vendor out: its methods check themselves.
        for kind in InterfaceKind::ALL.iter().copied().filter(|kind| *kind != InterfaceKind::Vendor) {
            let base = on.implementation(kind).interface.base();
            let verdict = unbroken(async { Ok(base.validate(&task).await) }).await?;
            let verdict = verdict.map_err(|error| match error.kind() {
                ErrorKind::Invalid | ErrorKind::Missing | ErrorKind::Unsupported => error.to_string(),
                ErrorKind::NotFound
                | ErrorKind::Conflict
                | ErrorKind::Busy
                | ErrorKind::Hardware
                | ErrorKind::LockLost
                | ErrorKind::Internal => {
                    tracing::warn!(node = %node.uuid, %kind, %error, "an interface could not be validated");
                    format!("Unexpected trouble, told in the log of {}: {error}", engine.hostname)
                }
            });
            let verdict =
                if kind == InterfaceKind::Deploy { verdict.and_then(|()| check_traits(&node)) } else { verdict };
            verdicts.push((kind, verdict));
        }
        Ok(verdicts)
    }
}
