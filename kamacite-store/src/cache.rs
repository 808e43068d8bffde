//! Nodes in memory: an embedded database has one process, so what it committed last is what there is.
//!
//! The writer publishes every node it has committed before it answers. A reader that found nothing here loads the row and
//! brings it in, unless something newer has come meanwhile.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use kamacite_model::{Node, Uuid};
use parking_lot::RwLock;

/// The most nodes kept, some hundred megabytes with generous driver_info; several times the largest fleet of one
/// conductor. When it is full, newcomers are not kept: what reads all nodes in turn, as the periodic sweeps do, would
/// push each node out just before it comes round again if the oldest had to go.
const LIMIT: usize = 50_000;

/// The nodes in memory.
pub(crate) struct NodeCache {
    nodes: RwLock<Nodes>,
    limit: usize,
}

#[derive(Default)]
struct Nodes {
    by_uuid: HashMap<Uuid, Arc<Node>>,
    by_name: HashMap<String, Uuid>,
    /// Counts commits after which a touched node was *not* here. What was read before such a commit may be older than
    /// it without anything here to tell, so it stays out.
    unseen: u64,
}

/// The moment at which a read began; what it read may be brought in with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since(u64);

impl NodeCache {
    /// An empty cache.
    pub(crate) fn new() -> Self {
        Self::with_limit(LIMIT)
    }

    fn with_limit(limit: usize) -> Self {
        Self { nodes: RwLock::default(), limit }
    }

    /// The node with this UUID, if it is here.
    pub(crate) fn get(&self, uuid: Uuid) -> Option<Arc<Node>> {
        self.nodes.read().by_uuid.get(&uuid).cloned()
    }

    /// The node with this name, if it is here.
    pub(crate) fn get_named(&self, name: &str) -> Option<Arc<Node>> {
        let nodes = self.nodes.read();
        nodes.by_name.get(name).and_then(|uuid| nodes.by_uuid.get(uuid)).cloned()
    }

    /// How many nodes are here.
    pub(crate) fn len(&self) -> usize {
        self.nodes.read().by_uuid.len()
    }

    /// For each UUID the node, if it is here.
    pub(crate) fn get_each(&self, uuids: &[Uuid]) -> Vec<Option<Arc<Node>>> {
        let nodes = self.nodes.read();
        uuids.iter().map(|uuid| nodes.by_uuid.get(uuid).cloned()).collect()
    }

    /// To be called before a read of nodes that [`Self::bring_in`] shall take.
    pub(crate) fn since(&self) -> Since {
        Since(self.nodes.read().unseen)
    }

    /// Takes a node that was read from the database after `since`. Returns the node to go on with: the one that is here
    /// already is as new or newer.
    pub(crate) fn bring_in(&self, since: Since, read: Node) -> Arc<Node> {
        let read = Arc::new(read);
        let mut nodes = self.nodes.write();
        if let Some(here) = nodes.by_uuid.get(&read.uuid) {
            return Arc::clone(here);
        }
        if nodes.unseen == since.0 && nodes.by_uuid.len() < self.limit {
            nodes.put(Arc::clone(&read));
        }
        read
    }

    /// Takes what a commit has left: nodes as they are now, or that they are gone.
    pub(crate) fn publish(&self, touched: impl IntoIterator<Item = (Uuid, Option<Arc<Node>>)>) {
        let mut touched = touched.into_iter().peekable();
        if touched.peek().is_none() {
            return;
        }
        let mut nodes = self.nodes.write();
        let mut unseen = false;
        for (uuid, node) in touched {
            nodes.remove(uuid);
            match node {
                Some(node) if nodes.by_uuid.len() < self.limit => nodes.put(node),
                Some(_) | None => unseen = true,
            }
        }
        nodes.unseen += u64::from(unseen);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut nodes = self.nodes.write();
        *nodes = Nodes { unseen: nodes.unseen + 1, ..Nodes::default() };
    }
}

impl Nodes {
    fn put(&mut self, node: Arc<Node>) {
        if let Some(name) = &node.name {
            self.by_name.insert(name.clone(), node.uuid);
        }
        self.by_uuid.insert(node.uuid, node);
    }

    fn remove(&mut self, uuid: Uuid) {
        let Some(name) = self.by_uuid.remove(&uuid).and_then(|node| node.name.clone()) else { return };
        // Another node may have taken the name in the same commit.
        if let Entry::Occupied(entry) = self.by_name.entry(name)
            && *entry.get() == uuid
        {
            entry.remove();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kamacite_model::Timestamp;

    use super::*;

    fn node(uuid: u128, name: &str, fence: i64) -> Node {
        let mut node = Node::new(Uuid::from_u128(uuid), "fake-hardware", Timestamp::UNIX_EPOCH);
        node.name = Some(name.to_owned());
        node.fence = fence;
        node
    }

    fn publish(cache: &NodeCache, nodes: impl IntoIterator<Item = Node>) {
        cache.publish(nodes.into_iter().map(|node| (node.uuid, Some(Arc::new(node)))));
    }

    fn fence(cache: &NodeCache, uuid: u128) -> Option<i64> {
        cache.get(Uuid::from_u128(uuid)).map(|node| node.fence)
    }

    #[test]
    fn what_was_read_before_a_commit_does_not_replace_what_it_left() {
        let cache = NodeCache::new();
        let since = cache.since();
        publish(&cache, [node(1, "a", 2)]);
        assert_eq!(cache.bring_in(since, node(1, "a", 1)).fence, 2);
        assert_eq!(cache.bring_in(since, node(2, "b", 1)).fence, 1);
        assert_eq!((fence(&cache, 1), fence(&cache, 2)), (Some(2), Some(1)));
    }

    #[test]
    fn what_was_read_before_a_removal_stays_out() {
        let cache = NodeCache::new();
        let since = cache.since();
        cache.publish([(Uuid::from_u128(1), None)]);
        cache.bring_in(since, node(1, "a", 1));
        assert_eq!(fence(&cache, 1), None);
        let since = cache.since();
        cache.clear();
        cache.bring_in(since, node(1, "a", 1));
        assert_eq!(fence(&cache, 1), None);
        cache.bring_in(cache.since(), node(1, "a", 1));
        assert_eq!(fence(&cache, 1), Some(1));
    }

    #[test]
    fn a_full_cache_keeps_what_it_has_and_never_keeps_what_is_old() {
        let cache = NodeCache::with_limit(1);
        publish(&cache, [node(1, "a", 1)]);
        let since = cache.since();
        publish(&cache, [node(2, "b", 1)]);
        publish(&cache, [node(1, "a", 2)]);
        assert_eq!((fence(&cache, 1), fence(&cache, 2)), (Some(2), None));
        cache.publish([(Uuid::from_u128(1), None)]);
        cache.bring_in(since, node(2, "b", 0));
        assert_eq!(fence(&cache, 2), None, "it was changed after it was read");
    }

    #[test]
    fn names_follow_their_nodes() {
        let cache = NodeCache::new();
        let named = |name: &str| cache.get_named(name).map(|node| node.uuid.as_u128());
        publish(&cache, [node(1, "a", 1), node(2, "b", 1)]);
        for turn in 0..2 {
            // They swap names, told in either order.
            let mut swapped = [node(1, "b", 1), node(2, "a", 1)];
            if turn == 1 {
                swapped.reverse();
            }
            publish(&cache, swapped);
            assert_eq!((named("a"), named("b")), (Some(2), Some(1)));
            publish(&cache, [node(1, "a", 1), node(2, "b", 1)]);
            assert_eq!((named("a"), named("b")), (Some(1), Some(2)));
        }
        publish(&cache, [node(1, "c", 1)]);
        cache.publish([(Uuid::from_u128(2), None)]);
        assert_eq!((named("a"), named("b"), named("c")), (None, None, Some(1)));
    }
}
