//! The driver contract as messages, so that a driver can be served from another process.
//!
//! A [`Server`] holds real implementations and answers messages; [`proxied`] makes a driver whose every implementation
//! sends messages instead. What crosses in either direction is bytes of JSON: nothing else can leak through. Effects
//! travel back over the same wire, so that a task behaves the same on both sides.

use std::{pin::pin, sync::Arc};

use async_trait::async_trait;
use futures::{
    StreamExt,
    future::{Either, select},
};
use kamacite_model::{InterfaceKind, Json, Node, NodePorts, Requester};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    AnyInterface, Attachment, Cursor, Driver, DriverMethodEntry, Effect, Error, ExclusiveTask, Host, Implementation,
    MethodSpec, NodeMethodEntry, Property, Reply, Result, SharedTask, StepEntry, StepSpec, Task, Verb, interfaces::*,
};

/// Carries a message to the other side and its answer back.
#[async_trait]
pub trait Wire: Send + Sync + 'static {
    /// Sends a request; while it is being answered, effects come back through `effects`.
    ///
    /// # Errors
    /// When the other side is gone. An error of the driver is an answer.
    async fn exchange(&self, request: Vec<u8>, effects: &dyn Effects) -> Result<Vec<u8>>;
}

/// Takes what the other side asks for while it answers.
#[async_trait]
pub trait Effects: Send + Sync {
    /// Does one effect, or tells of the node's ports; a message in and a message out, both as bytes.
    async fn apply(&self, asked: Vec<u8>) -> Vec<u8>;
}

/// What the side of the driver asks of the side of the node.
#[derive(Serialize, Deserialize)]
enum Asked {
    /// Do this.
    Effect(Effect),
    /// Tell of the node's ports.
    Ports,
}

/// What it is told.
#[derive(Serialize, Deserialize)]
enum Told {
    /// The node, after an effect.
    Node(Box<Node>),
    /// Its ports.
    Ports(NodePorts),
}

/// A call of any operation of any kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the kinds' own names")]
pub enum Call {
    Validate,
    NodeMethod { method: String, verb: Verb, args: Json },
    Step { step: String, kind: crate::StepKind, args: Json, cursor: Option<Cursor> },
    Bios(BiosCall),
    Boot(BootCall),
    BootModes(BootModesCall),
    Console(ConsoleCall),
    Deploy(DeployCall),
    DetectVendor(DetectVendorCall),
    Firmware(FirmwareCall),
    HealthReport(HealthReportCall),
    Indicators(IndicatorsCall),
    InjectNmi(InjectNmiCall),
    Inspect(InspectCall),
    Management(ManagementCall),
    Network(NetworkCall),
    Nics(NicsCall),
    Power(PowerCall),
    Raid(RaidCall),
    Rescue(RescueCall),
    SecureBoot(SecureBootCall),
    Sensors(SensorsCall),
    Storage(StorageCall),
    SwitchIndicators(SwitchIndicatorsCall),
    Vendor(VendorCall),
    VirtualMedia(VirtualMediaCall),
}

/// What is asked of the other side.
#[derive(Serialize, Deserialize)]
enum Request {
    OnNode { kind: InterfaceKind, name: String, call: Call, node: Box<Node>, requester: Requester, exclusive: bool },
    OnDriver { name: String, method: String, verb: Verb, args: Json, requester: Requester },
}

#[derive(Serialize, Deserialize)]
enum WireReply {
    Json(Value),
    Attachment { content_type: String, file_name: Option<String>, body: Vec<u8> },
}

impl From<Reply> for WireReply {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Json(value) => Self::Json(value),
            Reply::Attachment(Attachment { content_type, file_name, body }) => {
                Self::Attachment { content_type, file_name, body }
            }
        }
    }
}

impl From<WireReply> for Reply {
    fn from(reply: WireReply) -> Self {
        match reply {
            WireReply::Json(value) => Self::Json(value),
            WireReply::Attachment { content_type, file_name, body } => {
                Self::Attachment(Attachment { content_type, file_name, body })
            }
        }
    }
}

/// A driver like `driver`, whose implementations are reached over `wire` and run on its other side.
///
/// # Errors
/// When an implementation cannot be described in bytes.
pub fn proxied(driver: &Driver, wire: &Arc<dyn Wire>) -> Result<Driver> {
    let proxy = |real| Ok(decode::<Manifest>(&encode(&Manifest::of(real))?)?.proxy(wire));
    let implementations = driver.implementations.iter().map(proxy).collect::<Result<_>>()?;
    let (name, types, options) = (driver.name.clone(), driver.types.clone(), driver.options.clone());
    // What it does in the end is its own process's business.
    Ok(Driver { name, types, implementations, options, chapters: Vec::new(), stop: None })
}

/// What one side tells the other about an implementation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    kind: InterfaceKind,
    name: Arc<str>,
    owner: Arc<str>,
    properties: Vec<Property>,
    abilities: Vec<String>,
    node_methods: Vec<MethodSpec>,
    driver_methods: Vec<MethodSpec>,
    steps: Vec<StepSpec>,
}

impl Manifest {
    /// Describes an implementation.
    pub fn of(implementation: &Implementation) -> Self {
        // Management is the one kind that has any.
        let management = implementation.interface.management();
        let abilities = management.map(|on| ManagementCall::abilities(on.as_ref())).unwrap_or_default();
        Self {
            kind: implementation.interface.kind(),
            name: implementation.name.clone(),
            owner: implementation.owner.clone(),
            properties: implementation.interface.base().properties(),
            abilities: abilities.into_iter().map(str::to_owned).collect(),
            node_methods: implementation.node_methods.iter().map(|method| method.spec.clone()).collect(),
            driver_methods: implementation.driver_methods.iter().map(|method| method.spec.clone()).collect(),
            steps: implementation.steps.iter().map(|step| step.spec.clone()).collect(),
        }
    }

    /// An implementation that sends every call over the wire.
    pub fn proxy(self, wire: &Arc<dyn Wire>) -> Implementation {
        let proxy = Arc::new(Proxy { manifest: self.clone(), wire: wire.clone() });
        let node_methods = self.node_methods.into_iter().map(|spec| proxy.node_method(spec)).collect();
        let driver_methods = self.driver_methods.into_iter().map(|spec| proxy.driver_method(spec)).collect();
        let steps = self.steps.into_iter().map(|spec| proxy.step(spec)).collect();
        let interface = match self.kind {
            InterfaceKind::Bios => AnyInterface::Bios(proxy),
            InterfaceKind::Boot => AnyInterface::Boot(proxy),
            InterfaceKind::Console => AnyInterface::Console(proxy),
            InterfaceKind::Deploy => AnyInterface::Deploy(proxy),
            InterfaceKind::Firmware => AnyInterface::Firmware(proxy),
            InterfaceKind::Inspect => AnyInterface::Inspect(proxy),
            InterfaceKind::Management => AnyInterface::Management(proxy),
            InterfaceKind::Network => AnyInterface::Network(proxy),
            InterfaceKind::Power => AnyInterface::Power(proxy),
            InterfaceKind::Raid => AnyInterface::Raid(proxy),
            InterfaceKind::Rescue => AnyInterface::Rescue(proxy),
            InterfaceKind::Storage => AnyInterface::Storage(proxy),
            InterfaceKind::Vendor => AnyInterface::Vendor(proxy),
        };
        Implementation { name: self.name, owner: self.owner, interface, node_methods, driver_methods, steps }
    }
}

/// An implementation that lives on the other side of a wire.
pub struct Proxy {
    manifest: Manifest,
    wire: Arc<dyn Wire>,
}

impl Proxy {
    pub(crate) fn has(&self, ability: &str) -> bool {
        self.manifest.abilities.iter().any(|known| known == ability)
    }

    pub(crate) async fn call<T: DeserializeOwned>(&self, task: Task<'_>, call: Call) -> Result<T> {
        let (task, exclusive): (&SharedTask, bool) = match task {
            Task::Shared(task) => (task, false),
            Task::Exclusive(task) => (task, true),
        };
        let request = Request::OnNode {
            kind: self.manifest.kind,
            name: self.manifest.name.to_string(),
            call,
            node: Box::new((*task.node()).clone()),
            requester: task.requester().clone(),
            exclusive,
        };
        self.exchange(&request, &Relayed { host: task.host().as_ref(), exclusive }).await
    }

    async fn exchange<T: DeserializeOwned>(&self, request: &Request, effects: &dyn Effects) -> Result<T> {
        let answer = self.wire.exchange(encode(request)?, effects).await?;
        decode::<Result<T>>(&answer)?
    }

    fn node_method(self: &Arc<Self>, spec: MethodSpec) -> NodeMethodEntry {
        let (proxy, method) = (self.clone(), spec.name.clone());
        NodeMethodEntry::new(
            spec,
            Arc::new(move |task, verb, args| {
                let (proxy, method) = (proxy.clone(), method.clone());
                Box::pin(async move {
                    let reply: WireReply = proxy.call(task, Call::NodeMethod { method, verb, args }).await?;
                    Ok(reply.into())
                })
            }),
        )
    }

    fn driver_method(self: &Arc<Self>, spec: MethodSpec) -> DriverMethodEntry {
        let (proxy, method) = (self.clone(), spec.name.clone());
        DriverMethodEntry::new(
            spec,
            Arc::new(move |caller, verb, args| {
                let (proxy, method) = (proxy.clone(), method.clone());
                Box::pin(async move {
                    let (name, requester) = (proxy.manifest.name.to_string(), caller.clone());
                    let request = Request::OnDriver { name, method, verb, args, requester };
                    let reply: WireReply =
                        proxy.exchange(&request, &NoEffects("a driver method has no node to act on")).await?;
                    Ok(reply.into())
                })
            }),
        )
    }

    fn step(self: &Arc<Self>, spec: StepSpec) -> StepEntry {
        let (proxy, step, kind) = (self.clone(), spec.name.clone(), spec.kind);
        StepEntry::new(
            spec,
            Arc::new(move |task, args, cursor| {
                let (proxy, step) = (proxy.clone(), step.clone());
                Box::pin(async move { proxy.call(task.into(), Call::Step { step, kind, args, cursor }).await })
            }),
        )
    }
}

#[async_trait]
impl Interface for Proxy {
    fn properties(&self) -> Vec<Property> {
        self.manifest.properties.clone()
    }

    async fn validate(&self, task: &SharedTask) -> Result<()> {
        self.call(task.into(), Call::Validate).await
    }
}

/// Asks the near side's task. The other side is not trusted to know what it may.
struct Relayed<'a> {
    host: &'a dyn Host,
    exclusive: bool,
}

impl Relayed<'_> {
    async fn tell(&self, asked: &[u8]) -> Result<Told> {
        match decode(asked)? {
            Asked::Effect(_) if !self.exclusive => Err(Error::lock_lost("a task that only looks has no right to act")),
            Asked::Effect(effect) => {
                self.host.apply(effect).await?;
                Ok(Told::Node(Box::new((*self.host.node()).clone())))
            }
            Asked::Ports => self.host.ports().await.map(Told::Ports),
        }
    }
}

#[async_trait]
impl Effects for Relayed<'_> {
    async fn apply(&self, asked: Vec<u8>) -> Vec<u8> {
        encode(&self.tell(&asked).await).unwrap_or_default()
    }
}

/// Does nothing, and says why.
struct NoEffects(&'static str);

#[async_trait]
impl Effects for NoEffects {
    async fn apply(&self, _: Vec<u8>) -> Vec<u8> {
        encode(&Err::<Told, _>(Error::lock_lost(self.0))).unwrap_or_default()
    }
}

/// The other side: holds real implementations and answers requests.
pub struct Server {
    driver: Arc<Driver>,
}

impl Server {
    /// Serves a driver's implementations.
    pub fn new(driver: Driver) -> Self {
        Self::shared(Arc::new(driver))
    }

    /// The same of a driver that others have a share in.
    pub fn shared(driver: Arc<Driver>) -> Self {
        Self { driver }
    }

    /// The driver that is served.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// Answers one request; effects of its task go out through `effects`.
    ///
    /// # Errors
    /// When the request cannot be read or the answer not written. An error of the driver is an answer.
    pub async fn answer(&self, request: &[u8], effects: &dyn Effects) -> Result<Vec<u8>> {
        match decode::<Request>(request)? {
            Request::OnNode { kind, name, call, node, requester, exclusive } => {
                let implementation = self.find(kind, &name)?;
                let (host, asked) = RemoteHost::new(*node, requester);
                let work = async move {
                    let outcome = if exclusive {
                        serve(implementation, call, Task::Exclusive(&mut ExclusiveTask::new(host))).await
                    } else {
                        serve(implementation, call, Task::Shared(&SharedTask::new(host))).await
                    };
                    encode(&outcome)
                };
                // Effects are asked for while the call runs; the call goes on meanwhile, for it may watch a clock.
                let effects = asked.for_each_concurrent(None, |(effect, reply)| async move {
                    // The task may be gone by then; nobody waits for the reply in that case.
                    let _ = reply.send(effects.apply(effect).await);
                });
                match select(pin!(work), pin!(effects)).await {
                    Either::Left((answer, _)) => answer,
                    Either::Right(((), work)) => work.await,
                }
            }
            Request::OnDriver { name, method, verb, args, requester } => {
                let method = self
                    .find(InterfaceKind::Vendor, &name)?
                    .driver_method(&method)
                    .ok_or_else(|| Error::internal(format!("no driver method {method:?} on this side of the wire")))?;
                encode(&method.call(&requester, verb, args).await.map(WireReply::from))
            }
        }
    }

    fn find(&self, kind: InterfaceKind, name: &str) -> Result<&Implementation> {
        self.driver
            .implementations
            .iter()
            .find(|one| one.interface.kind() == kind && &*one.name == name)
            .ok_or_else(|| Error::internal(format!("no {kind} interface {name:?} on this side of the wire")))
    }
}

/// Makes a call on an implementation and writes the reply.
pub(crate) async fn serve(on: &Implementation, call: Call, task: Task<'_>) -> Result<Value> {
    let unknown = || Error::internal("the call does not fit the interface on this side of the wire");
    macro_rules! make {
        ($call:ident on $kind:ident) => {
            $call.make(on.interface.$kind().ok_or_else(unknown)?.as_ref(), task).await
        };
    }
    macro_rules! ability {
        ($call:ident of $ability:ident) => {{
            let management = on.interface.management().ok_or_else(unknown)?;
            $call.make(management.$ability().ok_or_else(unknown)?, task).await
        }};
    }
    match call {
        Call::Validate => {
            let task: &SharedTask = crate::FromTask::from_task(task)?;
            write(on.interface.base().validate(task).await?)
        }
        Call::NodeMethod { method, verb, args } => {
            let method = on.node_method(&method).ok_or_else(unknown)?;
            write(WireReply::from(method.call(task, verb, args).await?))
        }
        Call::Step { step, kind, args, cursor } => {
            let known = on.steps.iter().find(|known| known.spec.name == step && known.spec.kind == kind);
            let task: &mut ExclusiveTask = crate::FromTask::from_task(task)?;
            write(known.ok_or_else(unknown)?.run(task, args, cursor).await?)
        }
        Call::Bios(call) => make!(call on bios),
        Call::Boot(call) => make!(call on boot),
        Call::Console(call) => make!(call on console),
        Call::Deploy(call) => make!(call on deploy),
        Call::Firmware(call) => make!(call on firmware),
        Call::Inspect(call) => make!(call on inspect),
        Call::Management(call) => make!(call on management),
        Call::Network(call) => make!(call on network),
        Call::Power(call) => make!(call on power),
        Call::Raid(call) => make!(call on raid),
        Call::Rescue(call) => make!(call on rescue),
        Call::Storage(call) => make!(call on storage),
        Call::Vendor(call) => make!(call on vendor),
        Call::BootModes(call) => ability!(call of boot_modes),
        Call::DetectVendor(call) => ability!(call of vendor_name),
        Call::HealthReport(call) => ability!(call of health),
        Call::Indicators(call) => ability!(call of indicators),
        Call::InjectNmi(call) => ability!(call of nmi),
        Call::Nics(call) => ability!(call of nics),
        Call::SecureBoot(call) => ability!(call of secure_boot),
        Call::Sensors(call) => ability!(call of sensors),
        Call::SwitchIndicators(call) => ability!(call of switch_indicators),
        Call::VirtualMedia(call) => ability!(call of virtual_media),
    }
}

type Question = (Vec<u8>, futures::channel::oneshot::Sender<Vec<u8>>);

/// Stands behind a task on the far side: asks the near side for everything.
struct RemoteHost {
    node: parking_lot::RwLock<Arc<Node>>,
    requester: Requester,
    ask: futures::channel::mpsc::UnboundedSender<Question>,
}

impl RemoteHost {
    fn new(node: Node, requester: Requester) -> (Arc<Self>, futures::channel::mpsc::UnboundedReceiver<Question>) {
        let (ask, asked) = futures::channel::mpsc::unbounded();
        (Arc::new(Self { node: parking_lot::RwLock::new(Arc::new(node)), requester, ask }), asked)
    }

    async fn ask(&self, asked: &Asked) -> Result<Told> {
        let gone = || Error::lock_lost("the other side of the wire is gone");
        let (reply, answer) = futures::channel::oneshot::channel();
        self.ask.unbounded_send((encode(asked)?, reply)).map_err(|_| gone())?;
        decode::<Result<Told>>(&answer.await.map_err(|_| gone())?)?
    }
}

#[async_trait]
impl Host for RemoteHost {
    fn node(&self) -> Arc<Node> {
        self.node.read().clone()
    }

    fn requester(&self) -> &Requester {
        &self.requester
    }

    async fn ports(&self) -> Result<NodePorts> {
        match self.ask(&Asked::Ports).await? {
            Told::Ports(ports) => Ok(ports),
            Told::Node(_) => Err(beside_the_question()),
        }
    }

    async fn apply(&self, effect: Effect) -> Result<()> {
        match self.ask(&Asked::Effect(effect)).await? {
            Told::Node(node) => *self.node.write() = node.into(),
            Told::Ports(_) => return Err(beside_the_question()),
        }
        Ok(())
    }
}

fn beside_the_question() -> Error {
    Error::internal("the other side of the wire answers something else than it was asked")
}

/// Writes the reply of an operation.
pub(crate) fn write(value: impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|why| Error::internal("a reply cannot be written for the wire").because(why))
}

/// Reads the reply of an operation.
#[cfg(feature = "conformance")]
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|why| Error::internal("a reply is not what it should be").because(why))
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|why| Error::internal("a message cannot be written for the wire").because(why))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|why| Error::internal("a message from the wire cannot be read").because(why))
}
