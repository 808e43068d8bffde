//! Stories of listings: every filter, every order, page after page.

#![allow(clippy::unwrap_used)]

mod common;

use std::{sync::Arc, time::Duration};

use common::{TestDatabase, change, full_node, on_every_database};
use kamacite_model::{Fault, InterfaceKind, Node, ProvisionState, Uuid};
use kamacite_store::{Error, NodeColumn, NodeFilter, NodeQuery, ParentFilter, Store};

on_every_database! {
    async fn each_filter_lets_through_what_it_names(db: TestDatabase) {
        let store = db.open_for_full_nodes().await;
        // One node has something in every field, the other is as nodes are on enrolment.
        let mut full = full_node(db.now());
        full.description = Some("Rack 7: 100%_sure\\".to_owned());
        store.create_node(&full, &[]).await.unwrap();
        let bare = db.enrol(&store, |_| ()).await;
        let (full, bare) = (full.uuid, bare.uuid);
        let check = |filter: NodeFilter, expected: &'static [u8]| {
            let store = store.clone();
            async move {
                let expected: Vec<Uuid> = expected.iter().map(|which| if *which == 1 { full } else { bare }).collect();
                let told = format!("{filter:?}");
                assert_eq!(store.count_nodes(&filter).await.unwrap(), expected.len() as u64, "{told}");
                let query = NodeQuery { filter, ..NodeQuery::default() };
                let found: Vec<Uuid> = store.nodes(&query).await.unwrap().iter().map(|node| node.uuid).collect();
                assert_eq!(found, expected, "{told}");
            }
        };
        macro_rules! check {
            ($($expected:tt: $($field:ident: $value:expr),*;)+) => {
                $(check(NodeFilter { $($field: $value,)* ..NodeFilter::default() }, &$expected).await;)+
            };
        }
        let text = |text: &str| Some(text.to_owned());
        check! {
            [1, 2]: ;
            [2]: uuid_in: Some(vec![bare, Uuid::nil()]);
            []: uuid_in: Some(vec![]);
            [1]: chassis_uuid: Some(Uuid::from_u128(1));
            []: chassis_uuid: Some(Uuid::from_u128(9));
            [1]: instance_uuid: text("b1b2");
            [1]: instance_name: text("web");
            []: instance_name: text("WEB");
            [1]: associated: Some(true);
            [2]: associated: Some(false);
            [1]: maintenance: Some(true);
            [2]: maintenance: Some(false);
            [1]: provision_state: Some(ProvisionState::DeployWait);
            [2]: provision_state: Some(ProvisionState::Enroll);
            [1, 2]: provision_state_in: Some(vec![ProvisionState::Enroll, ProvisionState::DeployWait]);
            []: provision_state_in: Some(vec![]);
            [1]: provision_updated_before: Some(db.now() + kamacite_model::SignedDuration::from_secs(2));
            []: provision_updated_before: Some(db.now());
            [1, 2]: driver: text("fake-hardware");
            []: driver: text("redfish");
            [1]: resource_class: text("gold");
            [1]: fault: Some(Fault::PowerFailure);
            []: fault: Some(Fault::CleanFailure);
            [1]: conductor_group: text("west");
            [2]: conductor_group: text("");
            [1]: conductor_affinity: text("c2");
            [1]: owner: text("owner");
            [1]: lessee: text("lessee");
            [1]: project: text("owner");
            [1]: project: text("lessee");
            []: project: text("x");
            [1]: description_contains: text("rAcK");
            [1]: description_contains: text("0%_s");
            []: description_contains: text("0_%s");
            [1]: description_contains: text("sure\\");
            [1]: retired: Some(true);
            [2]: retired: Some(false);
            [1]: shard_in: Some(vec!["s1".to_owned(), "s2".to_owned()]);
            []: shard_in: Some(vec!["s2".to_owned()]);
            []: shard_in: Some(vec![]);
            [1]: sharded: Some(true);
            [2]: sharded: Some(false);
            [1]: reserved: Some(true);
            [2]: reserved: Some(false);
            [1, 2]: parent: ParentFilter::All;
            [2]: parent: ParentFilter::TopLevelOnly;
            [1]: parent: ParentFilter::Of("parent".to_owned());
            []: parent: ParentFilter::Of("other".to_owned());
            []: maintenance: Some(true), retired: Some(false);
            [1]: project: text("owner"), maintenance: Some(true);
            []: project: text("owner"), maintenance: Some(false);
        }
    }

    async fn pages_follow_each_other_whatever_the_order(db: TestDatabase) {
        let store = db.open_for_full_nodes().await;
        // Equal values, missing values, and values whose order is neither that of enrolment nor its reverse.
        let mut enrolled = Vec::new();
        for n in 0..12_usize {
            let mut node = if n % 3 == 0 { db.node() } else { full_node(db.now()) };
            node.uuid = Uuid::from_u128(((n as u128 * 7) % 12) << 64);
            node.name = (n % 3 != 0).then(|| format!("n{}", (n * 5) % 12));
            node.instance_uuid = (n % 3 == 1).then(|| format!("i{}", (n * 5) % 12));
            node.description = (n % 2 == 0).then(|| ["b", "A", "a"][n % 3].to_owned());
            node.maintenance = n % 2 == 0;
            node.provision_state = ProvisionState::ALL[n % 4];
            node.interfaces[InterfaceKind::Power] = (n % 4 != 0).then(|| format!("p{}", n % 3).into());
            if n % 5 == 0 {
                db.clock.push(Duration::from_micros(1));
            }
            store.create_node(&node, &[]).await.unwrap();
            enrolled.push(node);
        }
        for sort_key in NodeColumn::ALL.iter().copied() {
            let whole = list(&store, sort_key, false, 100).await;
            assert_eq!(whole.len(), 12);
            assert_eq!(whole, list(&store, sort_key, false, 5).await, "{}", sort_key.as_str());
            assert_eq!(whole, list(&store, sort_key, false, 1).await, "{}", sort_key.as_str());
            let mut reverse = list(&store, sort_key, true, 5).await;
            assert_eq!(reverse, list(&store, sort_key, true, 1).await, "{}", sort_key.as_str());
            reverse.reverse();
            assert_eq!(whole, reverse, "{}", sort_key.as_str());
        }

        let mut by_hand = enrolled.clone();
        let uuids = |nodes: &[Node]| nodes.iter().map(|node| node.uuid).collect::<Vec<_>>();
        assert_eq!(list(&store, NodeColumn::Id, false, 5).await, uuids(&by_hand));
        by_hand.sort_by(|a, b| a.description.cmp(&b.description));
        assert_eq!(list(&store, NodeColumn::Description, false, 5).await, uuids(&by_hand));
        by_hand.sort_by_key(|node| node.uuid.to_string());
        assert_eq!(list(&store, NodeColumn::Uuid, false, 5).await, uuids(&by_hand));
        by_hand.clone_from(&enrolled);
        by_hand.sort_by_key(|node| node.maintenance);
        assert_eq!(list(&store, NodeColumn::Maintenance, false, 5).await, uuids(&by_hand));
        by_hand.clone_from(&enrolled);
        by_hand.sort_by_key(|node| node.provision_updated_at);
        assert_eq!(list(&store, NodeColumn::ProvisionUpdatedAt, false, 5).await, uuids(&by_hand));
    }

    async fn a_listing_cannot_go_on_from_what_is_not_there(db: TestDatabase) {
        let store = db.open().await;
        let query = NodeQuery { marker: Some(Uuid::nil()), ..NodeQuery::default() };
        let outcome = store.nodes(&query).await;
        assert!(matches!(outcome, Err(Error::MarkerNotFound { marker }) if marker == Uuid::nil()), "{outcome:?}");
    }

    async fn a_listing_shows_nodes_as_they_are_now(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await.uuid;
        let held = store.reserve(node, "c1").await.unwrap();
        let saved = store.save(change(&held, |node| node.maintenance = true)).await.unwrap().unwrap();
        let listed = store.nodes(&NodeQuery::default()).await.unwrap();
        assert!(Arc::ptr_eq(&listed[0], &saved), "from memory");
        assert_eq!(store.nodes(&NodeQuery { limit: Some(0), ..NodeQuery::default() }).await.unwrap(), Vec::new());
    }

    async fn a_listing_is_not_bounded_by_the_number_of_arguments(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await.uuid;
        let many = (0..40_000).map(|n| Uuid::from_u128(n << 8)).chain([node]).collect();
        let filter = NodeFilter { uuid_in: Some(many), ..NodeFilter::default() };
        let found = store.nodes(&NodeQuery { filter, ..NodeQuery::default() }).await.unwrap();
        assert_eq!(found.len(), 1);
    }
}

/// Every node, fetched page by page.
async fn list(store: &Store, sort_key: NodeColumn, descending: bool, limit: usize) -> Vec<Uuid> {
    let mut all = Vec::new();
    loop {
        let query =
            NodeQuery { marker: all.last().copied(), limit: Some(limit), sort_key, descending, ..NodeQuery::default() };
        let page = store.nodes(&query).await.unwrap();
        all.extend(page.iter().map(|node| node.uuid));
        if page.len() < limit {
            return all;
        }
    }
}
