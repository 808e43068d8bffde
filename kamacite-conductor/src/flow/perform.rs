//! Calls of the node's interfaces, one for each action of a plan.

use std::{sync::Arc, time::Duration};

use kamacite_driver::{Cursor, NodeInterfaces, Progress, StepEntry, StepKind};
use kamacite_model::{PowerState, PowerTarget, Timestamp};
use serde_json::json;

use super::{
    plan::{Action, Choice, PlannedStep, Reserved, StepSource},
    steps,
};
use crate::{
    Error, Result,
    engine::Engine,
    lock::{Lock, unbroken, while_leased},
    ports, power,
};

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Performed {
    /// As the driver says.
    Progress(Progress),
    /// The power was read.
    Power(Option<PowerState>),
    /// The power was changed.
    Powered(PowerTarget),
    /// The machine was rebooted, and the action is to be called again.
    Rebooted,
    /// The steps were chosen.
    Steps(Vec<PlannedStep>),
    /// The flow stands still until a client says so.
    Hold,
}

/// Does one action on the node of the lock.
///
/// # Errors
/// Whatever the driver runs into.
pub(crate) async fn perform(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    action: &Action,
    cursor: Option<Cursor>,
) -> Result<Performed> {
    let on = lock.interfaces()?;
    unbroken(call(engine, lock, &on, action, cursor)).await
}

async fn call(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    on: &NodeInterfaces,
    action: &Action,
    cursor: Option<Cursor>,
) -> Result<Performed> {
    let leased = |done: Progress| Ok(Performed::Progress(done));
    match action {
        Action::Verify => verify(engine, lock, on).await,
        Action::Inspect => {
            on.inspect.validate(lock.task()).await?;
            leased(while_leased(engine, on.inspect.inspect_hardware(lock.task(), cursor)).await?)
        }
        Action::AbortInspection => done(while_leased(engine, on.inspect.abort(lock.task())).await),
        Action::CheckCleaning => {
            on.power.validate(lock.task()).await?;
            done(on.network.validate(lock.task()).await)
        }
        Action::PrepareCleaning => leased(while_leased(engine, on.deploy.prepare_cleaning(lock.task(), cursor)).await?),
        Action::TearDownCleaning => done(while_leased(engine, on.deploy.tear_down_cleaning(lock.task())).await),
        Action::PrepareService => leased(while_leased(engine, on.deploy.prepare_service(lock.task(), cursor)).await?),
        Action::TearDownService => done(while_leased(engine, on.deploy.tear_down_service(lock.task())).await),
        Action::PrepareDeploy => leased(while_leased(engine, on.deploy.prepare(lock.task(), cursor)).await?),
        Action::CleanUpDeploy => done(while_leased(engine, on.deploy.clean_up(lock.task())).await),
        Action::TearDown => leased(while_leased(engine, on.deploy.tear_down(lock.task(), cursor)).await?),
        Action::DetachVifs => {
            ports::detach_all(engine, lock).await?;
            Ok(Performed::Progress(Progress::Done))
        }
        Action::TakeOver => done(while_leased(engine, on.deploy.take_over(lock.task())).await),
        Action::StopConsole => done(while_leased(engine, on.console.stop(lock.task())).await),
        Action::Rescue => leased(while_leased(engine, on.rescue.rescue(lock.task(), cursor)).await?),
        Action::Unrescue => leased(while_leased(engine, on.rescue.unrescue(lock.task(), cursor)).await?),
        Action::CleanUpRescue => done(while_leased(engine, on.rescue.clean_up(lock.task())).await),
        Action::PowerOff => powered(engine, lock, on, PowerTarget::Off).await,
        Action::ChooseSteps(choice) => choose_steps(engine, on, choice),
        Action::Step(step) => match step.source {
            StepSource::Reserved(reserved) => reserved_step(engine, lock, on, reserved, step, cursor).await,
            StepSource::Interface(_) => {
                let entry = entry(on, step)?.clone();
                leased(while_leased(engine, entry.run(lock.task(), step.args.clone(), cursor)).await?)
            }
        },
        // Never called: they only change the node.
        Action::Turn(_) | Action::DropInstance | Action::EndSteps { .. } | Action::EndCleaning { .. } => {
            leased(Progress::Done)
        }
    }
}

fn choose_steps(engine: &Engine, on: &NodeInterfaces, choice: &Choice) -> Result<Performed> {
    let steps = steps::choose(on, choice, &engine.config)?;
    if choice.kind == StepKind::Deploy && steps.is_empty() {
        // A deployment without any step would put nothing on the machine. The words are the reference's.
        return Err(Error::Invalid("No deploy steps returned by the driver".to_owned()));
    }
    Ok(Performed::Steps(steps))
}

fn done(outcome: kamacite_driver::Result<()>) -> Result<Performed> {
    outcome?;
    Ok(Performed::Progress(Progress::Done))
}

fn entry<'a>(on: &'a NodeInterfaces, step: &PlannedStep) -> Result<&'a StepEntry> {
    let StepSource::Interface(kind) = step.source else { return Err(Error::Broken) };
    let implementation = on.implementation(kind);
    let found = implementation.steps.iter().find(|entry| entry.spec.kind == step.kind && entry.spec.name == step.step);
    found.ok_or_else(|| {
        Error::Invalid(format!(
            "the {kind} interface {:?} no longer has the {} step {:?} that was planned",
            implementation.name,
            step.kind.as_str(),
            step.step
        ))
    })
}

async fn verify(engine: &Arc<Engine>, lock: &mut Lock, on: &NodeInterfaces) -> Result<Performed> {
    let uuid = lock.node().uuid;
    let driver = |words: String, why: &kamacite_driver::Error| Error::Invalid(format!("{words} {why}"));
    on.power
        .validate(lock.task())
        .await
        .map_err(|why| driver(format!("Failed to validate power driver interface for node {uuid}. Error:"), &why))?;
    let state = while_leased(engine, on.power.power_state(lock.task())).await;
    state
        .map(Performed::Power)
        .map_err(|why| driver(format!("Failed to get power state for node {uuid}. Error:"), &why))
}

async fn powered(engine: &Arc<Engine>, lock: &mut Lock, on: &NodeInterfaces, target: PowerTarget) -> Result<Performed> {
    power::record::decide_off(&lock.node(), target)?;
    power::change(engine, lock.task(), on, target, None).await?;
    Ok(Performed::Powered(target))
}

async fn reserved_step(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    on: &NodeInterfaces,
    reserved: Reserved,
    step: &PlannedStep,
    cursor: Option<Cursor>,
) -> Result<Performed> {
    match reserved {
        Reserved::Hold => Ok(Performed::Hold),
        Reserved::Wait => Ok(Performed::Progress(wait(engine, step, cursor)?)),
        Reserved::PowerOn => powered(engine, lock, on, PowerTarget::On).await,
        Reserved::PowerOff => powered(engine, lock, on, PowerTarget::Off).await,
        Reserved::Reboot => powered(engine, lock, on, PowerTarget::Reboot).await,
    }
}

/// Waits for the seconds asked for, counted from the first call, or for something outside.
fn wait(engine: &Engine, step: &PlannedStep, cursor: Option<Cursor>) -> Result<Progress> {
    let Some(seconds) = step.args.get("seconds") else { return Ok(Progress::Wait { until: None }) };
    let text = seconds.as_str().map_or_else(|| seconds.to_string(), str::to_owned);
    let seconds: u32 = text.trim().parse().map_err(|_| {
        Error::Invalid(format!("argument 'seconds' of step 'wait' is {seconds}; give a whole number of seconds"))
    })?;
    let seconds = seconds.min(engine.config.max_conductor_wait_step_seconds);
    let now = engine.now();
    let until = match cursor.and_then(|Cursor(until)| until.as_i64()) {
        Some(until) => Timestamp::from_microsecond(until).unwrap_or(now),
        None => now + Duration::from_secs(seconds.into()),
    };
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    if left.is_zero() {
        return Ok(Progress::Done);
    }
    Ok(Progress::Poll { after: left, cursor: Cursor(json!(until.as_microsecond())) })
}
