//! Stories of volumes and chassis: kept whole, unlike any other's, gone with what they belong to.

#![allow(clippy::unwrap_used)]

mod common;

use common::{TestDatabase, change, on_every_database};
use kamacite_model::{Chassis, Info, Uuid, VolumeConnector, VolumeTarget};
use kamacite_store::{
    ChassisColumn, ChassisQuery, Error, NodeColumn, NodeFilter, NodeQuery, RecordChange, VolumeConnectorColumn,
    VolumeConnectorQuery, VolumeFilter, VolumeTargetQuery,
};
use serde_json::json;

fn connector(db: &TestDatabase, node: Uuid, id: &str) -> VolumeConnector {
    VolumeConnector {
        kind: "iqn".to_owned(),
        connector_id: id.to_owned(),
        extra: json!({"a": 1}).as_object().unwrap().clone(),
        ..VolumeConnector::new(Uuid::new_v4(), node, db.now())
    }
}

fn target(db: &TestDatabase, node: Uuid, boot_index: i64) -> VolumeTarget {
    let properties = json!({"auth_password": "hunter2", "target_iqn": "iqn.t", "deep": [{"token": "hunter2"}]});
    VolumeTarget {
        volume_type: "iscsi".to_owned(),
        properties: Info(properties.as_object().unwrap().clone()),
        boot_index,
        volume_id: "v".to_owned(),
        ..VolumeTarget::new(Uuid::new_v4(), node, db.now())
    }
}

fn of(node: Uuid) -> VolumeFilter {
    VolumeFilter { node: Some(node), ..VolumeFilter::default() }
}

on_every_database! {
    async fn a_connector_is_kept_and_changed(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| ()).await.uuid;
        let first = connector(&db, node, "a");
        store.change_volume_connector(node, None, RecordChange::Insert(first.clone())).await.unwrap();
        assert_eq!(store.volume_connector(first.uuid).await.unwrap().as_ref(), Some(&first));

        let same = RecordChange::Insert(connector(&db, node, "a"));
        let taken = store.change_volume_connector(node, None, same).await.unwrap_err();
        assert_eq!(taken.to_string(), "another volume connector has the type iqn and connector ID a; choose another");
        let same = RecordChange::Insert(VolumeConnector { uuid: first.uuid, ..connector(&db, node, "b") });
        let taken = store.change_volume_connector(node, None, same).await.unwrap_err();
        assert!(matches!(&taken, Error::Taken { column: "UUID", .. }), "{taken}");

        let locked = store.reserve(node, "c1").await.unwrap();
        let after = VolumeConnector { kind: "wwpn".to_owned(), updated_at: Some(db.now()), ..first.clone() };
        let update = || RecordChange::Update(after.clone());
        let stale = store.change_volume_connector(node, Some(locked.fence - 1), update()).await;
        assert!(matches!(stale, Err(Error::LeaseLost { .. })), "{stale:?}");
        store.change_volume_connector(node, Some(locked.fence), update()).await.unwrap();
        assert_eq!(store.volume_connector(first.uuid).await.unwrap(), Some(after));
        let delete = || RecordChange::Delete(first.uuid);
        store.change_volume_connector(node, Some(locked.fence), delete()).await.unwrap();
        let gone = store.change_volume_connector(node, Some(locked.fence), delete()).await;
        assert!(matches!(gone, Err(Error::NotThere { what: "Volume connector", .. })), "{gone:?}");
        let nobody = connector(&db, Uuid::nil(), "z");
        let nowhere = store.change_volume_connector(Uuid::nil(), None, RecordChange::Insert(nobody)).await;
        assert!(matches!(nowhere, Err(Error::NodeNotFound { .. })), "{nowhere:?}");
    }

    async fn boot_indexes_are_unlike_on_each_node(db: TestDatabase) {
        let store = db.open().await;
        let (one, other) = (db.enrol(&store, |_| ()).await.uuid, db.enrol(&store, |_| ()).await.uuid);
        let first = target(&db, one, 0);
        store.change_volume_target(one, None, RecordChange::Insert(first.clone())).await.unwrap();
        assert_eq!(store.volume_target(first.uuid).await.unwrap(), Some(first));
        store.change_volume_target(other, None, RecordChange::Insert(target(&db, other, 0))).await.unwrap();
        let taken = store.change_volume_target(one, None, RecordChange::Insert(target(&db, one, 0))).await.unwrap_err();
        assert_eq!(taken.to_string(), "another volume target has the boot index '0' for the same node; choose another");
    }

    async fn volumes_are_listed_page_by_page(db: TestDatabase) {
        let store = db.open().await;
        let one = db.enrol(&store, |node| node.owner = Some("us".to_owned())).await.uuid;
        let other = db.enrol(&store, |_| ()).await.uuid;
        for (node, id) in [(one, "b"), (one, "a"), (other, "c")] {
            store.change_volume_connector(node, None, RecordChange::Insert(connector(&db, node, id))).await.unwrap();
        }
        for (node, boot_index) in [(one, 1), (one, 0), (other, 0)] {
            store.change_volume_target(node, None, RecordChange::Insert(target(&db, node, boot_index))).await.unwrap();
        }
        let ids = |query: VolumeConnectorQuery| {
            let store = store.clone();
            async move {
                let found = store.volume_connectors(&query).await.unwrap();
                found.into_iter().map(|found| found.connector_id).collect::<Vec<_>>()
            }
        };
        assert_eq!(ids(VolumeConnectorQuery::default()).await, ["b", "a", "c"]);
        assert_eq!(ids(VolumeConnectorQuery { filter: of(one), ..Default::default() }).await, ["b", "a"]);
        let ours = VolumeFilter { project: Some("us".to_owned()), ..VolumeFilter::default() };
        assert_eq!(ids(VolumeConnectorQuery { filter: ours, ..Default::default() }).await, ["b", "a"]);
        let sort_key = VolumeConnectorColumn::ConnectorId;
        let page = VolumeConnectorQuery { sort_key, limit: Some(2), ..Default::default() };
        let last = store.volume_connectors(&page).await.unwrap().pop().unwrap();
        assert_eq!(last.connector_id, "b");
        assert_eq!(ids(VolumeConnectorQuery { marker: Some(last.uuid), ..page }).await, ["c"]);
        let targets = store.volume_targets(&VolumeTargetQuery { filter: of(one), ..Default::default() }).await.unwrap();
        assert_eq!(targets.iter().map(|target| target.boot_index).collect::<Vec<_>>(), [1, 0]);
    }

    async fn volumes_go_with_their_node(db: TestDatabase) {
        let store = db.open().await;
        let (one, other) = (db.enrol(&store, |_| ()).await.uuid, db.enrol(&store, |_| ()).await.uuid);
        for node in [one, other] {
            let connector = connector(&db, node, &node.to_string());
            store.change_volume_connector(node, None, RecordChange::Insert(connector)).await.unwrap();
            store.change_volume_target(node, None, RecordChange::Insert(target(&db, node, 0))).await.unwrap();
        }
        let fence = store.reserve(one, "c1").await.unwrap().fence;
        store.delete_node(one, fence).await.unwrap();
        let connectors = store.volume_connectors(&VolumeConnectorQuery::default()).await.unwrap();
        let targets = store.volume_targets(&VolumeTargetQuery::default()).await.unwrap();
        assert_eq!(connectors.iter().map(|left| left.node).collect::<Vec<_>>(), [other]);
        assert_eq!(targets.iter().map(|left| left.node).collect::<Vec<_>>(), [other]);
    }

    async fn a_chassis_is_kept_and_changed(db: TestDatabase) {
        let store = db.open().await;
        let first = Chassis { description: Some("first".to_owned()), ..Chassis::new(Uuid::new_v4(), db.now()) };
        store.create_chassis(&first).await.unwrap();
        assert_eq!(store.one_chassis(first.uuid).await.unwrap().as_ref(), Some(&first));
        let taken = store.create_chassis(&first).await;
        assert!(matches!(taken, Err(Error::Taken { what: "chassis", .. })), "{taken:?}");
        assert_eq!(store.update_chassis(first.clone(), first.clone()).await.unwrap(), first, "nothing to change");

        // Two who saw the same, and change something else each, do not undo each other.
        let described = Chassis { description: Some("rack 7".to_owned()), ..first.clone() };
        let noted = Chassis { extra: json!({"a": 1}).as_object().unwrap().clone(), ..first.clone() };
        store.update_chassis(first.clone(), described).await.unwrap();
        let both = store.update_chassis(first.clone(), noted).await.unwrap();
        assert_eq!((both.description.as_deref(), both.extra.len()), (Some("rack 7"), 1));
        assert_eq!(both.updated_at, Some(db.now()));
        assert_eq!(store.one_chassis(first.uuid).await.unwrap(), Some(both));

        store.create_chassis(&Chassis::new(Uuid::new_v4(), db.now())).await.unwrap();
        let sort_key = ChassisColumn::Description;
        let sorted = store.chassis(&ChassisQuery { sort_key, ..Default::default() }).await.unwrap();
        assert_eq!(sorted.iter().map(|chassis| chassis.description.as_deref()).collect::<Vec<_>>(), [None, Some("rack 7")]);
    }

    async fn a_chassis_with_nodes_stays(db: TestDatabase) {
        let store = db.open().await;
        let chassis = Chassis::new(Uuid::new_v4(), db.now());
        store.create_chassis(&chassis).await.unwrap();
        let inside = db.enrol(&store, |node| node.chassis_uuid = Some(chassis.uuid)).await;
        let outside = db.enrol(&store, |_| ()).await;
        let full = store.delete_chassis(chassis.uuid).await;
        assert!(matches!(full, Err(Error::ChassisNotEmpty { .. })), "{full:?}");
        let filter = NodeFilter { chassis_uuid: Some(chassis.uuid), ..NodeFilter::default() };
        assert_eq!(store.count_nodes(&filter).await.unwrap(), 1);
        let sorted = NodeQuery { sort_key: NodeColumn::ChassisUuid, ..NodeQuery::default() };
        let sorted: Vec<Uuid> = store.nodes(&sorted).await.unwrap().iter().map(|node| node.uuid).collect();
        assert_eq!(sorted, [outside.uuid, inside.uuid]);

        let locked = store.reserve(inside.uuid, "c1").await.unwrap();
        store.save(change(&locked, |node| node.chassis_uuid = None)).await.unwrap();
        store.delete_chassis(chassis.uuid).await.unwrap();
        let gone = store.delete_chassis(chassis.uuid).await;
        assert!(matches!(gone, Err(Error::NotThere { what: "Chassis", .. })), "{gone:?}");

        // Nothing can be put into a chassis that is gone.
        let locked = store.node(inside.uuid).await.unwrap().unwrap();
        let back = store.save(change(&locked, |node| node.chassis_uuid = Some(chassis.uuid))).await;
        assert!(matches!(back, Err(Error::NotThere { what: "Chassis", .. })), "{back:?}");
        let mut new = db.node();
        new.chassis_uuid = Some(chassis.uuid);
        let new = store.create_node(&new, &[]).await;
        assert!(matches!(new, Err(Error::NotThere { what: "Chassis", .. })), "{new:?}");
    }
}
