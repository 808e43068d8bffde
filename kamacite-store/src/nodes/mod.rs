//! Nodes: found by key or filter, reserved, changed under their reservation.

mod columns;
mod filter;
mod query;
mod write;

use std::{collections::HashMap, sync::Arc};

use kamacite_model::{HistoryEntry, Node, Uuid};
use sea_query::{Expr, ExprTrait as _, Query};

use crate::{
    Result, Store,
    db::{Connection, Row, Stored as _, malformed},
    sort::Page,
};

pub(crate) use columns::NODES;
pub(crate) use filter::contains;
pub use query::{NodeColumn, NodeFilter, NodeQuery, ParentFilter};
pub(crate) use write::check_lock;
pub use write::{Change, NodeChange, OperationChange};

/// How many nodes are loaded by one statement.
const CHUNK: usize = 500;

impl Store {
    /// The node with this UUID.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn node(&self, uuid: Uuid) -> Result<Option<Arc<Node>>> {
        self.db().alive().await;
        match self.db().cache().and_then(|nodes| nodes.get(uuid)) {
            Some(node) => Ok(Some(self.hit(node))),
            None => self.load_where(Expr::col("uuid").eq(uuid.to_string())).await,
        }
    }

    /// The node with this name.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn node_named(&self, name: &str) -> Result<Option<Arc<Node>>> {
        self.db().alive().await;
        match self.db().cache().and_then(|nodes| nodes.get_named(name)) {
            Some(node) => Ok(Some(self.hit(node))),
            None => self.load_where(Expr::col("name").eq(name)).await,
        }
    }

    fn hit(&self, node: Arc<Node>) -> Arc<Node> {
        self.meters().cache_hits.count();
        node
    }

    async fn load_where(&self, condition: Expr) -> Result<Option<Arc<Node>>> {
        self.meters().cache_misses.count();
        let since = self.db().cache().map(|nodes| nodes.since());
        let node = find(&mut self.db().read().await?, condition).await?;
        self.db().alive().await;
        Ok(node.map(|node| match self.db().cache().zip(since) {
            Some((nodes, since)) => nodes.bring_in(since, node),
            None => Arc::new(node),
        }))
    }

    /// The nodes that a filter lets through, sorted, from a marker on.
    ///
    /// Each node is as it stands when it is returned, which may be a moment after it was selected.
    ///
    /// # Errors
    /// [`crate::Error::MarkerNotFound`], or trouble with the database.
    pub async fn nodes(&self, query: &NodeQuery) -> Result<Vec<Arc<Node>>> {
        let mut select =
            Query::select().column("uuid").from(NODES.name).cond_where(filter::condition(&query.filter)).to_owned();
        let page = Page {
            table: &NODES,
            key: query.sort_key.as_str(),
            descending: query.descending,
            marker: query.marker,
            limit: query.limit,
        };
        let mut connection = self.db().read().await?;
        page.cut(&mut connection, &mut select).await?;
        let rows = match query.filter.uuid_in {
            Some(_) => connection.rows_once("listing nodes", &select).await?,
            None => connection.rows("listing nodes", &select).await?,
        };
        let uuids = rows.iter().map(uuid).collect::<Result<Vec<_>>>()?;
        let nodes = self.take_each(&mut connection, &uuids).await?;
        self.db().alive().await;
        Ok(nodes)
    }

    /// The nodes with these UUIDs, in this order; what is gone is left out.
    async fn take_each(&self, connection: &mut Connection, uuids: &[Uuid]) -> Result<Vec<Arc<Node>>> {
        let Some(cache) = self.db().cache() else {
            let mut loaded = HashMap::with_capacity(uuids.len());
            for chunk in uuids.chunks(CHUNK) {
                loaded.extend(load_each(connection, chunk).await?.into_iter().map(|node| (node.uuid, Arc::new(node))));
            }
            return Ok(uuids.iter().filter_map(|uuid| loaded.remove(uuid)).collect());
        };
        let mut found = cache.get_each(uuids);
        let missing: Vec<Uuid> =
            uuids.iter().zip(&found).filter(|(_, node)| node.is_none()).map(|(uuid, _)| *uuid).collect();
        self.meters().cache_hits.add((uuids.len() - missing.len()) as u64);
        self.meters().cache_misses.add(missing.len() as u64);
        let mut loaded = HashMap::with_capacity(missing.len());
        for chunk in missing.chunks(CHUNK) {
            let since = cache.since();
            let nodes = load_each(connection, chunk).await?;
            loaded.extend(nodes.into_iter().map(|node| (node.uuid, cache.bring_in(since, node))));
        }
        for (node, uuid) in found.iter_mut().zip(uuids) {
            if node.is_none() {
                *node = loaded.remove(uuid);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// How many nodes a filter lets through.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn count_nodes(&self, filter: &NodeFilter) -> Result<u64> {
        let count = Query::select()
            .expr(Expr::col("id").count())
            .from(NODES.name)
            .cond_where(filter::condition(filter))
            .to_owned();
        let row = self.db().read().await?.row("counting nodes", &count).await?;
        self.db().alive().await;
        let count = row.map(|row| i64::from_row(&row, 0)).transpose();
        let count = count.map_err(|source| malformed(NODES.name, "id", source))?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    /// Enrols a node. Durable.
    ///
    /// # Errors
    /// [`crate::Error::NodeNameTaken`], [`crate::Error::NodeUuidTaken`], [`crate::Error::InstanceTaken`],
    /// [`crate::Error::NotThere`] for its chassis, or trouble with the database.
    pub async fn create_node(&self, node: &Node, history: &[HistoryEntry]) -> Result<()> {
        self.write(write::Create::new(node, history)?).await
    }

    /// Takes the node's lock for `holder`, if nobody has it, and returns the node with the new fence. Lazily durable.
    ///
    /// Run it to its end: a caller that is dropped while waiting may leave the lock taken.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], [`crate::Error::NodeLocked`], or trouble with the database.
    pub async fn reserve(&self, node: Uuid, holder: &str) -> Result<Arc<Node>> {
        self.write(write::Reserve { node, holder: holder.to_owned(), by_force: false }).await
    }

    /// Takes the node's lock for `holder`, whoever has it; what the former holder still writes is refused.
    /// Lazily durable.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], or trouble with the database.
    pub async fn take_over(&self, node: Uuid, holder: &str) -> Result<Arc<Node>> {
        self.write(write::Reserve { node, holder: holder.to_owned(), by_force: true }).await
    }

    /// Gives up the node's lock if `fence` is still that of the lock. Lazily durable; repeating it does no harm.
    ///
    /// # Errors
    /// Trouble with the database.
    pub async fn release(&self, node: Uuid, fence: i64) -> Result<()> {
        self.write(write::Release { node, fence }).await
    }

    /// Writes a change of a node, of an operation and entries of history, all or nothing. Durable.
    ///
    /// Returns the node as stored, where the change had one. An allocation that the node takes up becomes active with it,
    /// one that it lets go of is removed.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when the node's lock is no longer that of `before`; [`crate::Error::NodeNotFound`],
    /// [`crate::Error::NodeNameTaken`], [`crate::Error::InstanceTaken`], [`crate::Error::OperationNotFound`];
    /// [`crate::Error::NotThere`] for its chassis, or for an allocation that waits for no node; [`crate::Error::Taken`] for
    /// a new one whose name or UUID another has; or trouble with the database.
    pub fn save(&self, change: Change) -> impl Future<Output = Result<Option<Arc<Node>>>> + Send {
        self.write(write::Save { change, at: self.clock().now() })
    }

    /// Removes a node with its traits and history, if `fence` is that of its lock and the lock is held; its operations
    /// stay. Durable.
    ///
    /// # Errors
    /// [`crate::Error::NodeNotFound`], [`crate::Error::LeaseLost`], or trouble with the database.
    pub async fn delete_node(&self, node: Uuid, fence: i64) -> Result<()> {
        self.write(write::Delete { node, fence }).await
    }
}

/// Loads a node from the database.
pub(crate) async fn load(connection: &mut Connection, uuid: Uuid) -> Result<Option<Node>> {
    find(connection, Expr::col("uuid").eq(uuid.to_string())).await
}

async fn find(connection: &mut Connection, condition: Expr) -> Result<Option<Node>> {
    let select = NODES.select().and_where(condition).to_owned();
    connection.row("loading a node", &select).await?.map(|row| NODES.load(&row)).transpose()
}

async fn load_each(connection: &mut Connection, uuids: &[Uuid]) -> Result<Vec<Node>> {
    let select = NODES.select().and_where(filter::is_one_of(uuids)).to_owned();
    connection.rows_once("loading nodes", &select).await?.iter().map(|row| NODES.load(row)).collect()
}

fn uuid(row: &Row) -> Result<Uuid> {
    Uuid::from_row(row, 0).map_err(|source| malformed(NODES.name, "uuid", source))
}
