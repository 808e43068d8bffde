//! A test bench for drivers: one node in memory, time that a test owns, and the drivers here or behind a wire.
//!
//! A test written as `async fn (way: Way)` and listed in `both_ways!` runs twice: on the implementations themselves, and
//! on proxies that reach them over a wire which carries nothing but bytes.
#![allow(dead_code, unused_macros, reason = "not every test needs all of it")]

mod ran;
pub mod simulated;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

pub use kamacite_driver::conformance::ManualClock;
use kamacite_driver::{
    Caller, Catalogue, Cursor, Driver, ErrorKind, ExclusiveTask, HardwareType, Interface, Json, NodeInterfaces,
    Progress, Registry, Reply, Result, Selection, Services, SharedTask, StepEntry, StepKind, Task, Verb, async_trait,
    conformance,
    contract::{Effects, Server, Wire, proxied},
    interfaces::Power,
    model::{InterfaceKind, Node, PowerState, PowerTarget, options::Options},
};
use parking_lot::Mutex;
use serde_json::Value;

/// How a test reaches the implementations.
#[derive(Clone, Copy)]
pub enum Way {
    Directly,
    OverAWire,
}

/// Runs each test both ways.
macro_rules! both_ways {
    ($($test:ident),+ $(,)?) => {
        mod directly {
            $(#[tokio::test] async fn $test() { super::$test($crate::support::Way::Directly).await; })+
        }

        mod over_a_wire {
            $(#[tokio::test] async fn $test() { super::$test($crate::support::Way::OverAWire).await; })+
        }
    };
}
pub(crate) use both_ways;

/// One node, its drivers and its time.
pub struct Bench {
    pub clock: Arc<ManualClock>,
    /// The node itself: what it says, its ports, its lock, what was done to it.
    pub machine: conformance::Bench,
    pub registry: Arc<Registry>,
    against: Against,
}

/// What a node's BMC is, for the account of what ran.
type Against = Arc<Mutex<&'static str>>;

impl Bench {
    /// A node of a hardware type, with these options; everything that is built in is enabled.
    pub fn new(way: Way, hardware_type: &str, options: &[(&str, &str, &str)]) -> Self {
        let known: Arc<OnceLock<Arc<Registry>>> = Arc::default();
        let own = (hardware_type.to_owned(), known.clone());
        let siblings = move |_: &Services| {
            let siblings = Arc::new(Siblings(own.1.clone()));
            Driver::new("siblings").power("own", siblings).hardware_type(HardwareType::generic(&own.0))
        };
        let machine = conformance::Bench::new(siblings, &[]);
        let clock = machine.clock.clone();
        let mut all = Options::default();
        for (group, name, value) in options {
            all.set(group, name, *value);
        }
        let drivers = |options: &Options| -> Vec<Driver> {
            let services = Services::new(clock.clone(), options.clone());
            kamacite_drivers::builtin().into_iter().map(|driver| driver(&services)).collect()
        };
        let available = drivers(&all);
        enable_everything(&mut all, available);
        let against = Against::default();
        let drivers = drivers(&all).into_iter().map(|driver| match way {
            Way::Directly => driver,
            Way::OverAWire => behind_a_wire(driver, &against),
        });
        let registry = Registry::load(drivers.collect(), &Selection::from_options(&all)).expect("they fit together");
        let registry = Arc::new(registry);
        let _ = known.set(registry.clone());
        Self { clock, machine, registry, against }
    }

    /// Says what the node's BMC is.
    pub fn against(&self, bmc: &'static str) {
        *self.against.lock() = bmc;
    }

    /// The same, with another implementation of one kind than the type's default.
    pub fn with(self, kind: InterfaceKind, name: &str) -> Self {
        self.machine.change(|node| node.interfaces[kind] = Some(name.into()));
        self
    }

    /// The node as it is.
    pub fn node(&self) -> Arc<Node> {
        self.machine.node()
    }

    /// The right to look.
    pub fn shared(&self) -> SharedTask {
        self.machine.shared()
    }

    /// The right to act.
    pub fn exclusive(&self) -> ExclusiveTask {
        self.machine.exclusive()
    }

    /// The implementations that drive the node.
    pub fn on(&self) -> NodeInterfaces {
        self.registry.interfaces_of(&self.node()).expect("they fit the node")
    }

    /// Calls a vendor method as an engine does: finds it, checks the verb and the arguments, takes the lock it wants.
    pub async fn call(&self, method: &str, verb: Verb, args: Value) -> Result<Reply> {
        let on = self.on();
        let method = on.implementation(InterfaceKind::Vendor).node_method(method).expect("the method is registered");
        assert!(method.spec.verbs.contains(&verb), "it answers to {:?}, not {verb}", method.spec.verbs);
        method.check(object(args.clone()))?;
        if method.spec.exclusive {
            method.call(Task::Exclusive(&mut self.exclusive()), verb, object(args)).await
        } else {
            method.call(Task::Shared(&self.shared()), verb, object(args)).await
        }
    }

    /// The same, for a method that answers with JSON.
    pub async fn ask(&self, method: &str, verb: Verb, args: Value) -> Result<Value> {
        match self.call(method, verb, args).await? {
            Reply::Json(value) => Ok(value),
            Reply::Attachment(attachment) => panic!("an attachment: {attachment:?}"),
        }
    }

    /// Calls a vendor method of a hardware type.
    pub async fn call_driver(&self, vendor: &str, method: &str, verb: Verb, args: Value) -> Result<Reply> {
        let vendor = self.registry.implementation(InterfaceKind::Vendor, vendor).expect("it is enabled");
        let method = vendor.driver_method(method).expect("the method is registered");
        assert!(method.spec.verbs.contains(&verb), "it answers to {:?}, not {verb}", method.spec.verbs);
        method.check(object(args.clone()))?;
        let caller = Caller { user: Some("tester".to_owned()), ..Caller::default() };
        method.call(&caller, verb, object(args)).await
    }

    /// A step of the node.
    pub fn step(&self, interface: InterfaceKind, kind: StepKind, name: &str) -> StepEntry {
        let on = self.on();
        let steps = &on.implementation(interface).steps;
        let found = steps.iter().find(|step| step.spec.name == name && step.spec.kind == kind);
        found.unwrap_or_else(|| panic!("no {} step {interface}.{name}", kind.as_str())).clone()
    }

    /// Runs a step once.
    pub async fn run(
        &self,
        interface: InterfaceKind,
        kind: StepKind,
        name: &str,
        args: Value,
        cursor: Option<Cursor>,
    ) -> Result<Progress> {
        self.step(interface, kind, name).run(&mut self.exclusive(), object(args), cursor).await
    }
}

/// The entries of a JSON object.
#[track_caller]
pub fn object(value: Value) -> Json {
    value.as_object().cloned().expect("a JSON object")
}

/// The kind of the error that should have come, and its words.
#[track_caller]
pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> (ErrorKind, String) {
    let error = result.expect_err("an error");
    (error.kind(), error.message().to_owned())
}

/// Stands for the interfaces of the node's own that a task may ask for: they are found among all drivers.
struct Siblings(Arc<OnceLock<Arc<Registry>>>);

impl Siblings {
    fn power(&self, node: &Node) -> Arc<dyn Power> {
        let registry = self.0.get().expect("it is set before a task is made");
        registry.interfaces_of(node).expect("they fit the node").power
    }
}

#[async_trait]
impl Interface for Siblings {
    async fn validate(&self, _: &SharedTask) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Power for Siblings {
    async fn power_state(&self, task: &SharedTask) -> Result<Option<PowerState>> {
        self.power(&task.node()).power_state(task).await
    }

    async fn set_power(&self, task: &mut ExclusiveTask, target: PowerTarget, timeout: Option<Duration>) -> Result<()> {
        self.power(&task.node()).set_power(task, target, timeout).await
    }
}

fn enable_everything(options: &mut Options, drivers: Vec<Driver>) {
    let catalogue = Catalogue::new(drivers).expect("no duplicates");
    let names = |names: Vec<&Arc<str>>| names.iter().map(|name| &***name).collect::<Vec<_>>().join(",");
    options.set("DEFAULT", "enabled_hardware_types", names(catalogue.types.keys().collect()));
    for (kind, implementations) in InterfaceKind::ALL.iter().zip(&catalogue.implementations) {
        let option = format!("enabled_{kind}_interfaces");
        options.set("DEFAULT", &option, names(implementations.keys().collect()));
    }
}

fn behind_a_wire(driver: Driver, against: &Against) -> Driver {
    let here = Arc::new(InMemory { server: Server::new(driver), against: against.clone() });
    let wire: Arc<dyn Wire> = here.clone();
    proxied(here.server.driver(), &wire).expect("it can be described")
}

/// Carries bytes within the process.
struct InMemory {
    server: Server,
    against: Against,
}

#[async_trait]
impl Wire for InMemory {
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>> {
        let answer = self.server.answer(&request, effects).await?;
        ran::note(&request, &answer, *self.against.lock());
        Ok(answer)
    }
}
