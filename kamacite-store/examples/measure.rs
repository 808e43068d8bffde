//! Measures what the store promises to be quick at: `cargo run --release -p kamacite-store --example measure [folder]`.
//!
//! Beside each figure for writes stands its durability. The folder says which disk is measured.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

use std::{
    future::Future,
    hint::black_box,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use kamacite_model::{
    Clock, Node, Operation, Requester, Sleep, SystemClock, Timestamp, Uuid,
    operation::{OperationKind, OperationState},
};
use kamacite_store::{Change, Database, NodeChange, NodeQuery, OperationChange, Store, StoreConfig};
use serde_json::json;

/// The nodes in the store.
const NODES: usize = 1000;

#[tokio::main]
async fn main() {
    // As a task, which is what a request is.
    tokio::spawn(measure()).await.unwrap();
}

async fn measure() {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join(format!("kamacite-measure-{}.sqlite", Uuid::new_v4()));
    println!("{} nodes in {}", NODES, path.display());
    let config = StoreConfig {
        database: Database::Sqlite { path: path.clone() },
        clock: Arc::new(SystemClock::new(|duration: Duration| -> Sleep<'static> {
            Box::pin(tokio::time::sleep(duration))
        })),
        backup_before_upgrade: true,
    };

    let began = Instant::now();
    let store = Store::open(config.clone()).await.unwrap();
    println!("{:>10.1?}  open a new database", began.elapsed());
    write(&store, &config.clock).await;
    store.close().await.unwrap();

    let began = Instant::now();
    let store = Store::open(config).await.unwrap();
    println!("{:>10.1?}  open an old database", began.elapsed());
    read(&store).await;
    store.close().await.unwrap();
    for suffix in ["", ".lock"] {
        std::fs::remove_file(format!("{}{suffix}", path.display())).unwrap();
    }
}

async fn write(store: &Store, clock: &Arc<dyn Clock>) {
    let now = clock.now();
    let nodes: Vec<Node> = (0..NODES).map(|n| node(n, now)).collect();
    let (one_by_one, together) = nodes.split_at(NODES / 4);
    each("create a node, 1 client (durable)", one_by_one, |node| store.create_node(node, &[])).await;
    by_clients("create a node, 4 clients (durable)", 4, together, store, |store, node| async move {
        store.create_node(&node, &[]).await.unwrap();
    })
    .await;

    let uuids: Vec<Uuid> = nodes.iter().map(|node| node.uuid).collect();
    let many: Vec<Uuid> = uuids.iter().cycle().take(20_000).copied().collect();
    each("reserve and release, 1 client (lazy)", &many, |uuid| async {
        let held = store.reserve(*uuid, "c1").await.unwrap();
        store.release(*uuid, held.fence).await
    })
    .await;
    by_clients("reserve and release, 8 clients (lazy)", 8, &many, store, |store, uuid| async move {
        // Two clients may meet at a node; who is late does without.
        if let Ok(held) = store.reserve(uuid, "c1").await {
            store.release(uuid, held.fence).await.unwrap();
        }
    })
    .await;
    each("reserve, save and release, 1 client (durable)", &uuids, |uuid| change(store.clone(), *uuid)).await;
    by_clients("reserve, save and release, 100 clients (durable)", 100, &uuids, store, |store, uuid| async move {
        change(store, uuid).await.unwrap();
    })
    .await;
    by_clients(
        "ten saves of a node and its operation, 100 clients (durable)",
        100,
        &uuids,
        store,
        |store, uuid| async move {
            step(store, uuid).await.unwrap();
        },
    )
    .await;
}

async fn change(store: Store, uuid: Uuid) -> kamacite_store::Result<()> {
    let before = store.reserve(uuid, "c1").await?;
    let mut after = Node::clone(&before);
    after.extra.insert("n".to_owned(), before.fence.into());
    store.save(Change { node: Some(NodeChange { before, after, release: true }), ..Change::default() }).await.map(drop)
}

/// What a step of a flow does, ten times under one lock.
async fn step(store: Store, uuid: Uuid) -> kamacite_store::Result<()> {
    let mut before = store.reserve(uuid, "c1").await?;
    let mut operation = operation(uuid, before.created_at);
    store.insert_operation(&operation).await?;
    for cursor in 0..10 {
        let mut after = Node::clone(&before);
        after.deploy_step.insert("step".to_owned(), cursor.into());
        operation.progress = json!({"cursor": cursor});
        let change = Change {
            node: Some(NodeChange { before, after, release: false }),
            operation: Some(OperationChange::Update(operation.clone())),
            ..Change::default()
        };
        match store.save(change).await? {
            Some(node) => before = node,
            None => return Ok(()),
        }
    }
    store.release(uuid, before.fence).await
}

fn operation(node: Uuid, at: Timestamp) -> Operation {
    Operation {
        id: Uuid::new_v4(),
        kind: OperationKind::Provision,
        name: "deploy".to_owned(),
        node: Some(node),
        driver: None,
        state: OperationState::Running,
        schema: 1,
        intent: json!({"verb": "deploy"}),
        progress: json!({}),
        attempt: 1,
        deadline: None,
        requester: Requester::default(),
        conductor: "c1".to_owned(),
        result: None,
        error: None,
        created_at: at,
        updated_at: at,
        finished_at: None,
    }
}

async fn read(store: &Store) {
    let all = NodeQuery::default();
    each("list 1000 nodes, nothing in memory", &[()], |()| store.nodes(&all)).await;
    each("list 1000 nodes, all in memory", &[(); 200], |()| store.nodes(&all)).await;
    let listed = store.nodes(&all).await.unwrap();
    let many: Vec<Uuid> = listed.iter().map(|node| node.uuid).cycle().take(1_000_000).collect();
    each("a node by its UUID, in memory", &many, |uuid| store.node(*uuid)).await;
    let names: Vec<String> = listed.iter().filter_map(|node| node.name.clone()).cycle().take(1_000_000).collect();
    each("a node by its name, in memory", &names, |name| store.node_named(name)).await;
    each("a node that is not there", &many[..5000], |_| store.node(Uuid::nil())).await;
}

/// Does it for each in turn and prints the mean, and that of the best tenth: what it takes when nothing else runs.
async fn each<'a, T, R, F>(what: &str, items: &'a [T], mut act: impl FnMut(&'a T) -> F)
where
    F: Future<Output = kamacite_store::Result<R>>,
{
    let (mut all, mut best) = (Duration::ZERO, Duration::MAX);
    for tenth in items.chunks(items.len().div_ceil(10)) {
        let began = Instant::now();
        for item in tenth {
            black_box(act(item).await.unwrap());
        }
        let took = began.elapsed();
        all += took;
        best = best.min(took.div_f64(tenth.len() as f64));
    }
    print(&format!("{what}; at best {best:.2?}"), all, items.len());
}

/// Has several clients share the items and prints the mean.
async fn by_clients<T, F>(
    what: &str,
    clients: usize,
    items: &[T],
    store: &Store,
    act: impl Fn(Store, T) -> F + Clone + Send + 'static,
) where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    let began = Instant::now();
    let shares = items.chunks(items.len().div_ceil(clients)).map(|share| {
        let (share, store, act) = (share.to_vec(), store.clone(), act.clone());
        tokio::spawn(async move {
            for item in share {
                act(store.clone(), item).await;
            }
        })
    });
    for share in shares.collect::<Vec<_>>() {
        share.await.unwrap();
    }
    print(what, began.elapsed(), items.len());
}

fn print(what: &str, took: Duration, times: usize) {
    let mean = took.as_secs_f64() / times as f64;
    println!("{:>10.2?}  {what}: {:.0} /s", Duration::from_secs_f64(mean), 1.0 / mean);
}

/// A node with what nodes commonly have.
fn node(n: usize, now: Timestamp) -> Node {
    let mut node = Node::new(Uuid::new_v4(), "fake-hardware", now);
    let object = |value: serde_json::Value| value.as_object().unwrap().clone();
    node.name = Some(format!("node-{n}"));
    node.driver_info = object(
        json!({"redfish_address": "https://192.0.2.1", "redfish_username": "admin", "redfish_password": "secret"}),
    )
    .into();
    node.properties =
        object(json!({"cpu_arch": "x86_64", "memory_mb": 65536, "local_gb": 480, "capabilities": "boot_mode:uefi"}));
    node.resource_class = Some("baremetal".to_owned());
    node
}
