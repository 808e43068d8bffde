//! What is kept for each node as long as the node says the same: a client of its BMC, with its session.

use std::collections::HashMap;

use kamacite_driver::model::Uuid;
use parking_lot::Mutex;

/// A client for each of so many nodes, and what the node said when it was made.
pub struct Kept<Said, Client> {
    most: usize,
    known: Mutex<HashMap<Uuid, (Said, Client)>>,
}

impl<Said: PartialEq, Client: Clone> Kept<Said, Client> {
    /// None yet, and never more than `most`.
    pub fn new(most: usize) -> Self {
        Self { most, known: Mutex::default() }
    }

    /// The client of a node that still says this.
    pub fn get(&self, node: Uuid, said: &Said) -> Option<Client> {
        self.known.lock().get(&node).filter(|(known, _)| known == said).map(|(_, client)| client.clone())
    }

    /// Keeps a client in the place of the node's last one; where there is no place left, in that of any other.
    pub fn keep(&self, node: Uuid, said: Said, client: Client) {
        let mut known = self.known.lock();
        known.remove(&node);
        if self.most == 0 {
            return;
        }
        if known.len() >= self.most
            && let Some(any) = known.keys().next().copied()
        {
            known.remove(&any);
        }
        known.insert(node, (said, client));
    }

    /// Every client; none is kept any longer.
    pub fn take_all(&self) -> Vec<Client> {
        self.known.lock().drain().map(|(_, (_, client))| client).collect()
    }
}
