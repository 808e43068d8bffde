//! What the behaviour tests share: a database to open, a clock to turn, things to put in.

#![allow(dead_code, unused_macros, unused_imports, clippy::unwrap_used)] // no test file uses everything

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kamacite_model::{
    Chassis, Clock, HistoryEntry, Node, Operation, ProvisionState, Requester, Severity, Sleep, Timestamp, Uuid,
    operation::{OperationKind, OperationState},
};
use kamacite_store::{Change, Database, NodeChange, Store, StoreConfig};
use serde_json::json;

/// A moment that a test chooses.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_700_000_000_000_000)))
    }

    pub fn push(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep(&self, _: Duration) -> Sleep<'_> {
        unreachable!("the store never sleeps")
    }
}

/// A folder that goes when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("kamacite-store-{}", Uuid::new_v4()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("k.sqlite")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A database of one kind, empty at first.
pub struct TestDatabase {
    pub clock: Arc<TestClock>,
    database: Database,
    _folder: Option<Folder>,
}

impl TestDatabase {
    pub fn memory() -> Self {
        Self { clock: TestClock::new(), database: Database::Memory, _folder: None }
    }

    pub fn sqlite_file() -> Self {
        let folder = Folder::new();
        let database = Database::Sqlite { path: folder.file() };
        Self { clock: TestClock::new(), database, _folder: Some(folder) }
    }

    pub fn path(&self) -> &Path {
        match &self.database {
            Database::Sqlite { path } => path,
            Database::Memory => panic!("in memory"),
        }
    }

    pub fn config(&self) -> StoreConfig {
        StoreConfig { database: self.database.clone(), clock: self.clock.clone(), backup_before_upgrade: true }
    }

    pub async fn open(&self) -> Store {
        Store::open(self.config()).await.unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new node that is not in the store yet.
    pub fn node(&self) -> Node {
        Node::new(Uuid::new_v4(), "fake-hardware", self.now())
    }

    /// A new node, enrolled as a change makes it.
    pub async fn enrol(&self, store: &Store, change: impl FnOnce(&mut Node)) -> Node {
        let mut node = self.node();
        change(&mut node);
        store.create_node(&node, &[]).await.unwrap();
        node
    }

    /// Opens a store with the chassis that full nodes stand in.
    pub async fn open_for_full_nodes(&self) -> Store {
        let store = self.open().await;
        store.create_chassis(&Chassis::new(CHASSIS, self.now())).await.unwrap();
        store
    }

    pub fn entry(&self, node: Uuid, event: &str) -> HistoryEntry {
        HistoryEntry {
            uuid: Uuid::new_v4(),
            node,
            created_at: self.now(),
            severity: Severity::Info,
            event: event.to_owned(),
            event_type: "provisioning".to_owned(),
            conductor: "c1".to_owned(),
            user: Some("u".to_owned()),
            project: None,
            state: Some(ProvisionState::Cleaning),
            target_provision_state: Some(ProvisionState::Available),
            duration_s: Some(1.5),
        }
    }

    pub fn operation(&self, node: Option<Uuid>) -> Operation {
        Operation {
            id: Uuid::new_v4(),
            kind: OperationKind::Provision,
            name: "clean".to_owned(),
            node,
            driver: None,
            state: OperationState::Running,
            schema: 1,
            intent: json!({"steps": [{"step": "erase", "args": {"password": "hunter2", "z": 1}}]}),
            progress: json!(null),
            attempt: 1,
            deadline: Some(self.now()),
            requester: Requester {
                request_id: Some("req-1".to_owned()),
                roles: vec!["admin".to_owned()],
                ..Requester::default()
            },
            conductor: "c1".to_owned(),
            result: None,
            error: None,
            created_at: self.now(),
            updated_at: self.now(),
            finished_at: None,
        }
    }
}

/// Runs each story on every kind of database.
macro_rules! on_every_database {
    ($(async fn $name:ident($db:ident: TestDatabase) $body:block)+) => {
        $(async fn $name($db: TestDatabase) $body)+

        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::TestDatabase::memory()).await;
            })+
        }

        mod sqlite_file {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::TestDatabase::sqlite_file()).await;
            })+
        }
    };
}
pub(crate) use on_every_database;

/// A change of one node.
pub fn change(before: &Arc<Node>, change: impl FnOnce(&mut Node)) -> Change {
    let mut after = Node::clone(before);
    change(&mut after);
    Change { node: Some(NodeChange { before: before.clone(), after, release: false }), ..Change::default() }
}

/// What a full node stands in.
pub const CHASSIS: Uuid = Uuid::from_u128(1);

/// A node with something in every field, such that none is its default.
#[rustfmt::skip]
pub fn full_node(created_at: Timestamp) -> Node {
    use kamacite_model::{BootMode, Fault, Info, InterfaceKind, InterfaceMap, PowerState};
    let at = |seconds: i64| Timestamp::from_microsecond(created_at.as_microsecond() + seconds * 1_000_001).unwrap();
    let object = |value: serde_json::Value| value.as_object().unwrap().clone();
    let text = |text: &str| Some(text.to_owned());
    // Without `..`: a new field must be thought of here.
    Node {
        uuid: Uuid::from_u128(0x1be2_6c0b_03f2_4d2e_ae87_c02d_7f33_c123),
        name: text("node-1"),
        description: text("the Ärmste \u{1F980}"),
        driver: "fake-hardware".into(),
        interfaces: InterfaceMap::from_fn(|kind: InterfaceKind| Some(format!("fake-{kind}").into())),
        driver_info: Info(object(json!({"z_address": "192.0.2.1", "redfish_password": "hunter2", "a": {"snmp_auth_key": "hunter2", "b": [1]}}))),
        driver_internal_info: Info(object(json!({"agent_secret_token": "hunter2", "steps": [{"token": "hunter2"}, {"n": 0.1}]}))),
        instance_info: Info(object(json!({"image": "i", "configdrive": {"user_data": "hunter2"}}))),
        instance_uuid: text("b1b2"),
        instance_name: text("web"),
        properties: object(json!({"memory_mb": 1024, "z": 1, "a": 2.000_000_000_000_000_4, "big": u64::MAX})),
        extra: object(json!({"": null, "\"quoted\"": "\u{0}"})),
        network_data: object(json!({"links": []})),
        resource_class: text("gold"),
        traits: vec!["CUSTOM_A".to_owned(), "CUSTOM_B".to_owned()],
        chassis_uuid: Some(CHASSIS),
        conductor_group: "west".to_owned(),
        parent_node: text("parent"),
        shard: text("s1"),
        owner: text("owner"),
        lessee: text("lessee"),
        allocation_uuid: Some(Uuid::from_u128(2)),
        provision_state: ProvisionState::DeployWait,
        target_provision_state: Some(ProvisionState::Active),
        provision_updated_at: Some(at(1)),
        power_state: Some(PowerState::On),
        target_power_state: Some(PowerState::Off),
        last_error: text("error"),
        clean_step: object(json!({"step": "c"})),
        deploy_step: object(json!({"step": "d"})),
        service_step: object(json!({"step": "s"})),
        reservation: text("c1"),
        fence: 7,
        conductor_affinity: text("c2"),
        maintenance: true,
        maintenance_reason: text("broken"),
        fault: Some(Fault::PowerFailure),
        protected: true,
        protected_reason: text("dear"),
        retired: true,
        retired_reason: text("old"),
        automated_clean: Some(false),
        disable_power_off: true,
        console_enabled: true,
        raid_config: object(json!({"logical_disks": []})),
        target_raid_config: object(json!({"logical_disks": [{}]})),
        boot_mode: Some(BootMode::Uefi),
        secure_boot: Some(true),
        health: text("OK"),
        inspection_started_at: Some(at(2)),
        inspection_finished_at: Some(at(3)),
        created_at,
        updated_at: Some(at(4)),
    }
}
