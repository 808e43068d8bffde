//! `fourth_method_shared_lock`: a method that only looks, and so never waits for whoever acts.

use kamacite_driver::{Result, SharedTask, passthru};

use super::{FakeVendor, Word};

/// Test if the value of bar is woof
#[passthru(POST)]
pub async fn fourth_method_shared_lock(fake: &FakeVendor, _: &SharedTask, args: Word) -> Result<bool> {
    fake.0.wait().await;
    Ok(args.bar == "woof")
}
