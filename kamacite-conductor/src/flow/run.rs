//! Carries a plan out, one call after the other, with the journal always a step ahead.

use std::{sync::Arc, time::Duration};

use kamacite_driver::{Progress, Resume};
use kamacite_model::{
    HistoryEntry, Node, Operation, PowerTarget, ProvisionState, Timestamp, Uuid,
    machine::{Event, Phase},
    operation::{OperationKind, OperationState},
};

use super::{
    decide,
    patience::patience,
    perform::{Performed, perform},
    plan::{Action, Failure, Plan},
    settle::{self, Note, Settled},
};
use crate::{
    Error, Result,
    engine::Engine,
    hands::Doing,
    journal::{self, Outcome},
    lock::{Extra, Lock, unbroken},
    power,
};

/// An operation and its plan, in hand.
pub(crate) struct Flow {
    pub(crate) operation: Operation,
    pub(crate) plan: Plan,
    /// Whether the journal has it already.
    journalled: bool,
}

impl Flow {
    /// A flow that the journal does not know yet.
    pub(crate) fn begin(operation: Operation, plan: Plan) -> Self {
        Self { operation, plan, journalled: false }
    }

    /// A flow out of the journal, to be gone on with.
    pub(crate) fn resume(operation: Operation, plan: Plan) -> Self {
        let operation = Operation { state: OperationState::Running, deadline: None, ..operation };
        Self { operation, plan, journalled: true }
    }
}

/// What the worker does after an action.
pub(crate) enum Next {
    /// Goes on with the plan.
    Call,
    /// Waits a while, then makes the same call again.
    After(Duration),
    /// Leaves: the flow waits for something outside, or is over.
    Leave,
}

/// Carries a plan out until it ends or has to wait. Also picks up after a crash.
pub(crate) async fn run(engine: &Arc<Engine>, mut lock: Lock, mut flow: Flow) {
    let id = flow.operation.id;
    // The position of the action that was called last.
    let mut called = None;
    loop {
        let Some(action) = flow.plan.current().cloned() else { return };
        let begun = called == Some(flow.plan.at);
        if engine.stopping.is_cancelled() && !(begun && flow.plan.cannot_resume()) {
            return pause(engine, &mut lock, &mut flow).await;
        }
        called = Some(flow.plan.at);
        let cursor = flow.plan.cursor.clone();
        lock.does(Doing::Calling { what: action.words(), since: engine.now() });
        let performed = match flow.plan.reboot {
            true => reboot(engine, &mut lock).await,
            false => perform(engine, &mut lock, &action, cursor).await,
        };
        let next = match performed {
            // The node is someone else's now, and so is the operation.
            Err(error) if error.is_lock_lost() => Err(error),
            performed => match record(engine, &mut lock, &mut flow, &action, performed).await {
                // What came of the call cannot be written down, now or later: then the call has failed.
                Err(error @ (Error::Invalid(_) | Error::Unwritable(_))) => {
                    record_failure(engine, &mut lock, &mut flow, &action, error).await
                }
                next => next,
            },
        };
        match next {
            Ok(Next::Call) => {}
            Ok(Next::After(pause)) => {
                let until = engine.now().checked_add(pause).unwrap_or(Timestamp::MAX);
                lock.does(Doing::Napping { pause, until });
                let may_stop = !flow.plan.cannot_resume();
                tokio::select! {
                    () = engine.clock().sleep(pause) => {}
                    () = engine.stopping.cancelled(), if may_stop => {}
                }
            }
            Ok(Next::Leave) => return,
            Err(error) => {
                // What the journal says is still true: the next sweep, or the next start, goes on from there.
                tracing::error!(operation = %id, error = &error as &dyn std::error::Error, "an operation is left as it stands");
                return;
            }
        }
    }
}

/// Leaves the flow to the next start, which makes the call that the journal stands at.
async fn pause(engine: &Arc<Engine>, lock: &mut Lock, flow: &mut Flow) {
    if flow.plan.cannot_resume() {
        // It has not been called; without saying so, it would have been broken off.
        flow.plan.started = false;
        let node = (*lock.node()).clone();
        if let Err(error) = keep(engine, lock, flow, node, Vec::new(), Next::Leave).await {
            tracing::warn!(operation = %flow.operation.id, %error, "that a step was not called yet could not be stored");
        }
    }
}

/// Reboots the machine between two calls of a step.
async fn reboot(engine: &Arc<Engine>, lock: &mut Lock) -> Result<Performed> {
    let on = lock.interfaces()?;
    unbroken(power::change(engine, lock.task(), &on, PowerTarget::Reboot, None)).await?;
    Ok(Performed::Rebooted)
}

/// Writes down what came of an action, and finds out what follows.
async fn record(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    flow: &mut Flow,
    action: &Action,
    performed: Result<Performed>,
) -> Result<Next> {
    let mut node = (*lock.node()).clone();
    let mut notes = Vec::new();
    let now = engine.now();
    flow.plan.words = lock.progress_words().or(flow.plan.words.take());
    match performed {
        Ok(Performed::Progress(Progress::Done)) => {}
        Ok(Performed::Progress(Progress::Poll { after, cursor })) => {
            flow.plan.cursor = Some(cursor);
            return keep(engine, lock, flow, node, notes, Next::After(after)).await;
        }
        Ok(Performed::Progress(Progress::Reboot { cursor })) => {
            // Stored before it is done: a second reboot does no harm, one that is forgotten would.
            flow.plan.cursor = Some(cursor);
            flow.plan.reboot = true;
            return keep(engine, lock, flow, node, notes, Next::Call).await;
        }
        Ok(Performed::Rebooted) => {
            flow.plan.reboot = false;
            power::record::reached(&mut node, PowerTarget::Reboot, now);
            return keep(engine, lock, flow, node, notes, Next::Call).await;
        }
        Ok(Performed::Progress(Progress::Wait { until })) => {
            return wait(engine, lock, flow, node, until, notes).await;
        }
        Ok(Performed::Hold) => return hold(engine, lock, flow, node, notes).await,
        Ok(Performed::Power(state)) => node.power_state = state,
        Ok(Performed::Powered(target)) => power::record::reached(&mut node, target, now),
        Ok(Performed::Steps(steps)) => {
            let Action::ChooseSteps(choice) = action else { return Err(Error::Broken) };
            settle::show_steps(&mut node, choice.kind, &steps, &mut notes);
            let behind = flow.plan.at + 1;
            flow.plan.actions.splice(behind..behind, steps.into_iter().map(Action::Step));
        }
        Err(error) => went_wrong(engine, flow, &mut node, action, &error.words(), &mut notes),
    }
    if flow.plan.abort_after && matches!(action, Action::Step(_)) && flow.plan.failure.is_none() {
        abort_after_step(engine, flow, &mut node, now, &mut notes);
    } else if flow.plan.current() == Some(action) {
        flow.plan.advance();
    }
    go_on(engine, lock, flow, node, notes).await
}

/// Writes down that an action has failed after all, from where the journal stands.
async fn record_failure(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    flow: &mut Flow,
    action: &Action,
    error: Error,
) -> Result<Next> {
    let Some(operation) = engine.store.operation(flow.operation.id).await? else { return Err(error) };
    let plan = journal::progress(&operation)?;
    *flow = Flow::resume(operation, plan);
    record(engine, lock, flow, action, Err(error)).await
}

/// Settles the node up to the next call and stores both; ends the operation where no call is left.
async fn go_on(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    flow: &mut Flow,
    mut node: Node,
    mut notes: Vec<Note>,
) -> Result<Next> {
    match settle::settle(&mut node, &mut flow.plan, engine.now(), &mut notes) {
        Settled::Call => keep(engine, lock, flow, node, notes, Next::Call).await,
        Settled::Ended => {
            let outcome = match &flow.plan.failure {
                None => Outcome::Done(None),
                Some(failure) if failure.on_request => Outcome::Aborted(failure.words.clone()),
                Some(failure) => Outcome::Failed(failure.words.clone()),
            };
            if let Some(failure) = &flow.plan.failure
                && failure.on_request
            {
                settle::fail(&mut node, failure, &mut notes);
            }
            journal::end(engine, &mut flow.operation, outcome);
            leave(engine, lock, flow, node, notes).await
        }
    }
}

/// Stores node and plan; the lock stays.
async fn keep(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    flow: &mut Flow,
    node: Node,
    notes: Vec<Note>,
    next: Next,
) -> Result<Next> {
    let extra = extra(engine, flow, &node, notes)?;
    lock.save(node, extra).await?;
    flow.journalled = true;
    Ok(next)
}

/// Stores node and plan and lets the lock go.
async fn leave(engine: &Arc<Engine>, lock: &mut Lock, flow: &mut Flow, node: Node, notes: Vec<Note>) -> Result<Next> {
    let extra = extra(engine, flow, &node, notes)?;
    lock.save_and_let_go(node, extra).await?;
    Ok(Next::Leave)
}

fn extra(engine: &Engine, flow: &mut Flow, node: &Node, notes: Vec<Note>) -> Result<Extra> {
    flow.operation.progress = if flow.operation.state.is_final() {
        // The arguments of steps may hold secrets; nobody needs them any more.
        serde_json::json!({ "words": flow.plan.words })
    } else {
        flow.plan.left_in = Some(node.provision_state);
        journal::write(&flow.plan)?
    };
    flow.operation.updated_at = engine.now();
    let history = notes.into_iter().filter_map(|note| entry(engine, node, note, &flow.operation)).collect();
    let operation = if flow.journalled { journal::update(&flow.operation) } else { journal::insert(&flow.operation) };
    Ok(Extra { history, ..operation })
}

/// A line of history; flows that are not to be told leave none.
fn entry(engine: &Engine, node: &Node, note: Note, operation: &Operation) -> Option<HistoryEntry> {
    let flow = note.event_type.ends_with("_start") || note.event_type.ends_with("_end");
    if flow && !engine.config.record_step_flows_in_history {
        return None;
    }
    let entry = engine.history(node, note.severity, &note.event_type, note.event, &operation.requester)?;
    Some(HistoryEntry { state: Some(note.state), target_provision_state: note.target, ..entry })
}

/// Turns the plan towards the failed state. Trouble while winding down is told with the first trouble.
fn went_wrong(engine: &Engine, flow: &mut Flow, node: &mut Node, action: &Action, why: &str, notes: &mut Vec<Note>) {
    if let Some(failure) = &mut flow.plan.failure {
        tracing::warn!(operation = %flow.operation.id, %why, "tidying up after a failure went wrong, too");
        failure.words = format!("{}. Also failed to tidy up: {why}", failure.words.trim_end_matches('.'));
        return;
    }
    if let Action::Step(step) = action {
        settle::note_broken_step(node, step, notes);
    }
    let failure = decide::failure_of(node, action, why);
    let rest = decide::wind_down(node, action, &engine.config);
    unwind(flow, failure, rest);
}

/// Replaces what is left of the plan; the action at hand counts as done.
fn unwind(flow: &mut Flow, failure: Failure, rest: Vec<Action>) {
    flow.plan.actions.truncate(flow.plan.at + 1);
    flow.plan.actions.extend(rest);
    flow.plan.failure = Some(failure);
    flow.plan.abort_after = false;
}

/// The step is over and a client wanted the flow to end here.
fn abort_after_step(engine: &Engine, flow: &mut Flow, node: &mut Node, now: Timestamp, notes: &mut Vec<Note>) {
    // The rules of aborting are those of the state that the step would have waited in.
    settle::turn(node, Event::Wait, None, now, notes);
    for step in [&mut node.clean_step, &mut node.deploy_step, &mut node.service_step] {
        if !step.is_empty() {
            step.insert("abortable".to_owned(), true.into());
        }
    }
    match decide::abort(node) {
        Ok(decide::Abort::Now(events, plan)) => {
            for event in events {
                settle::turn(node, event, plan.failure.as_ref(), now, notes);
            }
            flow.plan = *plan;
        }
        Ok(decide::Abort::AfterStep) | Err(_) => {
            let action = flow.plan.actions[flow.plan.at].clone();
            went_wrong(engine, flow, node, &action, "the flow was to be aborted after this step", notes);
            flow.plan.advance();
        }
    }
}

/// Parks the flow until something outside resumes it.
async fn wait(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    flow: &mut Flow,
    mut node: Node,
    until: Option<Timestamp>,
    mut notes: Vec<Note>,
) -> Result<Next> {
    let state = node.provision_state;
    settle::turn(&mut node, Event::Wait, None, engine.now(), &mut notes);
    if node.provision_state == state {
        let action = flow.plan.actions[flow.plan.at].clone();
        let why = format!("the driver wants to wait, which a node that is {state} cannot");
        went_wrong(engine, flow, &mut node, &action, &why, &mut notes);
        flow.plan.advance();
        return Box::pin(go_on(engine, lock, flow, node, notes)).await;
    }
    flow.operation.state = OperationState::Waiting;
    flow.operation.deadline = until.or_else(|| deadline(engine, node.provision_state));
    // What was waited for ends the action: the flow goes on behind it.
    flow.plan.advance();
    leave(engine, lock, flow, node, notes).await
}

/// When a wait is given up, as configured; a timeout of nothing waits for ever, and so does one beyond the calendar.
fn deadline(engine: &Engine, state: ProvisionState) -> Option<Timestamp> {
    let (timeout, _) = patience(&engine.config, state)?;
    if timeout.is_zero() { None } else { engine.now().checked_add(timeout).ok() }
}

/// Parks the flow until a client says `unhold` or `abort`.
async fn hold(
    engine: &Arc<Engine>,
    lock: &mut Lock,
    flow: &mut Flow,
    mut node: Node,
    mut notes: Vec<Note>,
) -> Result<Next> {
    settle::turn(&mut node, Event::Hold, None, engine.now(), &mut notes);
    flow.operation.state = OperationState::Waiting;
    flow.operation.deadline = None;
    flow.plan.advance();
    leave(engine, lock, flow, node, notes).await
}

/// Picks up an operation that nobody works on any more: the call at hand is made again, where its author says it may be.
pub(crate) async fn pick_up(engine: &Arc<Engine>, lock: Lock, operation: Operation) -> Result<()> {
    let plan: Plan = match journal::progress(&operation) {
        Ok(plan) => plan,
        Err(error) => {
            journal::check_schema(&operation)?;
            tracing::error!(operation = %operation.id, error = &error as &dyn std::error::Error, "a flow is given up");
            let words = format!("Operation {} cannot be continued; the log tells why", operation.id);
            return give_up(engine, lock, operation, words).await;
        }
    };
    let mut node = (*lock.node()).clone();
    if !is_where_it_was(&operation, &node) {
        return end_moved(engine, lock, operation).await;
    }
    let mut flow = Flow::resume(operation, plan);
    flow.operation.attempt += 1;
    flow.operation.conductor = engine.hostname.to_string();
    let mut notes = Vec::new();
    if let Some(action @ Action::Step(step)) = flow.plan.current().cloned().as_ref()
        && flow.plan.started
    {
        match step.resume {
            Resume::Again => {
                flow.plan.cursor = None;
                flow.plan.reboot = false;
            }
            Resume::Cursor => {}
            Resume::Never => {
                let why = "the program ended while the step ran, and the step cannot be run a second time";
                went_wrong(engine, &mut flow, &mut node, action, why, &mut notes);
                flow.plan.advance();
            }
        }
    }
    proceed(engine, lock, flow, node, notes).await
}

/// Whether the node is where the operation left it.
pub(crate) fn is_where_it_was(operation: &Operation, node: &Node) -> bool {
    match operation.progress.get("left_in").and_then(serde_json::Value::as_str) {
        Some(state) => state == node.provision_state.as_str(),
        // Of a plan that cannot be read only this is known.
        None => {
            operation.state == OperationState::Running
                || matches!(node.provision_state.facts().phase, Phase::Waiting | Phase::Holding)
        }
    }
}

/// Ends an operation whose node was taken elsewhere, and leaves the node alone.
pub(crate) async fn end_moved(engine: &Engine, lock: Lock, mut operation: Operation) -> Result<()> {
    let words = "the node was taken elsewhere meanwhile".to_owned();
    journal::end(engine, &mut operation, Outcome::Aborted(words));
    let node = (*lock.node()).clone();
    lock.save_and_release(node, journal::update(&operation)).await.map(drop)
}

/// Gives up a flow that cannot go on, and tidies up after it.
pub(crate) async fn give_up(engine: &Arc<Engine>, lock: Lock, operation: Operation, words: String) -> Result<()> {
    journal::check_schema(&operation)?;
    let node = (*lock.node()).clone();
    let event_type = node.provision_state.as_str().to_owned();
    let (failure, rest) = decide::timed_out(&node, words, event_type, &engine.config);
    let plan = Plan { failure: Some(failure), ..Plan::new(rest) };
    proceed(engine, lock, Flow::resume(operation, plan), node, Vec::new()).await
}

/// Stores a flow that has just been decided and goes on with it in the background.
pub(crate) async fn proceed(
    engine: &Arc<Engine>,
    mut lock: Lock,
    mut flow: Flow,
    node: Node,
    notes: Vec<Note>,
) -> Result<()> {
    match go_on(engine, &mut lock, &mut flow, node, notes).await? {
        Next::Leave => {}
        Next::Call | Next::After(_) => {
            let worker = engine.clone();
            lock.hand_to(move |lock| async move { run(&worker, lock, flow).await });
        }
    }
    Ok(())
}

/// The operation that a node in a waiting or holding state is in the middle of.
pub(crate) async fn waiting_on(engine: &Engine, node: Uuid) -> Result<Option<Operation>> {
    let operations = unfinished_on(engine, node).await?;
    Ok(operations.into_iter().find(|operation| operation.state == OperationState::Waiting))
}

/// The flows of a node that have not ended, newest first.
pub(crate) async fn unfinished_on(engine: &Engine, node: Uuid) -> Result<Vec<Operation>> {
    let mut operations = engine.store.unfinished_operations_of(node).await?;
    operations.retain(|operation| operation.kind == OperationKind::Provision);
    Ok(operations)
}
