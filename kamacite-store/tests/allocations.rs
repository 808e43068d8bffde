//! Stories of allocations: made, found, changed, given a node, removed.

#![allow(clippy::unwrap_used)]

mod common;

use common::{TestDatabase, change, on_every_database};
use kamacite_model::{Allocation, AllocationState, Node, Uuid};
use kamacite_store::{AllocationChange, AllocationColumn, AllocationFilter, AllocationQuery, Change, Error, Store};
use serde_json::json;

/// An allocation with something in every field that one without a node can have.
fn allocation(db: &TestDatabase, n: u128) -> Allocation {
    Allocation {
        uuid: Uuid::from_u128(n),
        name: Some(format!("a{n}")),
        node: None,
        state: AllocationState::Allocating,
        owner: Some("owner".to_owned()),
        last_error: None,
        resource_class: Some("gold".to_owned()),
        traits: vec!["CUSTOM_B".to_owned(), "CUSTOM_A".to_owned()],
        candidate_nodes: vec![Uuid::from_u128(7), Uuid::from_u128(5)],
        extra: json!({"z": 1, "a": [null]}).as_object().unwrap().clone(),
        conductor_affinity: Some("c1".to_owned()),
        created_at: db.now(),
        updated_at: None,
    }
}

/// Gives a node to an allocation, or takes it away, and releases the node.
async fn point(store: &Store, node: Uuid, allocation: Option<Uuid>) -> Result<(), Error> {
    let held = store.reserve(node, "c1").await.unwrap();
    let outcome = store.save(change(&held, |node| node.allocation_uuid = allocation)).await;
    store.release(node, held.fence).await.unwrap();
    outcome.map(drop)
}

on_every_database! {
    async fn an_allocation_is_found_as_it_was_made(db: TestDatabase) {
        let store = db.open().await;
        let made = allocation(&db, 1);
        store.create_allocation(&made).await.unwrap();
        assert_eq!(store.allocation(made.uuid).await.unwrap().as_ref(), Some(&made));
        assert_eq!(store.allocation_named("a1").await.unwrap().as_ref(), Some(&made));
        assert_eq!(store.allocation(Uuid::from_u128(2)).await.unwrap(), None);
        assert_eq!(store.allocation_named("A1").await.unwrap(), None);
        assert_eq!(store.unfinished_allocations().await.unwrap(), [made]);
    }

    async fn names_and_uuids_are_taken_once(db: TestDatabase) {
        let store = db.open().await;
        let first = allocation(&db, 1);
        store.create_allocation(&first).await.unwrap();
        let named = store.create_allocation(&Allocation { uuid: Uuid::from_u128(2), ..first.clone() }).await;
        assert!(matches!(&named, Err(Error::Taken { what: "allocation", column: "name", value }) if value == "a1"), "{named:?}");
        let again = store.create_allocation(&Allocation { name: None, ..first.clone() }).await;
        assert!(matches!(&again, Err(Error::Taken { column: "UUID", .. })), "{again:?}");
        for n in [2, 3] {
            store.create_allocation(&Allocation { name: None, ..allocation(&db, n) }).await.unwrap();
        }
        let rename = AllocationChange { name: Some(Some("a1".to_owned())), extra: None };
        let renamed = store.update_allocation(Uuid::from_u128(2), rename).await;
        assert!(matches!(&renamed, Err(Error::Taken { column: "name", .. })), "{renamed:?}");
    }

    async fn clients_change_names_and_extra(db: TestDatabase) {
        let store = db.open().await;
        let made = allocation(&db, 1);
        store.create_allocation(&made).await.unwrap();
        db.clock.push(std::time::Duration::from_secs(1));
        let same = store.update_allocation(made.uuid, AllocationChange::default()).await.unwrap();
        assert_eq!(same, made, "what does not change is not stamped");
        let change = AllocationChange { name: Some(None), extra: Some(kamacite_model::Json::new()) };
        let changed = store.update_allocation(made.uuid, change).await.unwrap();
        let expected = Allocation { name: None, extra: kamacite_model::Json::new(), updated_at: Some(db.now()), ..made };
        assert_eq!(changed, expected);
        assert_eq!(store.allocation(expected.uuid).await.unwrap(), Some(expected));
        let unknown = store.update_allocation(Uuid::from_u128(9), AllocationChange::default()).await;
        assert!(matches!(unknown, Err(Error::NotThere { what: "Allocation", .. })), "{unknown:?}");
    }

    async fn a_node_and_its_allocation_name_each_other(db: TestDatabase) {
        let store = db.open().await;
        let (node, other) = (db.enrol(&store, |_| ()).await.uuid, db.enrol(&store, |_| ()).await.uuid);
        let made = allocation(&db, 1);
        store.create_allocation(&made).await.unwrap();
        point(&store, node, Some(made.uuid)).await.unwrap();
        let taken = store.allocation(made.uuid).await.unwrap().unwrap();
        assert_eq!((taken.state, taken.node), (AllocationState::Active, Some(node)));
        assert_eq!(taken.updated_at, store.node(node).await.unwrap().unwrap().updated_at);
        assert_eq!(store.unfinished_allocations().await.unwrap(), []);

        let twice = point(&store, other, Some(made.uuid)).await;
        assert!(matches!(twice, Err(Error::NotThere { what: "Allocation", uuid }) if uuid == made.uuid), "{twice:?}");
        assert_eq!(store.node(other).await.unwrap().unwrap().allocation_uuid, None, "all or nothing");
        assert!(!store.delete_allocation(made.uuid).await.unwrap(), "it goes with its node only");
        assert!(!store.fail_allocation(made.uuid, "late").await.unwrap(), "nobody looks for a node any more");

        point(&store, node, None).await.unwrap();
        assert_eq!(store.allocation(made.uuid).await.unwrap(), None);
        let gone = point(&store, node, Some(made.uuid)).await;
        assert!(matches!(gone, Err(Error::NotThere { .. })), "{gone:?}");
    }

    async fn an_allocation_for_a_node_in_use_is_made_with_it(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await.uuid;
        let made = allocation(&db, 1);
        let held = store.reserve(node, "c1").await.unwrap();
        let backfill = |of: &Allocation| Change {
            allocation: Some(of.clone()),
            ..change(&held, |node| node.allocation_uuid = Some(of.uuid))
        };
        store.save(backfill(&made)).await.unwrap();
        let stored = store.allocation(made.uuid).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.node), (AllocationState::Active, Some(node)));

        // A name that is taken: neither is there.
        let other = db.enrol(&store, |_| ()).await.uuid;
        let held = store.reserve(other, "c1").await.unwrap();
        let second = Allocation { uuid: Uuid::from_u128(2), ..made };
        let taken = store.save(Change { allocation: Some(second.clone()), ..change(&held, |node| node.allocation_uuid = Some(second.uuid)) }).await;
        assert!(matches!(taken, Err(Error::Taken { .. })), "{taken:?}");
        assert_eq!(store.allocation(second.uuid).await.unwrap(), None);
        assert_eq!(store.node(other).await.unwrap().unwrap(), held);
    }

    async fn what_a_deleted_node_had_goes_with_it(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await.uuid;
        for n in [1, 2] {
            store.create_allocation(&allocation(&db, n)).await.unwrap();
        }
        point(&store, node, Some(Uuid::from_u128(1))).await.unwrap();
        let fence = store.reserve(node, "c1").await.unwrap().fence;
        store.delete_node(node, fence).await.unwrap();
        let left = store.allocations(&AllocationQuery::default()).await.unwrap();
        assert_eq!(left.iter().map(|allocation| allocation.uuid).collect::<Vec<_>>(), [Uuid::from_u128(2)]);
    }

    async fn an_allocation_that_failed_tells_why(db: TestDatabase) {
        let store = db.open().await;
        store.create_allocation(&allocation(&db, 1)).await.unwrap();
        assert!(store.fail_allocation(Uuid::from_u128(1), "none").await.unwrap());
        let failed = store.allocation(Uuid::from_u128(1)).await.unwrap().unwrap();
        assert_eq!((failed.state, failed.last_error.as_deref()), (AllocationState::Error, Some("none")));
        assert!(store.delete_allocation(Uuid::from_u128(1)).await.unwrap());
        assert!(!store.delete_allocation(Uuid::from_u128(1)).await.unwrap());
        assert!(!store.fail_allocation(Uuid::from_u128(1), "none").await.unwrap());
    }

    async fn lists_are_filtered_sorted_and_paged(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |node: &mut Node| node.name = Some("n".to_owned())).await.uuid;
        for (n, class, owner) in [(3, "gold", None), (1, "lead", Some("o")), (2, "gold", Some("o"))] {
            let made = Allocation {
                resource_class: Some(class.to_owned()),
                owner: owner.map(str::to_owned),
                ..allocation(&db, n)
            };
            store.create_allocation(&made).await.unwrap();
        }
        point(&store, node, Some(Uuid::from_u128(2))).await.unwrap();
        let list = async |query: AllocationQuery| -> Vec<u128> {
            store.allocations(&query).await.unwrap().iter().map(|allocation| allocation.uuid.as_u128()).collect()
        };
        let only = |filter| AllocationQuery { filter, ..AllocationQuery::default() };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(list(AllocationQuery::default()).await, [3, 1, 2]);
        assert_eq!(list(only(AllocationFilter { node: Some(node), ..Default::default() })).await, [2]);
        assert_eq!(list(only(AllocationFilter { state: text("allocating"), ..Default::default() })).await, [3, 1]);
        assert_eq!(list(only(AllocationFilter { state: text("nope"), ..Default::default() })).await, [0; 0]);
        assert_eq!(list(only(AllocationFilter { resource_class: text("gold"), ..Default::default() })).await, [3, 2]);
        assert_eq!(list(only(AllocationFilter { owner: text("o"), ..Default::default() })).await, [1, 2]);
        let by_owner = AllocationQuery { sort_key: AllocationColumn::Owner, limit: Some(2), ..Default::default() };
        assert_eq!(list(by_owner.clone()).await, [3, 1]);
        assert_eq!(list(AllocationQuery { marker: Some(Uuid::from_u128(1)), ..by_owner }).await, [2]);
        assert_eq!(list(AllocationQuery { descending: true, ..Default::default() }).await, [2, 1, 3]);
        let lost = AllocationQuery { marker: Some(Uuid::from_u128(9)), ..Default::default() };
        assert!(matches!(store.allocations(&lost).await, Err(Error::MarkerNotFound { .. })));
    }
}
