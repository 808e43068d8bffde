//! The API over a conductor of its own: SQLite in memory, the built-in drivers, and a clock that only naps move.

mod answer;
mod bmc;
mod clock;
pub mod openapi;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, response::Response};
use kamacite_api::{ApiConfig, App};
use kamacite_conductor::{Conductor, Config};
use kamacite_driver::{Driver, Registry, Selection, Services};
use kamacite_model::{Node, Requester, Uuid, options::Options};
use kamacite_store::{Database, Store, StoreConfig};
use serde_json::{Value, json};
use tower_service::Service;

pub use answer::Answer;
use clock::NapClock;

/// A client of a service of its own.
#[derive(Clone)]
pub struct Api {
    pub conductor: Conductor,
    pub store: Store,
    router: Router,
    headers: Vec<(String, String)>,
}

const VERSION: &str = "x-openstack-ironic-api-version";

/// All that is fake is enabled; periodic work sleeps for longer than any test takes.
const OPTIONS: &[(&str, &str, &str)] = &[
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
];

impl Api {
    /// A service with the usual configuration.
    pub async fn start() -> Self {
        Self::configured(&[]).await
    }

    /// A service with more configuration: group, name and text of each option.
    pub async fn configured(more: &[(&str, &str, &str)]) -> Self {
        Self::with_drivers(more, &[]).await
    }

    /// [`Api::configured`] with drivers of the test's own beside the built-in ones.
    pub async fn with_drivers(more: &[(&str, &str, &str)], drivers: &[fn(&Services) -> Driver]) -> Self {
        let texts = OPTIONS.iter().chain(more);
        let texts = texts.map(|(group, name, text)| ((*group).to_owned(), (*name).to_owned(), (*text).to_owned()));
        let options = Options::new(texts);
        let clock = NapClock::new();
        let store =
            Store::open(StoreConfig { database: Database::Memory, clock: clock.clone(), backup_before_upgrade: true })
                .await
                .unwrap();
        let (selection, config) = (Selection::from_options(&options), Config::from_options(&options));
        let api = ApiConfig::from_options(&options);
        let services = Services::new(clock, options);
        let all = kamacite_drivers::builtin().into_iter().chain(drivers.iter().copied());
        let drivers = all.map(|driver| driver(&services)).collect();
        let registry = Registry::load(drivers, &selection).unwrap();
        let conductor = Conductor::start(config, store.clone(), registry, services).await.unwrap();
        let router = kamacite_api::router(App::new(conductor.clone(), api));
        let headers = [(VERSION, "1.115"), ("host", "api")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { conductor, store, router, headers: headers.to_vec() }
    }

    /// A service with a node `b` whose BMC can do all that this API asks of one, and a fake node `n`.
    pub async fn with_a_bmc() -> Self {
        let enabled = [("DEFAULT", "enabled_management_interfaces", "fake,noop,bench")];
        let api = Self::with_drivers(&enabled, &[bmc::driver]).await;
        api.enrol("n").await;
        api.enrol_with("b", json!({"management_interface": "bench"})).await;
        api
    }

    /// A client of the same service that sends another header, or another value of it.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut other = self.without(name);
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// A client of the same service that does not send a header.
    pub fn without(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.headers.retain(|(known, _)| known != name);
        other
    }

    /// A client of the same service that speaks another version.
    pub fn at(&self, version: &str) -> Self {
        self.with(VERSION, version)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send_json("POST", path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send_json("PUT", path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send_json("PATCH", path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "").await
    }

    pub async fn send_json(&self, verb: &str, path: &str, body: Value) -> Answer {
        self.with("content-type", "application/json").send(verb, path, &body.to_string()).await
    }

    /// Any request.
    pub async fn send(&self, verb: &str, path: &str, body: &str) -> Answer {
        let answer = Answer::read(self.call(verb, path, body).await).await;
        // Metrics are of a format of their own.
        if path != "/metrics" && (self.is_latest() || path.starts_with("/kamacite")) {
            openapi::check(verb, path, &answer);
        }
        answer
    }

    /// Any request, for an answer that need not end.
    pub async fn call(&self, verb: &str, path: &str, body: &str) -> Response {
        let mut request = Request::builder().method(verb).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let body = if body.is_empty() { Body::empty() } else { Body::from(body.to_owned()) };
        self.router.clone().call(request.body(body).unwrap()).await.unwrap()
    }

    fn is_latest(&self) -> bool {
        self.headers.iter().any(|(name, value)| name == VERSION && matches!(value.as_str(), "1.115" | "latest"))
    }

    /// Enrols a fake node whose vendor interface has methods of every sort.
    pub async fn enrol(&self, name: &str) -> Uuid {
        self.enrol_with(name, json!({})).await
    }

    /// [`Api::enrol`] with more in the document.
    pub async fn enrol_with(&self, name: &str, more: Value) -> Uuid {
        let mut document = json!({"driver": "fake-hardware", "name": name, "vendor_interface": "fake-extra"});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.post("/v1/nodes", document).await.is(201);
        answer.json()["uuid"].as_str().unwrap().parse().unwrap()
    }

    /// Asks for verbs of provisioning, one after the other, each when the one before is done.
    pub async fn provision(&self, name: &str, targets: &[&str]) {
        for target in targets {
            self.put(&format!("/v1/nodes/{name}/states/provision"), json!({"target": target})).await.is(202);
            self.settled(name).await;
        }
    }

    /// Waits until a node is unlocked.
    pub async fn settled(&self, name: &str) -> Arc<Node> {
        for _ in 0..10_000 {
            let node = self.store.node_named(name).await.unwrap().unwrap();
            if node.reservation.is_none() {
                return node;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{name} stays locked");
    }

    /// Waits until an operation has ended, and answers with its document.
    pub async fn ended(&self, operation: &str) -> Answer {
        for _ in 0..10_000 {
            let answer = self.get(&format!("/kamacite/v1/operations/{operation}")).await.is(200);
            if !answer.json()["finished_at"].is_null() {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("operation {operation} does not end");
    }
}

/// Whoever acts in a test without asking the API.
pub fn someone() -> Requester {
    Requester { request_id: Some("req-test".to_owned()), ..Requester::default() }
}
