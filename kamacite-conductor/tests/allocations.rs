//! Allocations: nodes are chosen, given away and freed; nothing is lost when the process ends in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test")]

mod support;

use std::{collections::HashSet, path::Path, sync::Arc, time::Duration};

use futures::future::join_all;
use kamacite_conductor::{Error, NodeUpdate};
use kamacite_model::{
    Allocation, AllocationState, Node, PowerState, PowerTarget, ProvisionState, Timestamp, Uuid, Verb,
};
use kamacite_store::{AllocationChange, NodeQuery};
use support::{JumpClock, Life, SlowClock, options, verb, way_to, who};
use tokio::runtime::Runtime;

/// A node that may be given away.
async fn offered(life: &Life, edit: impl FnOnce(&mut Node)) -> Uuid {
    let node = life
        .enrol(|node| {
            node.resource_class = Some("gold".to_owned());
            edit(node);
        })
        .await;
    for step in way_to(ProvisionState::Available) {
        life.provision(node, verb(step)).await;
    }
    life.conductor.set_power(node, PowerTarget::Off, None, &who()).await.unwrap();
    assert_eq!(life.settled(node).await.power_state, Some(PowerState::Off));
    node
}

fn wanted(edit: impl FnOnce(&mut Allocation)) -> Allocation {
    let mut allocation = Allocation::new(Uuid::new_v4(), Timestamp::UNIX_EPOCH);
    allocation.resource_class = Some("gold".to_owned());
    edit(&mut allocation);
    allocation
}

/// Asks for a node and waits for what comes of it.
async fn allocate(life: &Life, edit: impl FnOnce(&mut Allocation)) -> Allocation {
    let made = life.conductor.create_allocation(wanted(edit)).await.unwrap();
    assert_eq!((made.state, made.node), (AllocationState::Allocating, None));
    ended(life, made.uuid).await.unwrap()
}

/// Waits until nothing is looked for any more; nothing is what is gone.
async fn ended(life: &Life, allocation: Uuid) -> Option<Allocation> {
    for _ in 0..100_000 {
        let now = life.store.allocation(allocation).await.unwrap()?;
        if now.state != AllocationState::Allocating {
            return Some(now);
        }
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    panic!("a node is looked for for ever");
}

/// Waits until no node is locked.
async fn settle_all(life: &Life) {
    for node in life.store.nodes(&NodeQuery::default()).await.unwrap() {
        life.settled(node.uuid).await;
    }
}

/// Whether every node and its allocation name each other, and no node is left locked.
async fn check_all(life: &Life) {
    settle_all(life).await;
    for allocation in life.store.allocations(&Default::default()).await.unwrap() {
        assert_eq!(allocation.node.is_some(), allocation.state == AllocationState::Active, "{allocation:?}");
        if let Some(node) = allocation.node {
            let node = life.node(node).await;
            assert_eq!(node.allocation_uuid, Some(allocation.uuid));
            assert_eq!(node.instance_uuid, Some(allocation.uuid.to_string()));
        }
    }
    for node in life.store.nodes(&NodeQuery::default()).await.unwrap() {
        if let Some(allocation) = node.allocation_uuid {
            assert_eq!(life.store.allocation(allocation).await.unwrap().unwrap().node, Some(node.uuid));
        }
    }
}

#[tokio::test]
async fn a_node_that_fits_is_given_away() {
    let life = Life::start(None, JumpClock::new(), options(&[])).await;
    let node = offered(&life, |_| ()).await;
    life.conductor.set_traits(node, vec!["CUSTOM_A".to_owned(), "CUSTOM_B".to_owned()], &who()).await.unwrap();
    let allocation = allocate(&life, |allocation| allocation.traits = vec!["CUSTOM_B".to_owned()]).await;
    assert_eq!((allocation.state, allocation.node), (AllocationState::Active, Some(node)));
    let given = life.settled(node).await;
    assert_eq!(given.instance_uuid, Some(allocation.uuid.to_string()));
    assert_eq!(given.instance_info["traits"], serde_json::json!(["CUSTOM_B"]));
    assert_eq!(given.provision_state, ProvisionState::Available);
    check_all(&life).await;

    let second = allocate(&life, |_| ()).await;
    let words =
        format!("Failed to process allocation {}: no available nodes match the resource class gold.", second.uuid);
    assert_eq!((second.state, second.last_error), (AllocationState::Error, Some(words)));

    life.conductor.delete_allocation(allocation.uuid, &who()).await.unwrap();
    assert_eq!(ended(&life, allocation.uuid).await, None);
    assert_eq!(life.settled(node).await.instance_uuid, None);
    let third = allocate(&life, |_| ()).await;
    assert_eq!(third.node, Some(node));
    let missing = life.conductor.delete_allocation(allocation.uuid, &who()).await;
    assert!(matches!(missing, Err(Error::NotThere { what: "Allocation", .. })), "{missing:?}");
}

#[tokio::test]
async fn the_node_of_the_same_name_is_preferred() {
    let life = Life::start(None, JumpClock::new(), options(&[])).await;
    for n in 0..5 {
        offered(&life, |node| node.name = Some(format!("n{n}"))).await;
    }
    let allocation = allocate(&life, |allocation| allocation.name = Some("n3".to_owned())).await;
    assert_eq!(life.node(allocation.node.unwrap()).await.name.as_deref(), Some("n3"));
}

#[tokio::test]
async fn only_candidates_and_nodes_of_the_project_are_given() {
    let life = Life::start(None, JumpClock::new(), options(&[])).await;
    let first = offered(&life, |_| ()).await;
    let second = offered(&life, |node| node.lessee = Some("project".to_owned())).await;
    let asked = allocate(&life, |allocation| allocation.candidate_nodes = vec![first]).await;
    assert_eq!(asked.node, Some(first));
    let again = allocate(&life, |allocation| allocation.candidate_nodes = vec![first]).await;
    let words = format!(
        "Failed to process allocation {}: none of the requested nodes are available and match the resource class gold.",
        again.uuid
    );
    assert_eq!(again.last_error, Some(words));
    let foreign = allocate(&life, |allocation| allocation.owner = Some("other".to_owned())).await;
    assert_eq!(foreign.state, AllocationState::Error);
    let owned = allocate(&life, |allocation| allocation.owner = Some("project".to_owned())).await;
    assert_eq!(owned.node, Some(second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_at_a_time_get_five_nodes_and_none_twice() {
    for _ in 0..5 {
        let life =
            Life::start(None, SlowClock::new(), options(&[("conductor", "node_locked_retry_interval", "0.05")])).await;
        for _ in 0..5 {
            offered(&life, |_| ()).await;
        }
        let asked = (0..10).map(|_| life.conductor.create_allocation(wanted(|_| ())));
        let asked = join_all(asked).await;
        let ended = join_all(asked.into_iter().map(|made| ended(&life, made.unwrap().uuid))).await;
        let nodes: Vec<Uuid> = ended.iter().flatten().filter_map(|allocation| allocation.node).collect();
        assert_eq!(nodes.len(), 5, "{ended:#?}");
        assert_eq!(nodes.iter().collect::<HashSet<_>>().len(), 5, "none twice");
        assert_eq!(ended.iter().flatten().filter(|allocation| allocation.state == AllocationState::Error).count(), 5);
        check_all(&life).await;
    }
}

#[tokio::test]
async fn a_locked_node_is_tried_again_and_given_up() {
    let life = Life::start(None, JumpClock::new(), options(&[])).await;
    let node = offered(&life, |_| ()).await;
    let fence = life.store.reserve(node, "somebody").await.unwrap().fence;
    let before = life.clock.now();
    let refused = allocate(&life, |_| ()).await;
    let words = format!("Failed to process allocation {}: could not reserve any of 1 suitable nodes.", refused.uuid);
    assert_eq!(refused.last_error, Some(words));
    assert_eq!(life.clock.now().duration_since(before).as_secs(), 2, "three tries, a second apart");
    life.store.release(node, fence).await.unwrap();
    assert_eq!(allocate(&life, |_| ()).await.node, Some(node));
}

#[tokio::test]
async fn a_client_may_lose_interest() {
    let life = Life::start(None, SlowClock::new(), options(&[])).await;
    let node = offered(&life, |_| ()).await;
    let fence = life.store.reserve(node, "somebody").await.unwrap().fence;
    let made = life.conductor.create_allocation(wanted(|_| ())).await.unwrap();
    life.conductor.delete_allocation(made.uuid, &who()).await.unwrap();
    life.store.release(node, fence).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(life.settled(node).await.allocation_uuid, None);
    check_all(&life).await;
}

#[tokio::test]
async fn a_node_in_use_is_backfilled_or_nothing_is_left() {
    let life = Life::start(None, JumpClock::new(), options(&[])).await;
    let node = offered(&life, |_| ()).await;
    let early = life.conductor.backfill_allocation(wanted(|_| ()), node, &who()).await;
    assert!(
        matches!(&early, Err(Error::Conflict(words)) if words.contains("must be in the \"active\" state")),
        "{early:?}"
    );
    life.provision(node, verb(Verb::Active)).await;
    let named = || wanted(|allocation| allocation.name = Some("a".to_owned()));
    let made = life.conductor.backfill_allocation(named(), node, &who()).await.unwrap();
    assert_eq!((made.state, made.node), (AllocationState::Active, Some(node)));
    check_all(&life).await;
    let again = life.conductor.backfill_allocation(wanted(|_| ()), node, &who()).await;
    assert!(matches!(again, Err(Error::NodeAssociated { .. })), "{again:?}");
    let named = life.conductor.backfill_allocation(named(), node, &who()).await.unwrap_err();
    assert_eq!(named.to_string(), "An allocation with name a already exists.");
    assert_eq!(life.store.allocations(&Default::default()).await.unwrap().len(), 1);

    // In use: kept.
    let kept = life.conductor.delete_allocation(made.uuid, &who()).await.unwrap_err();
    let words = format!(
        "Cannot remove allocation {} for node {node}, because the node is active (and maintenance mode is off)",
        made.uuid
    );
    assert_eq!(kept.to_string(), words);
    // Torn down: gone.
    life.provision(node, verb(Verb::Deleted)).await;
    assert_eq!(life.store.allocation(made.uuid).await.unwrap(), None);
    assert_eq!(life.node(node).await.allocation_uuid, None);
}

/// Takes the instance from a node as a client does.
async fn forget_instance(life: &Life, node: Uuid) -> kamacite_conductor::Result<Arc<Node>> {
    let before = life.settled(node).await;
    let after = Node { instance_uuid: None, ..Node::clone(&before) };
    life.conductor.update_node(node, NodeUpdate { before, after, reset_interfaces: false }, &who()).await
}

#[tokio::test]
async fn an_instance_takes_its_allocation_along() {
    let life = Life::start(None, JumpClock::new(), options(&[])).await;
    let node = offered(&life, |_| ()).await;
    let allocation = allocate(&life, |_| ()).await;
    life.provision(node, verb(Verb::Active)).await;
    let kept = forget_instance(&life, node).await.unwrap_err().to_string();
    assert!(kept.contains("with an allocation can not have instance_uuid removed unless"), "{kept}");
    life.conductor.set_maintenance(node, true, None, &who()).await.unwrap();
    let freed = forget_instance(&life, node).await.unwrap();
    assert_eq!(freed.allocation_uuid, None);
    assert_eq!(life.store.allocation(allocation.uuid).await.unwrap(), None);
}

#[tokio::test]
async fn a_name_can_be_changed_while_a_node_is_looked_for() {
    let life = Life::start(None, SlowClock::new(), options(&[])).await;
    let node = offered(&life, |_| ()).await;
    let fence = life.store.reserve(node, "somebody").await.unwrap().fence;
    let made = life.conductor.create_allocation(wanted(|_| ())).await.unwrap();
    let change = AllocationChange { name: Some(Some("a".to_owned())), extra: None };
    life.conductor.update_allocation(made.uuid, change).await.unwrap();
    life.store.release(node, fence).await.unwrap();
    let ended = ended(&life, made.uuid).await.unwrap();
    assert_eq!((ended.name.as_deref(), ended.node), (Some("a"), Some(node)));
}

/// What a client asks for in the crash test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Allocate,
    Backfill,
    Delete,
    TearDown,
}

#[test]
fn an_allocation_survives_the_end_of_the_process_at_every_write() {
    for (wish, least) in [(Wish::Allocate, 3), (Wish::Backfill, 2), (Wish::Delete, 2), (Wish::TearDown, 2)] {
        let writes = stop_at_every_write(wish);
        assert!(writes >= least, "{wish:?} wrote {writes} times");
    }
}

/// Runs again and again, ending the process one write later each time; returns how many writes there are.
fn stop_at_every_write(wish: Wish) -> u64 {
    for cut in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ironic.sqlite");
        prepare(&file, wish);
        let finished = first_life(&file, wish, cut);
        second_life(&file, wish, cut);
        if finished {
            return cut;
        }
    }
    unreachable!()
}

const ASKED: Uuid = Uuid::from_u128(0xa110c);

/// Two nodes that are free; where something is to be taken away, one of them has the allocation.
fn prepare(file: &Path, wish: Wish) {
    Runtime::new().unwrap().block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), options(&[])).await;
        for _ in 0..2 {
            offered(&life, |_| ()).await;
        }
        let first = life.store.nodes(&NodeQuery::default()).await.unwrap()[0].uuid;
        match wish {
            Wish::Allocate => {}
            Wish::Backfill => drop(life.provision(first, verb(Verb::Active)).await),
            Wish::Delete | Wish::TearDown => {
                let given =
                    allocate(&life, |allocation| *allocation = wanted(|allocation| allocation.uuid = ASKED)).await;
                if wish == Wish::TearDown {
                    life.provision(given.node.unwrap(), verb(Verb::Active)).await;
                }
            }
        }
        life.conductor.stop().await.unwrap();
        life.store.close().await.unwrap();
    });
}

/// Runs until the cut; tells whether everything was over before.
fn first_life(file: &Path, wish: Wish, cut: u64) -> bool {
    let runtime = Runtime::new().unwrap();
    let finished = runtime.block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), options(&[])).await;
        let first = life.store.nodes(&NodeQuery::default()).await.unwrap()[0].uuid;
        let given = life.store.allocation(ASKED).await.unwrap().and_then(|allocation| allocation.node);
        let before = life.store.commits();
        life.store.cut_power_after(cut);
        let conductor = life.conductor.clone();
        let asked = tokio::spawn(async move {
            let allocation = wanted(|allocation| allocation.uuid = ASKED);
            match wish {
                Wish::Allocate => drop(conductor.create_allocation(allocation).await.unwrap()),
                Wish::Backfill => drop(conductor.backfill_allocation(allocation, first, &who()).await.unwrap()),
                Wish::Delete => conductor.delete_allocation(ASKED, &who()).await.unwrap(),
                Wish::TearDown => {
                    conductor.provision(given.unwrap(), verb(Verb::Deleted), &who()).await.unwrap();
                }
            }
        });
        let story_over = async {
            asked.await.unwrap();
            ended(&life, ASKED).await;
            settle_all(&life).await;
            // The last write may be the one the power fails after: then this never answers.
            life.store.conductors().await.unwrap();
        };
        let power_fails = async {
            while life.store.commits() - before < cut {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Whatever the process would still do in its last moment.
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        tokio::select! { biased; () = story_over => true, () = power_fails => false }
    });
    // As `kill -9` does: nothing is waited for, nothing is tidied up.
    runtime.shutdown_background();
    finished
}

fn second_life(file: &Path, wish: Wish, cut: u64) {
    Runtime::new().unwrap().block_on(async {
        let life = Life::start(Some(file), JumpClock::new(), options(&[])).await;
        settle_all(&life).await;
        let after = ended(&life, ASKED).await;
        check_all(&life).await;
        let told = format!("{wish:?}, ended after write {cut}");
        match wish {
            // The first write is the allocation itself: from then on a node is found, if not in this life, in the next.
            Wish::Allocate if cut == 0 => assert_eq!(after, None, "{told}"),
            Wish::Allocate => assert_eq!(after.unwrap().state, AllocationState::Active, "{told}"),
            Wish::Backfill if cut < 2 => assert_eq!(after, None, "{told}"),
            Wish::Backfill => assert_eq!(after.unwrap().state, AllocationState::Active, "{told}"),
            Wish::Delete if cut < 2 => assert_eq!(after.unwrap().state, AllocationState::Active, "{told}"),
            Wish::Delete => assert_eq!(after, None, "{told}"),
            // The journal has the whole of it, and `check_all` has seen that both sides agree.
            Wish::TearDown => {
                let nodes = life.store.nodes(&NodeQuery::default()).await.unwrap();
                let in_use = nodes.iter().any(|node| node.provision_state == ProvisionState::Active);
                assert_eq!(after.is_some(), in_use, "{told}");
            }
        }
        let given = life.store.nodes(&NodeQuery::default()).await.unwrap();
        assert!(given.iter().filter(|node| node.instance_uuid.is_some()).count() <= 1, "{told}: {given:#?}");
        life.conductor.stop().await.unwrap();
        life.store.close().await.unwrap();
    });
}
