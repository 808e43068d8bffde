//! A test bench: a driver, one node in memory, and time that the test owns; for an author's own tests, and for the kit.

use std::{sync::Arc, time::Duration};

use kamacite_model::{
    Clock, InterfaceKind, Json, Node, NodePorts, PowerState, PowerTarget, Uuid,
    options::{OptionSpec, Options},
};
use serde_json::Value;

use super::{clock::ManualClock, memory::Memory, wire};
use crate::{
    Driver, Effect, Error, ErrorKind, ExclusiveTask, Implementation, Progress, Reply, Result, Services, SharedTask,
    StepKind, Task, Verb,
    contract::{self, Call},
    interfaces::{Management, Network, Power, PowerCall},
};

/// What makes a driver, as a program takes it.
pub type MakeDriver = Arc<dyn Fn(&Services) -> Driver + Send + Sync>;

/// A driver, one node in memory, and time that the test owns. It does to the node what the engine would.
///
/// ```no_run
/// # use kamacite_driver::{Driver, Services, Verb, conformance::Bench, serde_json::json};
/// # fn driver(_: &Services) -> Driver { Driver::new("acme") }
/// # async fn test() {
/// let bench = Bench::new(driver, &[]).say("acme_address", "127.0.0.1:8000");
/// bench.power("acme").validate(&bench.shared()).await.unwrap();
/// bench.call("acme", "blink_led", Verb::POST, json!({"seconds": 5})).await.unwrap();
/// assert_eq!(bench.node().driver_internal_info["acme_blinks_for_s"], 5);
/// # }
/// ```
pub struct Bench {
    /// The time of the node and its driver. Give it to a simulated BMC as well, and nobody waits.
    pub clock: Arc<ManualClock>,
    make: MakeDriver,
    services: Services,
    driver: Arc<Driver>,
    memory: Arc<Memory>,
}

impl Bench {
    /// A node of the driver's first hardware type, with these options: group, name and value.
    pub fn new(driver: impl Fn(&Services) -> Driver + Send + Sync + 'static, options: &[(&str, &str, &str)]) -> Self {
        Self::at(ManualClock::new(), Arc::new(driver), options)
    }

    pub(super) fn at(clock: Arc<ManualClock>, make: MakeDriver, options: &[(&str, &str, &str)]) -> Self {
        let mut all = Options::default();
        for (group, name, value) in options {
            all.set(group, name, *value);
        }
        let services = Services::new(clock.clone(), all);
        let driver = Arc::new(make(&services));
        let hardware_type = driver.types.first().map_or("none", |one| &*one.name);
        let memory = Memory::new(Uuid::from_u128(7), hardware_type, clock.start());
        Self { clock, make, services, driver, memory }
    }

    /// Another node of the same driver.
    pub(super) fn beside(&self) -> Self {
        let memory = Memory::new(Uuid::from_u128(8), &self.node().driver, self.clock.now());
        Self { memory, ..self.copy() }
    }

    /// The same node after the program ended and was started again: what the driver knew is gone.
    #[must_use]
    pub fn restarted(&self) -> Self {
        let services = Services::new(self.clock.clone(), (*self.services.options).clone());
        Self { driver: Arc::new((self.make)(&services)), services, ..self.copy() }
    }

    /// The same node, whose driver is reached over a wire that carries nothing but bytes, as one in another process.
    ///
    /// # Errors
    /// An implementation cannot be described in bytes.
    pub fn over_a_wire(&self) -> Result<Self> {
        let driver = Arc::new(wire::behind(self.driver.clone())?);
        let make = self.make.clone();
        // What cannot be described has been told by then.
        let make: MakeDriver = Arc::new(move |services| {
            let driver = Arc::new(make(services));
            wire::behind(driver.clone()).unwrap_or_else(|_| Driver::new(&driver.name))
        });
        Ok(Self { driver, make, ..self.copy() })
    }

    fn copy(&self) -> Self {
        let Self { clock, make, services, driver, memory } = self;
        Self {
            clock: clock.clone(),
            make: make.clone(),
            services: services.clone(),
            driver: driver.clone(),
            memory: memory.clone(),
        }
    }

    /// Says a key of `driver_info`.
    #[must_use]
    pub fn say(self, key: &str, value: impl Into<Value>) -> Self {
        self.change(|node| drop(node.driver_info.insert(key.to_owned(), value.into())));
        self
    }

    /// The node as it is.
    pub fn node(&self) -> Arc<Node> {
        self.memory.node()
    }

    /// Changes the node from outside, as a client would.
    pub fn change(&self, change: impl FnOnce(&mut Node)) {
        self.memory.change(change);
    }

    /// The node's network ports and their groups as they are. It has none at first.
    pub fn ports(&self) -> NodePorts {
        self.memory.ports()
    }

    /// Changes the node's network ports from outside, as a client would.
    pub fn change_ports(&self, change: impl FnOnce(&mut NodePorts)) {
        self.memory.change_ports(change);
    }

    /// Somebody else takes the node's lock: from now on no effect is done.
    pub fn lose_lock(&self) {
        self.memory.lose_lock();
    }

    /// What was done to the node, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.memory.effects()
    }

    pub(super) fn refused_effects(&self) -> usize {
        self.memory.refused()
    }

    /// The right to look.
    pub fn shared(&self) -> SharedTask {
        SharedTask::new(self.memory.looking())
    }

    /// The right to act.
    pub fn exclusive(&self) -> ExclusiveTask {
        ExclusiveTask::new(self.memory.acting(&self.driver))
    }

    /// The driver's implementations.
    pub fn implementations(&self) -> &[Implementation] {
        &self.driver.implementations
    }

    pub(super) fn options(&self) -> &[OptionSpec] {
        &self.driver.options
    }

    /// The driver's power implementation of that name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn power(&self, name: &str) -> Arc<dyn Power> {
        let found = self.find(&Place::new(InterfaceKind::Power, name)).and_then(|one| one.interface.power());
        found.unwrap_or_else(|| panic!("the driver has no power interface {name:?}")).clone()
    }

    /// The driver's management implementation of that name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn management(&self, name: &str) -> Arc<dyn Management> {
        let found = self.find(&Place::new(InterfaceKind::Management, name)).and_then(|one| one.interface.management());
        found.unwrap_or_else(|| panic!("the driver has no management interface {name:?}")).clone()
    }

    /// The driver's network implementation of that name.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn network(&self, name: &str) -> Arc<dyn Network> {
        let found = self.find(&Place::new(InterfaceKind::Network, name)).and_then(|one| one.interface.network());
        found.unwrap_or_else(|| panic!("the driver has no network interface {name:?}")).clone()
    }

    /// Reads the power through the implementation of that name.
    ///
    /// # Errors
    /// Whatever the driver says.
    pub async fn power_state(&self, name: &str) -> Result<Option<PowerState>> {
        self.power(name).power_state(&self.shared()).await
    }

    /// Changes the power through the implementation of that name, and records it, as the engine does.
    ///
    /// # Errors
    /// Whatever the driver says.
    pub async fn set_power(&self, name: &str, target: PowerTarget) -> Result<()> {
        self.power(name).set_power(&mut self.exclusive(), target, None).await?;
        self.change(|node| node.power_state = Some(target.reaches()));
        Ok(())
    }

    /// Calls a method of the vendor interface `vendor` on the node as the engine does: finds it, checks the verb and the
    /// arguments, takes the lock that it wants.
    ///
    /// # Errors
    /// The arguments do not fit, or whatever the method says. A method that is not there, or not with that verb, is
    /// [`ErrorKind::Invalid`], as for clients.
    pub async fn call(&self, vendor: &str, method: &str, verb: Verb, args: Value) -> Result<Reply> {
        let vendor = Place::new(InterfaceKind::Vendor, vendor);
        let found = self.find(&vendor).and_then(|one| one.node_method(method));
        let method = found.filter(|one| one.spec.verbs.contains(&verb)).ok_or_else(|| no_method(method, verb))?;
        let args = object(args)?;
        method.check(args.clone())?;
        if method.spec.exclusive {
            method.call(Task::Exclusive(&mut self.exclusive()), verb, args).await
        } else {
            method.call(Task::Shared(&self.shared()), verb, args).await
        }
    }

    /// Calls a method of the vendor interface `vendor` on the hardware type.
    ///
    /// # Errors
    /// As [`Bench::call`].
    pub async fn call_driver(&self, vendor: &str, method: &str, verb: Verb, args: Value) -> Result<Reply> {
        self.ask_type(&Place::new(InterfaceKind::Vendor, vendor), method, verb, args).await
    }

    /// Runs a step of the interface `name` to its end, as the engine does: time passes where it polls, and where it asks for
    /// a reboot the node gets one. A step that waits for something outside ends here.
    ///
    /// # Errors
    /// Whatever the step says; [`ErrorKind::Internal`] when it does not come to an end.
    pub async fn run_step(
        &self,
        kind: InterfaceKind,
        name: &str,
        when: StepKind,
        step: &str,
        args: Value,
    ) -> Result<Progress> {
        let place = Place::new(kind, name);
        let call = |cursor| self.step(&place, when, step, &args, cursor);
        let mut progress = call(None).await?;
        for _ in 0..MOST_CALLS {
            let cursor = match progress {
                Progress::Done | Progress::Wait { .. } => return Ok(progress),
                Progress::Poll { after, cursor } => {
                    self.clock.pass(after);
                    cursor
                }
                Progress::Reboot { cursor } => {
                    self.exclusive().set_power(PowerTarget::Reboot).await?;
                    cursor
                }
            };
            progress = call(Some(cursor)).await?;
        }
        Err(Error::internal(format!("the step {step} has not ended after {MOST_CALLS} calls")))
    }

    /// One call of a step.
    pub(super) fn step(
        &self,
        place: &Place,
        kind: StepKind,
        step: &str,
        args: &Value,
        cursor: Option<crate::Cursor>,
    ) -> impl Future<Output = Result<Progress>> + Send + 'static + use<> {
        let made = object(args.clone()).map(|args| {
            let call = Call::Step { step: step.to_owned(), kind, args, cursor };
            self.make(place, call, true)
        });
        async move { contract::read(made?.await?) }
    }

    /// A call of any operation, which holds on to all it needs.
    pub(super) fn make(
        &self,
        place: &Place,
        call: Call,
        acts: bool,
    ) -> impl Future<Output = Result<Value>> + Send + 'static + use<> {
        let (driver, memory, place) = (self.driver.clone(), self.memory.clone(), place.clone());
        async move {
            let on = place.find(&driver).ok_or_else(|| Error::internal(format!("the driver has no {place}")))?;
            let reached = match &call {
                Call::Power(PowerCall::set_power { target, .. }) => Some(target.reaches()),
                _ => None,
            };
            let done = if acts {
                contract::serve(on, call, Task::Exclusive(&mut ExclusiveTask::new(memory.acting(&driver)))).await?
            } else {
                contract::serve(on, call, Task::Shared(&SharedTask::new(memory.looking()))).await?
            };
            // As the engine does.
            memory.change(|node| node.power_state = reached.or(node.power_state));
            Ok(done)
        }
    }

    /// A call of a vendor method of the hardware type, as the engine makes it; it holds on to all it needs.
    pub(super) fn ask_type(
        &self,
        place: &Place,
        method: &str,
        verb: Verb,
        args: Value,
    ) -> impl Future<Output = Result<Reply>> + Send + 'static + use<> {
        let (driver, memory, place) = (self.driver.clone(), self.memory.clone(), place.clone());
        let method = method.to_owned();
        async move {
            let found = place.find(&driver).and_then(|one| one.driver_method(&method));
            let found = found.filter(|one| one.spec.verbs.contains(&verb)).ok_or_else(|| no_method(&method, verb))?;
            let args = object(args)?;
            found.check(args.clone())?;
            found.call(memory.requester(), verb, args).await
        }
    }

    /// The driver's implementation at that place.
    pub(super) fn find(&self, place: &Place) -> Option<&Implementation> {
        place.find(&self.driver)
    }

    /// Time in which a machine has booted, and no session is forgotten yet.
    pub(super) fn a_while_later(&self) {
        self.clock.pass(Duration::from_secs(20));
    }
}

/// How often a step is called before it counts as one that never ends.
pub(super) const MOST_CALLS: usize = 1000;

/// Which implementation is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub kind: InterfaceKind,
    pub name: String,
}

impl Place {
    pub fn new(kind: InterfaceKind, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    pub fn of(implementation: &Implementation) -> Self {
        Self::new(implementation.interface.kind(), &implementation.name)
    }

    fn find<'a>(&self, driver: &'a Driver) -> Option<&'a Implementation> {
        driver.implementations.iter().find(|one| one.interface.kind() == self.kind && *one.name == *self.name)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} interface {}", self.kind, self.name)
    }
}

fn no_method(method: &str, verb: Verb) -> Error {
    Error::new(ErrorKind::Invalid, format!("there is no method {method:?} that answers to {verb}"))
}

fn object(value: Value) -> Result<Json> {
    match value {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Json::new()),
        other => Err(Error::invalid(format!("arguments are a JSON object, not {other}"))),
    }
}
