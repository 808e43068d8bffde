//! Runs checks: each in a runtime of its own, each call within a limit and apart, so that one that hangs or panics is told.

use std::{sync::Arc, time::Duration};

use kamacite_model::InterfaceKind;
use serde_json::Value;

use super::{
    Bench, Check, Kit, ManualClock, Report, Simulated,
    bench::Place,
    checks,
    operations::{self, Asked, Operation},
    ports,
};
use crate::{Error, ErrorKind, Reply, Result, contract::Call};

/// Runs one check, as a test: it fails with what was found and what to do.
///
/// # Panics
/// When the driver does not keep to what is asked.
#[track_caller]
pub fn check(kit: Kit, check: Check) {
    let report = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => {
            let report = runtime.block_on(run(&kit, check));
            // A call that blocks its thread would be waited for.
            runtime.shutdown_background();
            report
        }
        Err(why) => panic!("cannot start a runtime for the check: {why}"),
    };
    for what in report.untried() {
        eprintln!("not tried: {what}");
    }
    assert!(report.findings().is_empty(), "{report}");
}

/// Runs one check within the runtime of the caller, and tells what was found.
pub async fn run(kit: &Kit, check: Check) -> Report {
    let mut report = Report::new(check);
    match check {
        Check::Described => checks::described::check(kit, &mut report).await,
        Check::Properties => checks::properties::check(kit, &mut report).await,
        Check::Validation => checks::validation::check(kit, &mut report).await,
        Check::Power => checks::power::check(kit, &mut report).await,
        Check::Idempotence => checks::idempotence::check(kit, &mut report).await,
        Check::Silence => checks::time_outs::silence(kit, &mut report).await,
        Check::Others => checks::time_outs::others(kit, &mut report).await,
        Check::Patience => checks::time_outs::patience(kit, &mut report).await,
        Check::Errors => checks::errors::kinds(kit, &mut report).await,
        Check::Secrets => checks::errors::secrets(kit, &mut report).await,
        Check::LockLost => checks::lock::lost(kit, &mut report).await,
        Check::Looking => checks::lock::looking(kit, &mut report).await,
        Check::Abandoned => checks::lock::abandoned(kit, &mut report).await,
        Check::Resume => checks::resume::check(kit, &mut report).await,
        Check::DriverMethods => checks::driver_methods::check(kit, &mut report).await,
        Check::Vifs => checks::network::vifs(kit, &mut report).await,
        Check::Ports => checks::network::ports(kit, &mut report).await,
    }
    report.excuse(kit);
    report
}

/// How a call ended.
#[derive(Debug)]
pub(super) enum Outcome<T = Value> {
    Ended(Result<T>),
    Panicked(String),
    Endless,
}

impl<T> Outcome<T> {
    /// What it is if all is well with the call itself; otherwise that is told, once.
    pub(super) fn told(self, about: impl std::fmt::Display, report: &mut Report) -> Option<Result<T>> {
        match self {
            Self::Ended(result) => return Some(result),
            Self::Panicked(words) => report.wrong(
                about,
                format_args!("it panicked: {words}"),
                "return an Error; whatever a node or a BMC says must not bring the driver down",
            ),
            Self::Endless => report.wrong(
                about,
                "it did not return",
                "put a limit on the time of every request, and block no thread; give up with Error::hardware",
            ),
        }
        None
    }
}

/// Lets a call run apart for as long as the kit's patience lasts.
pub(super) async fn limited<T: Send + 'static>(
    patience: Duration,
    call: impl Future<Output = Result<T>> + Send + 'static,
) -> Outcome<T> {
    let running = tokio::spawn(call);
    let abort = running.abort_handle();
    match tokio::time::timeout(patience, running).await {
        Ok(Ok(result)) => Outcome::Ended(result),
        Ok(Err(why)) => match why.try_into_panic() {
            Ok(panic) => Outcome::Panicked(words(&*panic)),
            Err(_) => Outcome::Ended(Err(Error::internal("the call was cancelled"))),
        },
        Err(_) => {
            abort.abort();
            Outcome::Endless
        }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// A driver with a node whose machine is simulated.
pub(super) struct Site {
    pub bench: Bench,
    pub machine: Box<dyn Simulated>,
    pub patience: Duration,
}

impl Kit {
    /// A new driver with a node and its machine, which is healthy and off.
    pub(super) async fn site(&self) -> Site {
        let options: Vec<_> =
            self.options.iter().map(|(group, name, value)| (group.as_str(), name.as_str(), value.as_str())).collect();
        let bench = Bench::at(ManualClock::new(), self.driver.clone(), &options);
        let bench = if self.over_a_wire { bench.over_a_wire() } else { Ok(bench) };
        match bench {
            Ok(bench) => self.equip(bench).await,
            Err(why) => panic!("the driver cannot be described in bytes: {why}"),
        }
    }

    /// Another node, with a machine of its own, of the same driver.
    pub(super) async fn neighbour(&self, of: &Site) -> Site {
        self.equip(of.bench.beside()).await
    }

    async fn equip(&self, bench: Bench) -> Site {
        let machine = (self.start)(bench.clock.clone()).await;
        bench.change(|node| node.driver_info = machine.driver_info().into());
        bench.change_ports(|all| *all = ports::of(&bench.node()));
        Site { bench, machine, patience: self.patience }
    }

    /// The implementations that work: see [`Site::places`].
    pub(super) async fn places(&self) -> Vec<Place> {
        self.site().await.places().await
    }

    /// Those of them that are of one kind.
    pub(super) async fn places_of(&self, kind: InterfaceKind) -> Vec<Place> {
        let mut places = self.places().await;
        places.retain(|place| place.kind == kind);
        places
    }

    /// Everything that can be called on the driver's implementations, with arguments that make sense.
    pub(super) async fn operations(&self, report: &mut Report) -> Vec<Operation> {
        let site = self.site().await;
        let mut all = Vec::new();
        for place in site.places().await {
            all.extend(operations::all_of(&site, &place, self, report).await);
        }
        all
    }

    /// The arguments for a method or step that needs some or not; `None` when it is not to be called.
    /// What the machine itself gives comes first.
    pub(super) fn arguments(
        &self,
        name: &str,
        schema: &Value,
        own: Option<Value>,
        report: &mut Report,
    ) -> Option<Value> {
        if let Some((_, reason)) = self.left_out.iter().find(|(known, _)| known == name) {
            report.cannot_try(format!("{name}, which is left out: {reason}"));
            return None;
        }
        let example = || self.examples.iter().find(|(known, _)| known == name).map(|(_, args)| args.clone());
        let needs_none = schema["required"].as_array().is_none_or(Vec::is_empty);
        let args = own.or_else(example).or_else(|| needs_none.then(|| Value::Object(serde_json::Map::new())));
        if args.is_none() {
            report.cannot_try(format!("{name}, for which there is no Kit::example"));
        }
        args
    }
}

impl Site {
    /// Implementations that work: one that is there to say that there is nothing, `no-vendor` say, refuses every node, and
    /// there is no more to it.
    pub(super) async fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for place in self.bench.implementations().iter().map(Place::of) {
            let is_off = matches!(
                self.call(&place, Call::Validate, false).await,
                Outcome::Ended(Err(why)) if why.kind() == ErrorKind::Unsupported
            );
            if !is_off {
                places.push(place);
            }
        }
        places
    }

    pub(super) async fn call(&self, place: &Place, call: Call, acts: bool) -> Outcome {
        limited(self.patience, self.bench.make(place, call, acts)).await
    }

    pub(super) async fn operate(&self, operation: &Operation) -> Outcome {
        match &operation.asked {
            Asked::OfNode(call) => self.call(&operation.place, call.clone(), operation.acts).await,
            Asked::OfType { method, verb, args } => {
                let args = self.machine.example(method).unwrap_or_else(|| args.clone());
                self.ask_type(&operation.place, method, *verb, args).await
            }
        }
    }

    pub(super) async fn ask_type(&self, place: &Place, method: &str, verb: crate::Verb, args: Value) -> Outcome {
        let asked = self.bench.ask_type(place, method, verb, args);
        let answer = async move {
            Ok(match asked.await? {
                Reply::Json(value) => value,
                Reply::Attachment(_) => Value::Null,
            })
        };
        limited(self.patience, answer).await
    }

    pub(super) fn requests(&self) -> u64 {
        self.machine.requests().unwrap_or(0)
    }

    pub(super) fn clock(&self) -> &Arc<ManualClock> {
        &self.bench.clock
    }
}
