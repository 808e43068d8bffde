//! Vendor passthru: calls of vendor methods on nodes and on hardware types.
//!
//! What can be told without the lock is told first: an unknown method, a wrong verb, arguments that do not fit. Every
//! call runs in tracked work, so that a client that hangs up leaves nothing half done; the lock is released before the
//! reply. The outcome of an asynchronous call is kept as an operation.

use std::sync::Arc;

use kamacite_driver::{Implementation, MethodSpec, Mode, Reply, Task};
use kamacite_model::{
    InterfaceKind, Json, Operation, OperationId, Requester, Severity, Uuid, operation::OperationKind,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Conductor, DriverMethodInfo, Error, PassthruCall, PassthruReply, Result,
    engine::{CallPlace, Engine},
    hands::until_taken,
    journal::{self, Outcome},
    lock::{Extra, Lock, Patience, look, unbroken, while_leased},
};

/// What the journal keeps of a call. The arguments go when it ends: they may hold secrets.
#[derive(Clone, Serialize, Deserialize)]
struct Intent {
    interface: Arc<str>,
    method: String,
    verb: kamacite_driver::Verb,
    args: Json,
}

impl Conductor {
    /// The node methods of the node's own vendor interface.
    ///
    /// # Errors
    /// No such node, or its interface is not enabled.
    pub async fn node_methods(&self, node: Uuid) -> Result<Vec<MethodSpec>> {
        let node = self.engine().node(node).await?;
        let interfaces = self.registry().interfaces_of(&node)?;
        let methods = &interfaces.implementation(InterfaceKind::Vendor).node_methods;
        Ok(sorted(methods.iter().map(|method| method.spec.clone()).collect()))
    }

    /// Calls a vendor method on a node.
    ///
    /// # Errors
    /// [`Error::NoMethod`], [`Error::WrongVerb`], arguments that do not fit, a lock that stays held, too many calls; and
    /// whatever a synchronous method runs into.
    pub async fn node_passthru(&self, node: Uuid, call: PassthruCall, who: &Requester) -> Result<PassthruReply> {
        let (engine, who) = (self.engine().clone(), who.clone());
        self.tracked(async move { on_node(&engine, node, call, &who).await }).await
    }

    /// The driver methods of a hardware type: of its default vendor interface, or of the one named.
    ///
    /// # Errors
    /// An unknown type, or an interface it does not have.
    pub fn driver_methods(&self, driver: &str, interface: Option<&str>) -> Result<Vec<MethodSpec>> {
        let implementation = vendor_of(self.engine(), driver, interface)?;
        Ok(sorted(implementation.driver_methods.iter().map(|method| method.spec.clone()).collect()))
    }

    /// Calls a vendor method on a hardware type: of its default vendor interface, or of the one named.
    ///
    /// # Errors
    /// As [`Conductor::node_passthru`]; no lock is involved.
    pub async fn driver_passthru(
        &self,
        driver: &str,
        interface: Option<&str>,
        call: PassthruCall,
        who: &Requester,
    ) -> Result<PassthruReply> {
        let implementation = vendor_of(self.engine(), driver, interface)?;
        let (engine, driver, who) = (self.engine().clone(), driver.to_owned(), who.clone());
        self.tracked(async move { on_driver(&engine, &driver, &implementation, call, who).await }).await
    }

    /// Every vendor method of every vendor interface that nodes of the type may have.
    ///
    /// # Errors
    /// An unknown type.
    pub fn all_vendor_methods(&self, driver: &str) -> Result<Vec<DriverMethodInfo>> {
        let registry = self.registry();
        let of = registry.hardware_type(driver).ok_or_else(|| Error::UnknownDriver(driver.to_owned()))?;
        let mut all = Vec::new();
        for interface in registry.enabled_for(of, InterfaceKind::Vendor) {
            let implementation = registry.resolve(of, InterfaceKind::Vendor, &interface)?;
            let info = |on_node| {
                let interface = interface.clone();
                move |spec: &MethodSpec| DriverMethodInfo { interface: interface.clone(), on_node, spec: spec.clone() }
            };
            all.extend(implementation.node_methods.iter().map(|method| &method.spec).map(info(true)));
            all.extend(implementation.driver_methods.iter().map(|method| &method.spec).map(info(false)));
        }
        Ok(all)
    }
}

fn sorted(mut methods: Vec<MethodSpec>) -> Vec<MethodSpec> {
    methods.sort_by(|a, b| a.name.cmp(&b.name));
    methods
}

fn vendor_of(engine: &Engine, driver: &str, interface: Option<&str>) -> Result<Arc<Implementation>> {
    let registry = engine.registry();
    let of = registry.hardware_type(driver).ok_or_else(|| Error::UnknownDriver(driver.to_owned()))?;
    let name = match interface {
        Some(name) => name.into(),
        None => registry.default_for(of, InterfaceKind::Vendor)?,
    };
    Ok(registry.resolve(of, InterfaceKind::Vendor, &name)?.clone())
}

fn check_verb(spec: &MethodSpec, call: &PassthruCall) -> Result<()> {
    if spec.verbs.contains(&call.verb) {
        return Ok(());
    }
    Err(Error::WrongVerb { method: call.method.clone(), verb: call.verb })
}

async fn on_node(engine: &Arc<Engine>, node: Uuid, call: PassthruCall, who: &Requester) -> Result<PassthruReply> {
    let node = engine.node(node).await?;
    let vendor = engine.registry().interfaces_of(&node)?.implementation(InterfaceKind::Vendor).clone();
    let method = vendor.node_method(&call.method).ok_or_else(|| Error::NoMethod(call.method.clone()))?;
    check_verb(&method.spec, &call)?;
    method.check(call.args.clone())?;
    let place = engine.call_place(format!("node {}", node.uuid))?;
    if method.spec.exclusive {
        let lock = Lock::take(engine, node.uuid, who).await?;
        exclusively(engine, lock, call, who, place).await
    } else {
        let task = look(engine, node.clone(), who);
        vendor.interface.base().validate(&task).await?;
        let mode = method.spec.mode;
        let run = {
            let (engine, vendor, call) = (engine.clone(), vendor.clone(), call.clone());
            async move {
                let method = vendor.node_method(&call.method).ok_or_else(|| Error::NoMethod(call.method.clone()))?;
                let reply = method.call(Task::Shared(&task), call.verb, call.args);
                unbroken(async { Ok(while_leased(&engine, reply).await?) }).await
            }
        };
        match mode {
            Mode::Sync => Ok(run.await?.into()),
            Mode::Async => {
                let intent = intent_of(&vendor, call);
                let operation =
                    journal::begin(engine, OperationKind::NodePassthru, &intent.method, &node, &intent, who)?;
                let id = operation.id;
                let under_way = engine.under_way.enter(id);
                // Before the journal has it: whoever abandons the node from there on finds somebody to take it from.
                let hand = engine.calling.enter(node.uuid, engine.now());
                engine.store.insert_operation(&operation).await?;
                if !hand.holds() {
                    not_made(engine, id).await?;
                    return Ok(PassthruReply::Accepted(id));
                }
                let worker = engine.clone();
                engine.spawn(until_taken(async move {
                    hand.comes_here().await;
                    let outcome = run.await;
                    if let Err(error) = &outcome {
                        blame(&worker, operation.node, &operation, error).await;
                    }
                    conclude(&worker, operation, outcome, place).await;
                    drop((under_way, hand));
                }));
                Ok(PassthruReply::Accepted(id))
            }
        }
    }
}

/// Ends a call whose node was abandoned before it was made, where whoever abandoned it has not found it.
async fn not_made(engine: &Engine, id: OperationId) -> Result<()> {
    let Some(mut operation) = engine.store.operation(id).await? else { return Ok(()) };
    if operation.state.is_final() {
        return Ok(());
    }
    let words = "the node was abandoned before the method was called".to_owned();
    journal::end(engine, &mut operation, Outcome::Aborted(words));
    Ok(engine.store.update_operation(&operation).await?)
}

/// Runs a method under the lock: to its end, or in the background.
async fn exclusively(
    engine: &Arc<Engine>,
    mut lock: Lock,
    call: PassthruCall,
    who: &Requester,
    place: CallPlace,
) -> Result<PassthruReply> {
    // Between the look and the lock the node may have got another vendor interface: look again.
    let ready = async {
        let vendor = lock.interfaces()?.implementation(InterfaceKind::Vendor).clone();
        let method = vendor.node_method(&call.method).ok_or_else(|| Error::NoMethod(call.method.clone()))?;
        check_verb(&method.spec, &call)?;
        vendor.interface.base().validate(lock.task()).await?;
        let mode = method.spec.mode;
        Ok((vendor, mode))
    }
    .await;
    let (vendor, mode) = match ready {
        Ok(ready) => ready,
        Err(error) => {
            lock.release().await;
            return Err(error);
        }
    };
    match mode {
        Mode::Sync => {
            let outcome = run_locked(engine, &mut lock, &vendor, call).await;
            lock.release().await;
            Ok(outcome?.into())
        }
        Mode::Async => {
            let node = lock.node();
            let intent = intent_of(&vendor, call.clone());
            let operation = journal::begin(engine, OperationKind::NodePassthru, &intent.method, &node, &intent, who)?;
            let id = operation.id;
            let under_way = engine.under_way.enter(id);
            if let Err(error) = engine.store.insert_operation(&operation).await {
                lock.release().await;
                return Err(error.into());
            }
            let worker = engine.clone();
            lock.hand_to(move |mut lock| async move {
                let outcome = run_locked(&worker, &mut lock, &vendor, call).await;
                conclude_locked(&worker, lock, operation, outcome, place).await;
                drop(under_way);
            });
            Ok(PassthruReply::Accepted(id))
        }
    }
}

async fn run_locked(engine: &Engine, lock: &mut Lock, vendor: &Implementation, call: PassthruCall) -> Result<Reply> {
    let method = vendor.node_method(&call.method).ok_or_else(|| Error::NoMethod(call.method.clone()))?;
    let reply = method.call(Task::Exclusive(lock.task()), call.verb, call.args);
    unbroken(async { Ok(while_leased(engine, reply).await?) }).await
}

async fn on_driver(
    engine: &Arc<Engine>,
    driver: &str,
    vendor: &Arc<Implementation>,
    call: PassthruCall,
    who: Requester,
) -> Result<PassthruReply> {
    let method = vendor.driver_method(&call.method).ok_or_else(|| Error::NoMethod(call.method.clone()))?.clone();
    check_verb(&method.spec, &call)?;
    method.check(call.args.clone())?;
    engine.accepts_work()?;
    let place = engine.call_place(format!("driver {driver}"))?;
    match method.spec.mode {
        Mode::Sync => Ok(method.call(&who, call.verb, call.args).await?.into()),
        Mode::Async => {
            let intent = intent_of(vendor, call.clone());
            let operation = journal::begin_on_driver(engine, &intent.method, driver, &intent, &who)?;
            let id = operation.id;
            let under_way = engine.under_way.enter(id);
            engine.store.insert_operation(&operation).await?;
            let worker = engine.clone();
            engine.spawn(async move {
                let outcome = unbroken(async { Ok(method.call(&who, call.verb, call.args).await?) }).await;
                conclude(&worker, operation, outcome, place).await;
                drop(under_way);
            });
            Ok(PassthruReply::Accepted(id))
        }
    }
}

fn intent_of(vendor: &Implementation, call: PassthruCall) -> Intent {
    Intent { interface: vendor.name.clone(), method: call.method, verb: call.verb, args: call.args }
}

/// What clients find under an operation: a JSON reply as it is; of an attachment, only that there was one.
fn result_of(reply: Reply) -> Option<Value> {
    match reply {
        Reply::Json(Value::Null) => None,
        Reply::Json(value) => Some(value),
        Reply::Attachment(attachment) => Some(json!({
            "content_type": attachment.content_type,
            "file_name": attachment.file_name,
            "length": attachment.body.len(),
        })),
    }
}

/// Stands in for a reply that the journal cannot keep.
fn not_kept(why: &str) -> Option<Value> {
    Some(json!({ "not kept": why }))
}

fn failure_words(operation: &Operation, error: &Error) -> String {
    // The reference's words.
    format!("Async execution of {} failed with error: {}", operation.name, error.words())
}

async fn conclude(engine: &Arc<Engine>, mut operation: Operation, outcome: Result<Reply>, place: CallPlace) {
    let outcome = match outcome {
        Ok(reply) => Outcome::Done(result_of(reply)),
        Err(error) => Outcome::Failed(error.words()),
    };
    journal::end(engine, &mut operation, outcome);
    let mut stored = engine.store.update_operation(&operation).await.map_err(Error::from);
    if let Err(Error::Invalid(why)) = &stored {
        operation.result = not_kept(why);
        stored = engine.store.update_operation(&operation).await.map_err(Error::from);
    }
    if let Err(error) = stored {
        tracing::error!(operation = %operation.id, %error, "the outcome of a vendor call could not be stored");
    }
    drop(place);
}

async fn conclude_locked(
    engine: &Arc<Engine>,
    mut lock: Lock,
    mut operation: Operation,
    outcome: Result<Reply>,
    place: CallPlace,
) {
    let mut after = (*lock.node()).clone();
    let mut history = Vec::new();
    let outcome = match outcome {
        Ok(reply) => Outcome::Done(result_of(reply)),
        Err(error) => {
            let words = failure_words(&operation, &error);
            history.extend(engine.history(&after, Severity::Error, "vendor", &words, &operation.requester));
            // An earlier error is not covered up.
            after.last_error.get_or_insert(words);
            Outcome::Failed(error.words())
        }
    };
    journal::end(engine, &mut operation, outcome);
    let with = Extra { history, ..journal::update(&operation) };
    let mut stored = lock.save_and_let_go(after.clone(), with).await;
    if let Err(Error::Invalid(why)) = &stored {
        operation.result = not_kept(why);
        stored = lock.save_and_let_go(after, journal::update(&operation)).await;
    }
    if let Err(error) = stored {
        tracing::error!(operation = %operation.id, %error, "the outcome of a vendor call could not be stored");
    }
    drop(place);
}

/// Notes the failure of a call that ran without the lock on its node, if the lock can be had.
async fn blame(engine: &Arc<Engine>, node: Option<Uuid>, operation: &Operation, error: &Error) {
    let Some(node) = node else { return };
    let Ok(lock) = Lock::take(engine, node, &operation.requester).await else {
        tracing::warn!(%node, operation = %operation.id, "a failed vendor call is not noted on its node, which is locked");
        return;
    };
    let mut after = (*lock.node()).clone();
    let words = failure_words(operation, error);
    let history = engine.history(&after, Severity::Error, "vendor", &words, &operation.requester).into_iter().collect();
    after.last_error.get_or_insert(words);
    if let Err(error) = lock.save_and_release(after, Extra { history, ..Extra::default() }).await {
        tracing::warn!(%node, %error, "a failed vendor call could not be noted on its node");
    }
}

/// Ends a call that a dead process left behind, or whose outcome could not be stored.
///
/// Nobody can know whether it took effect, and doing it again could do it twice: so it is not repeated.
pub(crate) async fn give_up(engine: &Arc<Engine>, operation: Operation) -> Result<()> {
    let mut operation = operation;
    let words = "the method's outcome was lost; whether it took effect is not known".to_owned();
    if let Some(node) = operation.node
        && let Ok(lock) = Lock::take_with(engine, node, &operation.requester, Patience::None).await
    {
        let mut after = (*lock.node()).clone();
        after.last_error.get_or_insert(format!("Async execution of {} failed with error: {words}", operation.name));
        journal::end(engine, &mut operation, Outcome::Failed(words));
        lock.save_and_release(after, journal::update(&operation)).await?;
        return Ok(());
    }
    journal::end(engine, &mut operation, Outcome::Failed(words));
    Ok(engine.store.update_operation(&operation).await?)
}
