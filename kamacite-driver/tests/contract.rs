//! A driver on the other side of a wire behaves as if it were here, and can do no more than it may.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod support;

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kamacite_driver::{
    Attachment, Caller, Driver, Effect, Error, ErrorKind, ExclusiveTask, Host, Implementation, Interface, Json, Offer,
    Property, Reply, Result, SharedTask, Task, Verb, async_trait,
    contract::{Effects, Server, Wire, proxied},
    driver_passthru, interfaces,
    interfaces::{BootDeviceSetting, BootModes},
    model::{BootDevice, BootMode, Node, NodePorts},
    passthru,
};
use serde_json::{Value, json};
use support::{Bench, kind_of};

/// A machine that knows boot modes but no secure boot.
#[derive(Default)]
struct Machine {
    abandoned: Arc<AtomicBool>,
}

#[async_trait]
impl Interface for Machine {
    fn properties(&self) -> Vec<Property> {
        vec![Property::required("address", "Where it is."), Property::optional("port", "Which port.")]
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        let node = task.node();
        node.driver_info.text("address").map(|_| ()).ok_or_else(|| Error::missing("say the address"))
    }
}

#[async_trait]
impl interfaces::Management for Machine {
    async fn supported_boot_devices(&self, _: &SharedTask) -> Result<Vec<BootDevice>> {
        Ok(vec![BootDevice::Disk, BootDevice::UefiHttp])
    }

    async fn boot_device(&self, _: &SharedTask) -> Result<BootDeviceSetting> {
        Ok(BootDeviceSetting { device: None, persistent: Some(true) })
    }

    async fn set_boot_device(&self, task: &mut ExclusiveTask, device: BootDevice, persistent: bool) -> Result<()> {
        task.remember("device", json!([device, persistent])).await
    }

    fn boot_modes(&self) -> Option<&dyn BootModes> {
        Some(self)
    }
}

#[async_trait]
impl BootModes for Machine {
    async fn supported_boot_modes(&self, _: &SharedTask) -> Result<Vec<BootMode>> {
        Ok(vec![BootMode::Uefi])
    }

    async fn boot_mode(&self, _: &SharedTask) -> Result<BootMode> {
        Err(Error::busy("cannot read the boot mode").because(std::io::Error::other("connection refused")))
    }

    async fn set_boot_mode(&self, task: &mut ExclusiveTask, mode: BootMode) -> Result<()> {
        task.record_boot_mode(Some(mode)).await
    }
}

impl interfaces::Vendor for Machine {}

/// Counts up.
#[passthru(POST)]
async fn count(_: &Machine, task: &mut ExclusiveTask) -> Result<u64> {
    for _ in 0..3 {
        let so_far = task.node().driver_internal_info.get("count").and_then(Value::as_u64).unwrap_or(0);
        task.remember("count", so_far + 1).await?;
    }
    Ok(task.node().driver_internal_info["count"].as_u64().unwrap_or(0))
}

/// Gives up when the other side is slow.
#[passthru(POST)]
async fn impatient(_: &Machine, task: &mut ExclusiveTask) -> Result<bool> {
    Ok(tokio::time::timeout(Duration::from_millis(20), task.remember("a", 1)).await.is_err())
}

/// Never ends, and tells when it is abandoned.
#[passthru(POST)]
async fn endless(machine: &Machine, _: &SharedTask) -> Result<()> {
    struct Abandoned(Arc<AtomicBool>);
    impl Drop for Abandoned {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let _told = Abandoned(machine.abandoned.clone());
    std::future::pending().await
}

/// Every byte there is.
#[driver_passthru(GET, sync)]
async fn bytes(_: &Machine, caller: &Caller, verb: Verb) -> Result<Attachment> {
    let file_name = caller.user.as_ref().map(|user| format!("{user}-{verb}"));
    Ok(Attachment { content_type: "application/octet-stream".to_owned(), file_name, body: (0..=255).collect() })
}

fn machine(of: Arc<Machine>) -> Driver {
    Driver::new("machines")
        .management("m", of.clone())
        .vendor("m", Offer::of(of).with::<count>().with::<impatient>().with::<endless>().with::<bytes>())
}

/// Carries bytes within the process.
struct InMemory(Server);

#[async_trait]
impl Wire for InMemory {
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>> {
        self.0.answer(&request, effects).await
    }
}

/// The machine's interfaces on the far side of a wire, in the order of registration.
fn far(of: Arc<Machine>) -> [Implementation; 2] {
    over(InMemory(Server::new(machine(of))))
}

fn over(wire: impl Wire) -> [Implementation; 2] {
    let wire: Arc<dyn Wire> = Arc::new(wire);
    let driver = proxied(&machine(Arc::default()), &wire).expect("it can be described");
    driver.implementations.try_into().ok().expect("two implementations")
}

async fn call(on: &Implementation, method: &str, task: Task<'_>) -> Result<Reply> {
    on.node_method(method).expect("it is known").call(task, Verb::POST, Json::new()).await
}

#[tokio::test]
async fn abilities_and_properties_are_the_same_on_both_sides() {
    let [management, _] = far(Arc::default());
    let bench = Bench::new("m");
    assert_eq!(management.interface.base().properties(), Machine::default().properties());
    let management = management.interface.management().expect("its kind");
    assert!(management.secure_boot().is_none());
    let modes = management.boot_modes().expect("the ability");
    assert_eq!(modes.supported_boot_modes(&bench.shared()).await.unwrap(), [BootMode::Uefi]);
    modes.set_boot_mode(&mut bench.exclusive(), BootMode::Uefi).await.unwrap();
    assert_eq!(bench.effects(), [Effect::RecordBootMode { mode: Some(BootMode::Uefi) }]);
}

#[tokio::test]
async fn operations_take_and_give_the_same_values() {
    let [management, _] = far(Arc::default());
    let bench = Bench::new("m");
    assert_eq!(kind_of(management.interface.base().validate(&bench.shared()).await), ErrorKind::Missing);
    let management = management.interface.management().expect("its kind");
    let devices = management.supported_boot_devices(&bench.shared()).await.unwrap();
    assert_eq!(devices, [BootDevice::Disk, BootDevice::UefiHttp]);
    let setting = management.boot_device(&bench.shared()).await.unwrap();
    assert_eq!(setting, BootDeviceSetting { device: None, persistent: Some(true) });
    management.set_boot_device(&mut bench.exclusive(), BootDevice::Disk, true).await.unwrap();
    assert_eq!(bench.node().driver_internal_info["device"], json!(["disk", true]));
}

#[tokio::test]
async fn an_error_keeps_its_kind_its_words_and_its_cause() {
    let [management, _] = far(Arc::default());
    let modes = management.interface.management().and_then(|one| one.boot_modes()).expect("the ability");
    let error = modes.boot_mode(&Bench::new("m").shared()).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Busy, "cannot read the boot mode"));
    assert_eq!(error.source().expect("a cause").to_string(), "connection refused");
}

#[tokio::test]
async fn the_far_side_sees_what_its_own_effects_did() {
    let [_, vendor] = far(Arc::default());
    let bench = Bench::new("m");
    let reply = call(&vendor, "count", Task::Exclusive(&mut bench.exclusive())).await.unwrap();
    assert_eq!(reply, Reply::Json(json!(3)));
    assert_eq!(bench.node().driver_internal_info["count"], json!(3));
}

#[tokio::test]
async fn bytes_arrive_as_they_are() {
    let [_, vendor] = far(Arc::default());
    let caller = Caller { user: Some("ann".to_owned()), ..Caller::default() };
    let reply = vendor.driver_method("bytes").expect("it is known").call(&caller, Verb::GET, Json::new()).await;
    let expected = bytes(&Machine::default(), &caller, Verb::GET).await.unwrap();
    assert_eq!(reply.unwrap(), Reply::Attachment(expected));
}

/// Stands for an engine that does no effect: `Some` refuses, `None` never answers.
struct Reluctant(Arc<Bench>, Option<fn() -> Error>);

#[async_trait]
impl Host for Reluctant {
    fn node(&self) -> Arc<Node> {
        self.0.node()
    }

    fn requester(&self) -> &Caller {
        self.0.requester()
    }

    async fn ports(&self) -> Result<NodePorts> {
        self.0.ports().await
    }

    async fn apply(&self, _: Effect) -> Result<()> {
        match self.1 {
            Some(error) => Err(error()),
            None => std::future::pending().await,
        }
    }
}

#[tokio::test]
async fn a_lost_lock_ends_the_call_on_the_far_side() {
    let [_, vendor] = far(Arc::default());
    let host = Reluctant(Bench::new("m"), Some(|| Error::lock_lost("somebody else has it")));
    let mut task = ExclusiveTask::new(Arc::new(host));
    let error = call(&vendor, "count", Task::Exclusive(&mut task)).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::LockLost, "somebody else has it"));
}

#[tokio::test]
async fn the_far_side_goes_on_while_an_effect_takes_its_time() {
    let [_, vendor] = far(Arc::default());
    let mut task = ExclusiveTask::new(Arc::new(Reluctant(Bench::new("m"), None)));
    let reply = tokio::time::timeout(Duration::from_secs(10), call(&vendor, "impatient", Task::Exclusive(&mut task)));
    assert_eq!(reply.await.expect("it gave up by itself").unwrap(), Reply::Json(json!(true)));
}

#[tokio::test]
async fn whoever_stops_waiting_stops_the_far_side() {
    let of = Arc::new(Machine::default());
    let [_, vendor] = far(of.clone());
    let task = Bench::new("m").shared();
    let waited = tokio::time::timeout(Duration::from_millis(10), call(&vendor, "endless", Task::Shared(&task)));
    assert!(waited.await.is_err() && of.abandoned.load(Ordering::SeqCst));
}

/// A far side that tries an effect whatever it was asked.
struct Greedy(InMemory);

#[async_trait]
impl Wire for Greedy {
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>> {
        let effect = Effect::Remember { key: "a".to_owned(), value: json!(1) };
        let answer = effects.apply(serde_json::to_vec(&json!({"Effect": effect})).unwrap()).await;
        let answer: Result<Node> = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::LockLost);
        self.0.exchange(request, effects).await
    }
}

#[tokio::test]
async fn a_far_side_cannot_act_where_it_may_only_look() {
    let [management, vendor] = over(Greedy(InMemory(Server::new(machine(Arc::default())))));
    let bench = Bench::new("m");
    let management = management.interface.management().expect("its kind");
    management.boot_device(&bench.shared()).await.unwrap();
    let method = vendor.driver_method("bytes").expect("it is known");
    method.call(&Caller::default(), Verb::GET, Json::new()).await.unwrap();
    assert_eq!(bench.effects(), []);
}

/// A wire whose other side answers with these bytes, or is gone.
struct Broken(Option<&'static [u8]>);

#[async_trait]
impl Wire for Broken {
    async fn exchange(&self, _: Vec<u8>, _: &dyn Effects) -> Result<Vec<u8>> {
        self.0.map(<[u8]>::to_vec).ok_or_else(|| Error::hardware("the plug-in is gone; it is being started again"))
    }
}

#[tokio::test]
async fn a_broken_wire_is_an_error_not_an_end() {
    let bench = Bench::new("m");
    let [_, vendor] = over(Broken(None));
    let error = call(&vendor, "count", Task::Exclusive(&mut bench.exclusive())).await.unwrap_err();
    assert_eq!(error.message(), "the plug-in is gone; it is being started again");
    let [_, vendor] = over(Broken(Some(b"what?")));
    assert_eq!(kind_of(call(&vendor, "count", Task::Exclusive(&mut bench.exclusive())).await), ErrorKind::Internal);
    let server = Server::new(machine(Arc::default()));
    assert_eq!(kind_of(server.answer(b"what?", &Nobody).await), ErrorKind::Internal);
    // The two sides have not the same driver.
    let [_, vendor] = over(InMemory(Server::new(Driver::new("empty"))));
    let error = call(&vendor, "count", Task::Exclusive(&mut bench.exclusive())).await.unwrap_err();
    assert_eq!(error.message(), "no vendor interface \"m\" on this side of the wire");
}

struct Nobody;

#[async_trait]
impl Effects for Nobody {
    async fn apply(&self, _: Vec<u8>) -> Vec<u8> {
        Vec::new()
    }
}
