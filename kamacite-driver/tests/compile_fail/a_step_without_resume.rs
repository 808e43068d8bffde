//! A step says how it goes on after a crash.

use kamacite_driver::{ExclusiveTask, Result, step};

struct Acme;

#[step(clean, priority = 10)]
async fn wipe(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

fn main() {}
