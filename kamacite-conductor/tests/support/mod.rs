//! A conductor over a real SQLite file and the fake drivers, on a clock that the test owns.
#![allow(dead_code, reason = "each test uses its part")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kamacite_conductor::{Conductor, Config, ProvisionRequest, UserStep};
use kamacite_driver::{Driver, Registry, Selection, Services};
use kamacite_model::{Clock, Node, ProvisionState, Requester, Sleep, Timestamp, Uuid, Verb, options::Options};
use kamacite_store::{Database, Store, StoreConfig};

/// A clock on which the naps of flows pass at once, and the naps of periodic work never: those last a day in tests.
pub struct JumpClock {
    now: AtomicI64,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl JumpClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { now: AtomicI64::new(1_800_000_000_000_000) })
    }

    /// Lets time pass for everyone.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for JumpClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.now.load(Ordering::SeqCst)).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(async move {
            if duration >= DAY {
                std::future::pending::<()>().await;
            }
            self.advance(duration);
            tokio::task::yield_now().await;
        })
    }
}

/// The system's clock, on which naps last as long as they are.
pub struct SlowClock;

impl SlowClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self)
    }
}

impl Clock for SlowClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(Timestamp::now().as_microsecond()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep<'_> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// One life of the service: from a start to a stop, or to a sudden end.
pub struct Life {
    pub conductor: Conductor,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
}

/// The configuration of a test: all that is fake is enabled, periodic work sleeps.
pub fn options(more: &[(&str, &str, &str)]) -> Options {
    let fixed = [
        ("DEFAULT", "host", "tester"),
        ("DEFAULT", "enabled_hardware_types", "fake-hardware,manual-management"),
        ("DEFAULT", "enabled_bios_interfaces", "fake,no-bios"),
        ("DEFAULT", "enabled_boot_interfaces", "fake,no-boot"),
        ("DEFAULT", "enabled_console_interfaces", "fake,no-console"),
        ("DEFAULT", "enabled_deploy_interfaces", "fake,noop"),
        ("DEFAULT", "enabled_firmware_interfaces", "fake,no-firmware"),
        ("DEFAULT", "enabled_inspect_interfaces", "fake,no-inspect"),
        ("DEFAULT", "enabled_management_interfaces", "fake,noop"),
        ("DEFAULT", "enabled_network_interfaces", "noop"),
        ("DEFAULT", "enabled_power_interfaces", "fake"),
        ("DEFAULT", "enabled_raid_interfaces", "fake,no-raid"),
        ("DEFAULT", "enabled_rescue_interfaces", "fake,no-rescue"),
        ("DEFAULT", "enabled_storage_interfaces", "fake,noop"),
        ("DEFAULT", "enabled_vendor_interfaces", "fake,fake-extra,no-vendor"),
        ("conductor", "heartbeat_interval", "86400"),
        ("conductor", "heartbeat_timeout", "864000"),
        ("conductor", "check_provision_state_interval", "86400"),
        ("conductor", "check_allocations_interval", "86400"),
        ("conductor", "sync_power_state_interval", "86400"),
        ("conductor", "power_failure_recovery_interval", "86400"),
        ("kamacite", "power_sync_patience", "86400"),
    ];
    let given = fixed
        .iter()
        .chain(more)
        .map(|(group, name, text)| ((*group).to_owned(), (*name).to_owned(), (*text).to_owned()));
    Options::new(given)
}

impl Life {
    /// Starts on a database file, or in memory, with the built-in drivers.
    pub async fn start(file: Option<&Path>, clock: Arc<dyn Clock>, options: Options) -> Self {
        Self::start_with(file, clock, options, &[]).await
    }

    /// Starts with drivers of the test's own beside the built-in ones.
    pub async fn start_with(
        file: Option<&Path>,
        clock: Arc<dyn Clock>,
        options: Options,
        drivers: &[fn(&Services) -> Driver],
    ) -> Self {
        let database = match file {
            Some(path) => Database::Sqlite { path: path.to_owned() },
            None => Database::Memory,
        };
        let store =
            Store::open(StoreConfig { database, clock: clock.clone(), backup_before_upgrade: true }).await.unwrap();
        let selection = Selection::from_options(&options);
        let config = Config::from_options(&options);
        let services = Services::new(clock.clone(), options);
        let all = kamacite_drivers::builtin().into_iter().chain(drivers.iter().copied());
        let drivers = all.map(|driver| driver(&services)).collect();
        let registry = Registry::load(drivers, &selection).unwrap();
        let conductor = Conductor::start(config, store.clone(), registry, services).await.unwrap();
        Self { conductor, store, clock }
    }

    /// Enrols a fake node.
    pub async fn enrol(&self, edit: impl FnOnce(&mut Node)) -> Uuid {
        let mut node = Node::new(Uuid::new_v4(), "fake-hardware", self.clock.now());
        edit(&mut node);
        self.conductor.create_node(node, &who()).await.unwrap().uuid
    }

    pub async fn node(&self, node: Uuid) -> Arc<Node> {
        self.store.node(node).await.unwrap().unwrap()
    }

    /// Asks for a verb and waits until nothing is under way on the node.
    pub async fn provision(&self, node: Uuid, request: ProvisionRequest) -> Arc<Node> {
        self.conductor.provision(node, request, &who()).await.unwrap();
        self.settled(node).await
    }

    /// Waits until the node is unlocked.
    pub async fn settled(&self, node: Uuid) -> Arc<Node> {
        for _ in 0..200_000 {
            let now = self.node(node).await;
            if now.reservation.is_none() {
                return now;
            }
            tokio::task::yield_now().await;
            std::thread::sleep(Duration::from_micros(20));
        }
        panic!("the node stays locked: {:?}", self.node(node).await);
    }
}

pub fn who() -> Requester {
    Requester { request_id: Some("req-test".to_owned()), ..Requester::default() }
}

pub fn verb(verb: Verb) -> ProvisionRequest {
    match verb {
        Verb::Rescue => ProvisionRequest {
            rescue_password: Some(kamacite_model::Secret::new("secret".to_owned())),
            ..ProvisionRequest::new(verb)
        },
        Verb::Clean => steps(verb, &[("bios", "factory_reset"), ("vendor", "log_passthrough"), ("power", "reboot")]),
        Verb::Service => steps(verb, &[("vendor", "log_passthrough"), ("power", "power_off")]),
        _ => ProvisionRequest::new(verb),
    }
}

pub fn steps(verb: Verb, steps: &[(&str, &str)]) -> ProvisionRequest {
    let step = |(interface, step): &(&str, &str)| UserStep {
        interface: (*interface).to_owned(),
        step: (*step).to_owned(),
        args: None,
        priority: None,
        other: kamacite_model::Json::new(),
    };
    ProvisionRequest { steps: Some(steps.iter().map(step).collect()), ..ProvisionRequest::new(verb) }
}

/// The verbs that bring a new node to a state.
pub fn way_to(state: ProvisionState) -> Vec<Verb> {
    match state {
        ProvisionState::Enroll => vec![],
        ProvisionState::Manageable => vec![Verb::Manage],
        ProvisionState::Available => vec![Verb::Manage, Verb::Provide],
        ProvisionState::Active => vec![Verb::Manage, Verb::Provide, Verb::Active],
        ProvisionState::Rescue => vec![Verb::Manage, Verb::Provide, Verb::Active, Verb::Rescue],
        other => panic!("no way to {other} is known"),
    }
}
