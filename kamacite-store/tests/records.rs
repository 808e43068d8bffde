//! Stories of the journal, of history and of membership.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{TestDatabase, on_every_database};
use kamacite_model::{
    ConductorInfo, EnabledInterface, HistoryEntry, InterfaceKind, Operation, SignedDuration, Timestamp, Uuid,
    operation::OperationState,
};
use kamacite_store::{Error, HistoryColumn, HistoryQuery, Store};
use serde_json::json;

on_every_database! {
    async fn an_operation_is_kept_and_followed(db: TestDatabase) {
        let store = db.open().await;
        let mut operation = db.operation(Some(Uuid::from_u128(1)));
        store.insert_operation(&operation).await.unwrap();
        assert_eq!(store.operation(operation.id).await.unwrap().as_ref(), Some(&operation));
        assert!(store.insert_operation(&operation).await.is_err(), "an id is taken once");

        operation.state = OperationState::Waiting;
        operation.progress = json!({"cursor": 2, "token": "hunter2"});
        let other = Operation { name: "other".to_owned(), intent: json!("other"), ..operation.clone() };
        store.update_operation(&other).await.unwrap();
        let found = store.operation(operation.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&operation), "what was asked stays as it is");

        operation.state = OperationState::Succeeded;
        operation.progress = json!({"cursor": 3, "token": "hunter2"});
        operation.intent = json!("redacted");
        operation.attempt = 2;
        operation.deadline = None;
        operation.result = Some(json!(null));
        operation.error = Some("e".to_owned());
        operation.finished_at = Some(db.now());
        store.update_operation(&operation).await.unwrap();
        assert_eq!(store.operation(operation.id).await.unwrap().as_ref(), Some(&operation));

        let unknown = db.operation(None);
        let outcome = store.update_operation(&unknown).await;
        assert!(matches!(outcome, Err(Error::OperationNotFound { operation }) if operation == unknown.id), "{outcome:?}");
        assert_eq!(store.operation(unknown.id).await.unwrap(), None);
    }

    async fn what_has_not_ended_is_found_again(db: TestDatabase) {
        let store = db.open().await;
        let mut of_states = Vec::new();
        for state in OperationState::ALL {
            let finished_at = state.is_final().then(|| db.now());
            let operation = Operation { state: *state, finished_at, ..db.operation(Some(Uuid::from_u128(1))) };
            store.insert_operation(&operation).await.unwrap();
            of_states.push(operation);
        }
        let unfinished = store.unfinished_operations().await.unwrap();
        assert_eq!(unfinished, of_states[..2]);
        let of_node = store.unfinished_operations_of(Uuid::from_u128(1)).await.unwrap();
        assert_eq!(of_node, [of_states[1].clone(), of_states[0].clone()]);
        assert_eq!(store.unfinished_operations_of(Uuid::from_u128(2)).await.unwrap(), []);
        let last = store.operations_of(Uuid::from_u128(1), 2).await.unwrap();
        assert_eq!(last, [of_states[4].clone(), of_states[3].clone()]);
        assert_eq!(store.operations_of(Uuid::from_u128(2), 2).await.unwrap(), []);
    }

    async fn operations_that_ended_long_ago_are_purged(db: TestDatabase) {
        let store = db.open().await;
        let after = |seconds| db.now() + SignedDuration::from_secs(seconds);
        for finished_at in [None, Some(after(1)), Some(after(2)), Some(after(3))] {
            store.insert_operation(&Operation { finished_at, ..db.operation(Some(Uuid::nil())) }).await.unwrap();
        }
        assert_eq!(store.purge_operations(after(3)).await.unwrap(), 2);
        assert_eq!(store.purge_operations(after(3)).await.unwrap(), 0);
        let left = store.operations_of(Uuid::nil(), 10).await.unwrap();
        assert_eq!(left.iter().map(|left| left.finished_at).collect::<Vec<_>>(), [Some(after(3)), None]);
    }

    async fn history_is_read_page_by_page(db: TestDatabase) {
        let store = db.open().await;
        let node = Uuid::from_u128(1);
        let mut entries = Vec::new();
        for n in 0..7 {
            entries.push(HistoryEntry {
                duration_s: (n % 2 == 0).then_some(f64::from(n) / 3.0),
                user: None,
                state: None,
                target_provision_state: None,
                ..db.entry(node, &format!("e{n}"))
            });
            db.clock.push(Duration::from_secs(u64::from(n % 3 == 0)));
        }
        store.add_history(&entries).await.unwrap();
        store.add_history(&[db.entry(Uuid::from_u128(2), "of another node")]).await.unwrap();
        store.add_history(&[]).await.unwrap();

        let query = HistoryQuery::default();
        assert_eq!(store.history(node, &query).await.unwrap(), entries);
        let query = HistoryQuery { descending: true, limit: Some(2), ..HistoryQuery::default() };
        assert_eq!(store.history(node, &query).await.unwrap(), [entries[6].clone(), entries[5].clone()]);
        let query = HistoryQuery { marker: Some(entries[4].uuid), ..HistoryQuery::default() };
        assert_eq!(store.history(node, &query).await.unwrap(), entries[5..]);
        for sort_key in HistoryColumn::ALL.iter().copied() {
            let first = HistoryQuery { limit: Some(3), sort_key, ..HistoryQuery::default() };
            let mut found = store.history(node, &first).await.unwrap();
            let rest = HistoryQuery { marker: Some(found[2].uuid), sort_key, ..HistoryQuery::default() };
            found.extend(store.history(node, &rest).await.unwrap());
            assert_eq!(found, store.history(node, &HistoryQuery { sort_key, ..HistoryQuery::default() }).await.unwrap());
            assert_eq!(found.len(), 7, "{}", sort_key.as_str());
        }
        let lost = store.history(node, &HistoryQuery { marker: Some(Uuid::nil()), ..HistoryQuery::default() }).await;
        assert!(matches!(lost, Err(Error::MarkerNotFound { .. })), "{lost:?}");

        assert_eq!(store.history_entry(node, entries[3].uuid).await.unwrap().as_ref(), Some(&entries[3]));
        assert_eq!(store.history_entry(Uuid::from_u128(2), entries[3].uuid).await.unwrap(), None);
    }

    async fn history_keeps_the_newest_of_each_node(db: TestDatabase) {
        let store = db.open().await;
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let began = db.now();
        for n in 0..5 {
            store.add_history(&[db.entry(a, &n.to_string()), db.entry(b, &n.to_string())]).await.unwrap();
            db.clock.push(Duration::from_secs(1));
        }
        store.add_history(&[db.entry(b, "5")]).await.unwrap();
        let after = |seconds| began + SignedDuration::from_secs(seconds);
        assert_eq!(store.purge_history(3, after(1)).await.unwrap(), 2, "the newest stay, and so does what is young");
        assert_eq!(events(&store, a).await, "1234");
        assert_eq!(events(&store, b).await, "12345");
        assert_eq!(store.purge_history(3, after(9)).await.unwrap(), 3);
        assert_eq!(events(&store, a).await, "234");
        assert_eq!(events(&store, b).await, "345");
    }

    async fn a_long_history_is_written_and_purged_whole(db: TestDatabase) {
        let store = db.open().await;
        let entries: Vec<_> = (0..2500).map(|_| db.entry(Uuid::nil(), "e")).collect();
        store.add_history(&entries).await.unwrap();
        assert_eq!(store.history(Uuid::nil(), &HistoryQuery::default()).await.unwrap().len(), 2500);
        assert_eq!(store.purge_history(0, Timestamp::MAX).await.unwrap(), 2500);
    }

    async fn conductors_come_and_go(db: TestDatabase) {
        let store = db.open().await;
        let conductor = ConductorInfo {
            hostname: "c1".to_owned(),
            conductor_group: "west".to_owned(),
            online: true,
            drivers: vec!["fake-hardware".to_owned()],
            created_at: db.now(),
            updated_at: db.now(),
        };
        let offer = |hardware_type: &str, kind, name: &str, default| EnabledInterface {
            hardware_type: hardware_type.to_owned(),
            kind,
            name: name.to_owned(),
            default,
        };
        let offers = [
            offer("fake-hardware", InterfaceKind::Boot, "fake", true),
            offer("fake-hardware", InterfaceKind::Power, "fake", true),
            offer("redfish", InterfaceKind::Power, "redfish", false),
        ];
        store.register_conductor(&conductor, &offers).await.unwrap();
        assert_eq!(store.conductor("c1").await.unwrap().as_ref(), Some(&conductor));
        assert_eq!(store.enabled_interfaces("c1").await.unwrap(), offers);

        db.clock.push(Duration::from_secs(5));
        store.unregister_conductor("c1").await.unwrap();
        assert_eq!(store.conductor("c1").await.unwrap(), Some(ConductorInfo { online: false, ..conductor.clone() }));
        store.touch_conductor("c1").await.unwrap();
        let touched = ConductorInfo { updated_at: db.now(), ..conductor.clone() };
        assert_eq!(store.conductor("c1").await.unwrap(), Some(touched));

        let anew = ConductorInfo { drivers: vec![], created_at: db.now(), updated_at: db.now(), ..conductor.clone() };
        store.register_conductor(&anew, &offers[1..2]).await.unwrap();
        let expected = ConductorInfo { created_at: conductor.created_at, ..anew };
        assert_eq!(store.conductors().await.unwrap(), [expected]);
        assert_eq!(store.enabled_interfaces("c1").await.unwrap(), offers[1..2]);

        assert_eq!(store.conductor("c2").await.unwrap(), None);
        assert_eq!(store.enabled_interfaces("c2").await.unwrap(), []);
        let touched = store.touch_conductor("c2").await;
        assert!(matches!(&touched, Err(Error::ConductorNotFound { hostname }) if hostname == "c2"), "{touched:?}");
        assert!(matches!(store.unregister_conductor("c2").await, Err(Error::ConductorNotFound { .. })));
    }
}

async fn events(store: &Store, node: Uuid) -> String {
    let entries = store.history(node, &HistoryQuery::default()).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}
