//! An engine for unit tests: over a database in memory, with the fake drivers, on a clock that stands still.

use std::{sync::Arc, time::Duration};

use kamacite_driver::{Registry, Selection, Services};
use kamacite_model::{Clock, Node, Sleep, Timestamp, Uuid, options::Options};
use kamacite_store::{Database, Store, StoreConfig};

use crate::{Config, engine::Engine};

/// Stands still, and whoever sleeps does not wake.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> Sleep<'_> {
        Box::pin(std::future::pending())
    }
}

/// An engine that nothing runs on.
pub(crate) async fn engine() -> Arc<Engine> {
    let fixed = [
        ("DEFAULT", "enabled_hardware_types", "fake-hardware"),
        ("DEFAULT", "enabled_boot_interfaces", "fake"),
        ("DEFAULT", "enabled_deploy_interfaces", "fake"),
        ("DEFAULT", "enabled_management_interfaces", "fake"),
        ("DEFAULT", "enabled_network_interfaces", "noop"),
        ("DEFAULT", "enabled_power_interfaces", "fake"),
    ];
    let options = Options::new(fixed.map(|(group, name, text)| (group.to_owned(), name.to_owned(), text.to_owned())));
    let clock = Arc::new(Still);
    let config = StoreConfig { database: Database::Memory, clock: clock.clone(), backup_before_upgrade: false };
    let store = Store::open(config).await.unwrap();
    let (selection, config) = (Selection::from_options(&options), Config::from_options(&options));
    let services = Services::new(clock, options);
    let drivers = kamacite_drivers::builtin().into_iter().map(|driver| driver(&services)).collect();
    let registry = Registry::load(drivers, &selection).unwrap();
    Arc::new(Engine::new(config, store, registry, services, "tester".into()))
}

/// A new fake node in its store.
pub(crate) async fn node(engine: &Engine) -> Uuid {
    let node = Node::new(Uuid::new_v4(), "fake-hardware", engine.now());
    engine.store.create_node(&node, &[]).await.unwrap();
    node.uuid
}
