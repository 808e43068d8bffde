//! The parameters are the implementation, the task, and what is asked for.

use kamacite_driver::{Caller, Cursor, ExclusiveTask, Json, Progress, Result, SharedTask, Verb, driver_passthru, passthru, step};

struct Acme;

#[passthru(POST)]
fn not_async(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn no_implementation() -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn implementation_by_value(_: Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn no_task(_: &Acme) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn task_by_value(_: &Acme, _: ExclusiveTask) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn exclusive_but_not_mutable(_: &Acme, _: &ExclusiveTask) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn caller_of_a_node_method(_: &Acme, _: &Caller) -> Result<()> {
    Ok(())
}

#[driver_passthru(POST)]
async fn task_of_a_driver_method(_: &Acme, _: &SharedTask) -> Result<()> {
    Ok(())
}

#[step(clean, resume = again)]
async fn step_that_only_looks(_: &Acme, _: &SharedTask) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn two_arguments(_: &Acme, _: &mut ExclusiveTask, _: Json, _: String) -> Result<()> {
    Ok(())
}

#[passthru(POST)]
async fn method_with_a_cursor(_: &Acme, _: &mut ExclusiveTask, _: Option<Cursor>) -> Result<()> {
    Ok(())
}

#[step(clean, resume = again)]
async fn step_with_a_verb(_: &Acme, _: &mut ExclusiveTask, _: Verb) -> Result<()> {
    Ok(())
}

#[step(clean, resume = cursor)]
async fn step_without_its_cursor(_: &Acme, _: &mut ExclusiveTask) -> Result<Progress> {
    Ok(Progress::Done)
}

#[step(clean, resume = again)]
async fn step_that_answers(_: &Acme, _: &mut ExclusiveTask) -> Result<u32> {
    Ok(1)
}

#[passthru(POST)]
async fn cannot_go_wrong(_: &Acme, _: &mut ExclusiveTask) {}

#[passthru(POST)]
async fn generic<T>(_: &Acme, _: &mut ExclusiveTask, _: T) -> Result<()> {
    Ok(())
}

impl Acme {
    #[passthru(POST)]
    async fn method(&self, _: &mut ExclusiveTask) -> Result<()> {
        Ok(())
    }
}

#[passthru(POST)]
struct NoFunction;

fn main() {}
