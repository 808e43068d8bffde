//! What a node can do, as names.

use kamacite_model::{Requester, Uuid, traits::MAX};

use crate::{Conductor, Error, Result};

impl Conductor {
    /// Gives a node these traits and no others.
    ///
    /// # Errors
    /// More than a node may have, or the node's lock.
    pub async fn set_traits(&self, node: Uuid, mut traits: Vec<String>, who: &Requester) -> Result<()> {
        traits.sort();
        traits.dedup();
        self.edit(node, who, move |_, node| {
            check_count(node.uuid, traits.len())?;
            node.traits = traits;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Gives a node one more trait; one it has already is no error.
    ///
    /// # Errors
    /// More than a node may have, or the node's lock.
    pub async fn add_trait(&self, node: Uuid, name: &str, who: &Requester) -> Result<()> {
        let name = name.to_owned();
        self.edit(node, who, move |_, node| {
            if let Err(place) = node.traits.binary_search(&name) {
                check_count(node.uuid, node.traits.len() + 1)?;
                node.traits.insert(place, name);
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Takes a trait from a node; tells whether it had it.
    ///
    /// # Errors
    /// The node's lock.
    pub async fn remove_trait(&self, node: Uuid, name: &str, who: &Requester) -> Result<bool> {
        let known = self.engine().node(node).await?;
        if !known.traits.iter().any(|has| has == name) {
            return Ok(false);
        }
        let name = name.to_owned();
        self.edit(node, who, move |_, node| {
            node.traits.retain(|has| *has != name);
            Ok(())
        })
        .await
        .map(|_| true)
    }
}

fn check_count(node: Uuid, count: usize) -> Result<()> {
    if count <= MAX {
        return Ok(());
    }
    // The reference's words, but for the node: it shows the number of its row.
    Err(Error::Invalid(format!(
        "Could not modify traits for node {node} as it would exceed the maximum number of traits per node ({count} vs. {MAX})"
    )))
}
