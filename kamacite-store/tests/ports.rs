//! Stories of what belongs to a node: ports, groups of them, and what is known of its hardware.

#![allow(clippy::unwrap_used)]

mod common;

use std::{sync::Arc, time::Duration};

use common::{TestDatabase, on_every_database};
use kamacite_model::{BiosSetting, FirmwareComponent, Inventory, Mac, Node, Port, Portgroup, Uuid};
use kamacite_store::{Error, PortChange, PortColumn, PortFilter, PortQuery, PortgroupColumn, PortgroupQuery, Store};
use serde_json::json;

fn mac(last: u8) -> Mac {
    Mac([0x52, 0x54, 0, 0, 0, last])
}

fn port(db: &TestDatabase, node: &Node, last: u8) -> Port {
    Port::new(Uuid::new_v4(), node.uuid, mac(last), db.now())
}

fn object(value: serde_json::Value) -> kamacite_model::Json {
    value.as_object().unwrap().clone()
}

/// A port with something in every field, such that none is its default.
fn full_port(db: &TestDatabase, node: &Node, group: &Portgroup) -> Port {
    // Without `..`: a new field must be thought of here.
    Port {
        uuid: Uuid::new_v4(),
        node: node.uuid,
        address: mac(1),
        name: Some("p".to_owned()),
        description: Some("the Ärmste".to_owned()),
        portgroup: Some(group.uuid),
        local_link_connection: object(json!({"port_id": "p", "switch_id": "s"})),
        pxe_enabled: false,
        physical_network: Some("net".to_owned()),
        is_smartnic: true,
        vendor: Some("acme".to_owned()),
        category: Some("fast".to_owned()),
        available_for_dynamic_portgroup: false,
        internal_info: object(json!({"tenant_vif_port_id": "v"})),
        extra: object(json!({"z": 1, "a": null})),
        created_at: db.now(),
        updated_at: Some(db.now()),
    }
}

fn full_group(db: &TestDatabase, node: &Node) -> Portgroup {
    Portgroup {
        uuid: Uuid::new_v4(),
        node: node.uuid,
        name: Some("g".to_owned()),
        address: Some(mac(2)),
        mode: "802.3ad".to_owned(),
        properties: object(json!({"miimon": 100})),
        standalone_ports_supported: false,
        physical_network: Some("net".to_owned()),
        category: Some("fast".to_owned()),
        dynamic: true,
        internal_info: object(json!({"a": 1})),
        extra: object(json!({"b": 2})),
        created_at: db.now(),
        updated_at: Some(db.now()),
    }
}

async fn put(store: &Store, node: &Node, changes: impl IntoIterator<Item = PortChange>) {
    store.change_ports(node.uuid, None, changes.into_iter().collect()).await.unwrap();
}

async fn listed(store: &Store, filter: PortFilter) -> Vec<Uuid> {
    let query = PortQuery { filter, ..PortQuery::default() };
    store.ports(&query).await.unwrap().into_iter().map(|port| port.uuid).collect()
}

fn taken<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (&'static str, &'static str, String) {
    match outcome {
        Err(Error::Taken { what, column, value }) => (what, column, value),
        other => panic!("{other:?}"),
    }
}

on_every_database! {
    async fn a_port_and_a_group_come_back_as_they_were(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let group = full_group(&db, &node);
        let port = full_port(&db, &node, &group);
        put(&store, &node, [PortChange::InsertGroup(group.clone()), PortChange::Insert(port.clone())]).await;
        assert_eq!(store.port(port.uuid).await.unwrap(), Some(port.clone()));
        assert_eq!(store.port_named("p").await.unwrap(), Some(port.clone()));
        assert_eq!(store.portgroup(group.uuid).await.unwrap(), Some(group.clone()));
        assert_eq!(store.portgroup_named("g").await.unwrap(), Some(group.clone()));
        assert_eq!(store.port(group.uuid).await.unwrap(), None);

        let port = Port { name: None, portgroup: None, pxe_enabled: true, ..port };
        let group = Portgroup { address: None, mode: String::new(), ..group };
        put(&store, &node, [PortChange::Update(port.clone()), PortChange::UpdateGroup(group.clone())]).await;
        assert_eq!(store.port(port.uuid).await.unwrap(), Some(port.clone()));
        assert_eq!(store.portgroup(group.uuid).await.unwrap(), Some(group.clone()));

        put(&store, &node, [PortChange::Delete(port.uuid), PortChange::DeleteGroup(group.uuid)]).await;
        assert_eq!(store.port(port.uuid).await.unwrap(), None);
        let again = store.change_ports(node.uuid, None, vec![PortChange::Delete(port.uuid)]).await;
        assert!(matches!(again, Err(Error::NotThere { what: "Port", uuid }) if uuid == port.uuid), "{again:?}");
    }

    async fn a_group_joins_a_network_once_and_keeps_what_else_it_has_become(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let group = Portgroup { physical_network: None, ..full_group(&db, &node) };
        put(&store, &node, [PortChange::InsertGroup(group.clone())]).await;
        let join = |network: &str| {
            vec![PortChange::JoinNetwork { portgroup: group.uuid, network: network.to_owned(), at: db.now() }]
        };
        for network in ["blue", "blue", "red"] {
            let outcome = store.change_ports(node.uuid, None, join(network)).await;
            match network {
                "blue" => outcome.unwrap(),
                _ => assert!(matches!(outcome, Err(Error::PortgroupElsewhere { .. })), "{outcome:?}"),
            }
            let joined = store.portgroup(group.uuid).await.unwrap().unwrap();
            assert_eq!(joined.physical_network.as_deref(), Some("blue"));
            assert_eq!(Portgroup { physical_network: None, updated_at: group.updated_at, ..joined }, group);
        }
    }

    async fn what_another_has_is_told_by_its_name(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let first = Port { name: Some("p".to_owned()), ..port(&db, &node, 1) };
        let group = full_group(&db, &node);
        put(&store, &node, [PortChange::Insert(first.clone()), PortChange::InsertGroup(group.clone())]).await;
        let add = async |port: Port| taken(store.change_ports(node.uuid, None, vec![PortChange::Insert(port)]).await);
        assert_eq!(add(port(&db, &node, 1)).await, ("port", "MAC address", mac(1).to_string()));
        let named = Port { name: Some("p".to_owned()), ..port(&db, &node, 2) };
        assert_eq!(add(named).await, ("port", "name", "p".to_owned()));
        let same = Port { uuid: first.uuid, ..port(&db, &node, 3) };
        assert_eq!(add(same).await, ("port", "UUID", first.uuid.to_string()));
        let repeated = Port { name: None, ..first.clone() };
        assert_eq!(add(repeated).await, ("port", "UUID", first.uuid.to_string()), "not that its address is taken");
        let twin = Portgroup { uuid: Uuid::new_v4(), name: None, ..group };
        let outcome = store.change_ports(node.uuid, None, vec![PortChange::InsertGroup(twin)]).await;
        assert_eq!(taken(outcome), ("portgroup", "MAC address", mac(2).to_string()));
    }

    async fn changes_are_made_together_or_not_at_all(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let (first, twin) = (port(&db, &node, 1), port(&db, &node, 1));
        let changes = vec![PortChange::Insert(first.clone()), PortChange::Insert(twin)];
        assert!(store.change_ports(node.uuid, None, changes).await.is_err());
        assert_eq!(store.port(first.uuid).await.unwrap(), None);
    }

    async fn a_group_has_ports_of_its_own_node_and_does_not_go_before_them(db: TestDatabase) {
        let store = db.open().await;
        let (node, other) = (db.enrol(&store, |_| {}).await, db.enrol(&store, |_| {}).await);
        let group = full_group(&db, &node);
        put(&store, &node, [PortChange::InsertGroup(group.clone())]).await;
        let stray = Port { portgroup: Some(group.uuid), ..port(&db, &other, 1) };
        let outcome = store.change_ports(other.uuid, None, vec![PortChange::Insert(stray)]).await;
        assert!(matches!(outcome, Err(Error::NotThere { what: "Portgroup", .. })), "{outcome:?}");
        let member = Port { portgroup: Some(group.uuid), ..port(&db, &node, 1) };
        put(&store, &node, [PortChange::Insert(member)]).await;
        let outcome = store.change_ports(node.uuid, None, vec![PortChange::DeleteGroup(group.uuid)]).await;
        assert!(matches!(outcome, Err(Error::PortgroupNotEmpty { portgroup }) if portgroup == group.uuid), "{outcome:?}");
    }

    async fn a_change_under_a_lock_needs_the_lock(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let add = async |fence, last| {
            store.change_ports(node.uuid, Some(fence), vec![PortChange::Insert(port(&db, &node, last))]).await
        };
        add(held.fence, 1).await.unwrap();
        assert!(matches!(add(held.fence - 1, 2).await, Err(Error::LeaseLost { .. })));
        let settings = vec![BiosSetting { name: "a".to_owned(), ..BiosSetting::default() }];
        let outcome = store.record_bios_settings(node.uuid, held.fence - 1, settings).await;
        assert!(matches!(outcome, Err(Error::LeaseLost { .. })), "{outcome:?}");
        store.release(node.uuid, held.fence).await.unwrap();
        assert!(matches!(add(held.fence, 3).await, Err(Error::LeaseLost { .. })));
        let outcome = store.change_ports(Uuid::nil(), None, Vec::new()).await;
        assert!(matches!(outcome, Err(Error::NodeNotFound { .. })), "{outcome:?}");
    }

    async fn ports_are_found_by_what_they_and_their_nodes_are(db: TestDatabase) {
        let store = db.open().await;
        let in_the_north = |node: &mut Node| (node.shard, node.owner) = (Some("North".to_owned()), Some("o".to_owned()));
        let north = db.enrol(&store, in_the_north).await;
        let west = db.enrol(&store, |node| node.conductor_group = "west".to_owned()).await;
        let group = full_group(&db, &north);
        let first = full_port(&db, &north, &group);
        let second = Port { description: Some("100%".to_owned()), ..port(&db, &west, 9) };
        put(&store, &north, [PortChange::InsertGroup(group.clone()), PortChange::Insert(first.clone())]).await;
        put(&store, &west, [PortChange::Insert(second.clone())]).await;
        let all = PortFilter::default;
        let texts = |text: &str| Some(vec![text.to_owned()]);
        let (first, second) = (first.uuid, second.uuid);
        assert_eq!(listed(&store, all()).await, [first, second]);
        assert_eq!(listed(&store, PortFilter { node: Some(west.uuid), ..all() }).await, [second]);
        assert_eq!(listed(&store, PortFilter { portgroup: Some(group.uuid), ..all() }).await, [first]);
        assert_eq!(listed(&store, PortFilter { address: Some(mac(9)), ..all() }).await, [second]);
        assert_eq!(listed(&store, PortFilter { shard_in: texts("North"), ..all() }).await, [first]);
        assert!(listed(&store, PortFilter { shard_in: texts("north"), ..all() }).await.is_empty());
        assert_eq!(listed(&store, PortFilter { conductor_group_in: texts("west"), ..all() }).await, [second]);
        assert_eq!(listed(&store, PortFilter { project: Some("o".to_owned()), ..all() }).await, [first]);
        let described = |part: &str| PortFilter { description_contains: Some(part.to_owned()), ..all() };
        assert_eq!(listed(&store, described("%")).await, [second]);
        assert!(listed(&store, described("ARMSTE")).await.is_empty());
        assert_eq!(listed(&store, described("RMSTE")).await, [first]);

        let groups = PortgroupQuery { filter: PortFilter { node: Some(north.uuid), ..all() }, ..PortgroupQuery::default() };
        assert_eq!(store.portgroups(&groups).await.unwrap(), [group]);
        let none = PortgroupQuery { filter: PortFilter { node: Some(west.uuid), ..all() }, ..PortgroupQuery::default() };
        assert_eq!(store.portgroups(&none).await.unwrap(), []);
    }

    async fn lists_go_on_after_a_marker(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let named = |last: u8, name: Option<&str>| Port { name: name.map(str::to_owned), ..port(&db, &node, last) };
        let ports = [named(3, None), named(1, Some("b")), named(2, Some("a"))];
        put(&store, &node, ports.clone().map(PortChange::Insert)).await;
        let page = async |sort_key, descending, marker| {
            let query = PortQuery { sort_key, descending, marker, limit: Some(1), ..PortQuery::default() };
            store.ports(&query).await.unwrap().pop().map(|port| port.uuid)
        };
        let [none, b, a] = ports.map(|port| port.uuid);
        assert_eq!(page(PortColumn::Name, false, None).await, Some(none));
        assert_eq!(page(PortColumn::Name, false, Some(none)).await, Some(a));
        assert_eq!(page(PortColumn::Name, true, Some(a)).await, Some(none));
        assert_eq!(page(PortColumn::Address, false, None).await, Some(b));
        assert_eq!(page(PortColumn::Id, true, Some(none)).await, None);
        let query = PortQuery { marker: Some(Uuid::nil()), ..PortQuery::default() };
        assert!(matches!(store.ports(&query).await, Err(Error::MarkerNotFound { .. })));
        for key in PortgroupColumn::ALL {
            let query = PortgroupQuery { sort_key: *key, ..PortgroupQuery::default() };
            assert_eq!(store.portgroups(&query).await.unwrap(), [], "{}", key.as_str());
        }
    }

    async fn what_is_known_of_hardware_keeps_when_it_was_learnt(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let setting = |name: &str, value: &str| BiosSetting {
            name: name.to_owned(),
            value: Some(value.to_owned()),
            allowable_values: vec!["on".to_owned()],
            lower_bound: Some(i64::MIN),
            unique: Some(true),
            ..BiosSetting::default()
        };
        let record = async |settings| store.record_bios_settings(node.uuid, held.fence, settings).await.unwrap();
        let began = db.now();
        record(vec![setting("b", "1"), setting("a", "1"), setting("c", "1")]).await;
        db.clock.push(Duration::from_secs(1));
        record(vec![setting("a", "2"), setting("b", "1"), setting("d", "1")]).await;
        let known = store.bios_settings(node.uuid).await.unwrap();
        let told: Vec<_> = known.iter().map(|row| (row.what.name.as_str(), row.created_at, row.updated_at)).collect();
        assert_eq!(told, [("a", began, Some(db.now())), ("b", began, None), ("d", db.now(), None)]);
        assert_eq!(known[0].what, setting("a", "2"));

        let component = FirmwareComponent {
            component: "bmc".to_owned(),
            initial_version: "1".to_owned(),
            model: Some("m".to_owned()),
            ..FirmwareComponent::default()
        };
        store.record_firmware(node.uuid, held.fence, vec![component.clone()]).await.unwrap();
        assert_eq!(store.firmware_components(node.uuid).await.unwrap()[0].what, component);
        assert_eq!(store.inventory(node.uuid).await.unwrap(), None);
        for cpus in [1, 2] {
            let inventory = Inventory { inventory: object(json!({"cpus": cpus})), ..Inventory::default() };
            store.record_inventory(node.uuid, held.fence, inventory.clone()).await.unwrap();
            assert_eq!(store.inventory(node.uuid).await.unwrap().unwrap().what, inventory);
        }
    }

    async fn all_of_it_goes_with_the_node(db: TestDatabase) {
        let store = db.open().await;
        let node = db.enrol(&store, |_| {}).await;
        let group = full_group(&db, &node);
        put(&store, &node, [PortChange::InsertGroup(group.clone()), PortChange::Insert(full_port(&db, &node, &group))]).await;
        let held: Arc<Node> = store.reserve(node.uuid, "c1").await.unwrap();
        store.record_bios_settings(node.uuid, held.fence, vec![BiosSetting::default()]).await.unwrap();
        store.record_firmware(node.uuid, held.fence, vec![FirmwareComponent::default()]).await.unwrap();
        store.record_inventory(node.uuid, held.fence, Inventory::default()).await.unwrap();
        store.delete_node(node.uuid, held.fence).await.unwrap();
        assert!(listed(&store, PortFilter::default()).await.is_empty());
        assert_eq!(store.portgroup(group.uuid).await.unwrap(), None);
        assert_eq!(store.bios_settings(node.uuid).await.unwrap(), []);
        assert_eq!(store.firmware_components(node.uuid).await.unwrap(), []);
        assert_eq!(store.inventory(node.uuid).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_learnt_again_in_another_order_is_not_written_again() {
    let db = TestDatabase::sqlite_file();
    let store = db.open().await;
    let setting = |name: &str| BiosSetting { name: name.to_owned(), ..BiosSetting::default() };
    let component = |name: &str| FirmwareComponent { component: name.to_owned(), ..FirmwareComponent::default() };
    let learn = async |node: &Node, names: &[&str]| {
        let held = store.reserve(node.uuid, "c1").await.unwrap();
        let settings = names.iter().copied().map(setting).collect();
        store.record_bios_settings(node.uuid, held.fence, settings).await.unwrap();
        let components = names.iter().copied().map(component).collect();
        store.record_firmware(node.uuid, held.fence, components).await.unwrap();
        store.release(node.uuid, held.fence).await.unwrap();
    };
    // Its row ids tell: those of the first node are not the last, so they would change if it were written again.
    let rows = async || {
        let text = kamacite_store::testing::dump(db.path()).await.unwrap();
        let of_hardware =
            |line: &&str| line.contains("INTO bios_settings") || line.contains("INTO firmware_components");
        text.lines().filter(of_hardware).map(str::to_owned).collect::<Vec<_>>()
    };
    let (node, other) = (db.enrol(&store, |_| {}).await, db.enrol(&store, |_| {}).await);
    learn(&node, &["b", "c", "a"]).await;
    learn(&other, &["a"]).await;
    let before = rows().await;
    assert_eq!(before.len(), 8);
    db.clock.push(Duration::from_secs(1));
    for order in [["b", "c", "a"], ["a", "b", "c"], ["c", "b", "a"]] {
        learn(&node, &order).await;
        assert_eq!(rows().await, before, "{order:?}");
    }
}
