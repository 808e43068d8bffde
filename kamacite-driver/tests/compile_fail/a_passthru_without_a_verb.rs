//! A method says which verbs it answers to.

use kamacite_driver::{Caller, ExclusiveTask, Result, driver_passthru, passthru};

struct Acme;

#[passthru]
async fn nothing(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[passthru(sync)]
async fn only_sync(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[driver_passthru(name = "other")]
async fn only_a_name(_: &Acme, _: &Caller) -> Result<()> {
    Ok(())
}

fn main() {}
