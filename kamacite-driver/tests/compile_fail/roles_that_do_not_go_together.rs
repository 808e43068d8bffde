//! A function is one vendor method at most, and of a node or of a type.

use kamacite_driver::{Caller, ExclusiveTask, Result, driver_passthru, passthru, step};

struct Acme;

#[passthru(GET)]
#[passthru(POST)]
async fn twice(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[driver_passthru(GET)]
#[step(clean, resume = again)]
async fn driver_method_and_step(_: &Acme, _: &Caller) -> Result<()> {
    Ok(())
}

#[driver_passthru(GET)]
#[passthru(GET)]
async fn of_both(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

fn main() {}
