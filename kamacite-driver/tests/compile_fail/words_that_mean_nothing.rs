//! Every word in the brackets is understood, or told.

use kamacite_driver::{ExclusiveTask, Result, passthru, step};

struct Acme;

#[passthru(post, POST, POST, HEAD, async, sync = 1, name, name = 5)]
async fn method(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[step(cleaning, priority = high, resume = yes, abortable = 1, requires_ramdisk(false))]
async fn brackets(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

#[step(cleaning, clean, clean, priority = -1, resume = yes, abortable = 1, name = "")]
async fn step_words(_: &Acme, _: &mut ExclusiveTask) -> Result<()> {
    Ok(())
}

fn main() {}
