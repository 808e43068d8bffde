//! Stories of what watchers are told.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::{Arc, Mutex};

use common::{TestDatabase, change, on_every_database};
use futures::future::join3;
use kamacite_model::{ProvisionState, operation::OperationState};
use kamacite_store::{Change, Commit, Committed, OperationChange, Store};

/// What a watcher was told, each in a line.
fn watch(store: &Store) -> Arc<Mutex<Vec<String>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = told.clone();
    store.watch(move |commit| {
        let Commit::Of(changes) = commit else { return lines.lock().unwrap().push("unknown".to_owned()) };
        lines.lock().unwrap().extend(changes.iter().map(line));
    });
    told
}

fn line(change: &Committed) -> String {
    match change {
        Committed::Node(node) => {
            let state = |node: &Option<Arc<kamacite_model::Node>>| {
                node.as_ref().map_or("none", |node| node.provision_state.as_str())
            };
            let request = node.request.as_deref().unwrap_or("nobody");
            format!(
                "{} to {} for {request}{}",
                state(&node.before),
                state(&node.after),
                if node.operation.is_some() { " in an operation" } else { "" }
            )
        }
        Committed::Operation(work) => {
            format!("operation {} {}", if work.is_new { "new" } else { "old" }, work.state)
        }
    }
}

on_every_database! {
    async fn each_change_is_told_as_it_was_and_as_it_is(db: TestDatabase) {
        let store = db.open().await;
        let told = watch(&store);
        let node = db.enrol(&store.on_behalf_of(Some("req-1")), |_| ()).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let mut operation = db.operation(Some(node.uuid));
        operation.state = OperationState::Running;
        operation.requester.request_id = Some("req-2".to_owned());
        let begin = Change {
            operation: Some(OperationChange::Insert(operation.clone())),
            ..change(&held, |node| node.provision_state = ProvisionState::Verifying)
        };
        let held = store.save(begin).await.unwrap().unwrap();
        operation.state = OperationState::Waiting;
        store.update_operation(&operation).await.unwrap();
        operation.state = OperationState::Succeeded;
        let end = Change {
            operation: Some(OperationChange::Update(operation)),
            ..change(&held, |node| node.provision_state = ProvisionState::Manageable)
        };
        let held = store.save(end).await.unwrap().unwrap();
        store.on_behalf_of(Some("req-3")).delete_node(node.uuid, held.fence).await.unwrap();
        assert_eq!(
            *told.lock().unwrap(),
            [
                "none to enroll for req-1",
                "enroll to enroll for nobody",
                "operation new running",
                "enroll to verifying for req-2 in an operation",
                "verifying to manageable for req-2 in an operation",
                "operation old succeeded",
                "manageable to none for req-3",
            ]
        );
    }

    async fn what_is_refused_is_not_told_and_what_shares_a_commit_is_told_apart(db: TestDatabase) {
        let store = db.open().await;
        let first = db.enrol(&store, |node| node.name = Some("taken".to_owned())).await;
        let told = watch(&store);
        let (mut clash, second) = (db.node(), db.node());
        clash.name = first.name;
        let history = [db.entry(clash.uuid, "lost")];
        let (refused, made, held) =
            join3(store.create_node(&clash, &history), store.create_node(&second, &[]), store.reserve(second.uuid, "c1")).await;
        assert!(refused.is_err() && made.is_ok() && held.is_ok());
        assert_eq!(*told.lock().unwrap(), ["none to enroll for nobody", "enroll to enroll for nobody"]);
    }
}

#[tokio::test]
async fn a_node_that_is_not_in_memory_is_told_as_it_was() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let node = db.enrol(&store, |_| ()).await;
    let held = store.reserve(node.uuid, "c1").await.unwrap();
    store.close().await.unwrap();
    // Nothing has been read since: the row is all there is.
    let store = db.open().await;
    let told = watch(&store);
    store.save(change(&held, |node| node.provision_state = ProvisionState::Verifying)).await.unwrap();
    assert_eq!(*told.lock().unwrap(), ["enroll to verifying for nobody"]);
}
