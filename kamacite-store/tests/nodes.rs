//! Stories of nodes: enrolled, found, locked, changed, removed.

#![allow(clippy::unwrap_used)]

mod common;

use std::{sync::Arc, time::Duration};

use common::{TestDatabase, change, full_node, on_every_database};

use futures::future::join_all;
use kamacite_model::{Node, Operation, Uuid};
use kamacite_store::{Change, Error, HistoryQuery, NodeChange, NodeFilter, NodeQuery, OperationChange};

on_every_database! {
    async fn a_node_is_found_as_it_was_enrolled(db: TestDatabase) {
        let store = db.open_for_full_nodes().await;
        let node = full_node(db.now());
        store.create_node(&node, &[db.entry(node.uuid, "enrolled")]).await.unwrap();
        assert_eq!(*store.node(node.uuid).await.unwrap().unwrap(), node);
        assert_eq!(*store.node_named("node-1").await.unwrap().unwrap(), node);
        assert_eq!(store.node(Uuid::new_v4()).await.unwrap(), None);
        assert_eq!(store.node_named("node-2").await.unwrap(), None);
        assert_eq!(store.history(node.uuid, &HistoryQuery::default()).await.unwrap()[0].event, "enrolled");
    }

    async fn what_must_be_unique_is_refused(db: TestDatabase) {
        let store = db.open().await;
        let first = db.enrol(&store, |node| {
            node.name = Some("n".to_owned());
            node.instance_uuid = Some("i".to_owned());
        }).await;

        let again = store.create_node(&Node { name: None, instance_uuid: None, ..first.clone() }, &[]).await;
        assert!(matches!(again, Err(Error::NodeUuidTaken { uuid }) if uuid == first.uuid), "{again:?}");

        let mut second = db.node();
        second.name = Some("n".to_owned());
        let named = store.create_node(&second, &[db.entry(second.uuid, "lost")]).await;
        assert!(matches!(&named, Err(Error::NodeNameTaken { name }) if name == "n"), "{named:?}");

        second.name = None;
        second.instance_uuid = Some("i".to_owned());
        let instance = store.create_node(&second, &[]).await;
        assert!(
            matches!(&instance, Err(Error::InstanceTaken { instance_uuid, node }) if instance_uuid == "i" && *node == first.uuid),
            "{instance:?}"
        );
        assert_eq!(store.count_nodes(&NodeFilter::default()).await.unwrap(), 1);
        assert_eq!(store.history(second.uuid, &HistoryQuery::default()).await.unwrap(), []);

        second.instance_uuid = None;
        store.create_node(&second, &[]).await.unwrap();
        let held = store.reserve(second.uuid, "c1").await.unwrap();
        let named = store.save(change(&held, |node| node.name = Some("n".to_owned()))).await;
        assert!(matches!(named, Err(Error::NodeNameTaken { .. })), "{named:?}");
        let instance = store.save(change(&held, |node| node.instance_uuid = Some("i".to_owned()))).await;
        assert!(matches!(instance, Err(Error::InstanceTaken { node, .. }) if node == first.uuid), "{instance:?}");
        assert_eq!(store.node(second.uuid).await.unwrap().unwrap(), held);
    }

    async fn a_lock_has_one_holder_at_a_time(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        assert_eq!(*held, Node { reservation: Some("c1".to_owned()), fence: 1, ..node.clone() });
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), held);

        let second = store.reserve(node.uuid, "c2").await;
        assert!(matches!(&second, Err(Error::NodeLocked { node: n, holder }) if *n == node.uuid && holder == "c1"), "{second:?}");
        let nobody = store.reserve(Uuid::nil(), "c2").await;
        assert!(matches!(nobody, Err(Error::NodeNotFound { node }) if node == Uuid::nil()), "{nobody:?}");

        store.release(node.uuid, 0).await.unwrap();
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), held, "an old fence releases nothing");
        store.release(node.uuid, 1).await.unwrap();
        store.release(node.uuid, 1).await.unwrap();
        store.release(Uuid::nil(), 1).await.unwrap();
        assert_eq!(*store.node(node.uuid).await.unwrap().unwrap(), Node { fence: 1, ..node.clone() });
        assert_eq!(store.reserve(node.uuid, "c2").await.unwrap().fence, 2);
    }

    async fn of_a_hundred_who_want_a_lock_one_gets_it(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await.uuid;
        let holders: Vec<String> = (0..100).map(|n| format!("c{n}")).collect();
        let outcomes = join_all(holders.iter().map(|holder| {
            let (store, holder) = (store.clone(), holder.clone());
            tokio::spawn(async move { store.reserve(node, &holder).await })
        })).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
        let winners: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1);
        let winner = winners[0].reservation.clone().unwrap();
        for outcome in &outcomes {
            assert!(outcome.is_ok() || matches!(outcome, Err(Error::NodeLocked { holder, .. }) if *holder == winner));
        }
        assert_eq!(store.node(node).await.unwrap().unwrap(), *winners[0]);
    }

    async fn who_lost_the_lock_writes_nothing(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await;
        let first = store.reserve(node.uuid, "c1").await.unwrap();
        let second = store.take_over(node.uuid, "c1").await.unwrap();
        assert_eq!((first.fence, second.fence), (1, 2), "the same holder, another lock");

        let operation = db.operation(Some(node.uuid));
        let late = Change {
            operation: Some(OperationChange::Insert(operation.clone())),
            history: vec![db.entry(node.uuid, "late")],
            ..change(&first, |node| node.maintenance = true)
        };
        let late = store.save(late).await;
        assert!(matches!(late, Err(Error::LeaseLost { node: n }) if n == node.uuid), "{late:?}");
        let idle = store.save(change(&first, |_| ())).await;
        assert!(matches!(idle, Err(Error::LeaseLost { .. })), "also where nothing differs: {idle:?}");
        store.release(node.uuid, first.fence).await.unwrap();
        assert!(matches!(store.delete_node(node.uuid, first.fence).await, Err(Error::LeaseLost { .. })));

        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), second);
        assert_eq!(store.operation(operation.id).await.unwrap(), None);
        assert_eq!(store.history(node.uuid, &HistoryQuery::default()).await.unwrap(), []);
    }

    async fn a_save_writes_what_differs_and_stamps_the_node(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |node| {
            node.description = Some("kept".to_owned());
            node.driver_info.insert("password".to_owned(), "old".into());
        }).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        assert_eq!(held.updated_at, None, "a lock is no change");

        db.clock.push(Duration::from_secs(1));
        let saved = store.save(change(&held, |node| {
            node.name = Some("n".to_owned());
            node.driver_info.insert("password".to_owned(), "new".into());
        })).await.unwrap().unwrap();
        let expected = Node {
            name: Some("n".to_owned()),
            driver_info: saved.driver_info.clone(),
            updated_at: Some(db.now()),
            ..Node::clone(&held)
        };
        assert_eq!(*saved, expected);
        assert_eq!(saved.driver_info.text("password"), Some("new"));
        assert_eq!(store.node_named("n").await.unwrap().unwrap(), saved);

        // From an older snapshot of the same lock: what it does not touch stays as it is now.
        db.clock.push(Duration::from_secs(1));
        let saved = store.save(change(&held, |node| {
            node.extra.insert("a".to_owned(), 1.into());
            node.fence = 99;
            node.reservation = Some("c9".to_owned());
            node.created_at = db.now();
        })).await.unwrap().unwrap();
        assert_eq!(*saved, Node { extra: saved.extra.clone(), updated_at: Some(db.now()), ..expected });
        assert_eq!(saved.extra["a"], 1);
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), saved);

        let stamped = saved.updated_at;
        db.clock.push(Duration::from_secs(1));
        let same = store.save(change(&saved, |_| ())).await.unwrap().unwrap();
        assert_eq!(same.updated_at, stamped);
    }

    async fn a_save_can_release_in_the_same_breath(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await;
        let before = store.reserve(node.uuid, "c1").await.unwrap();
        let after = Node { maintenance: true, ..Node::clone(&before) };
        let change = Change { node: Some(NodeChange { before, after, release: true }), ..Change::default() };
        let saved = store.save(change).await.unwrap().unwrap();
        assert!(saved.maintenance && saved.reservation.is_none());
        store.reserve(node.uuid, "c2").await.unwrap();
    }

    async fn a_change_is_written_whole_or_not_at_all(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let operation = db.operation(Some(node.uuid));
        let whole = |change: Change, operation| Change {
            operation: Some(operation),
            history: vec![db.entry(node.uuid, "changed")],
            ..change
        };
        let failing = whole(change(&held, |node| node.maintenance = true), OperationChange::Update(operation.clone()));
        let outcome = store.save(failing).await;
        assert!(matches!(outcome, Err(Error::OperationNotFound { operation: id }) if id == operation.id), "{outcome:?}");
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), held);
        assert_eq!(store.history(node.uuid, &HistoryQuery::default()).await.unwrap(), []);

        let fine = whole(change(&held, |node| node.maintenance = true), OperationChange::Insert(operation.clone()));
        let saved = store.save(fine).await.unwrap().unwrap();
        assert!(saved.maintenance);
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), saved);
        assert_eq!(store.operation(operation.id).await.unwrap(), Some(operation));
        assert_eq!(store.history(node.uuid, &HistoryQuery::default()).await.unwrap().len(), 1);
        assert_eq!(store.save(Change { history: vec![db.entry(node.uuid, "more")], ..Change::default() }).await.unwrap(), None);
    }

    async fn of_what_is_written_together_the_part_that_failed_is_told(db: TestDatabase) {
        let store = db.open().await;
        db.enrol(&store, |node| node.name = Some("n".to_owned())).await;
        let node = db.enrol(&store, |_| ()).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let begin = |operation: &Operation, change| Change {
            operation: Some(OperationChange::Insert(operation.clone())),
            history: vec![db.entry(node.uuid, "changed")],
            ..change
        };
        let new = db.operation(Some(node.uuid));
        let named = store.save(begin(&new, change(&held, |node| node.name = Some("n".to_owned())))).await;
        assert!(matches!(&named, Err(Error::NodeNameTaken { name }) if name == "n"), "{named:?}");
        assert_eq!(store.operation(new.id).await.unwrap(), None, "what was written before it is taken back");

        let old = db.operation(Some(node.uuid));
        store.insert_operation(&old).await.unwrap();
        let again = store.save(begin(&old, change(&held, |node| node.maintenance = true))).await;
        assert!(matches!(again, Err(Error::Database { .. })), "not the node's UUID is taken: {again:?}");
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), held);
        assert_eq!(store.history(node.uuid, &HistoryQuery::default()).await.unwrap(), []);
    }

    async fn a_removed_node_takes_its_history_and_leaves_its_operations(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |node| node.name = Some("n".to_owned())).await;
        let operation = db.operation(Some(node.uuid));
        store.insert_operation(&operation).await.unwrap();
        store.add_history(&[db.entry(node.uuid, "e")]).await.unwrap();
        let unlocked = store.delete_node(node.uuid, 0).await;
        assert!(matches!(unlocked, Err(Error::LeaseLost { .. })), "{unlocked:?}");

        let held = store.reserve(node.uuid, "c1").await.unwrap();
        store.delete_node(node.uuid, held.fence).await.unwrap();
        assert_eq!(store.node(node.uuid).await.unwrap(), None);
        assert_eq!(store.node_named("n").await.unwrap(), None);
        assert_eq!(store.history(node.uuid, &HistoryQuery::default()).await.unwrap(), []);
        assert_eq!(store.operation(operation.id).await.unwrap(), Some(operation));
        assert!(matches!(store.delete_node(node.uuid, held.fence).await, Err(Error::NodeNotFound { .. })));
        assert!(matches!(store.save(change(&held, |_| ())).await, Err(Error::NodeNotFound { .. })));
        assert!(matches!(store.take_over(node.uuid, "c1").await, Err(Error::NodeNotFound { .. })));
        store.create_node(&node, &[]).await.unwrap();
    }

    async fn json_that_could_not_be_read_back_is_refused(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let deep = (0..127).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
        let outcome = store.save(change(&held, |node| { node.extra.insert("deep".to_owned(), deep); })).await;
        assert!(matches!(outcome, Err(Error::NestedTooDeeply { column: "extra", .. })), "{outcome:?}");
        assert_eq!(store.node(node.uuid).await.unwrap().unwrap(), held);
    }

    async fn readers_never_see_an_older_node_than_was_answered(db: TestDatabase) {
        let store = db.open().await;
        let nodes: Vec<Uuid> =
            join_all((0..8).map(|_| db.enrol(&store, |_| ()))).await.iter().map(|node| node.uuid).collect();
        let write = |uuid: Uuid| {
            let store = store.clone();
            async move {
                for _ in 0..25 {
                    let held = store.reserve(uuid, "c1").await.unwrap();
                    let next = count(&held) + 1;
                    let saved = store
                        .save(change(&held, |node| {
                            node.extra.insert("count".to_owned(), next.into());
                            node.name = Some(format!("{uuid}-{next}"));
                        }))
                        .await
                        .unwrap()
                        .unwrap();
                    assert!(count(&store.node(uuid).await.unwrap().unwrap()) >= next);
                    let listed = store.nodes(&NodeQuery::default()).await.unwrap();
                    assert!(listed.iter().any(|node| node.uuid == uuid && count(node) >= next));
                    let named = store.node_named(&format!("{uuid}-{next}")).await.unwrap().unwrap();
                    assert_eq!(named, saved);
                    assert_eq!(store.node_named(&format!("{uuid}-{}", next - 1)).await.unwrap(), None);
                    store.release(uuid, held.fence).await.unwrap();
                }
            }
        };
        for done in join_all(nodes.iter().map(|uuid| tokio::spawn(write(*uuid)))).await {
            done.unwrap();
        }
        for uuid in nodes {
            let node: Arc<Node> = store.node(uuid).await.unwrap().unwrap();
            assert_eq!((count(&node), node.fence, &node.reservation), (25, 25, &None));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_start_in_the_middle_of_writing_leaves_nothing_old_in_memory() {
    let db = TestDatabase::sqlite_file();
    let mut store = db.open().await;
    let nodes: Vec<Uuid> =
        join_all((0..50).map(|_| db.enrol(&store, |_| ()))).await.iter().map(|node| node.uuid).collect();
    for _ in 0..5 {
        store.close().await.unwrap();
        store = db.open().await;
        let readers = (0..4).map(|_| {
            let cold = store.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    cold.nodes(&NodeQuery::default()).await.unwrap();
                }
            })
        });
        let writers = nodes.iter().map(|uuid| {
            let (cold, uuid) = (store.clone(), *uuid);
            tokio::spawn(async move {
                let held = cold.reserve(uuid, "c1").await.unwrap();
                let next = count(&held) + 1;
                let counted = change(&held, |node| {
                    node.extra.insert("count".to_owned(), next.into());
                });
                cold.save(counted).await.unwrap();
                cold.release(uuid, held.fence).await.unwrap();
            })
        });
        for done in join_all(readers.chain(writers).collect::<Vec<_>>()).await {
            done.unwrap();
        }
        let in_memory = store.nodes(&NodeQuery::default()).await.unwrap();
        store.close().await.unwrap();
        store = db.open().await;
        assert_eq!(store.nodes(&NodeQuery::default()).await.unwrap(), in_memory);
    }
}

fn count(node: &Node) -> u64 {
    node.extra.get("count").and_then(serde_json::Value::as_u64).unwrap_or(0)
}
